//! Words in the chat that move an action card on: 开始, 提交, 通过, 退回, or a sentence that one waits for.

use super::super::draft::Draft;
use super::{Hand, review, reviewer, work};
use crate::config::Member;
use crate::event::Sender;
use crate::language::{CardStep, Note, Unclear, Understanding};
use crate::sales::{ActionAsk, ActionCard, ActionCardId, ActionState, Awaiting, Card, CardKind};

/// Moves on the action card that is meant: the newest card's in this chat, else the newest that fits. Whether one did.
pub fn step(
    draft: &mut Draft<'_>,
    member: &Member,
    card: Option<&Card>,
    step: &CardStep,
    from: &Sender,
) -> bool {
    let Some((id, card)) = meant(draft, member, card, step) else { return false };
    let hand = Hand { member, from, card, tapped: None };
    match step {
        CardStep::Start => work::start(draft, &hand, id),
        CardStep::Submit => work::submit(draft, &hand, id),
        CardStep::Trouble => work::ask_trouble(draft, &Hand { card: None, ..hand }, id),
        CardStep::Show => review::show(draft, id, from),
        CardStep::Accept => review::accept(draft, &hand, id),
        CardStep::Return { reason } if reason.is_empty() => {
            review::ask_reason(draft, &Hand { card: None, ..hand }, id);
        }
        CardStep::Return { reason } => review::give_back(draft, &hand, id, reason),
    }
    true
}

fn meant(
    draft: &Draft<'_>,
    member: &Member,
    card: Option<&Card>,
    step: &CardStep,
) -> Option<(ActionCardId, Option<crate::sales::CardId>)> {
    let fits = |action: &ActionCard| match step {
        CardStep::Start => action.to == member.id && action.state() == ActionState::Issued,
        CardStep::Submit | CardStep::Trouble => action.to == member.id && action.is_with_doer(),
        CardStep::Show | CardStep::Accept | CardStep::Return { .. } => {
            let mine = reviewer(draft, action).is_some_and(|reviewer| reviewer.id == member.id);
            mine && action.state() == ActionState::Reviewing
        }
    };
    let of_card = card.and_then(|card| match &card.kind {
        CardKind::Action(ask) => Some((ask.card()?, Some(card.id))),
        _ => None,
    });
    let of_card = of_card.filter(|(id, _)| draft.action(*id).is_some_and(&fits));
    let newest =
        || draft.state.actions().rev().filter(|action| fits(action)).max_by_key(|action| action.since());
    of_card.or_else(|| newest().map(|action| (action.id, None)))
}

/// Takes a sentence that an action card waits for; whether one did.
pub fn taken(
    draft: &mut Draft<'_>,
    member: &Member,
    card: Option<&Card>,
    understood: &Understanding,
    text: &str,
    from: &Sender,
) -> bool {
    let note = match understood {
        // 「私下记」 is its writer's alone: it is handed to nobody.
        Understanding::Note(note) if note.private => return false,
        Understanding::Note(note) => Some(&**note),
        Understanding::Notes(_) | Understanding::Unknown(Unclear::NoSubject | Unclear::Question) => None,
        Understanding::Command(_)
        | Understanding::Answer(_)
        | Understanding::Courtesy(_)
        | Understanding::Unknown(Unclear::Blank) => return false,
    };
    let hand = Hand { member, from, card: None, tapped: None };
    let dialogue = draft.state.dialogue(&member.id).filter(|dialogue| dialogue.expires_at > draft.now);
    match dialogue.map(|dialogue| dialogue.awaiting.clone()) {
        Some(Awaiting::Trouble(id)) if draft.action(id).is_some_and(ActionCard::is_with_doer) => {
            work::trouble(draft, &hand, id, text);
        }
        Some(Awaiting::ReturnReason(id)) if stands(draft, id, ActionState::Reviewing) => {
            review::give_back(draft, &hand, id, text);
        }
        Some(Awaiting::Evidence(id)) if is_at_work(draft, id) && !names_another(draft, id, understood) => {
            work::attach(draft, member, id, Some(text), &[], from);
        }
        Some(Awaiting::Note(_) | Awaiting::MeetingOutcome(_) | Awaiting::DealFor { .. }) => return false,
        _ => {
            let Some(id) = of_newest(draft, member, card, note, understood) else { return false };
            work::attach(draft, member, id, Some(text), &[], from);
        }
    }
    true
}

fn stands(draft: &Draft<'_>, id: ActionCardId, state: ActionState) -> bool {
    draft.action(id).is_some_and(|card| card.state() == state)
}

fn is_at_work(draft: &Draft<'_>, id: ActionCardId) -> bool {
    stands(draft, id, ActionState::Doing)
}

/// The action card of the newest card in the chat, while nothing else was spoken of since and nobody is named.
fn of_newest(
    draft: &Draft<'_>,
    member: &Member,
    card: Option<&Card>,
    note: Option<&Note>,
    understood: &Understanding,
) -> Option<ActionCardId> {
    let card = card?;
    let CardKind::Action(ActionAsk::Doing(id)) = card.kind else { return None };
    let nobody = note.is_none_or(|note| note.mentions.is_empty() && note.contact.is_none());
    let plain = nobody && !matches!(understood, Understanding::Notes(_));
    let subject = draft.state.dialogue(&member.id).and_then(|dialogue| dialogue.subject.as_ref());
    let newest = subject.is_none_or(|subject| subject.at <= card.at);
    (plain && newest && is_at_work(draft, id)).then_some(id)
}

/// Whether a customer is named that the action card is not about.
pub fn names_another(draft: &Draft<'_>, id: ActionCardId, understood: &Understanding) -> bool {
    let named = match understood {
        Understanding::Note(note) => note.customers(),
        Understanding::Notes(notes) => notes.iter().flat_map(Note::customers).collect(),
        _ => Vec::new(),
    };
    let deal = draft.action(id).and_then(|card| draft.deal(card.deal?));
    !named.is_empty() && deal.is_none_or(|deal| !named.contains(&deal.customer))
}

/// The action card that a picture or a file sent now is evidence for: the one that waits for it, the newest card's in
/// this chat, or the one begun last, unless a deal was spoken of since.
pub fn waiting_for_media(
    draft: &Draft<'_>,
    member: &Member,
    card: Option<&Card>,
    words: Option<&Understanding>,
) -> Option<ActionCardId> {
    let dialogue = draft.state.dialogue(&member.id);
    let awaited =
        dialogue.filter(|dialogue| dialogue.expires_at > draft.now).map(|dialogue| &dialogue.awaiting);
    let awaited = match awaited {
        Some(Awaiting::Evidence(id)) => Some(*id),
        Some(Awaiting::Note(_) | Awaiting::MeetingOutcome(_)) => return None,
        _ => None,
    };
    let of_card = card.and_then(|card| match card.kind {
        CardKind::Action(ActionAsk::Doing(id) | ActionAsk::Offered(id)) => Some(id),
        _ => None,
    });
    let spoken = dialogue.and_then(|dialogue| dialogue.subject.as_ref()).map(|subject| subject.at);
    let spoken = spoken.filter(|at| draft.now - *at <= draft.state.rules().workspace.subject_window);
    let begun = || {
        let doing = draft.state.actions().filter(|card| card.to == member.id && is_at_work(draft, card.id));
        let last = doing.max_by_key(|card| (card.since(), card.id))?;
        spoken.is_none_or(|at| Some(at) <= last.since()).then_some(last.id)
    };
    let id = awaited.or(of_card).or_else(begun)?;
    let open = draft.action(id).is_some_and(|card| card.to == member.id && card.is_with_doer());
    let ours = words.is_none_or(|words| !names_another(draft, id, words));
    (open && ours).then_some(id)
}
