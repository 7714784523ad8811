//! The admin's files and the operator's word: rules go into force, faults are told, parked things go on, a demo begins.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::draft::{Draft, Push};
use super::words;
use crate::event::{Adopted, Fault, Seed, Unpark};
use crate::sales::RowId;
use crate::state::{Deed, Life, Record, RecordKey, Row, RowState, Saying, ScheduleMark};

/// New rules are in force: schedules that began count from now, those that ended are forgotten.
pub fn adopt(draft: &mut Draft<'_>, adopted: &Adopted) {
    let state = draft.state;
    for schedule in &state.rules().schedules {
        if state.schedule_served(&schedule.name).is_none() {
            let mark = ScheduleMark { name: schedule.name.as_str().into(), served: draft.now };
            draft.put(Record::Schedule(mark));
        }
    }
    let gone =
        state.schedule_names().filter(|name| state.rules().schedules.iter().all(|each| each.name != *name));
    for name in gone.map(Into::into).collect::<Vec<Box<str>>>() {
        draft.delete(RecordKey::Schedule(name));
    }
    tell_live(draft, adopted);
    let said = format!("config {} templates {} by {}", adopted.config, adopted.templates, adopted.author);
    draft.put(Record::Rules(Adopted { nonce: None, ..adopted.clone() }));
    let line = draft.about_workspace(Deed::Adopted).saying(&said);
    draft.line(line);
}

/// Whoever edits the files hears that the edit is live, and after a fault was told that it is mended, even where the
/// files say again what was in force all the time; what a start reads is no news.
fn tell_live(draft: &mut Draft<'_>, adopted: &Adopted) {
    let state = draft.state;
    let Some(before) = state.adopted().filter(|_| &*adopted.author == "files") else { return };
    let changed = [
        (before.config != adopted.config).then_some("bot-config 里的规则"),
        (before.templates != adopted.templates).then_some("消息模板"),
    ];
    let what: Vec<&str> = changed.into_iter().flatten().collect();
    if what.is_empty() && !adopted.mended {
        return;
    }
    let vars = words::vars([
        ("what", (!what.is_empty()).then(|| what.join("、").into())),
        ("mended", adopted.mended.then_some(true.into())),
        ("before", adopted.before.map(|number| number.to_string().into())),
    ]);
    tell_admins(draft, "config_live", &vars, true);
}

fn tell_admins(draft: &mut Draft<'_>, template: &str, vars: &Value, bulk: bool) {
    let useful_until = draft.now + TimeDelta::hours(24);
    for admin in draft.state.rules().people.members.iter().filter(|member| member.admin) {
        draft.push(admin, Push { template, vars: vars.clone(), card: None, useful_until, bulk });
    }
}

/// The files do not hold together: the admins hear what, where and how to mend it.
pub fn tell_faults(draft: &mut Draft<'_>, faults: &[Fault]) {
    let Some(first) = faults.first() else { return };
    let more = faults.len() - 1;
    let vars = words::vars([
        ("file", Some(first.file.as_str().into())),
        ("line", first.line.map(|line| line.to_string().into())),
        ("what", Some(first.what.as_str().into())),
        ("cure", Some(first.cure.as_str().into())),
        ("more", (more > 0).then(|| more.to_string().into())),
    ]);
    tell_admins(draft, "config_fault", &vars, false);
    let line = draft.about_workspace(Deed::Faulty).saying(&json!(faults).to_string());
    draft.line(line);
}

/// Nothing is lost, but a disk that rots once rots again.
pub fn tell_repair(draft: &mut Draft<'_>) {
    tell_admins(draft, "store_repaired", &words::vars([]), false);
    let line = draft.about_workspace(Deed::Repaired);
    draft.line(line);
}

/// The operator's word on refused rows; the engine itself decides parked events again.
pub fn unpark(draft: &mut Draft<'_>, unpark: &Unpark) {
    let meant = |id: RowId| unpark.ids.is_empty() || unpark.ids.contains(&id.0);
    let state = draft.state;
    let waits = |state: &RowState| matches!(state, RowState::Parked { .. } | RowState::Held);
    for row in state.rows().filter(|row| waits(&row.state) && meant(row.id)) {
        // What a restore holds back was never refused: to release it is to send it.
        if unpark.again || row.state == RowState::Held {
            let ready = RowState::Ready { from: draft.now };
            draft.put(Record::Row(Row { state: ready, attempts: 0, ..row.clone() }));
        } else {
            draft.delete(RecordKey::Row(row.id));
        }
    }
    let line = draft.about_workspace(Deed::Unparked);
    draft.line(line);
}

/// The first turn of a store's life. After a restore messages that were on their way may have been said long ago: they
/// wait for the operator.
pub fn begin(draft: &mut Draft<'_>, epoch: u64) {
    let state = draft.state;
    if state.life().is_some_and(|life| life.epoch != epoch) {
        let waiting = state.rows().filter(|row| matches!(row.state, RowState::Ready { .. } | RowState::Out));
        // A picture that is fetched, or a question that is ranked, once more says nothing to anybody.
        let speaks = |row: &&Row| !matches!(row.says, Saying::Fetch { .. } | Saying::Rank { .. });
        for row in waiting.filter(speaks) {
            draft.put(Record::Row(Row { state: RowState::Held, ..row.clone() }));
        }
        let line = draft.about_workspace(Deed::Restored);
        draft.line(line);
    }
    draft.put(Record::Life(Life { epoch }));
}

/// The first data of a demo.
pub fn seed(draft: &mut Draft<'_>, seed: &Seed) {
    seed.customers.iter().for_each(|customer| draft.put(Record::Customer(customer.clone())));
    seed.deals.iter().for_each(|deal| draft.put(Record::Deal(deal.clone())));
    seed.meetings.iter().for_each(|meeting| draft.put(Record::Meeting(meeting.clone())));
    draft.ids_from(seed.next_id);
    let line = draft.about_workspace(Deed::Seeded);
    draft.line(line);
}
