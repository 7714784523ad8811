//! `/sim/clock`: pushing the world's time, and the long poll by which a service follows it.

use std::collections::HashMap;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, State};
use chrono::{DateTime, Days, NaiveTime, TimeDelta, TimeZone, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Sim;
use super::control::{Oops, body};
use super::shared::Shared;
use super::walk::{Aim, Report};

/// How long a push is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest that a poll waits; while a walk waits for reports; while the service does not know that it has to
/// register.
const WAIT_MAX: Duration = Duration::from_secs(30);
const WAIT_WALKING: Duration = Duration::from_millis(50);
const WAIT_UNREGISTERED: Duration = Duration::from_secs(1);
/// 「明早」.
const MORNING: NaiveTime = NaiveTime::from_hms_opt(9, 0, 0).expect("09:00 is a time");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Push {
    advance: Option<String>,
    to: Option<String>,
}

/// `POST /sim/clock`.
pub(super) async fn push(State(sim): State<Sim>, bytes: Bytes) -> Result<Json<Value>, Oops> {
    let push: Push = body(&bytes)?;
    let aim = match (push.advance, push.to) {
        (Some(advance), None) => Aim::Further(span(&advance)?),
        (None, Some(to)) if to == "tomorrow" => Aim::At(next_morning(&sim.0)),
        (None, Some(to)) => Aim::At(instant(&to)?),
        _ => return Err(Oops::bad("one of advance and to is needed")),
    };
    if let Aim::At(at) = aim
        && at < sim.0.now()
    {
        return Err(Oops::bad("the clock only goes forward"));
    }
    let (target, settled) = sim.push_clock(aim, PATIENCE).await;
    let now = sim.0.shown(sim.0.now());
    Ok(Json(json!({ "now": now, "settled": settled, "target": sim.0.shown(target) })))
}

/// `GET /sim/clock`.
pub(super) async fn poll(
    State(sim): State<Sim>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Json<Value>, Oops> {
    let param = |name: &str| query.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let walk = &sim.0.walk;
    let tick = param("tick").map(str::parse::<u64>).transpose().map_err(|_| Oops::bad("tick is a number"))?;
    let wait = match param("wait").map(str::parse::<f64>) {
        None => Duration::ZERO,
        Some(Ok(secs)) if (0.0..=3_600.0).contains(&secs) => Duration::from_secs_f64(secs),
        Some(_) => return Err(Oops::bad("wait is a number of seconds")),
    };
    let mut ticks = walk.ticks();
    let seen = *ticks.borrow_and_update();
    if let Some(reached) = param("reached").map(instant).transpose()? {
        let next_due = param("next_due").filter(|due| *due != "null").map(instant).transpose()?;
        let _polling = walk.polling();
        walk.report(Report { reached, next_due, quiet: param("quiet") == Some("true") }, tick);
        let behind = walk.is_behind(reached) || tick.is_some_and(|tick| tick != seen);
        let most = match (walk.is_walking(), is_registered(&sim.0)) {
            (true, _) => WAIT_WALKING,
            (false, true) => WAIT_MAX,
            (false, false) => WAIT_UNREGISTERED,
        };
        if !behind {
            // Woken by a step, by the end of the wait, or by the stop: the answer is the same.
            let woken = tokio::time::timeout(wait.min(most), ticks.changed());
            let _ = sim.0.stop.run_until_cancelled(woken).await;
        }
    }
    Ok(Json(json!({
        "now": sim.0.shown(sim.0.now()),
        "tick": walk.tick(),
        "walking": walk.is_walking(),
        "registered": is_registered(&sim.0),
    })))
}

fn is_registered(shared: &Shared) -> bool {
    shared.state().service.is_some()
}

fn instant(text: &str) -> Result<DateTime<Utc>, Oops> {
    // A plus that was not percent-encoded has become a space on the way.
    let text = text.replace(' ', "+");
    let at =
        DateTime::parse_from_rfc3339(&text).map_err(|_| Oops::bad("an instant is written in RFC 3339"))?;
    Ok(at.to_utc())
}

/// `90s`, `15m`, `48h`, `2d`.
fn span(text: &str) -> Result<TimeDelta, Oops> {
    let bad = || Oops::bad("advance is a number with s, m, h or d");
    let unit = text.chars().last().ok_or_else(bad)?;
    let count: i64 = text[..text.len() - unit.len_utf8()].parse().map_err(|_| bad())?;
    let span = match unit {
        's' => TimeDelta::try_seconds(count),
        'm' => TimeDelta::try_minutes(count),
        'h' => TimeDelta::try_hours(count),
        'd' => TimeDelta::try_days(count),
        _ => None,
    };
    span.filter(|span| *span >= TimeDelta::zero() && *span <= TimeDelta::days(3_660)).ok_or_else(bad)
}

fn next_morning(shared: &Shared) -> DateTime<Utc> {
    let zone = shared.setup.zone;
    let now = shared.now();
    let local = now.with_timezone(&zone);
    let today = local.date_naive();
    let day = if local.time() < MORNING { today } else { today + Days::new(1) };
    // A morning that does not exist in this zone is 24 hours from now.
    zone.from_local_datetime(&day.and_time(MORNING))
        .earliest()
        .map_or(now + TimeDelta::days(1), |at| at.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_people_write_them() {
        assert_eq!(span("15m").unwrap(), TimeDelta::minutes(15));
        assert_eq!(span("48h").unwrap(), TimeDelta::days(2));
        for wrong in ["", "15", "m", "-1h", "1.5h", "3 天", "999999999999d"] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
    }
}
