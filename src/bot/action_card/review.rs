//! 验证 and 归档: the giver sees what was handed in and what the first look found, and accepts it or gives it back.

use chrono::TimeDelta;

use super::super::draft::{Draft, Push};
use super::super::words;
use super::work::{evidence_vars, is_fetching, screened, summary};
use super::{Hand, by_when, lasted, reviewer, title};
use crate::event::Sender;
use crate::sales::{
    ActionAsk, ActionCard, ActionCardId, ActionState, Awaiting, Blob, CardKind, Media, MediaId, MediaKind,
    MediaState,
};
use crate::state::{Counts, Deed};

/// A review waits long; the card can be tapped as long.
const NEWS: TimeDelta = TimeDelta::days(7);
/// Why things go back, mostly.
const REASONS: [&str; 2] = ["图看不清", "还差一点，补一句说明"];
/// At most so many pictures and files are shown at once.
const SHOWN: usize = 9;
/// At most so many reasons are offered.
const OFFERED: usize = 4;
/// Of the words handed in the reviewer's card shows so many characters.
const WORDS: usize = 120;

/// Opens the review of a card that was handed in, unless something is still being fetched.
pub fn unless_fetching(draft: &mut Draft<'_>, id: ActionCardId, from: Option<&Sender>) {
    let ready = draft
        .action(id)
        .is_some_and(|card| card.state() == ActionState::Submitted && !is_fetching(draft, card));
    if !ready {
        return;
    }
    let now = draft.now;
    let Some(card) = draft.action_mut(id) else { return };
    card.step(ActionState::Reviewing, now, None, "");
    let card = card.clone();
    let (seen, unseen) = screened(draft, &card);
    let found = format!("看到 {}，没看到 {}", seen.len(), unseen.len());
    let line = draft.about_action(&card, Deed::ActionReviewing).saying(&found);
    draft.line(line);
    open(draft, &card, from);
}

/// Shows the reviewer's card: in answer to `from`, else as a push.
pub fn open(draft: &mut Draft<'_>, card: &ActionCard, from: Option<&Sender>) {
    let Some(reviewer) = reviewer(draft, card) else { return };
    let (seen, unseen) = screened(draft, card);
    let said: Vec<&str> = card.words().collect();
    let said = super::shortened(&said.join("；"), WORDS);
    let has_media = card.media().next().is_some();
    let vars = words::vars([
        ("who", Some(words::call(draft.state.rules(), &card.to).into())),
        ("what", Some(title(draft, card).into())),
        ("seen", (!seen.is_empty()).then(|| seen.join("；").into())),
        ("unseen", (!unseen.is_empty()).then(|| unseen.join("；").into())),
        ("said", (!said.is_empty()).then(|| said.into())),
        ("all", Some(summary(draft, card).into())),
        ("link", has_media.then(|| format!("page://evidence/{}", card.id.0).into())),
        (
            "used",
            Some(crate::calendar::spoken_duration(card.worked(draft.now).max(TimeDelta::minutes(1))).into()),
        ),
        ("by_when", Some(by_when(draft, card.due).into())),
    ]);
    let kind = CardKind::Action(ActionAsk::Review(card.id));
    match from {
        Some(from) => drop(draft.answer_card(from, &reviewer.id, kind, "action_review", vars)),
        None => {
            let useful_until = draft.now + NEWS;
            let push = Push { template: "action_review", vars, card: Some(kind), useful_until, bulk: false };
            draft.push(reviewer, push);
        }
    }
}

/// 看交付: the pictures and files themselves, for whom no page can be opened, or who would rather not.
pub fn show(draft: &mut Draft<'_>, id: ActionCardId, from: &Sender) {
    let Some(card) = draft.action(id).cloned() else { return };
    let kept: Vec<(MediaId, Blob, String)> = card
        .media()
        .filter_map(|id| draft.medium(id))
        .filter_map(|media| match &media.state {
            MediaState::Kept(blob) => Some((media.id, blob.clone(), named(media, blob))),
            MediaState::Fetching | MediaState::Lost { .. } => None,
        })
        .take(SHOWN)
        .collect();
    let all = summary(draft, &card);
    let who = words::call(draft.state.rules(), &card.to);
    let vars = words::vars([
        ("who", Some(who.into())),
        ("what", Some(title(draft, &card).into())),
        ("all", Some(all.into())),
        ("files", (!kept.is_empty()).then_some(true.into())),
    ]);
    draft.answer(from, "action_shown", vars);
    for (media, blob, name) in kept {
        draft.answer_media(from, media, blob, &name);
    }
}

/// A file's own name; a picture, which has none, by its number.
fn named(media: &Media, blob: &Blob) -> String {
    let ending = match blob.kind {
        MediaKind::Jpeg => "jpg",
        MediaKind::Png => "png",
        MediaKind::Gif => "gif",
        MediaKind::Webp => "webp",
        MediaKind::Bmp => "bmp",
        MediaKind::Heic => "heic",
        MediaKind::Pdf => "pdf",
        MediaKind::Zip => "zip",
        MediaKind::Mp4 => "mp4",
        MediaKind::Ole | MediaKind::Other => "dat",
    };
    media.name.as_deref().map_or_else(|| format!("{}.{ending}", media.id), str::to_owned)
}

fn end_asks(draft: &mut Draft<'_>, id: ActionCardId, hand: &Hand<'_>, done: &str) {
    let of_reviewer = |ask: &ActionAsk| matches!(ask, ActionAsk::Review(_) | ActionAsk::ReturnWhy { .. });
    if let Some(card) = hand.card {
        draft.finish(card, done, hand.tapped);
    }
    draft.finish_asks(id, of_reviewer, done, hand.card);
}

/// 通过
pub(super) fn accept(draft: &mut Draft<'_>, hand: &Hand<'_>, id: ActionCardId) {
    let now = draft.now;
    let Some(card) = draft.action_mut(id) else { return };
    card.step(ActionState::Archived, now, Some(&hand.member.id), "");
    let card = card.clone();
    draft.count(&card.to, Counts { actions_done: 1, ..Counts::default() });
    let line = draft.about_action(&card, Deed::ActionAccepted).by(&hand.member.id).saying(&card.what);
    draft.line(line);
    end_asks(draft, id, hand, "通过了");
    let used = card.issued_at().map(|at| lasted(at, now));
    let vars = words::vars([
        ("what", Some(title(draft, &card).into())),
        ("by", Some(hand.member.call.as_str().into())),
        ("who", Some(words::call(draft.state.rules(), &card.to).into())),
        ("used", used.map(Into::into)),
    ]);
    if hand.tapped.is_none() {
        draft.answer(hand.from, "action_closed", vars.clone());
    }
    let doer = draft.state.rules().people.find(&card.to).filter(|doer| doer.id != hand.member.id);
    if let Some(doer) = doer {
        let useful_until = now + NEWS;
        draft.push(doer, Push { template: "action_accepted", vars, card: None, useful_until, bulk: false });
    }
}

/// 退回: why? A tap or a sentence says it.
pub(super) fn ask_reason(draft: &mut Draft<'_>, hand: &Hand<'_>, id: ActionCardId) {
    let Some(card) = draft.action(id).cloned() else { return };
    let (_, unseen) = screened(draft, &card);
    let missing =
        unseen.iter().map(|criterion| format!("没看到「{}」", super::shortened(criterion, 12)).into());
    let usual = REASONS.iter().map(|reason| (*reason).into());
    let reasons: Vec<Box<str>> = missing.chain(usual).take(OFFERED).collect();
    let vars = words::vars([
        ("what", Some(title(draft, &card).into())),
        ("who", Some(words::call(draft.state.rules(), &card.to).into())),
        ("options", Some(words::options(reasons.iter().map(ToString::to_string)))),
    ]);
    let kind = CardKind::Action(ActionAsk::ReturnWhy { card: id, reasons });
    draft.answer_card(hand.from, &hand.member.id, kind, "action_return_why", vars);
    let expires_at = draft.now + draft.state.rules().workspace.subject_window;
    let dialogue = draft.dialogue_mut(&hand.member.id);
    dialogue.awaiting = Awaiting::ReturnReason(id);
    dialogue.expires_at = expires_at;
}

/// It goes back to its doer with the reason.
pub(super) fn give_back(draft: &mut Draft<'_>, hand: &Hand<'_>, id: ActionCardId, reason: &str) {
    let now = draft.now;
    let reason = words::gist(reason);
    let Some(card) = draft.action_mut(id) else { return };
    card.step(ActionState::Doing, now, Some(&hand.member.id), &reason);
    let card = card.clone();
    let line = draft.about_action(&card, Deed::ActionReturned).by(&hand.member.id).saying(&reason);
    draft.line(line);
    draft.dialogue_mut(&hand.member.id).awaiting = Awaiting::Nothing;
    end_asks(draft, id, hand, &format!("退回了：{reason}"));
    let who = words::call(draft.state.rules(), &card.to);
    if hand.tapped.is_none() && card.to != hand.member.id {
        let vars = words::vars([
            ("who", Some(who.into())),
            ("what", Some(title(draft, &card).into())),
            ("reason", Some((&*reason).into())),
        ]);
        draft.answer(hand.from, "action_sent_back", vars);
    }
    let Some(doer) = draft.state.rules().people.find(&card.to) else { return };
    let mut vars = evidence_vars(draft, &card, None);
    if let Some(fields) = vars.as_object_mut() {
        fields.insert("by".into(), hand.member.call.as_str().into());
        fields.insert("reason".into(), (&*reason).into());
    }
    let kind = CardKind::Action(ActionAsk::Doing(id));
    if doer.id == hand.member.id {
        draft.answer_card(hand.from, &doer.id, kind, "action_returned", vars);
        return;
    }
    let useful_until = now + NEWS;
    let push = Push { template: "action_returned", vars, card: Some(kind), useful_until, bulk: false };
    draft.push(doer, push);
}
