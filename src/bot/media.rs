//! Pictures and files: each is fetched, as evidence for an action card that waits for it, else kept on the deal at hand,
//! and one sentence is asked for.

use chrono::TimeDelta;

use super::action_card::{self, waiting_for_media};
use super::deals::{self, Which};
use super::draft::{Draft, Push};
use super::{said, words};
use crate::config::Member;
use crate::event::{Attachment, Fetched, Sender, Tapped};
use crate::language::Understanding;
use crate::sales::{Awaiting, Card, CardId, CardKind, DealId, Media, MediaId, MediaState, Platform, Subject};
use crate::state::{Deed, LineSubject};

/// WeCom keeps a `media_id` so long (reference/wecom.md 7).
const WECOM_KEEPS: TimeDelta = TimeDelta::days(3);
/// DingTalk's codes are for at once (reference/dingtalk.md 2.7).
const DINGTALK_KEEPS: TimeDelta = TimeDelta::minutes(10);
/// That something did not come is news this long.
const NEWS: TimeDelta = TimeDelta::hours(24);
/// Of one message so many are taken.
const TAKEN: usize = 9;
/// The longest name of a file.
const NAME: usize = 80;

/// Somebody sent pictures or a file, perhaps with words.
pub fn attached(
    draft: &mut Draft<'_>,
    member: &Member,
    card: Option<&Card>,
    sent: &[Attachment],
    text: &str,
    from: &Sender,
) {
    let understood = (!text.trim().is_empty()).then(|| said::read(draft, member, text));
    let action = waiting_for_media(draft, member, card, understood.as_ref());
    let media: Vec<MediaId> = sent.iter().take(TAKEN).map(|one| keep(draft, member, one, from)).collect();
    if let Some(id) = action {
        for medium in &media {
            if let Some(medium) = draft.medium_mut(*medium) {
                medium.action = Some(id);
            }
        }
        let words = Some(text).filter(|text| !text.trim().is_empty());
        return action_card::attach(draft, member, id, words, &media, from);
    }
    let is_file = sent.first().is_some_and(|first| !first.picture);
    if let Some(Understanding::Note(_) | Understanding::Notes(_)) = understood {
        // The words find their deal by themselves; what was sent with them goes there.
        said::text(draft, member, text, from);
        let now = draft.now;
        let subject = draft.dialogue_mut(&member.id).subject.clone().filter(|subject| subject.at == now);
        if let Some(subject) = subject {
            return put_on(draft, member, &media, subject.deal);
        }
        return line_without_deal(draft, member, is_file);
    }
    match deals::meant(draft, member, &[]) {
        Which::One(deal) => {
            put_on(draft, member, &media, deal);
            ask_for_words(draft, member, deal, is_file, from);
        }
        Which::Several(offered) => ask_whose(draft, member, media, offered, is_file, from),
        Which::None => {
            line_without_deal(draft, member, is_file);
            draft.answer(from, "picture_kept", words::vars([("file", is_file.then_some(true.into()))]));
        }
    }
}

/// Begins the record of a picture or a file, and has it fetched.
fn keep(draft: &mut Draft<'_>, member: &Member, sent: &Attachment, from: &Sender) -> MediaId {
    let id = MediaId(draft.id());
    let name = sent.name.as_ref().map(|name| name.chars().take(NAME).collect::<String>().into());
    let medium = Media {
        id,
        by: member.id.clone(),
        at: draft.now,
        picture: sent.picture,
        name,
        deal: None,
        action: None,
        state: MediaState::Fetching,
    };
    draft.media.insert(id, medium);
    let keeps = match from.platform {
        Platform::WeCom => WECOM_KEEPS,
        Platform::DingTalk => DINGTALK_KEEPS,
    };
    draft.fetch(from.app.clone(), id, &sent.code, draft.now + keeps);
    id
}

fn line_without_deal(draft: &mut Draft<'_>, member: &Member, is_file: bool) {
    let line = draft.about_workspace(Deed::Attached).by(&member.id).saying(kind(is_file));
    draft.line(line);
}

fn kind(is_file: bool) -> &'static str {
    if is_file { "文件" } else { "图片" }
}

/// Keeps them on a deal.
fn put_on(draft: &mut Draft<'_>, member: &Member, media: &[MediaId], deal: DealId) {
    let mut is_file = false;
    for id in media {
        if let Some(medium) = draft.medium_mut(*id) {
            medium.deal = Some(deal);
            is_file |= !medium.picture;
        }
    }
    let line = draft.about(deal, Deed::Attached).by(&member.id).saying(kind(is_file));
    draft.line(line);
}

/// One sentence makes it findable: the next text is a note on that deal.
fn ask_for_words(draft: &mut Draft<'_>, member: &Member, id: DealId, is_file: bool, from: &Sender) {
    let Some(deal) = draft.deal(id).cloned() else { return };
    let vars = words::vars([
        ("customer", Some(words::customer(draft.state, &deal).into())),
        ("file", is_file.then_some(true.into())),
    ]);
    draft.answer(from, "picture_kept", vars);
    let (now, window) = (draft.now, draft.state.rules().workspace.subject_window);
    let dialogue = draft.dialogue_mut(&member.id);
    dialogue.awaiting = Awaiting::Note(id);
    dialogue.expires_at = now + window;
    dialogue.subject = Some(Subject { deal: id, at: now });
}

fn ask_whose(
    draft: &mut Draft<'_>,
    member: &Member,
    media: Vec<MediaId>,
    deals: Vec<DealId>,
    is_file: bool,
    from: &Sender,
) {
    line_without_deal(draft, member, is_file);
    let offered = deals.iter().filter_map(|id| draft.deal(*id));
    let texts: Vec<String> = offered.map(|deal| deals::label(draft, &deals, deal)).collect();
    let vars =
        words::vars([("file", is_file.then_some(true.into())), ("options", Some(words::options(texts)))]);
    draft.answer_card(from, &member.id, CardKind::WhosePicture { media, deals }, "picture_whose", vars);
}

/// The deal was chosen.
pub fn chosen(
    draft: &mut Draft<'_>,
    member: &Member,
    media: &[MediaId],
    deal: DealId,
    card: CardId,
    from: &Sender,
    tapped: Option<&Tapped>,
) {
    let customer = draft.deal(deal).map(|deal| words::customer(draft.state, deal)).unwrap_or_default();
    draft.finish(card, &customer, tapped);
    let is_file = media.first().and_then(|id| draft.medium(*id)).is_some_and(|first| !first.picture);
    put_on(draft, member, media, deal);
    ask_for_words(draft, member, deal, is_file, from);
}

/// It was fetched, or will never be: then its sender hears it.
pub fn fetched(draft: &mut Draft<'_>, fetched: &Fetched) {
    let Some(medium) = draft.medium_mut(fetched.media) else { return };
    medium.state = match &fetched.blob {
        Ok(blob) => MediaState::Kept(blob.clone()),
        Err(why) => MediaState::Lost { why: why.clone() },
    };
    let medium = medium.clone();
    let subject = match (medium.action.and_then(|id| draft.action(id)), medium.deal) {
        (Some(card), _) => card.deal.map_or(LineSubject::Action(card.id), LineSubject::Deal),
        (None, Some(deal)) => LineSubject::Deal(deal),
        (None, None) => LineSubject::Workspace,
    };
    let line = crate::state::Line::about(subject, Deed::Fetched, draft.event.identity, draft.now);
    draft.line(line.saying(if fetched.blob.is_ok() { "取好了" } else { "没取下来" }));
    if fetched.blob.is_err() {
        tell_lost(draft, &medium);
    }
    let Some(id) = medium.action else { return };
    if fetched.blob.is_err() {
        action_card::lost(draft, id, medium.id);
    }
    action_card::unless_fetching(draft, id, None);
}

fn tell_lost(draft: &mut Draft<'_>, medium: &Media) {
    let Some(member) = draft.state.rules().people.find(&medium.by) else { return };
    let task = medium.action.and_then(|id| draft.action(id)).map(|card| card.what.to_string());
    let customer = medium.deal.and_then(|id| draft.deal(id)).map(|deal| words::customer(draft.state, deal));
    let vars = words::vars([
        ("kind", Some(if medium.picture { "张图" } else { "份文件" }.into())),
        ("what", task.or(customer).map(Into::into)),
    ]);
    let useful_until = draft.now + NEWS;
    draft.push(member, Push { template: "media_lost", vars, card: None, useful_until, bulk: false });
}
