//! A platform's plain value becomes the domain's event.

use crate::event::{Attachment, Content, Event, Identity, SUBMIT, Said, Sender, Session, Tapped, What};
use crate::platform::inbound::{Chat, Inbound, Kind};
use crate::sales::{AppKey, Platform};

/// The event of what came in; `None` for what is answered and nothing more: where somebody is (dropped unread), changes of
/// the directory, a trial of the address. `body` is the decrypted body, which names what has no id of its own.
pub fn event(platform: Platform, app: &AppKey, inbound: Inbound, body: &[u8]) -> Option<Event> {
    let source = inbound.identity_source(body);
    let identity = Identity::of(&[platform.as_str().as_bytes(), app.as_str().as_bytes(), &source]);
    let user = if inbound.user.is_empty() { inbound.stranger.unwrap_or_default() } else { inbound.user };
    let group = match inbound.chat {
        Chat::Private => None,
        Chat::Group { id, .. } => Some(id.into()),
    };
    let session =
        inbound.session.map(|session| Session { url: session.url.into(), until: session.expires_at });
    let from = Sender { platform, app: app.clone(), user: user.into(), group, session };
    let content = match inbound.kind {
        Kind::Text(text) => Content::Text(text.into()),
        Kind::Voice { transcript: Some(text), .. } if !text.trim().is_empty() => Content::Text(text.into()),
        Kind::Voice { .. } => Content::Voice,
        Kind::Mixed { text, pictures } => Content::Attached {
            media: pictures.into_iter().map(picture).collect(),
            words: text.trim().into(),
        },
        Kind::Picture { media } => Content::Attached { media: vec![picture(media)], words: "".into() },
        Kind::File { media, name } => {
            let file = Attachment { code: media.into(), picture: false, name: name.map(Into::into) };
            Content::Attached { media: vec![file], words: "".into() }
        }
        Kind::Entered => Content::Entered,
        Kind::QuotaGone => Content::QuotaGone,
        Kind::Tap(tap) => {
            // 钉钉 tells a card's parameters in the same place.
            let submits = tap.button == SUBMIT;
            let chosen = tap.selected.into_iter().filter(|_| submits);
            let chosen = chosen
                .map(|(question, options)| (question.into(), options.into_iter().map(Into::into).collect()));
            let (card, button, code) = (tap.card.into(), tap.button.into(), tap.update_code.map(Into::into));
            let tapped = Tapped { from, card, button, chosen: chosen.collect(), code };
            return Some(Event { identity, what: What::Tapped(tapped) });
        }
        Kind::Other { what } if !from.user.is_empty() && is_message(&what) => Content::Other(what.into()),
        Kind::Other { .. } | Kind::Location | Kind::People { .. } | Kind::GroupLearnt | Kind::Check => {
            return None;
        }
    };
    Some(Event { identity, what: What::Said(Said { from, content }) })
}

fn picture(code: String) -> Attachment {
    Attachment { code: code.into(), picture: true, name: None }
}

/// Kinds of messages that a person sends and that are not read yet; other unknown words are events of the platform.
fn is_message(what: &str) -> bool {
    matches!(what, "link" | "video" | "unknownMsgType" | "interactiveCard" | "chatRecord")
}
