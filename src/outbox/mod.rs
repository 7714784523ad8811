//! Asks the engine for rows, sends them, and tells what became of them. The engine alone decides which rows go; here
//! they are only carried: several at once, one of a lane.

mod courier;
mod retry;

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use courier::{App, Courier, CourierError, FindTemplates, Link, Robot};
pub use retry::next;

use crate::clock::Clock;
use crate::engine::{Answer, Handle, Status};
use crate::event::{Event, Fate, Identity, RowResult, Sent, What};
use crate::sales::{Platform, RowId};
use crate::state::Row;

/// So many rows are on their way at once.
const ROOM: usize = 16;

/// Carries one workspace's rows until `shutdown`; then those in hand are finished and their results told.
pub async fn run(courier: Arc<Courier>, engine: Handle, clock: Clock, shutdown: CancellationToken) {
    let mut status = engine.status();
    let mut carried: JoinSet<RowResult> = JoinSet::new();
    let mut results: Vec<RowResult> = Vec::new();
    // An engine that opened its store anew does not know what is on its way.
    let mut in_hand: BTreeSet<RowId> = BTreeSet::new();
    let mut tellings = 0_u64;
    loop {
        let stopping = shutdown.is_cancelled();
        let ready = is_ready(&status.borrow_and_update(), clock.now());
        let room = if stopping { 0 } else { ROOM.saturating_sub(carried.len()) };
        if !results.is_empty() || (ready && room > 0) {
            tellings += 1;
            match exchange(&engine, &results, room, tellings, clock.now()).await {
                Some(rows) => {
                    for told in results.drain(..) {
                        in_hand.remove(&told.row);
                    }
                    for row in rows.into_iter().filter(|row| in_hand.insert(row.id)) {
                        carried.spawn(carry(courier.clone(), row, clock.clone()));
                    }
                    continue;
                }
                // The engine opens its store anew; the results are told again when it is back.
                None if stopping => return,
                None => drop(status.changed().await),
            }
        }
        if stopping && carried.is_empty() {
            return;
        }
        let next_row = status.borrow().next_row;
        tokio::select! {
            Some(done) = carried.join_next() => results.extend(done.ok()),
            _ = status.changed() => {}
            () = sleep_until(&clock, next_row), if room > 0 => {}
            () = shutdown.cancelled(), if !stopping => {}
        }
    }
}

fn is_ready(status: &Status, now: DateTime<Utc>) -> bool {
    status.open && status.next_row.is_some_and(|ready| ready <= now)
}

async fn sleep_until(clock: &Clock, at: Option<DateTime<Utc>>) {
    match at {
        Some(at) => clock.sleep_until(at).await,
        None => std::future::pending().await,
    }
}

async fn exchange(
    engine: &Handle,
    results: &[RowResult],
    room: usize,
    n: u64,
    now: DateTime<Utc>,
) -> Option<Vec<Row>> {
    let identity = Identity::of(&[b"sent", &n.to_be_bytes(), &now.timestamp_micros().to_be_bytes()]);
    let what = What::Sent(Sent { results: results.to_vec(), room });
    match engine.exchange(Event { identity, what }).await {
        Ok(Answer::Rows(rows)) => Some(rows),
        Ok(_) => Some(Vec::new()),
        Err(_) => None,
    }
}

/// Makes one attempt and says what becomes of the row.
async fn carry(courier: Arc<Courier>, row: Row, clock: Clock) -> RowResult {
    let fate = attempt(&courier, &row, &clock).await;
    let result = match &fate {
        Fate::Delivered { .. } => "delivered",
        Fate::Later { .. } => "later",
        Fate::Refused { .. } => "refused",
        Fate::Dropped { .. } => "dropped",
    };
    metrics::counter!("genjin_deliveries_total", "result" => result).increment(1);
    if let Fate::Later { why, .. } | Fate::Dropped { why } = &fate {
        tracing::warn!(row.id = %row.id, event.id = %row.cause, why = &**why, "A message did not go out: {result}");
    }
    RowResult { row: row.id, fate }
}

async fn attempt(courier: &Courier, row: &Row, clock: &Clock) -> Fate {
    if clock.now() > row.useful_until {
        return Fate::Dropped { why: "too late to be of use".into() };
    }
    let in_doubt = row.state == crate::state::RowState::Out;
    if in_doubt && !courier.resends(row) {
        return Fate::Dropped { why: "it may have been said before the process ended".into() };
    }
    match courier.deliver(row, clock.now()).await {
        Ok(code) => Fate::Delivered { code },
        Err(CourierError::Deliver(error)) => {
            let platform = courier.platform(row).unwrap_or(Platform::WeCom);
            next(row, platform, &error, courier.resends(row), clock.now())
        }
        Err(error @ (CourierError::Render(_) | CourierError::NoApp(_))) => {
            Fate::Refused { why: error.to_string().into() }
        }
    }
}
