//! History: for each event what was done, with before and after of each changed field, so that it can be shown,
//! undone, and run again under other rules.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Seal, Tally};
use crate::event::Identity;
use crate::sales::{ActionCardId, CustomerId, DealId, MemberId};

/// One line of history.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Line {
    /// The event.
    pub event: Identity,
    /// Its `now`.
    pub at: DateTime<Utc>,
    /// What it is about.
    pub subject: LineSubject,
    /// Who did it; nobody when a timer or a file did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<MemberId>,
    /// What was done.
    pub what: Deed,
    /// The words as they were written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Box<str>>,
    /// Before and after.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<FieldChange>,
    /// What it added to members' days.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tallies: Vec<Tally>,
    /// The config version in force.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub config: Box<str>,
    /// Whether it was taken back; kept only on the last day's copy.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undone: bool,
    /// Its place in the audit chain; none on the last day's copy and on lines from before the chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<Seal>,
    /// Whether its words were erased for good.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
}

/// What a line is about: its place in the history.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineSubject {
    /// A deal.
    Deal(DealId),
    /// A customer.
    Customer(CustomerId),
    /// An action card that serves no deal.
    Action(ActionCardId),
    /// The workspace itself: rules, strangers, operators.
    Workspace,
}

/// What was done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// The first data was laid in.
    Seeded,
    /// A customer or a deal was entered.
    Entered,
    /// A customer that somebody wanted to enter was there already; what was written stands here.
    Collided,
    /// Opening mended the store.
    Repaired,
    /// A note was stored.
    Noted,
    /// A note was stored as a draft, since nobody could say which deal it meant.
    Drafted,
    /// Something was taken back.
    Undone,
    /// An overdue deal was warned of.
    Warned,
    /// The owner asked to be told once more.
    Snoozed,
    /// The deal went to another owner.
    HandedOver,
    /// The deal was closed.
    Closed,
    /// A closed deal was opened again.
    Reopened,
    /// The deal came to another stage.
    Moved,
    /// A meeting's pack went out.
    Packed,
    /// A material was ticked.
    Ticked,
    /// A meeting's outcome was asked for.
    MeetingAsked,
    /// A meeting's outcome was told.
    MeetingTold,
    /// A picture or a file was kept on the deal.
    Attached,
    /// A picture or a file was fetched, or will never be.
    Fetched,
    /// An action card was given.
    ActionIssued,
    /// Its doer began.
    ActionStarted,
    /// Evidence for it was kept.
    ActionEvidence,
    /// Its doer said what is in the way.
    ActionTroubled,
    /// It was handed in.
    ActionSubmitted,
    /// It was screened, and lies with its reviewer.
    ActionReviewing,
    /// It came back with a reason.
    ActionReturned,
    /// It was accepted.
    ActionAccepted,
    /// Its doer was told that its day is over.
    ActionWarned,
    /// Somebody said whether a script was of use; the text is what that adds to its votes.
    ScriptJudged,
    /// A rep offered words to the script library.
    ScriptOffered,
    /// They were taken.
    ScriptTaken,
    /// They were not.
    ScriptDeclined,
    /// A digest went out.
    Digested,
    /// A schedule's instant was missed.
    Missed,
    /// New rules are in force.
    Adopted,
    /// The files do not hold together.
    Faulty,
    /// An outsider wrote.
    Stranger,
    /// The store was restored from a backup.
    Restored,
    /// The operator let parked things go on.
    Unparked,
    /// A row was on its way when the process ended.
    Doubted,
    /// A row was given up unsaid, or as one that may have been said.
    Dropped,
    /// It came from a sheet, or a sheet added to it.
    Imported,
    /// A person's or a customer's data were erased.
    Erased,
}

/// One field of one record, before and after. A record that began has no fields before, one that ended none after.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FieldChange {
    /// The record's key, hex.
    pub record: Box<str>,
    /// The field; empty when the whole record began or ended.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub field: Box<str>,
    /// Before.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub before: Value,
    /// After.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub after: Value,
}

impl Line {
    /// A line with nothing but its subject, deed, event and instant.
    pub fn about(subject: LineSubject, what: Deed, event: Identity, at: DateTime<Utc>) -> Self {
        Self {
            event,
            at,
            subject,
            by: None,
            what,
            text: None,
            changes: Vec::new(),
            tallies: Vec::new(),
            config: "".into(),
            undone: false,
            seal: None,
            erased: false,
        }
    }

    /// The same, done by `member`.
    pub fn by(self, member: &MemberId) -> Self {
        Self { by: Some(member.clone()), ..self }
    }

    /// The same, with these words.
    pub fn saying(self, text: &str) -> Self {
        Self { text: Some(text.into()), ..self }
    }

    /// Takes its words out for good; its place in the chain still verifies.
    pub fn erase(&mut self) {
        (self.text, self.changes, self.erased) = (None, Vec::new(), true);
        if let Some(seal) = &mut self.seal {
            seal.salt = None;
        }
    }
}

/// The fields that differ between two versions of the record `key`.
pub fn differences(key: &str, before: Option<&Value>, after: Option<&Value>) -> Vec<FieldChange> {
    let whole = |before: Value, after: Value| {
        vec![FieldChange { record: key.into(), field: "".into(), before, after }]
    };
    match (before, after) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => fields_between(key, before, after),
        (before, after) if before == after => Vec::new(),
        (before, after) => whole(before.cloned().unwrap_or_default(), after.cloned().unwrap_or_default()),
    }
}

fn fields_between(key: &str, before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<FieldChange> {
    let mut fields: Vec<&String> = before.keys().chain(after.keys()).collect();
    fields.sort_unstable();
    fields.dedup();
    fields
        .into_iter()
        .filter(|field| before.get(*field) != after.get(*field))
        .map(|field| FieldChange {
            record: key.into(),
            field: field.as_str().into(),
            before: before.get(field).cloned().unwrap_or_default(),
            after: after.get(field).cloned().unwrap_or_default(),
        })
        .collect()
}

/// `record` with this change taken back, as far as nobody changed the field since. `Value::Null` is no record.
pub fn taken_back(record: Value, change: &FieldChange) -> Value {
    if change.field.is_empty() {
        return if record.is_null() || change.before.is_null() { change.before.clone() } else { record };
    }
    let Value::Object(mut fields) = record else { return record };
    let present = fields.get(&*change.field).cloned().unwrap_or_default();
    if present == change.after {
        if change.before.is_null() {
            fields.remove(&*change.field);
        } else {
            fields.insert(change.field.to_string(), change.before.clone());
        }
    }
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn change_taken_back_restores_what_nobody_touched_since() {
        let before = json!({"stage": "demo", "amount": 5});
        let after = json!({"stage": "quote", "amount": 5, "next": "d"});
        let changes = differences("d-1", Some(&before), Some(&after));
        assert_eq!(changes.len(), 2);
        let restored = changes.iter().fold(after, taken_back);
        assert_eq!(restored, before);
    }

    #[test]
    fn change_taken_back_leaves_what_was_changed_since() {
        let changes = differences("d-1", Some(&json!({"stage": "demo"})), Some(&json!({"stage": "quote"})));
        let now = json!({"stage": "won"});
        assert_eq!(taken_back(now.clone(), &changes[0]), now);
    }

    #[test]
    fn record_that_began_is_gone_when_taken_back() {
        let changes = differences("m-1", None, Some(&json!({"purpose": "看厂"})));
        assert_eq!(taken_back(json!({"purpose": "看厂"}), &changes[0]), Value::Null);
    }
}
