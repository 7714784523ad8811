//! What a template card may hold (wecom.md 4.2). Lengths that the platform only recommends pass; list lengths, keys
//! and required fields are refused with its 420xx.

use std::collections::HashSet;

use super::Refusal;
use crate::sim::fields::{Bad, Fields, Why};

/// Where the card is going.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// `message/send`.
    Send,
    /// `message/update_template_card`, or a passive reply.
    Update,
    /// A group's webhook.
    Webhook,
}

/// The keys that a callback may name: more than a kilobyte is refused.
const KEY_MAX_BYTES: usize = 1_024;
/// The ids of options.
const ID_MAX_BYTES: usize = 128;

type Checked = Result<(), Refusal>;

fn refuse(errcode: i64, what: &str) -> Refusal {
    Refusal::new(errcode, format!("template_card: {what}"))
}

/// Whether the card's buttons call back, so that it needs a `task_id` and gets a response code.
pub(super) fn calls_back(card: &Fields<'_>) -> bool {
    matches!(card.text("card_type"), Ok("button_interaction" | "vote_interaction" | "multiple_interaction"))
        || card.has("action_menu")
}

/// Refuses what the platform refuses.
pub(super) fn check(card: &Fields<'_>, going: Use) -> Checked {
    let kind = card.text("card_type")?;
    let notice: &[&str] = &[
        "source",
        "action_menu",
        "task_id",
        "main_title",
        "quote_area",
        "horizontal_content_list",
        "jump_list",
        "card_action",
    ];
    let own: &[&str] = match kind {
        "text_notice" => &["emphasis_content", "sub_title_text"],
        "news_notice" => &["card_image", "image_text_area", "vertical_content_list"],
        "button_interaction" => &["sub_title_text", "button_selection", "button_list"],
        "vote_interaction" => &["checkbox", "submit_button"],
        "multiple_interaction" => &["select_list", "submit_button"],
        _ => return Err(refuse(42031, "invalid card_type")),
    };
    if going == Use::Webhook && !kind.ends_with("_notice") {
        return Err(refuse(42031, "invalid card_type"));
    }
    let asked = matches!(kind, "vote_interaction" | "multiple_interaction");
    let common = if asked { &["source", "main_title", "task_id"][..] } else { notice };
    let mut names: Vec<&str> = [&["card_type"], common, own].concat();
    match going {
        Use::Send => {}
        Use::Update => names.push("replace_text"),
        Use::Webhook => names.retain(|name| !matches!(*name, "action_menu" | "task_id")),
    }
    if kind == "button_interaction" {
        names.retain(|name| *name != "jump_list");
    }
    card.only(&names)?;
    check_task(card, going)?;
    check_head(card, kind)?;
    check_lists(card)?;
    match kind {
        "button_interaction" => check_buttons(card, going),
        "vote_interaction" => check_checkbox(card, going).and_then(|()| check_submit(card, going)),
        "multiple_interaction" => check_selects(card, going).and_then(|()| check_submit(card, going)),
        _ => Ok(()),
    }
}

fn check_task(card: &Fields<'_>, going: Use) -> Checked {
    if going != Use::Send {
        return Ok(());
    }
    let task = card.text("task_id")?;
    let plain = task.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-@".contains(&byte));
    if (task.is_empty() && calls_back(card)) || !plain || task.len() > ID_MAX_BYTES {
        return Err(refuse(42014, "invalid task_id"));
    }
    Ok(())
}

fn check_head(card: &Fields<'_>, kind: &str) -> Checked {
    if let Some(source) = card.object("source")? {
        source.only(&["icon_url", "desc", "desc_color"])?;
        source.text("desc")?;
        if source.int("desc_color")?.is_some_and(|color| !(0..=3).contains(&color)) {
            return Err(Refusal::parameter("template_card.source.desc_color"));
        }
    }
    let mut title = "";
    if let Some(main) = card.object("main_title")? {
        main.only(&["title", "desc"])?;
        (title, _) = (main.text("title")?, main.text("desc")?);
    }
    let sub_title = card.text("sub_title_text")?;
    if title.is_empty() && (kind != "text_notice" || sub_title.is_empty()) {
        return Err(refuse(42033, "missing title"));
    }
    if let Some(emphasis) = card.object("emphasis_content")? {
        emphasis.only(&["title", "desc"])?;
    }
    check_action(card, kind)?;
    check_pictures(card, kind)?;
    if let Some(quote) = card.object("quote_area")? {
        quote.only(&["type", "url", "appid", "pagepath", "title", "quote_text"])?;
        check_link(&quote)?;
    }
    if let Some(menu) = card.object("action_menu")? {
        menu.only(&["desc", "action_list"])?;
        let actions = menu.objects("action_list")?;
        check_keys(&actions, 1..=3, &["text", "key"])?;
    }
    Ok(())
}

fn check_action(card: &Fields<'_>, kind: &str) -> Checked {
    let notice = kind.ends_with("_notice");
    let Some(action) = card.object("card_action")? else {
        return if notice { Err(refuse(42045, "missing card_action")) } else { Ok(()) };
    };
    action.only(&["type", "url", "appid", "pagepath"])?;
    let fine = match action.int("type")?.unwrap_or(0) {
        0 => !notice,
        1 => !action.text("url")?.is_empty(),
        2 => !action.text("appid")?.is_empty(),
        _ => false,
    };
    if fine { Ok(()) } else { Err(refuse(42045, "invalid card_action")) }
}

fn check_pictures(card: &Fields<'_>, kind: &str) -> Checked {
    if let Some(image) = card.object("card_image")? {
        image.only(&["url", "aspect_ratio"])?;
        image.needed("url").map_err(|_| refuse(42044, "missing card_image.url"))?;
        let ratio = image.value("aspect_ratio").map_or(Some(1.3), serde_json::Value::as_f64);
        if !ratio.is_some_and(|ratio| ratio > 1.299 && ratio < 2.25) {
            return Err(Refusal::parameter("template_card.card_image.aspect_ratio"));
        }
    }
    if let Some(area) = card.object("image_text_area")? {
        area.only(&["type", "url", "appid", "pagepath", "title", "desc", "image_url"])?;
        area.needed("image_url").map_err(|_| refuse(42044, "missing image_text_area.image_url"))?;
        check_link(&area)?;
    }
    if kind == "news_notice" && !card.has("card_image") && !card.has("image_text_area") {
        return Err(refuse(42044, "missing card_image"));
    }
    Ok(())
}

/// The `type` with what it demands: 1 a url, 2 a mini program, in rows also a file's media_id.
fn check_link(item: &Fields<'_>) -> Checked {
    match item.int("type")?.unwrap_or(0) {
        0 => Ok(()),
        1 if item.text("url")?.is_empty() => Err(refuse(42028, "missing url")),
        2 if item.text("appid")?.is_empty() => Err(refuse(42030, "missing appid")),
        1 | 2 => Ok(()),
        _ => Err(bad(item, "type").into()),
    }
}

fn bad(item: &Fields<'_>, name: &str) -> Bad {
    item.bad(name, Why::Type)
}

fn check_lists(card: &Fields<'_>) -> Checked {
    let rows = card.objects("horizontal_content_list")?;
    if rows.len() > 6 {
        return Err(refuse(42035, "horizontal_content_list is too long"));
    }
    for row in &rows {
        row.only(&["type", "keyname", "value", "url", "media_id", "userid"])?;
        row.needed("keyname").map_err(|_| refuse(42027, "missing keyname"))?;
        row.text("value")?;
        match row.int("type")?.unwrap_or(0) {
            1 if row.text("url")?.is_empty() => return Err(refuse(42028, "missing url")),
            2 if row.text("media_id")?.is_empty() => return Err(refuse(42029, "missing media_id")),
            3 if row.text("userid")?.is_empty() => return Err(refuse(42050, "missing userid")),
            0..=3 => {}
            _ => return Err(bad(row, "type").into()),
        }
    }
    let verticals = card.objects("vertical_content_list")?;
    if verticals.len() > 4 {
        return Err(refuse(42036, "vertical_content_list is too long"));
    }
    for item in &verticals {
        item.only(&["title", "desc"])?;
        item.needed("title").map_err(|_| refuse(42033, "missing title"))?;
    }
    let jumps = card.objects("jump_list")?;
    if jumps.len() > 3 {
        return Err(refuse(42042, "jump_list is too long"));
    }
    for jump in &jumps {
        jump.only(&["type", "title", "url", "appid", "pagepath"])?;
        jump.needed("title").map_err(|_| refuse(42033, "missing title"))?;
        check_link(jump)?;
    }
    Ok(())
}

fn check_buttons(card: &Fields<'_>, going: Use) -> Checked {
    if let Some(selection) = card.object("button_selection")? {
        check_select(&selection, going)?;
    }
    let buttons = card.objects("button_list")?;
    if buttons.is_empty() {
        return Err(refuse(42038, "missing button_list"));
    }
    if buttons.len() > 6 {
        return Err(refuse(42037, "button_list is too long"));
    }
    let mut keys = HashSet::new();
    for button in &buttons {
        button.only(&["type", "text", "style", "key", "url"])?;
        button.needed("text").map_err(|_| refuse(42038, "missing button text"))?;
        if button.int("style")?.is_some_and(|style| !(1..=4).contains(&style)) {
            return Err(bad(button, "style").into());
        }
        match button.int("type")?.unwrap_or(0) {
            0 => {
                let key = button.text("key")?;
                if key.is_empty() || key.len() > KEY_MAX_BYTES || !keys.insert(key) {
                    return Err(refuse(42039, "invalid button key"));
                }
            }
            1 if button.text("url")?.is_empty() => return Err(refuse(42028, "missing url")),
            1 => {}
            _ => return Err(bad(button, "type").into()),
        }
    }
    Ok(())
}

/// Texts with keys that differ: the entries of the menu.
fn check_keys(items: &[Fields<'_>], lengths: std::ops::RangeInclusive<usize>, names: &[&str]) -> Checked {
    if !lengths.contains(&items.len()) {
        return Err(refuse(42037, "action_list has a wrong length"));
    }
    let mut keys = HashSet::new();
    for item in items {
        item.only(names)?;
        item.needed("text").map_err(|_| refuse(42038, "missing action text"))?;
        let key = item.text("key")?;
        if key.is_empty() || key.len() > KEY_MAX_BYTES || !keys.insert(key) {
            return Err(refuse(42051, "invalid action_menu key"));
        }
    }
    Ok(())
}

fn check_options(owner: &Fields<'_>, most: usize, names: &[&str]) -> Checked {
    let key = owner.text("question_key")?;
    if key.is_empty() || key.len() > KEY_MAX_BYTES {
        return Err(refuse(42043, "invalid question_key"));
    }
    let options = owner.objects("option_list")?;
    if options.is_empty() || options.len() > most {
        return Err(refuse(42037, "option_list has a wrong length"));
    }
    let mut ids = HashSet::new();
    for option in &options {
        option.only(names)?;
        let id = option.text("id")?;
        if id.is_empty() || id.len() > ID_MAX_BYTES || !ids.insert(id) {
            return Err(refuse(42040, "invalid option id"));
        }
        option.needed("text").map_err(|_| refuse(42041, "missing option text"))?;
        option.flag("is_checked")?;
    }
    Ok(())
}

fn check_select(select: &Fields<'_>, going: Use) -> Checked {
    let mut names = vec!["question_key", "title", "selected_id", "option_list"];
    if going == Use::Update {
        names.push("disable");
    }
    select.only(&names)?;
    check_options(select, 10, &["id", "text"])
}

fn check_selects(card: &Fields<'_>, going: Use) -> Checked {
    let selects = card.objects("select_list")?;
    if selects.is_empty() || selects.len() > 3 {
        return Err(refuse(42047, "select_list has a wrong length"));
    }
    let mut keys = HashSet::new();
    for select in &selects {
        check_select(select, going)?;
        if !keys.insert(select.text("question_key")?) {
            return Err(refuse(42043, "invalid question_key"));
        }
    }
    Ok(())
}

fn check_checkbox(card: &Fields<'_>, going: Use) -> Checked {
    let Some(checkbox) = card.object("checkbox")? else {
        return Err(refuse(42043, "missing checkbox"));
    };
    let mut names = vec!["question_key", "mode", "option_list"];
    if going == Use::Update {
        names.push("disable");
    }
    checkbox.only(&names)?;
    if checkbox.int("mode")?.is_some_and(|mode| !(0..=1).contains(&mode)) {
        return Err(bad(&checkbox, "mode").into());
    }
    check_options(&checkbox, 20, &["id", "text", "is_checked"])
}

fn check_submit(card: &Fields<'_>, going: Use) -> Checked {
    let Some(submit) = card.object("submit_button")? else {
        return if going == Use::Update { Ok(()) } else { Err(refuse(42046, "missing submit_button")) };
    };
    submit.only(&["text", "key"])?;
    submit.needed("text").map_err(|_| refuse(42049, "missing submit_button text"))?;
    let key = submit.text("key")?;
    if key.is_empty() || key.len() > KEY_MAX_BYTES {
        return Err(refuse(42046, "invalid submit_button key"));
    }
    Ok(())
}
