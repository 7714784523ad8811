//! The outbox asks, the engine hands out: one row of a lane is out at a time, urgent ones first, in the order in which
//! they were made. What became of rows comes back as an event and is settled here.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::event::{CardFace, Event, Fate, Fetched, Identity, Ranked, Ranking, RowResult, What};
use crate::sales::{CARD_CODE_LIVES, CardHandle, CardState, MediaId, Platform, RowId};
use crate::state::{
    Change, Deed, Line, LineSubject, Outcome, Record, RecordKey, Row, RowState, Saying, State,
};

/// Why a row is in doubt. What became of it then is its template's word: said again, or dropped, which has its line.
const IN_DOUBT: &str = "it was on its way when the process ended, and may have been said already";

/// What results change.
pub(super) fn settle(state: &State, results: &[RowResult], now: DateTime<Utc>) -> Outcome {
    let mut outcome = Outcome { next_id: state.next_id(), ..Outcome::default() };
    for result in results {
        let Some(row) = state.row(result.row) else { continue };
        settle_one(state, row, &result.fate, now, &mut outcome);
    }
    outcome
}

/// What was asked for by rows that came to an end by these results: an event each, under the row's own name.
pub(super) fn came(state: &State, results: &[RowResult]) -> Vec<Event> {
    let ended = results.iter().filter_map(|result| {
        let (name, what): (&[u8], What) = match &state.row(result.row)?.says {
            Saying::Fetch { media, .. } => (b"fetched", What::Fetched(fetched(*media, &result.fate)?)),
            Saying::Rank { ranking } => (b"ranked", What::Ranked(ranked(ranking, &result.fate)?)),
            Saying::Message { .. }
            | Saying::Update { .. }
            | Saying::Media { .. }
            | Saying::Document { .. } => return None,
        };
        let identity = Identity::of(&[name, &state.epoch().to_be_bytes(), &result.row.0.to_be_bytes()]);
        Some(Event { identity, what })
    });
    ended.collect()
}

/// What became of a fetch, once it ended.
fn fetched(media: MediaId, fate: &Fate) -> Option<Fetched> {
    let blob = match fate {
        Fate::Fetched(blob) => Ok(blob.clone()),
        Fate::Later { .. } => return None,
        Fate::Refused { why } | Fate::Dropped { why } => Err(why.clone()),
        Fate::Delivered { .. } | Fate::Ranked(_) => Err("it was answered without bytes".into()),
    };
    Some(Fetched { media, blob })
}

/// What became of a question, once it ended.
fn ranked(ranking: &Ranking, fate: &Fate) -> Option<Ranked> {
    let order = match fate {
        Fate::Ranked(order) => order.clone(),
        Fate::Later { .. } => return None,
        Fate::Refused { why } | Fate::Dropped { why } => Err(why.clone()),
        Fate::Delivered { .. } | Fate::Fetched(_) => Err("it was answered without an order".into()),
    };
    Some(Ranked { ranking: Box::new(ranking.clone()), order })
}

fn settle_one(state: &State, row: &Row, fate: &Fate, now: DateTime<Utc>, outcome: &mut Outcome) {
    match fate {
        Fate::Delivered { code } => {
            outcome.changes.push(Change::Delete(RecordKey::Row(row.id)));
            out_now(state, row, code.as_deref(), now, outcome);
        }
        Fate::Fetched(_) | Fate::Ranked(_) => outcome.changes.push(Change::Delete(RecordKey::Row(row.id))),
        Fate::Dropped { why } => {
            outcome.changes.push(Change::Delete(RecordKey::Row(row.id)));
            outcome.lines.push(told(row, Deed::Dropped, why, now));
        }
        Fate::Later { at, .. } => {
            let state = RowState::Ready { from: *at };
            outcome.put(Record::Row(Row { attempts: row.attempts + 1, state, ..row.clone() }));
        }
        // A picture that cannot be fetched will not be later either; its sender is told. A question has its answer.
        Fate::Refused { .. } if matches!(row.says, Saying::Fetch { .. } | Saying::Rank { .. }) => {
            outcome.changes.push(Change::Delete(RecordKey::Row(row.id)));
        }
        Fate::Refused { why } => {
            let state = RowState::Parked { why: why.clone() };
            outcome.put(Record::Row(Row { attempts: row.attempts + 1, state, ..row.clone() }));
        }
    }
}

/// The card that a delivered row made, with what changes it later. One that was answered, or got another face, while it
/// was on its way gets that face now.
fn out_now(state: &State, row: &Row, code: Option<&str>, now: DateTime<Utc>, outcome: &mut Outcome) {
    let Saying::Message { card: Some(card), vars: sent, .. } = &row.says else { return };
    let Some(mut card) = state.card(*card).cloned() else { return };
    let code: Option<Box<str>> = code.map(Into::into);
    card.handle = match (card.platform, &code) {
        (Platform::WeCom, Some(code)) => Some(CardHandle::WeCom { code: code.clone(), at: now }),
        (Platform::WeCom, None) => return,
        (Platform::DingTalk, _) => Some(CardHandle::DingTalk),
    };
    let done = match &card.state {
        CardState::Open | CardState::Stale if card.vars == *sent => return outcome.put(Record::Card(card)),
        CardState::Open | CardState::Stale => None,
        CardState::Done(done) => Some(done.clone()),
    };
    if card.platform == Platform::WeCom {
        card.handle = None;
    }
    let (template, vars) = (card.template.clone(), card.vars.clone());
    let says = Saying::Update { face: CardFace { card: card.id, template, vars, done }, code };
    let id = RowId(outcome.next_id);
    outcome.next_id += 1;
    outcome.put(Record::Card(card));
    let (useful_until, ready) = (now + CARD_CODE_LIVES, RowState::Ready { from: now });
    outcome.messages.push(Row {
        id,
        says,
        at: now,
        useful_until,
        attempts: 0,
        state: ready,
        bulk: false,
        after: None,
        ..row.clone()
    });
}

/// The rows to send now, and what handing them out changes: a call that might say it twice is marked before it is made.
/// `out` holds the rows that are with the outbox. Of those marked out but not among them, `doubtful` ones were out when
/// an earlier process ended: whether their call was made nobody can know, since the mark is durable before the call and
/// the process may have ended at either side of it. All others were marked by this process: the outbox, which lives as
/// long as it does, either has them in hand and ignores a second hand-out, or was never handed them; these are new.
pub(super) fn hand_out(
    state: &State,
    out: &BTreeSet<RowId>,
    doubtful: &BTreeSet<RowId>,
    room: usize,
    now: DateTime<Utc>,
) -> (Vec<Row>, Outcome) {
    let mut outcome = Outcome { next_id: state.next_id(), ..Outcome::default() };
    let mut rows: Vec<&Row> =
        state.lanes().filter_map(|lane| next_of(lane.collect(), state, out, now)).collect();
    rows.sort_by_key(|row| (row.bulk, row.id));
    rows.truncate(room);
    let mut handed = Vec::with_capacity(rows.len());
    for row in rows {
        match row.state {
            RowState::Out if doubtful.contains(&row.id) => {
                outcome.lines.push(told(row, Deed::Doubted, IN_DOUBT, now));
                handed.push(row.clone());
                continue;
            }
            RowState::Out => {}
            _ if !row.is_idempotent(platform_of(state, row)) => {
                outcome.put(Record::Row(Row { state: RowState::Out, ..row.clone() }));
            }
            _ => {}
        }
        handed.push(Row { state: RowState::Ready { from: now }, ..row.clone() });
    }
    (handed, outcome)
}

/// When the next row becomes ready by itself, if none is now.
pub(super) fn next_ready(state: &State, out: &BTreeSet<RowId>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    state
        .lanes()
        .filter_map(|lane| {
            let turn = in_turn(lane.collect(), state, out);
            turn.into_iter().filter_map(|row| ready_from(row, now)).min()
        })
        .min()
}

fn next_of<'a>(
    lane: Vec<&'a Row>,
    state: &State,
    out: &BTreeSet<RowId>,
    now: DateTime<Utc>,
) -> Option<&'a Row> {
    let turn = in_turn(lane, state, out);
    let ready = |row: &&&Row| ready_from(row, now).is_some_and(|from| from <= now);
    turn.iter().filter(|row| !row.bulk).find(ready).or_else(|| turn.iter().find(ready)).copied()
}

/// The rows of a lane of which one may go next. A row that was tried holds its lane until it is delivered, refused or
/// dropped: nothing that was said later overtakes it.
fn in_turn<'a>(lane: Vec<&'a Row>, state: &State, out: &BTreeSet<RowId>) -> Vec<&'a Row> {
    if lane.iter().any(|row| out.contains(&row.id)) {
        return Vec::new();
    }
    match lane.iter().find(|row| is_under_way(row)) {
        Some(first) => vec![first],
        None => lane.into_iter().filter(|row| is_free(row, state)).collect(),
    }
}

fn is_under_way(row: &Row) -> bool {
    match row.state {
        RowState::Ready { .. } => row.attempts > 0,
        RowState::Out => true,
        RowState::Parked { .. } | RowState::Held => false,
    }
}

/// Whether the row that it waits for is gone.
fn is_free(row: &Row, state: &State) -> bool {
    row.after
        .is_none_or(|before| state.row(before).is_none_or(|row| matches!(row.state, RowState::Parked { .. })))
}

fn ready_from(row: &Row, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match row.state {
        RowState::Ready { from } => Some(from),
        RowState::Out => Some(now),
        RowState::Parked { .. } | RowState::Held => None,
    }
}

fn platform_of(state: &State, row: &Row) -> Platform {
    let app = state.rules().apps.iter().find(|app| app.key == row.app);
    app.map_or(Platform::WeCom, crate::config::App::platform)
}

/// A line about a row, under the event that it came of.
fn told(row: &Row, what: Deed, why: &str, now: DateTime<Utc>) -> Line {
    Line::about(LineSubject::Workspace, what, row.cause, now).saying(&format!("{}: {why}", row.id))
}
