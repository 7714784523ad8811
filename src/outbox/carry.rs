//! One attempt at one row, and what becomes of it.

use std::sync::Arc;

use chrono::TimeDelta;
use tracing::Instrument;

use super::{Carrier, CourierError, Receipt, next};
use crate::clock::Clock;
use crate::event::{Fate, RowResult};
use crate::sales::Platform;
use crate::state::{Row, RowState, Saying};

/// A full disk is not emptied in a second.
const DISK_PAUSE: TimeDelta = TimeDelta::minutes(1);

/// Makes one attempt and says what becomes of the row.
pub(super) async fn carry<C: Carrier>(carrier: Arc<C>, row: Row, clock: Clock) -> RowResult {
    let platform = carrier.platform(&row).map_or("none", Platform::as_str);
    let kind = kind(&row.says);
    let span = tracing::info_span!("deliver", row.id = %row.id, event.id = %row.cause, platform, kind);
    async {
        let fate = attempt(&*carrier, &row, &clock).await;
        let result = result(&fate);
        metrics::counter!("genjin_deliveries_total", "platform" => platform, "kind" => kind, "result" => result)
            .increment(1);
        match &fate {
            Fate::Later { why, .. } | Fate::Dropped { why } => {
                tracing::warn!(why = &**why, result, "A message did not go out");
            }
            // The engine tells of those refused.
            Fate::Delivered { .. } | Fate::Fetched(_) | Fate::Ranked(_) | Fate::Refused { .. } => {
                tracing::debug!(result, "A message was carried");
            }
        }
        RowResult { row: row.id, fate }
    }
    .instrument(span)
    .await
}

async fn attempt(carrier: &impl Carrier, row: &Row, clock: &Clock) -> Fate {
    let now = clock.now();
    if now > row.useful_until {
        return Fate::Dropped { why: "too late to be of use".into() };
    }
    // Handed out as out already: it was on its way when an earlier process ended.
    if row.state == RowState::Out && !carrier.resends(row) {
        return Fate::Dropped { why: "it may have been said before the process ended".into() };
    }
    match carrier.deliver(row, now).await {
        Ok(Receipt { order: Some(order), .. }) => Fate::Ranked(order),
        Ok(Receipt { blob: Some(blob), .. }) => Fate::Fetched(blob),
        Ok(Receipt { code, blob: None, order: None }) => Fate::Delivered { code },
        Err(error @ CourierError::Disk(_)) => {
            Fate::Later { at: now + DISK_PAUSE, why: error.to_string().into() }
        }
        Err(CourierError::Deliver(error)) => {
            let platform = carrier.platform(row).unwrap_or(Platform::WeCom);
            next(row, platform, &error, carrier.resends(row), clock.now())
        }
        Err(error @ CourierError::NoCode) => Fate::Dropped { why: error.to_string().into() },
        Err(
            error @ (CourierError::Render(_)
            | CourierError::NoApp(_)
            | CourierError::NoGroups
            | CourierError::NoFiles
            | CourierError::NoChat(_)
            | CourierError::NoDocument(_)
            | CourierError::Gone(_)),
        ) => Fate::Refused { why: error.to_string().into() },
    }
}

fn kind(says: &Saying) -> &'static str {
    match says {
        Saying::Message { card: Some(_), .. } => "card",
        Saying::Message { card: None, .. } => "text",
        Saying::Update { .. } => "update",
        Saying::Media { .. } | Saying::Document { .. } => "media",
        Saying::Fetch { .. } => "fetch",
        Saying::Rank { .. } => "rank",
    }
}

fn result(fate: &Fate) -> &'static str {
    match fate {
        Fate::Delivered { .. } | Fate::Fetched(_) | Fate::Ranked(Ok(_)) => "delivered",
        Fate::Ranked(Err(_)) => "offline",
        Fate::Later { .. } => "later",
        Fate::Refused { .. } => "refused",
        Fate::Dropped { .. } => "dropped",
    }
}
