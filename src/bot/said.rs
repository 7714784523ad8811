//! What people say: an answer to what is awaited, a command, a note, or something that gets a helpful answer. Never silence.

use chrono::{DateTime, TimeDelta, Utc};

use super::draft::Draft;
use super::names::NamesOf;
use super::{
    action_card, closing, commands, documents, estimates, media, notes, questions, script_offers, scripts,
    tapped, tell_customer, words,
};
use crate::calendar::spoken_duration;
use crate::config::Member;
use crate::event::{Content, Said, Sender};
use crate::language::{
    self, Answer, Awaited, Context, Courtesy, Edit, MeetingAnswer, Note, Unclear, Understanding, Via,
    understand,
};
use crate::sales::{Awaiting, Card, CardKind, CardState, DealId, MemberId, Outcome};
use crate::state::{Deed, Record, State, Stranger};

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
        let handed =
            matches!(&said.content, Content::Text(text) if documents::send_to_group(draft, text, from));
        if !handed {
            draft.answer(from, "group_private", words::vars([]));
        }
        return;
    }
    match &said.content {
        Content::Text(words) => text(draft, member, words, from),
        Content::Voice => drop(draft.answer(from, "voice_no_text", words::vars([]))),
        Content::Attached { media, words } => {
            let card = open_card(draft, member);
            media::attached(draft, member, card, media, words, from);
        }
        Content::Picture => {
            draft.answer(from, "media_lost", words::vars([("kind", Some("张图".into()))]));
        }
        Content::Other(_) => drop(draft.answer(from, "help", words::vars([]))),
        // Opening the chat asks nothing, but the first time.
        Content::Entered => drop(welcome(draft, member, from)),
        // Without the quota no answer would arrive.
        Content::QuotaGone => {}
    }
}

/// First contact: who the bot is, what it does, who sees what; once. Whether it was said now.
fn welcome(draft: &mut Draft<'_>, member: &Member, from: &Sender) -> bool {
    let (state, rules) = (draft.state, draft.state.rules());
    if state.dialogue(&member.id).is_some_and(|dialogue| dialogue.welcomed_at.is_some()) {
        return false;
    }
    let deals = state.deals_of_owner(&member.id).filter(|deal| deal.is_open()).count();
    let manager = member.manager.as_ref().map(|manager| words::call(rules, manager).into());
    let vars = words::vars([
        ("rep", Some(member.name.as_str().into())),
        ("manager", manager),
        ("deals", (deals > 0).then(|| deals.into())),
        ("admin", (member.admin && deals == 0).then_some(true.into())),
        ("pack_lead", Some(spoken_duration(rules.workspace.pack_lead).into())),
        ("pushes_a_day", Some(rules.workspace.pushes_a_day.into())),
    ]);
    draft.answer(from, "welcome", vars);
    draft.dialogue_mut(&member.id).welcomed_at = Some(draft.now);
    true
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

/// Somebody wrote in their own chat.
pub fn text(draft: &mut Draft<'_>, member: &Member, text: &str, from: &Sender) {
    let state = draft.state;
    let card = open_card(draft, member);
    let names = NamesOf::new(state, Some(&member.id));
    let ctx = Context {
        now: draft.now,
        calendar: &state.rules().calendar,
        names: &names,
        awaiting: awaited(draft, member, card),
    };
    // 没预算 is a script's word, and the reason of a loss where that is asked.
    let free = matches!(ctx.awaiting, Awaited::Nothing | Awaited::Choice { .. });
    if free && scripts::is_word(state, text, card) {
        return scripts::script(draft, member, text.trim(), &[], from);
    }
    let answered = free
        && (estimates::changed(draft, member, card, text, from)
            || script_offers::said(draft, member, card, text, from));
    if answered {
        return;
    }
    // Where words are awaited for a task they are its words.
    let of_a_task = matches!(ctx.awaiting, Awaited::Words | Awaited::Assignment);
    if let Some(wanted) = documents::wanted(state.rules(), &names, text).filter(|_| !of_a_task) {
        return documents::send(draft, member, card, wanted, from);
    }
    let understood = understand(text, &ctx);
    if action_card::taken(draft, member, card, &understood, text, from) {
        return;
    }
    let free = !matches!(
        understood,
        Understanding::Note(_) | Understanding::Notes(_) | Understanding::Unknown(Unclear::Question)
    );
    let is_command = matches!(understood, Understanding::Command(_));
    if !is_command && tell_customer::go_on(draft, member, text, free, from) {
        return;
    }
    match understood {
        Understanding::Answer(answer) => self::answer(draft, member, card, &answer, text, from),
        Understanding::Command(command) => commands::command(draft, member, card, command, text, from),
        Understanding::Note(note) => self::note(draft, member, &note, from),
        Understanding::Notes(several) => notes::take_many(draft, member, &several, from),
        // A greeting is the first word to somebody new.
        Understanding::Courtesy(Courtesy::Greeting) if welcome(draft, member, from) => {}
        Understanding::Courtesy(courtesy) => {
            let said = |meant| (courtesy == meant).then_some(true.into());
            let vars = words::vars([("hello", said(Courtesy::Greeting)), ("thanks", said(Courtesy::Thanks))]);
            draft.answer(from, "courtesy", vars);
        }
        Understanding::Unknown(Unclear::Blank) => drop(draft.answer(from, "help", words::vars([]))),
        Understanding::Unknown(unclear @ (Unclear::Question | Unclear::NoSubject)) => {
            let done = estimates::changed_partly(draft, member, card, text, from);
            match unclear {
                _ if done => {}
                Unclear::Question => notes::keep_as_question(draft, member, text, from),
                Unclear::NoSubject | Unclear::Blank => notes::keep_as_draft(draft, member, text, from),
            }
        }
    }
}

/// What words mean that came with a picture: nothing is awaited but a note.
pub fn read(draft: &Draft<'_>, member: &Member, text: &str) -> Understanding {
    let state = draft.state;
    awaiting_note(state, &member.id, draft.now, |ctx| understand(text, ctx))
}

fn awaiting_note<T>(
    state: &State,
    by: &MemberId,
    at: DateTime<Utc>,
    read: impl FnOnce(&Context<'_>) -> T,
) -> T {
    let names = NamesOf::new(state, Some(by));
    let calendar = &state.rules().calendar;
    read(&Context { now: at, calendar, names: &names, awaiting: Awaited::Note })
}

/// Words of `by` that are a note, whatever else they might be, as they were meant at `at`.
pub fn read_note(state: &State, by: &MemberId, text: &str, at: DateTime<Utc>) -> Option<Note> {
    match awaiting_note(state, by, at, |ctx| understand(text, ctx)) {
        Understanding::Note(note) => Some(*note),
        Understanding::Notes(several) => several.into_iter().next(),
        Understanding::Command(_)
        | Understanding::Answer(_)
        | Understanding::Courtesy(_)
        | Understanding::Unknown(_) => None,
    }
}

/// The words of a note of `by` as they should have been; `None` where the edit means nothing in them.
pub fn amended(state: &State, by: &MemberId, text: &str, edit: &Edit, at: DateTime<Utc>) -> Option<String> {
    awaiting_note(state, by, at, |ctx| language::amended(text, edit, ctx))
}

/// Words that can only be one note, with whatever they say: nothing in them is a command, and they are not taken apart.
pub fn whole_note(state: &State, by: &MemberId, text: &str, at: DateTime<Utc>) -> Note {
    awaiting_note(state, by, at, |ctx| language::whole_note(text, ctx))
}

/// Takes up words that were kept until their deal was known.
pub fn resume(draft: &mut Draft<'_>, member: &Member, deal: DealId, kept: &str, from: &Sender) {
    match read(draft, member, kept) {
        Understanding::Note(note) => notes::take_on(draft, member, deal, &note, from),
        Understanding::Notes(several) => {
            let placed: Vec<_> = several.iter().map(|note| (deal, note)).collect();
            notes::take_each(draft, member, &placed, from);
        }
        Understanding::Command(command) => commands::act(draft, member, deal, command, from),
        Understanding::Answer(_) | Understanding::Courtesy(_) | Understanding::Unknown(_) => {
            notes::keep_as_draft(draft, member, kept, from);
        }
    }
}

/// A note that was awaited is on that deal, unless it names another customer. A person names none: the next 张总 may be
/// a new face there.
pub fn note(draft: &mut Draft<'_>, member: &Member, note: &Note, from: &Sender) {
    let awaited = draft.state.dialogue(&member.id).filter(|dialogue| dialogue.expires_at > draft.now);
    let deal = awaited.and_then(|dialogue| match &dialogue.awaiting {
        Awaiting::Note(deal) => Some(*deal),
        Awaiting::MeetingOutcome(meeting) => draft.state.meeting(*meeting).map(|meeting| meeting.deal),
        Awaiting::Nothing
        | Awaiting::Customer(_)
        | Awaiting::DealFor { .. }
        | Awaiting::Evidence(_)
        | Awaiting::ReturnReason(_)
        | Awaiting::Trouble(_)
        | Awaiting::Assignment(_) => None,
    });
    let deal = deal.filter(|id| {
        let customer = draft.state.deal(*id).map(|deal| deal.customer);
        note.mentions.iter().all(|mention| mention.via == Via::Contact)
            || customer.is_some_and(|customer| note.customers().contains(&customer))
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
        Some(Awaiting::Evidence(_) | Awaiting::ReturnReason(_) | Awaiting::Trouble(_)) => {
            return Awaited::Words;
        }
        Some(Awaiting::Assignment(_)) => return Awaited::Assignment,
        Some(Awaiting::MeetingOutcome(_)) => return Awaited::MeetingOutcome,
        Some(Awaiting::DealFor { deals, .. }) => return Awaited::Choice { of: deals.len() },
        Some(Awaiting::Nothing | Awaiting::Customer(_)) | None => {}
    }
    match card.map(|card| &card.kind) {
        Some(CardKind::Closing { .. }) => Awaited::Closing,
        Some(CardKind::LossReason { .. }) => Awaited::Reason,
        Some(CardKind::HandOver { mates, .. }) => Awaited::Choice { of: mates.len() },
        Some(CardKind::WhichDeal { deals } | CardKind::WhosePicture { deals, .. }) => {
            Awaited::Choice { of: deals.len() }
        }
        Some(CardKind::MeetingOutcome { .. }) => Awaited::MeetingOutcome,
        _ => Awaited::Nothing,
    }
}

/// The card that an answer is meant for: the choice that is awaited, else the newest.
fn asked<'s>(draft: &Draft<'s>, member: &Member, card: Option<&'s Card>) -> Option<&'s Card> {
    let dialogue = draft.state.dialogue(&member.id).filter(|dialogue| dialogue.expires_at > draft.now);
    let Some(Awaiting::DealFor { deals, .. }) = dialogue.map(|dialogue| &dialogue.awaiting) else {
        return card;
    };
    let which = |card: &&Card| {
        card.to == member.id
            && card.state == CardState::Open
            && matches!(&card.kind, CardKind::WhichDeal { deals: offered } if offered == deals)
    };
    draft.state.cards().rev().find(which)
}

fn answer(
    draft: &mut Draft<'_>,
    member: &Member,
    card: Option<&Card>,
    answer: &Answer,
    text: &str,
    from: &Sender,
) {
    let Some(card) = asked(draft, member, card) else {
        return notes::keep_as_draft(draft, member, text, from);
    };
    let button = match (answer, &card.kind) {
        (Answer::Choice(n), _) => tapped::button_at(card, *n),
        (Answer::Customer(named), CardKind::WhichDeal { deals } | CardKind::WhosePicture { deals, .. }) => {
            let fits = |id: &DealId| draft.state.deal(*id).is_some_and(|deal| named.contains(&deal.customer));
            only_place(deals, fits)
        }
        (Answer::Member(named), CardKind::HandOver { mates, .. }) => {
            only_place(mates, |mate| named.contains(mate))
        }
        // With its reason told there is nothing left to ask.
        (Answer::Closing(outcome @ Outcome::Lost(Some(_))), CardKind::Closing { deal }) => {
            draft.finish(card.id, outcome.name(), None);
            return closing::close(draft, member, *deal, *outcome, from);
        }
        (Answer::Closing(outcome), _) => Some(closing::key_of(*outcome).to_owned()),
        (Answer::Reason(reason), _) => Some(closing::key_of_reason(*reason).to_owned()),
        (Answer::Meeting(MeetingAnswer::Forward), _) => Some("moved".to_owned()),
        (Answer::Meeting(MeetingAnswer::Materials), _) => Some("material".to_owned()),
        (Answer::Meeting(MeetingAnswer::NotMet), _) => Some("missed".to_owned()),
        (Answer::Customer(_) | Answer::Member(_), _) => None,
    };
    let pressed = button.is_some_and(|button| tapped::press(draft, member, card.id, &button, from, None));
    if !pressed {
        match answer {
            // Another customer's name wins over the card.
            Answer::Customer(named) => questions::deals(draft, member, named, text, from),
            _ => drop(draft.answer(from, "help", words::vars([]))),
        }
    }
}

/// The digit of the only item that fits.
fn only_place<T>(items: &[T], fits: impl Fn(&T) -> bool) -> Option<String> {
    let mut places = items.iter().enumerate().filter(|(_, item)| fits(item)).map(|(place, _)| place);
    let first = places.next()?;
    places.next().is_none().then(|| (first + 1).to_string())
}
