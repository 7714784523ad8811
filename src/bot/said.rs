//! What people say: an answer to what is awaited, a command, a note, or something that gets a helpful answer. Never silence.

use chrono::TimeDelta;

use super::draft::Draft;
use super::{closing, deals, hand_over, notes, questions, tapped, undo, words};
use crate::config::Member;
use crate::event::{Content, Said, Sender};
use crate::language::{Answer, Awaited, Command, Context, MeetingAnswer, Note, Understanding, understand};
use crate::sales::{Awaiting, Card, CardKind, CardState};
use crate::state::{Deed, Record, Stranger};

/// A bare digit means the newest open card or list for a day.
const CARD_WINDOW: TimeDelta = TimeDelta::hours(24);
/// An outsider is answered once in so long.
const STRANGER_WINDOW: TimeDelta = TimeDelta::hours(24);

/// Somebody wrote or sent something.
pub fn said(draft: &mut Draft<'_>, said: &Said) {
    let from = &said.from;
    let Some(member) = draft.state.rules().people.find_user(from.platform, &from.user) else {
        return stranger(draft, from);
    };
    if from.group.is_some() {
        draft.answer(from, "group_private", words::vars([]));
        return;
    }
    match &said.content {
        Content::Text(words) => text(draft, member, words, from),
        Content::Voice => drop(draft.answer(from, "voice_no_text", words::vars([]))),
        Content::Picture => drop(draft.answer(from, "picture_kept", words::vars([]))),
        Content::Other(_) => drop(draft.answer(from, "help", words::vars([]))),
        // Opening the chat asks nothing; without the quota no answer would arrive.
        Content::Entered | Content::QuotaGone => {}
    }
}

/// Someone who is no member: one answer a day, beyond it a count.
fn stranger(draft: &mut Draft<'_>, from: &Sender) {
    let known = draft.state.stranger(from.platform, &from.user);
    let answers = known.is_none_or(|known| draft.now - known.answered_at >= STRANGER_WINDOW);
    let messages = known.map_or(0, |known| known.messages) + 1;
    let answered_at = if answers { draft.now } else { known.map_or(draft.now, |known| known.answered_at) };
    draft.put(Record::Stranger(Stranger {
        platform: from.platform,
        user: from.user.clone(),
        answered_at,
        messages,
    }));
    let line = draft.about_workspace(Deed::Stranger);
    draft.line(line);
    if answers {
        let admin = draft.state.rules().people.members.iter().find(|member| member.admin);
        let admin = admin.map(|admin| admin.call.as_str().into());
        draft.answer(from, "stranger", words::vars([("admin", admin)]));
    }
}

fn text(draft: &mut Draft<'_>, member: &Member, text: &str, from: &Sender) {
    let state = draft.state;
    let card = open_card(draft, member);
    let ctx = Context {
        now: draft.now,
        calendar: &state.rules().calendar,
        names: state.names(),
        awaiting: awaited(draft, member, card),
    };
    match understand(text, &ctx) {
        Understanding::Answer(answer) => self::answer(draft, member, card, &answer, from),
        Understanding::Command(command) => self::command(draft, member, card, command, from),
        Understanding::Note(note) => self::note(draft, member, &note, from),
        Understanding::Notes(several) => {
            several.iter().for_each(|note| notes::take(draft, member, note, from))
        }
        Understanding::Courtesy(_) => drop(draft.answer(from, "courtesy", words::vars([]))),
        Understanding::Unknown(_) => notes::keep_as_draft(draft, member, text, from),
    }
}

/// A note that was awaited is on that deal, unless it names another customer.
fn note(draft: &mut Draft<'_>, member: &Member, note: &Note, from: &Sender) {
    let awaited = draft.state.dialogue(&member.id).filter(|dialogue| dialogue.expires_at > draft.now);
    let deal = awaited.and_then(|dialogue| match &dialogue.awaiting {
        Awaiting::Note(deal) => Some(*deal),
        Awaiting::MeetingOutcome(meeting) => draft.state.meeting(*meeting).map(|meeting| meeting.deal),
        Awaiting::Nothing | Awaiting::DealFor { .. } => None,
    });
    let deal = deal.filter(|id| {
        let customer = draft.state.deal(*id).map(|deal| deal.customer);
        note.mentions.is_empty() || customer.is_some_and(|customer| note.customers().contains(&customer))
    });
    match deal {
        Some(deal) => notes::take_on(draft, member, deal, note, from),
        None => notes::take(draft, member, note, from),
    }
}

/// The newest open card of the last day in this chat.
fn open_card<'s>(draft: &Draft<'s>, member: &Member) -> Option<&'s Card> {
    let card = draft.state.card(draft.state.dialogue(&member.id)?.card?)?;
    (card.state == CardState::Open && draft.now - card.at < CARD_WINDOW).then_some(card)
}

fn awaited(draft: &Draft<'_>, member: &Member, card: Option<&Card>) -> Awaited {
    let dialogue = draft.state.dialogue(&member.id).filter(|dialogue| dialogue.expires_at > draft.now);
    match dialogue.map(|dialogue| &dialogue.awaiting) {
        Some(Awaiting::Note(_)) => return Awaited::Note,
        Some(Awaiting::MeetingOutcome(_)) => return Awaited::MeetingOutcome,
        Some(Awaiting::DealFor { deals, .. }) => return Awaited::Choice { of: deals.len() },
        Some(Awaiting::Nothing) | None => {}
    }
    match card.map(|card| &card.kind) {
        Some(CardKind::Closing { .. }) => Awaited::Closing,
        Some(CardKind::LossReason { .. }) => Awaited::Reason,
        Some(CardKind::HandOver { mates, .. }) => Awaited::Choice { of: mates.len() },
        Some(CardKind::WhichDeal { deals }) => Awaited::Choice { of: deals.len() },
        Some(CardKind::MeetingOutcome { .. }) => Awaited::MeetingOutcome,
        _ => Awaited::Nothing,
    }
}

fn answer(draft: &mut Draft<'_>, member: &Member, card: Option<&Card>, answer: &Answer, from: &Sender) {
    let Some(card) = card else { return notes::keep_as_draft(draft, member, "", from) };
    let button = match answer {
        Answer::Choice(n) => tapped::button_at(card, *n),
        Answer::Customer(named) => match &card.kind {
            CardKind::WhichDeal { deals } => deals
                .iter()
                .position(|id| draft.state.deal(*id).is_some_and(|deal| named.contains(&deal.customer)))
                .map(|place| (place + 1).to_string()),
            _ => None,
        },
        Answer::Member(named) => match &card.kind {
            CardKind::HandOver { mates, .. } => {
                mates.iter().position(|mate| named.contains(mate)).map(|place| (place + 1).to_string())
            }
            _ => None,
        },
        Answer::Closing(outcome) => Some(closing::key_of(*outcome).to_owned()),
        Answer::Reason(reason) => Some(closing::key_of_reason(*reason).to_owned()),
        Answer::Meeting(MeetingAnswer::Forward) => Some("moved".to_owned()),
        Answer::Meeting(MeetingAnswer::Materials) => Some("material".to_owned()),
        Answer::Meeting(MeetingAnswer::NotMet) => Some("missed".to_owned()),
    };
    let pressed = button.is_some_and(|button| tapped::press(draft, member, card.id, &button, from, None));
    if !pressed {
        draft.answer(from, "help", words::vars([]));
    }
}

fn command(draft: &mut Draft<'_>, member: &Member, card: Option<&Card>, command: Command, from: &Sender) {
    match command {
        Command::Help
        | Command::Find { .. }
        | Command::Mine
        | Command::Progress
        | Command::Report(_)
        | Command::Leave { .. } => {
            draft.answer(from, "help", words::vars([]));
        }
        Command::Today => questions::today(draft, member, from),
        Command::Deals { customers, said } => questions::deals(draft, member, &customers, &said, from),
        Command::Script { ask, customers } => questions::script(draft, member, &ask, &customers, from),
        Command::SendScript { number } => questions::send_script(draft, member, card, number, from),
        Command::Digit(n) => digit(draft, member, card, n, from),
        Command::Undo => drop(undo::undo(draft, member, from)),
        Command::Fix => {
            if let Some(deal) = undo::undo(draft, member, from) {
                tapped::prompt(draft, member, deal, from);
            }
        }
        Command::MoveNote { to, .. } | Command::Correct { to, .. } => {
            questions::move_note(draft, member, &to, from)
        }
        Command::Jot { customers } => match one_deal(draft, member, &customers) {
            Some(deal) => tapped::prompt(draft, member, deal, from),
            None => drop(draft.answer(from, "help", words::vars([]))),
        },
        Command::Remind { at } => match one_deal(draft, member, &[]) {
            Some(deal) => tapped::remind(draft, member, deal, at, from),
            None => drop(draft.answer(from, "help", words::vars([]))),
        },
        Command::HandOver { customers, to } => match one_deal(draft, member, &customers) {
            Some(deal) => hand_over::ask_or_do(draft, member, deal, &to, from),
            None => drop(draft.answer(from, "help", words::vars([]))),
        },
        Command::Close { customers, outcome } => match (one_deal(draft, member, &customers), outcome) {
            (Some(deal), None) => closing::ask(draft, member, deal, from),
            (Some(deal), Some(outcome)) => closing::close(draft, member, deal, outcome, from, None),
            (None, _) => drop(draft.answer(from, "help", words::vars([]))),
        },
        Command::Reopen { customers } => closing::reopen(draft, member, &customers, from),
        Command::Why => questions::why(draft, member, from),
        Command::Mute { .. } => questions::mute(draft, from),
        Command::All => questions::all(draft, member, from),
        Command::Privacy => questions::privacy(draft, from),
        Command::WhoSees => questions::who_sees(draft, member, from),
    }
}

/// A bare digit means the newest open card or list.
fn digit(draft: &mut Draft<'_>, member: &Member, card: Option<&Card>, n: u8, from: &Sender) {
    let button = card.and_then(|card| Some((card.id, tapped::button_at(card, n)?)));
    let pressed =
        button.is_some_and(|(card, button)| tapped::press(draft, member, card, &button, from, None));
    if !pressed {
        draft.answer(from, "number_none", words::vars([("n", Some(n.to_string().into()))]));
    }
}

/// The one open deal that a command means: of the customer it names, the newest card's, or the one last spoken of.
fn one_deal(
    draft: &Draft<'_>,
    member: &Member,
    customers: &[crate::sales::CustomerId],
) -> Option<crate::sales::DealId> {
    if customers.is_empty() {
        let of_card = open_card(draft, member).and_then(|card| card.kind.deal());
        return of_card.or_else(|| deals::subject(draft, member));
    }
    let mut named = customers
        .iter()
        .flat_map(|id| draft.state.deals_of_customer(*id))
        .filter(|deal| deal.is_open() && deal.is_with(&member.id));
    named.next().map(|deal| deal.id)
}
