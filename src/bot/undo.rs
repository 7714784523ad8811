//! 撤销: the member's last deed of the last day is taken back, with everything that it created, as far as nobody changed
//! it since. 「不是宏远是永兴」 takes the last note back and stores its words where they belong; 「2 不对，是瑞丰」 does
//! so with one note of several.

use std::collections::BTreeSet;

use serde_json::Value;

use super::deals::{self, Which};
use super::draft::Draft;
use super::{action_card, notes, questions, said, tapped, words};
use crate::config::Member;
use crate::event::Sender;
use crate::language::{Edit, Note};
use crate::sales::{
    ActionAsk, ActionCardId, Awaiting, Card, CardKind, CardSubject, CustomerId, DealId, MediaId, Meeting,
    MeetingId, MemberId,
};
use crate::state::{Counts, Deed, Line, LineSubject, Recent, Record, RecordKey, Tally, taken_back};

/// Takes the member's last deed back and says so; gives the deal that it was about.
pub fn undo(draft: &mut Draft<'_>, member: &Member, from: &Sender) -> Option<DealId> {
    let lines = last(draft, &member.id, is_undoable);
    let lines = with_closing(draft, &member.id, lines);
    undo_lines(draft, member, &lines, from)
}

/// The reason of a loss and the closing are one deed to the person who tapped both: where the last is the reason, the
/// closing is meant with it.
fn with_closing<'s>(draft: &Draft<'s>, member: &MemberId, lines: Vec<&'s Recent>) -> Vec<&'s Recent> {
    let Some(newest) = lines.first().filter(|recent| recent.line.what == Deed::Closed) else { return lines };
    let subject = newest.line.subject;
    let deal = deal_of(&newest.line).and_then(|id| draft.state.deal(id));
    let Some(closed_at) = deal.and_then(|deal| deal.closing.as_ref()).map(|closing| closing.at) else {
        return lines;
    };
    let of_it = |recent: &&Recent| {
        let line = &recent.line;
        line.what == Deed::Closed
            && line.subject == subject
            && line.at >= closed_at
            && line.by.as_ref() == Some(member)
            && !line.undone
    };
    draft.state.recent().filter(of_it).collect()
}

/// Takes back what the card tells of, whatever was done since.
pub fn undo_of_card(draft: &mut Draft<'_>, member: &Member, card: &Card, from: &Sender) -> Option<DealId> {
    let lines = last(draft, &member.id, is_undoable);
    let of_card = |recent: &&Recent| {
        recent.line.by.as_ref() == Some(&member.id)
            && recent.line.at == card.at
            && !recent.line.undone
            && recent.line.what == Deed::Noted
            && deal_of(&recent.line) == card.kind.deal()
    };
    let newest = lines.first().is_some_and(|recent| recent.line.at == card.at);
    let lines = if newest { lines } else { draft.state.recent().filter(of_card).collect() };
    undo_lines(draft, member, &lines, from)
}

/// Takes back the giving of an action card, whatever was done since.
pub fn undo_of_action(draft: &mut Draft<'_>, member: &Member, ask: &ActionAsk, from: &Sender) {
    let gave = |recent: &&Recent| {
        let line = &recent.line;
        line.what == Deed::ActionIssued
            && !line.undone
            && line.by.as_ref() == Some(&member.id)
            && action_of(line) == ask.card()
    };
    let lines: Vec<&Recent> = draft.state.recent().filter(gave).collect();
    undo_lines(draft, member, &lines, from);
}

fn undo_lines(draft: &mut Draft<'_>, member: &Member, lines: &[&Recent], from: &Sender) -> Option<DealId> {
    let state = draft.state;
    if let Some((line, action)) = lines.first().and_then(|it| Some((&it.line, action_of(&it.line)?))) {
        if action_card::may_undo(draft, action, line) {
            take_back(draft, member, lines);
            action_card::undone(draft, member, action, line.what, from);
        } else {
            let vars = words::vars([("state", Some("已经走到下一步，撤不回来".into()))]);
            draft.answer(from, "stale_card", vars);
        }
        return None;
    }
    let Some((first, id)) = lines.first().and_then(|first| Some((first, deal_of(&first.line)?))) else {
        draft.answer(from, "undo_nothing", words::vars([]));
        return None;
    };
    take_back(draft, member, lines);
    let customer = state.deal(id).map(|deal| words::customer(state, deal)).unwrap_or_default();
    let notes = lines.iter().filter(|recent| recent.line.what == Deed::Noted).count();
    let gist = match notes {
        0 | 1 => told(draft, &first.line),
        several => format!("{} 等 {several} 条", told(draft, &first.line)),
    };
    let noted = (first.line.what == Deed::Noted).then_some(true.into());
    let vars =
        words::vars([("customer", Some(customer.into())), ("gist", Some(gist.into())), ("noted", noted)]);
    draft.answer(from, "undone", vars);
    Some(id)
}

/// What was done, as the person who did it would say it.
fn told(draft: &Draft<'_>, line: &Line) -> String {
    let text = line.text.as_deref().unwrap_or_default();
    let of = |deed: &str| if text.is_empty() { deed.to_owned() } else { format!("{deed}（{text}）") };
    match line.what {
        Deed::Noted => {
            let note = read(draft, line);
            note.map_or_else(|| words::gist(text), |note| notes::gist(&note)).into_string()
        }
        Deed::Entered => "新建客户".to_owned(),
        Deed::Snoozed => "晚点提醒".to_owned(),
        // The line keeps whether it was a picture or a file.
        Deed::Attached => format!("收下的{text}"),
        // The line keeps the mate's key.
        Deed::HandedOver => format!("移交给{}", words::call(draft.state.rules(), &text.into())),
        Deed::Closed => of("关闭商机"),
        Deed::Reopened => "重开".to_owned(),
        Deed::Moved => "进新阶段".to_owned(),
        Deed::MeetingTold => of("会议结果"),
        _ => "上一步".to_owned(),
    }
}

/// 「不是宏远是永兴」: the last note is taken back and stored where it belongs.
pub fn move_note(draft: &mut Draft<'_>, member: &Member, to: &[CustomerId], said: &str, from: &Sender) {
    let noted = |what| what == Deed::Noted;
    let lines = last(draft, &member.id, noted);
    let [line] = &lines[..] else {
        let template = if lines.is_empty() { "undo_nothing" } else { "help" };
        draft.answer(from, template, words::vars([]));
        return;
    };
    let Some(note) = read(draft, &line.line) else { return };
    match deals::among(draft, member, to, &note) {
        Which::One(deal) => {
            take_back(draft, member, &lines);
            notes::take_on(draft, member, deal, &note, from);
        }
        Which::Several(offered) => {
            take_back(draft, member, &lines);
            deals::ask(draft, member, &note.text, None, offered, from);
        }
        Which::None => questions::none(draft, said, from),
    }
}

/// 「2 不对，是瑞丰」: the notes of the last breath are stored anew, that one on the other deal; without a name it is
/// left out.
pub fn correct(
    draft: &mut Draft<'_>,
    member: &Member,
    number: u8,
    to: &[CustomerId],
    said: &str,
    from: &Sender,
) {
    let lines = last(draft, &member.id, |what| what == Deed::Noted);
    let place = usize::from(number).saturating_sub(1);
    let read_again = |recent: &&Recent| Some((deal_of(&recent.line)?, read(draft, &recent.line)?));
    let mut placed: Vec<(DealId, Note)> = lines.iter().filter_map(read_again).collect();
    let Some((_, wrong)) = placed.get(place).filter(|_| placed.len() == lines.len()) else {
        draft.answer(from, "number_none", words::vars([("n", Some(number.to_string().into()))]));
        return;
    };
    let target = match deals::among(draft, member, to, wrong) {
        Which::One(deal) => Some(deal),
        Which::Several(offered) => offered.first().copied(),
        Which::None if to.is_empty() && said.is_empty() => None,
        Which::None => {
            return questions::none(draft, said, from);
        }
    };
    take_back(draft, member, &lines);
    match target {
        Some(target) => placed[place].0 = target,
        None => {
            let (deal, _) = placed.remove(place);
            tapped::prompt(draft, member, deal, from);
        }
    }
    store_anew(draft, member, &placed, from);
}

/// 「不是周二是周三」: the notes of the last breath are stored anew, with the words of one put right. `false` where the
/// edit means nothing that they say.
pub fn amend(draft: &mut Draft<'_>, member: &Member, number: Option<u8>, edit: &Edit, from: &Sender) -> bool {
    let lines = last(draft, &member.id, |what| what == Deed::Noted);
    let wanted = number.map(|number| usize::from(number).saturating_sub(1));
    let mut placed: Vec<(DealId, Note)> = Vec::new();
    let mut amended = false;
    for (place, recent) in lines.iter().enumerate() {
        let line = &recent.line;
        let (Some(deal), Some(text), Some(by)) = (deal_of(line), line.text.as_deref(), line.by.as_ref())
        else {
            return false;
        };
        let meant = !amended && wanted.is_none_or(|wanted| wanted == place);
        let right = meant.then(|| said::amended(draft.state, by, text, edit, line.at)).flatten();
        amended |= right.is_some();
        let Some(note) = said::read_note(draft.state, by, right.as_deref().unwrap_or(text), line.at) else {
            return false;
        };
        placed.push((deal, note));
    }
    if amended {
        take_back(draft, member, &lines);
        store_anew(draft, member, &placed, from);
    }
    amended
}

fn store_anew(draft: &mut Draft<'_>, member: &Member, placed: &[(DealId, Note)], from: &Sender) {
    let placed: Vec<(DealId, &Note)> = placed.iter().map(|(deal, note)| (*deal, note)).collect();
    notes::take_each(draft, member, &placed, from);
}

fn is_undoable(what: Deed) -> bool {
    matches!(
        what,
        Deed::Noted
            | Deed::Entered
            | Deed::Snoozed
            | Deed::HandedOver
            | Deed::Closed
            | Deed::Reopened
            | Deed::Moved
            | Deed::MeetingTold
            | Deed::Attached
            | Deed::ActionIssued
            | Deed::ActionStarted
            | Deed::ActionEvidence
            | Deed::ActionSubmitted
            | Deed::ActionReturned
            | Deed::ActionAccepted
    )
}

/// The lines of the member's newest event of such a deed, in their order.
fn last<'s>(draft: &Draft<'s>, member: &MemberId, fits: impl Fn(Deed) -> bool) -> Vec<&'s Recent> {
    let state = draft.state;
    let own = |recent: &&Recent| {
        recent.line.by.as_ref() == Some(member) && !recent.line.undone && fits(recent.line.what)
    };
    let placed = |recent: &&Recent| deal_of(&recent.line).is_some() || action_of(&recent.line).is_some();
    let Some(newest) = state.recent().rev().filter(own).find(placed) else { return Vec::new() };
    let same = |recent: &&Recent| recent.line.event == newest.line.event;
    state.recent().filter(own).filter(same).collect()
}

fn deal_of(line: &Line) -> Option<DealId> {
    match line.subject {
        LineSubject::Deal(deal) => Some(deal),
        LineSubject::Customer(_) | LineSubject::Action(_) | LineSubject::Workspace => None,
    }
}

/// The action card that a line is about.
fn action_of(line: &Line) -> Option<ActionCardId> {
    line.changes.iter().find_map(|change| match key_of(&change.record)? {
        RecordKey::Action(id) => Some(id),
        _ => None,
    })
}

/// The note that a line kept, read as on the day it was said.
fn read(draft: &Draft<'_>, line: &Line) -> Option<Note> {
    let text = line.text.as_deref()?;
    said::read_note(draft.state, line.by.as_ref()?, text, line.at)
}

fn take_back(draft: &mut Draft<'_>, member: &Member, lines: &[&Recent]) {
    let changes = || lines.iter().flat_map(|recent| &recent.line.changes);
    let records: BTreeSet<&str> = changes().map(|change| &*change.record).collect();
    for name in &records {
        let Some(key) = key_of(name) else { continue };
        let present = draft.state.record(&key).and_then(|record| record.told());
        let present = present.map_or(Value::Null, |(_, value)| value);
        // The last change first: each finds the value that it left.
        let of_it = changes().filter(|change| *change.record == **name).collect::<Vec<_>>();
        let was = of_it.into_iter().rev().fold(present, taken_back);
        if !(was.is_null() && is_needed(draft, &key, &records)) {
            restore(draft, key, was);
        }
    }
    for recent in lines {
        for Tally { member, day, counts } in &recent.line.tallies {
            // What went out has gone out.
            let kept = Counts { pushes: 0, warnings: 0, ..*counts };
            draft.count_on(member, *day, kept.negated());
        }
        if action_of(&recent.line).is_some() {
            let line =
                Line { what: Deed::Undone, changes: Vec::new(), tallies: Vec::new(), ..recent.line.clone() };
            let (event, at) = (draft.event.identity, draft.now);
            draft.line(Line { event, at, ..line });
        }
        let undone = Line { undone: true, ..recent.line.clone() };
        draft.put(Record::Recent(Recent { line: undone, ..(*recent).clone() }));
        let Some(deal) = deal_of(&recent.line).filter(|_| action_of(&recent.line).is_none()) else {
            continue;
        };
        finish_asking(draft, deal);
        let gist = recent.line.text.as_deref().map_or_else(|| "".into(), words::gist);
        let line = draft.about(deal, Deed::Undone).by(&member.id).saying(&gist);
        draft.line(line);
    }
    draft.dialogue_mut(&member.id).awaiting = Awaiting::Nothing;
}

/// Whether something stands on a customer that is not taken back with it.
fn is_needed(draft: &Draft<'_>, key: &RecordKey, taken: &BTreeSet<&str>) -> bool {
    let RecordKey::Customer(id) = key else { return false };
    draft.state.deals_of_customer(*id).any(|deal| !taken.contains(deal.id.to_string().as_str()))
}

/// The card that offered 撤销 has done its work, and nothing asks for the reason of a loss that is none.
fn finish_asking(draft: &mut Draft<'_>, id: DealId) {
    let asks = |kind: &CardKind| matches!(kind, CardKind::Noted { .. } | CardKind::LossReason { .. });
    // The one whose button was pressed is finished by that.
    for id in draft.open_cards(CardSubject::Deal(id), asks) {
        draft.finish(id, "已撤销", None);
    }
}

/// A record as it was. One that does not read back stays as it is: nothing is lost by that.
fn restore(draft: &mut Draft<'_>, key: RecordKey, value: Value) {
    if value.is_null() {
        return draft.delete(key);
    }
    match key {
        RecordKey::Deal(id) => {
            if let (Ok(was), Some(deal)) = (serde_json::from_value(value), draft.deal_mut(id)) {
                *deal = was;
            }
        }
        RecordKey::Meeting(id) => {
            let Ok(was) = serde_json::from_value::<Meeting>(value) else { return };
            match draft.meeting_mut(id) {
                Some(meeting) => *meeting = was,
                None => draft.add_meeting(was),
            }
        }
        RecordKey::Action(id) => {
            if let (Ok(was), Some(card)) = (serde_json::from_value(value), draft.action_mut(id)) {
                *card = was;
            }
        }
        RecordKey::Media(id) => {
            if let (Ok(was), Some(medium)) = (serde_json::from_value(value), draft.medium_mut(id)) {
                *medium = was;
            }
        }
        _ => {
            if let Ok(customer) = serde_json::from_value(value) {
                draft.put(Record::Customer(customer));
            }
        }
    }
}

fn key_of(name: &str) -> Option<RecordKey> {
    let (kind, number) = name.split_once('-')?;
    let number = number.parse().ok()?;
    match kind {
        "d" => Some(RecordKey::Deal(DealId(number))),
        "m" => Some(RecordKey::Meeting(MeetingId(number))),
        "c" => Some(RecordKey::Customer(CustomerId(number))),
        "a" => Some(RecordKey::Action(ActionCardId(number))),
        "f" => Some(RecordKey::Media(MediaId(number))),
        _ => None,
    }
}
