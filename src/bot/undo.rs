//! 撤销: the member's last deed of the last day is taken back, with everything that it created, as far as nobody changed
//! it since.

use serde_json::Value;

use super::draft::Draft;
use super::words;
use crate::config::Member;
use crate::event::Sender;
use crate::sales::{Awaiting, DealId};
use crate::state::{Deed, LineSubject, Recent, Record, RecordKey, Tally, taken_back};

/// Takes the member's last deed back; gives the deal that it was about.
pub fn undo(draft: &mut Draft<'_>, member: &Member, from: &Sender) -> Option<DealId> {
    let state = draft.state;
    let is_own = |recent: &&Recent| {
        recent.line.by.as_ref() == Some(&member.id) && !recent.line.undone && is_undoable(recent.line.what)
    };
    let Some(recent) = state.recent().rev().find(is_own) else {
        draft.answer(from, "undo_nothing", words::vars([]));
        return None;
    };
    let LineSubject::Deal(id) = recent.line.subject else { return None };
    take_back(draft, recent);
    let customer = state.deal(id).map(|deal| words::customer(state, deal)).unwrap_or_default();
    let gist = recent.line.text.as_deref().map_or_else(|| "".into(), words::gist);
    let line = draft.about(id, Deed::Undone).by(&member.id).saying(&gist);
    draft.line(line);
    draft.dialogue_mut(&member.id).awaiting = Awaiting::Nothing;
    let gist = if gist.is_empty() { "上一步".to_owned() } else { gist.into_string() };
    draft.answer(
        from,
        "undone",
        words::vars([("customer", Some(customer.into())), ("gist", Some(gist.into()))]),
    );
    Some(id)
}

fn is_undoable(what: Deed) -> bool {
    matches!(
        what,
        Deed::Noted
            | Deed::Snoozed
            | Deed::HandedOver
            | Deed::Closed
            | Deed::Reopened
            | Deed::Moved
            | Deed::MeetingTold
    )
}

fn take_back(draft: &mut Draft<'_>, recent: &Recent) {
    let mut records: Vec<&str> = recent.line.changes.iter().map(|change| &*change.record).collect();
    records.dedup();
    for name in records {
        let changes = recent.line.changes.iter().filter(|change| *change.record == *name);
        let present = key_of(name).and_then(|key| draft.state.record(&key)).and_then(|record| record.told());
        let present = present.map_or(Value::Null, |(_, value)| value);
        restore(draft, name, changes.fold(present, taken_back));
    }
    for tally in &recent.line.tallies {
        let Tally { member, day, counts } = tally;
        draft.count_on(member, *day, counts.negated());
    }
    let undone = crate::state::Line { undone: true, ..recent.line.clone() };
    draft.put(Record::Recent(Recent { line: undone, ..recent.clone() }));
}

fn restore(draft: &mut Draft<'_>, name: &str, value: Value) {
    let Some(key) = key_of(name) else { return };
    if value.is_null() {
        return draft.delete(key);
    }
    let record = match &key {
        RecordKey::Deal(_) => serde_json::from_value(value).map(Record::Deal),
        RecordKey::Meeting(_) => serde_json::from_value(value).map(Record::Meeting),
        _ => serde_json::from_value(value).map(Record::Customer),
    };
    // A record that does not read back stays as it is: nothing is lost by that.
    if let Ok(record) = record {
        draft.put(record);
    }
}

fn key_of(name: &str) -> Option<RecordKey> {
    let (kind, number) = name.split_once('-')?;
    let number = number.parse().ok()?;
    match kind {
        "d" => Some(RecordKey::Deal(DealId(number))),
        "m" => Some(RecordKey::Meeting(crate::sales::MeetingId(number))),
        "c" => Some(RecordKey::Customer(crate::sales::CustomerId(number))),
        _ => None,
    }
}
