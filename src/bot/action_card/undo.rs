//! 撤销 of a step: the action card stands as before, and whose turn it is gets their card again.

use chrono::TimeDelta;

use super::super::draft::{Draft, Push};
use super::super::words;
use super::work::{ask_for_evidence, evidence_vars};
use super::{offer, review, reviewer, title};
use crate::config::Member;
use crate::event::Sender;
use crate::sales::{ActionAsk, ActionCardId, ActionState, Awaiting, CardKind};
use crate::state::{Deed, Line};

/// That something was taken back is news this long.
const NEWS: TimeDelta = TimeDelta::hours(48);

/// Whether a step can still be taken back: nobody went further. What was given can be as long as it is not accepted.
pub fn may_undo(draft: &Draft<'_>, id: ActionCardId, line: &Line) -> bool {
    let Some(card) = draft.action(id) else { return false };
    let present = serde_json::to_value(card).unwrap_or_default();
    let name = id.to_string();
    let unchanged = line.changes.iter().filter(|change| *change.record == *name).all(|change| {
        change.field.is_empty()
            || present.get(&*change.field).unwrap_or(&serde_json::Value::Null) == &change.after
    });
    match line.what {
        Deed::ActionIssued => card.is_open(),
        _ => unchanged,
    }
}

/// Shows everybody where the card stands since `what` was taken back.
pub fn undone(draft: &mut Draft<'_>, member: &Member, id: ActionCardId, what: Deed, from: &Sender) {
    let Some(before) = draft.state.action(id).cloned() else { return };
    let task = title(draft, &before);
    draft.finish_asks(id, |_| true, "已撤销", None);
    draft.dialogue_mut(&member.id).awaiting = Awaiting::Nothing;
    let vars = words::vars([("customer", Some(task.clone().into())), ("gist", Some(step_name(what).into()))]);
    draft.answer(from, "undone", vars);
    let news = match what {
        Deed::ActionIssued => "不用做了",
        Deed::ActionReturned => "退回是误会，不用补了",
        Deed::ActionAccepted => "还要再看一眼",
        _ => "",
    };
    let doer = draft.state.rules().people.find(&before.to).filter(|doer| doer.id != member.id);
    if let Some(doer) = doer.filter(|_| !news.is_empty()) {
        let vars = words::vars([
            ("what", Some(task.into())),
            ("by", Some(member.call.as_str().into())),
            ("news", Some(news.into())),
        ]);
        let useful_until = draft.now + NEWS;
        draft.push(doer, Push { template: "action_off", vars, card: None, useful_until, bulk: false });
    }
    next_turn(draft, member, id, from);
}

fn next_turn(draft: &mut Draft<'_>, member: &Member, id: ActionCardId, from: &Sender) {
    let Some(card) = draft.action(id).cloned() else { return };
    let own = (card.to == member.id).then_some(from);
    match card.state() {
        ActionState::Issued => offer(draft, &card, own),
        ActionState::Doing if own.is_some() => {
            ask_for_evidence(draft, member, &card, from, "action_started", None);
        }
        ActionState::Doing => {
            let Some(doer) = draft.state.rules().people.find(&card.to) else { return };
            let vars = evidence_vars(draft, &card, None);
            let kind = CardKind::Action(ActionAsk::Doing(id));
            let useful_until = draft.now + NEWS;
            let push = Push { template: "action_started", vars, card: Some(kind), useful_until, bulk: false };
            draft.push(doer, push);
        }
        ActionState::Reviewing => {
            let mine = reviewer(draft, &card).is_some_and(|reviewer| reviewer.id == member.id);
            review::open(draft, &card, mine.then_some(from));
        }
        ActionState::Submitted | ActionState::Archived => {}
    }
}

fn step_name(what: Deed) -> &'static str {
    match what {
        Deed::ActionIssued => "派出去的这件事",
        Deed::ActionStarted => "开始做",
        Deed::ActionEvidence => "刚交的东西",
        Deed::ActionSubmitted => "提交",
        Deed::ActionReturned => "退回",
        Deed::ActionAccepted => "通过",
        _ => "上一步",
    }
}
