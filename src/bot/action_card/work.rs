//! 执行 and 提交: the doer starts, sends words, pictures and files, says what is in the way, and hands in.

use chrono::TimeDelta;
use serde_json::Value;

use super::super::draft::{Draft, Push};
use super::super::words;
use super::screen::{Verdict, screen};
use super::{Hand, by_when, give, review, reviewer, title};
use crate::config::Member;
use crate::event::Sender;
use crate::sales::{
    ActionAsk, ActionCard, ActionCardId, ActionState, Awaiting, CardKind, Evidence, EvidenceKind, Media,
    MediaId, MediaState,
};
use crate::state::{Counts, Deed};

/// What is in the way, mostly.
const TROUBLES: [&str; 3] = ["时间不够", "要人支持", "客户没回"];
/// That somebody is stuck is news this long.
const NEWS: TimeDelta = TimeDelta::hours(48);
/// A sentence of evidence is kept up to here.
const WORDS: usize = 1_000;
/// At most so many things are handed in.
const EVIDENCE: usize = 30;

/// 开始做
pub(super) fn start(draft: &mut Draft<'_>, hand: &Hand<'_>, id: ActionCardId) {
    begin(draft, hand, id);
    let Some(card) = draft.action(id).cloned() else { return };
    ask_for_evidence(draft, hand.member, &card, hand.from, "action_started", None);
}

/// Moves a card that was given to 执行.
fn begin(draft: &mut Draft<'_>, hand: &Hand<'_>, id: ActionCardId) {
    let now = draft.now;
    let Some(card) = draft.action_mut(id).filter(|card| card.state() == ActionState::Issued) else { return };
    card.step(ActionState::Doing, now, Some(&hand.member.id), "");
    let card = card.clone();
    let line = draft.about_action(&card, Deed::ActionStarted).by(&hand.member.id).saying(&card.what);
    draft.line(line);
    end_asks(draft, id, hand, "开始了");
}

/// Ends what still asks the doer about this card: the tapped one in the answer to its tap.
fn end_asks(draft: &mut Draft<'_>, id: ActionCardId, hand: &Hand<'_>, done: &str) {
    let of_doer = |ask: &ActionAsk| {
        matches!(ask, ActionAsk::Offered(_) | ActionAsk::Doing(_) | ActionAsk::TroubleWhy { .. })
    };
    if let Some(card) = hand.card {
        draft.finish(card, done, hand.tapped);
    }
    draft.finish_asks(id, of_doer, done, hand.card);
}

/// Shows the doer what is there and what is still to come; what they write next is evidence.
pub(super) fn ask_for_evidence(
    draft: &mut Draft<'_>,
    member: &Member,
    card: &ActionCard,
    from: &Sender,
    template: &str,
    got: Option<String>,
) {
    let vars = evidence_vars(draft, card, got);
    draft.answer_card(from, &member.id, CardKind::Action(ActionAsk::Doing(card.id)), template, vars);
    let expires_at = draft.now + draft.state.rules().workspace.subject_window;
    let dialogue = draft.dialogue_mut(&member.id);
    dialogue.awaiting = Awaiting::Evidence(card.id);
    dialogue.expires_at = expires_at;
}

pub(super) fn evidence_vars(draft: &Draft<'_>, card: &ActionCard, got: Option<String>) -> Value {
    let (seen, unseen) = screened(draft, card);
    words::vars([
        ("what", Some(title(draft, card).into())),
        ("by_when", Some(by_when(draft, card.due).into())),
        ("criteria", give::criteria(card).map(Into::into)),
        ("got", got.map(Into::into)),
        ("all", Some(summary(draft, card).into())),
        ("seen", (!seen.is_empty()).then(|| seen.join("；").into())),
        ("unseen", (!unseen.is_empty()).then(|| unseen.join("；").into())),
    ])
}

/// The criteria that the first look found met, and those that it did not.
pub(super) fn screened(draft: &Draft<'_>, card: &ActionCard) -> (Vec<String>, Vec<String>) {
    let said: Vec<&str> = card.words().collect();
    let media: Vec<&Media> = card.media().filter_map(|id| draft.medium(id)).collect();
    let verdicts = screen(&card.criteria, &said, &media);
    let of = |wanted: Verdict| {
        let fits = card.criteria.iter().zip(&verdicts).filter(|(_, verdict)| **verdict == wanted);
        fits.map(|(criterion, _)| criterion.to_string()).collect()
    };
    (of(Verdict::Seen), of(Verdict::Unseen))
}

/// 「2 张图 · 1 份文件 · 1 句话」
pub(super) fn summary(draft: &Draft<'_>, card: &ActionCard) -> String {
    let media: Vec<&Media> = card.media().filter_map(|id| draft.medium(id)).collect();
    let pictures = media.iter().filter(|media| media.is_picture()).count();
    counted(pictures, media.len() - pictures, card.words().count())
}

fn counted(pictures: usize, files: usize, sentences: usize) -> String {
    let parts = [(pictures, "张图"), (files, "份文件"), (sentences, "句话")];
    let said = parts.into_iter().filter(|(count, _)| *count > 0);
    said.map(|(count, what)| format!("{count} {what}")).collect::<Vec<_>>().join(" · ")
}

/// Keeps words, pictures and files as evidence; a card that was not begun begins.
pub fn attach(
    draft: &mut Draft<'_>,
    member: &Member,
    id: ActionCardId,
    said: Option<&str>,
    media: &[MediaId],
    from: &Sender,
) {
    let hand = Hand { member, from, card: None, tapped: None };
    begin(draft, &hand, id);
    let now = draft.now;
    let words = said.map(|said| said.trim().chars().take(WORDS).collect::<String>());
    let words = words.filter(|said| !said.is_empty());
    let parts = media.iter().copied().map(EvidenceKind::Media);
    let parts = parts.chain(words.as_deref().map(|said| EvidenceKind::Words(said.into())));
    let Some(card) = draft.action_mut(id) else { return };
    for what in parts {
        if card.evidence.len() < EVIDENCE {
            card.evidence.push(Evidence { at: now, by: member.id.clone(), what });
        }
    }
    let card = card.clone();
    let got: Vec<&Media> = media.iter().filter_map(|id| draft.medium(*id)).collect();
    let pictures = got.iter().filter(|media| media.is_picture()).count();
    let got = counted(pictures, got.len() - pictures, usize::from(words.is_some()));
    let line = draft.about_action(&card, Deed::ActionEvidence).by(&member.id);
    let line = line.saying(words.as_deref().unwrap_or(&got));
    draft.line(line);
    end_asks(draft, id, &hand, "收好了");
    ask_for_evidence(draft, member, &card, from, "action_evidence", Some(got));
}

/// 提交: it goes to the reviewer once all that was sent has come; without anything it stays.
pub(super) fn submit(draft: &mut Draft<'_>, hand: &Hand<'_>, id: ActionCardId) {
    let now = draft.now;
    let Some(card) = draft.action_mut(id) else { return };
    if card.evidence.is_empty() {
        let card = card.clone();
        begin(draft, hand, id);
        end_asks(draft, id, hand, "还没收到东西");
        return ask_for_evidence(draft, hand.member, &card, hand.from, "action_empty", None);
    }
    card.step(ActionState::Submitted, now, Some(&hand.member.id), "");
    let card = card.clone();
    let line = draft.about_action(&card, Deed::ActionSubmitted).by(&hand.member.id).saying(&card.what);
    draft.line(line);
    end_asks(draft, id, hand, "交上去了");
    draft.dialogue_mut(&hand.member.id).awaiting = Awaiting::Nothing;
    let own = card.by == card.to;
    if !own {
        let (seen, unseen) = screened(draft, &card);
        let reviewer = reviewer(draft, &card).map(|reviewer| reviewer.call.as_str().into());
        let vars = words::vars([
            ("what", Some(title(draft, &card).into())),
            ("reviewer", reviewer),
            ("seen", (!seen.is_empty()).then(|| seen.join("；").into())),
            ("unseen", (!unseen.is_empty()).then(|| unseen.join("；").into())),
        ]);
        draft.answer(hand.from, "action_submitted", vars);
    }
    review::unless_fetching(draft, id, own.then_some(hand.from));
}

/// 有困难: what is in the way? A tap or a sentence says it.
pub(super) fn ask_trouble(draft: &mut Draft<'_>, hand: &Hand<'_>, id: ActionCardId) {
    let Some(card) = draft.action(id).cloned() else { return };
    let reasons: Vec<Box<str>> = TROUBLES.iter().map(|reason| (*reason).into()).collect();
    let reviewer = reviewer(draft, &card).filter(|reviewer| reviewer.id != card.to);
    let vars = words::vars([
        ("what", Some(title(draft, &card).into())),
        ("reviewer", reviewer.map(|reviewer| reviewer.call.as_str().into())),
        ("options", Some(words::options(reasons.iter().map(ToString::to_string)))),
    ]);
    let kind = CardKind::Action(ActionAsk::TroubleWhy { card: id, reasons });
    draft.answer_card(hand.from, &hand.member.id, kind, "action_trouble_why", vars);
    let expires_at = draft.now + draft.state.rules().workspace.subject_window;
    let dialogue = draft.dialogue_mut(&hand.member.id);
    dialogue.awaiting = Awaiting::Trouble(id);
    dialogue.expires_at = expires_at;
}

/// What is in the way reaches the giver at once; the card goes on.
pub(super) fn trouble(draft: &mut Draft<'_>, hand: &Hand<'_>, id: ActionCardId, reason: &str) {
    let Some(card) = draft.action(id).cloned() else { return };
    let reason = words::gist(reason);
    let line = draft.about_action(&card, Deed::ActionTroubled).by(&hand.member.id).saying(&reason);
    draft.line(line);
    draft.dialogue_mut(&hand.member.id).awaiting = Awaiting::Nothing;
    let reviewer = reviewer(draft, &card).filter(|reviewer| reviewer.id != hand.member.id);
    let done = match reviewer {
        Some(reviewer) => format!("告诉{}了：{reason}", reviewer.call),
        None => format!("记下了：{reason}"),
    };
    let asks = |ask: &ActionAsk| matches!(ask, ActionAsk::TroubleWhy { .. });
    if let Some(tapped) = hand.card {
        draft.finish(tapped, &done, hand.tapped);
    }
    draft.finish_asks(id, asks, &done, hand.card);
    if hand.tapped.is_none() {
        let vars = words::vars([
            ("what", Some(title(draft, &card).into())),
            ("reviewer", reviewer.map(|reviewer| reviewer.call.as_str().into())),
        ]);
        draft.answer(hand.from, "action_trouble_told", vars);
    }
    let Some(reviewer) = reviewer else { return };
    let vars = words::vars([
        ("who", Some(hand.member.call.as_str().into())),
        ("what", Some(title(draft, &card).into())),
        ("reason", Some((&*reason).into())),
        ("by_when", Some(by_when(draft, card.due).into())),
    ]);
    let useful_until = draft.now + NEWS;
    draft.push(reviewer, Push { template: "action_trouble", vars, card: None, useful_until, bulk: false });
}

/// What could not be fetched is no evidence: its sender hears it, and what was handed in with it comes back.
pub fn lost(draft: &mut Draft<'_>, id: ActionCardId, media: MediaId) {
    let now = draft.now;
    let Some(card) = draft.action_mut(id) else { return };
    card.evidence.retain(|evidence| evidence.what != EvidenceKind::Media(media));
    if card.state() == ActionState::Submitted {
        card.step(ActionState::Doing, now, None, "没取下来");
    }
}

/// Whether something that was handed in is still being fetched.
pub(super) fn is_fetching(draft: &Draft<'_>, card: &ActionCard) -> bool {
    card.media().filter_map(|id| draft.medium(id)).any(|media| media.state == MediaState::Fetching)
}

/// Counts a card whose day passed.
pub(super) fn count_late(draft: &mut Draft<'_>, card: &ActionCard) {
    draft.count(&card.to, Counts { actions_late: 1, ..Counts::default() });
}
