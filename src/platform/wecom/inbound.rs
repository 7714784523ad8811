//! Reads a decrypted 企业微信 document into an [`Inbound`] (wecom.md 2.1 to 2.3 and 2.5).
//!
//! Never fails: a document that lacks what its kind needs, or is of a kind that nobody here knows, is `Other`, so
//! that the person is answered all the same. A place is not even looked at.

use super::xml::Element;
use crate::platform::callback::from_seconds;
use crate::platform::inbound::{Inbound, Kind, Tap, trimmed, word};

/// What `document`, the root element of a delivery, says.
pub(super) fn read(document: &Element) -> Inbound {
    let from = document.text_of("FromUserName");
    Inbound {
        user: if from.eq_ignore_ascii_case("sys") { String::new() } else { from.to_owned() },
        message_id: present(document, "MsgId"),
        sent_at: from_seconds(document.text_of("CreateTime")),
        ..Inbound::notice(kind(document))
    }
}

fn kind(document: &Element) -> Kind {
    let message = document.text_of("MsgType");
    let media = || present(document, "MediaId");
    let known = match message.to_ascii_lowercase().as_str() {
        "text" => Some(Kind::Text(trimmed(document.text_of("Content")).to_owned())),
        "voice" => Some(Kind::Voice { transcript: None, media: media() }),
        "image" => media().map(|media| Kind::Picture { media }),
        "video" => media().map(|media| Kind::File { media, name: None }),
        "location" => Some(Kind::Location),
        "event" => return event(document),
        _ => None,
    };
    known.unwrap_or_else(|| Kind::Other { what: word(message) })
}

fn event(document: &Element) -> Kind {
    let event = document.text_of("Event");
    let known = match event.to_ascii_lowercase().as_str() {
        "enter_agent" => Some(Kind::Entered),
        "location" | "location_select" => Some(Kind::Location),
        "template_card_event" | "template_card_menu_event" => tap(document).map(Kind::Tap),
        "change_contact" => Some(people(document)),
        "subscribe" | "unsubscribe" => {
            let users = present(document, "FromUserName").into_iter().collect();
            Some(Kind::People { what: word(event), users })
        }
        _ => None,
    };
    known.unwrap_or_else(|| Kind::Other { what: word(event) })
}

/// A card without a task_id is none of ours.
fn tap(document: &Element) -> Option<Tap> {
    let items = document.all("SelectedItems").flat_map(|items| items.all("SelectedItem"));
    let selected = items.map(|item| {
        let options = item.all("OptionIds").flat_map(|ids| ids.all("OptionId"));
        (item.text_of("QuestionKey").to_owned(), options.map(|id| id.text().to_owned()).collect())
    });
    Some(Tap {
        card: present(document, "TaskId")?,
        button: document.text_of("EventKey").to_owned(),
        selected: selected.collect(),
        update_code: present(document, "ResponseCode"),
    })
}

fn people(document: &Element) -> Kind {
    let lists = ["UserID", "NewUserID", "AddUserItems", "DelUserItems"];
    let users = lists.iter().flat_map(|name| document.text_of(name).split(','));
    Kind::People {
        what: word(document.text_of("ChangeType")),
        users: users.map(str::trim).filter(|user| !user.is_empty()).map(str::to_owned).collect(),
    }
}

fn present(document: &Element, name: &str) -> Option<String> {
    Some(document.text_of(name)).filter(|text| !text.is_empty()).map(str::to_owned)
}
