//! The template card and its pieces (reference 4.2), as sent, and as an update replaces one (reference 4.3).
//!
//! One struct holds the pieces of all card types; which are required or allowed depends on `card_type`, and each
//! field says so. Lengths in characters are soft, the client folds the text; counts, keys and required fields are hard.

use serde::{Deserialize, Serialize};

use super::question::{Checkbox, SelectList, SubmitButton};

/// A card (reference 4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateCard {
    /// Which kind; decides what else is allowed.
    pub card_type: CardType,
    /// The small line on top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// The menu at the top right (notices and buttons); forces a `task_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action_menu: Option<ActionMenu>,
    /// Title and its explanation; a title is required for buttons, for a notice this or `sub_title_text`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub main_title: Option<MainTitle>,
    /// A quotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote_area: Option<QuoteArea>,
    /// The big figure (`text_notice`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emphasis_content: Option<EmphasisContent>,
    /// The body text, at most [`TextLimits::sub_title`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_title_text: Option<String>,
    /// Facts, at most [`TemplateCard::HORIZONTAL_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub horizontal_content_list: Vec<HorizontalContent>,
    /// Links below (notices only), at most [`TemplateCard::JUMP_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub jump_list: Vec<Jump>,
    /// What a tap on the whole card opens; required for notices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_action: Option<CardAction>,
    /// Buttons, 1 to [`TemplateCard::BUTTON_MAX`] (`button_interaction`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub button_list: Vec<Button>,
    /// What can be chosen (`vote_interaction`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkbox: Option<Checkbox>,
    /// Drop-downs, 1 to [`SelectList::LIST_MAX`] (`multiple_interaction`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub select_list: Vec<SelectList>,
    /// The one button of a card that asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submit_button: Option<SubmitButton>,
    /// Unique within the app for ever; `[0-9A-Za-z_\-@]`, at most [`TemplateCard::TASK_ID_MAX_BYTES`]. Required for
    /// interactions and menus, ignored in an update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_id: Option<String>,
    /// Only in an update: the grey text in place of the buttons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replace_text: Option<String>,
}

impl TemplateCard {
    /// Most facts (`horizontal_content_list`), else 42035.
    pub const HORIZONTAL_MAX: usize = 6;
    /// Most links (`jump_list`), else 42042.
    pub const JUMP_MAX: usize = 3;
    /// Most buttons.
    pub const BUTTON_MAX: usize = 6;
    /// Most entries of the menu.
    pub const MENU_MAX: usize = 3;
    /// Longest `task_id`, else 42014.
    pub const TASK_ID_MAX_BYTES: usize = 128;
    /// Longest key of a button or menu entry.
    pub const KEY_MAX_BYTES: usize = 1024;
    /// Longest URL, else 40039.
    pub const URL_MAX_BYTES: usize = 1024;
    /// Longest text on a button.
    pub const BUTTON_TEXT_MAX_CHARS: usize = 10;

    /// A card of that type with nothing on it.
    pub fn of(card_type: CardType) -> Self {
        Self {
            card_type,
            source: None,
            action_menu: None,
            main_title: None,
            quote_area: None,
            emphasis_content: None,
            sub_title_text: None,
            horizontal_content_list: Vec::new(),
            jump_list: Vec::new(),
            card_action: None,
            button_list: Vec::new(),
            checkbox: None,
            select_list: Vec::new(),
            submit_button: None,
            task_id: None,
            replace_text: None,
        }
    }
}

/// The card types that an app may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardType {
    /// Facts and links.
    TextNotice,
    /// Facts, links and buttons that call back.
    ButtonInteraction,
    /// One list to choose from, and a submit button.
    VoteInteraction,
    /// Up to three drop-downs, and a submit button.
    MultipleInteraction,
}

/// How many characters (字) the texts of a card should have; an app card and a webhook card differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextLimits {
    /// `source.desc`.
    pub source: usize,
    /// `main_title.title`.
    pub title: usize,
    /// `main_title.desc`.
    pub desc: usize,
    /// `emphasis_content.title`.
    pub emphasis_title: usize,
    /// `emphasis_content.desc`.
    pub emphasis_desc: usize,
    /// `sub_title_text`.
    pub sub_title: usize,
    /// `horizontal_content_list.keyname`.
    pub keyname: usize,
    /// `horizontal_content_list.value`.
    pub value: usize,
    /// `jump_list.title`.
    pub jump_title: usize,
}

impl TextLimits {
    /// A card of the app (reference 4.2).
    pub const APP: Self = Self {
        source: 20,
        title: 36,
        desc: 44,
        emphasis_title: 14,
        emphasis_desc: 22,
        sub_title: 160,
        keyname: 5,
        value: 30,
        jump_title: 18,
    };
    /// A `vote_interaction` of the app.
    pub const VOTE: Self = Self { title: 16, desc: 160, ..Self::APP };
    /// A `multiple_interaction` of the app.
    pub const MULTIPLE: Self = Self { desc: 160, ..Self::APP };
    /// A card of a group webhook (reference 5.2).
    pub const WEBHOOK: Self = Self {
        source: 13,
        title: 26,
        desc: 30,
        emphasis_title: 10,
        emphasis_desc: 15,
        sub_title: 112,
        keyname: 5,
        value: 26,
        jump_title: 13,
    };
}

/// The small line on top of a card.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// A picture of 72 × 72.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon_url: Option<String>,
    /// Who speaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desc: Option<String>,
    /// 0 grey, 1 black, 2 red, 3 green.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desc_color: Option<u8>,
}

/// Title and explanation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MainTitle {
    /// The title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The explanation below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desc: Option<String>,
}

/// A quotation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteArea {
    /// 0 no link, 1 URL.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<u8>,
    /// Where a tap leads (type 1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Above the quotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The quotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote_text: Option<String>,
}

/// The big figure of a notice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmphasisContent {
    /// The figure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desc: Option<String>,
}

/// One fact: a key and its value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HorizontalContent {
    /// Absent or 0 plain, 1 URL, 2 file, 3 member.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<u8>,
    /// The key; required (else 42027).
    pub keyname: String,
    /// The value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Type 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Type 2; `value` is then the file's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_id: Option<String>,
    /// Type 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userid: Option<String>,
}

impl HorizontalContent {
    /// A plain fact.
    pub fn fact(keyname: impl Into<String>, value: impl Into<String>) -> Self {
        Self { keyname: keyname.into(), value: Some(value.into()), ..Self::default() }
    }

    /// A fact that opens a page.
    pub fn link(keyname: impl Into<String>, value: impl Into<String>, url: impl Into<String>) -> Self {
        Self { kind: Some(1), url: Some(url.into()), ..Self::fact(keyname, value) }
    }
}

/// A link below a notice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jump {
    /// 0 plain, 1 URL.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<u8>,
    /// Required.
    pub title: String,
    /// Type 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl Jump {
    /// A link to a page.
    pub fn link(title: impl Into<String>, url: impl Into<String>) -> Self {
        Self { kind: Some(1), title: title.into(), url: Some(url.into()) }
    }
}

/// What a tap on the card itself does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardAction {
    /// 0 nothing (buttons only), 1 URL.
    #[serde(rename = "type", default)]
    pub kind: u8,
    /// Type 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl CardAction {
    /// Opens a page.
    pub fn open(url: impl Into<String>) -> Self {
        Self { kind: 1, url: Some(url.into()) }
    }
}

/// A button.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// Absent or 0 calls back, 1 opens `url` and calls nobody.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<u8>,
    /// At most [`TemplateCard::BUTTON_TEXT_MAX_CHARS`].
    pub text: String,
    /// 1 to 4; the platform's default is 1 (blue).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<u8>,
    /// Type 0: comes back as `EventKey`; unique in the card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Type 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl Button {
    /// A button that calls back with `key`.
    pub fn callback(text: impl Into<String>, style: u8, key: impl Into<String>) -> Self {
        Self { text: text.into(), style: Some(style), key: Some(key.into()), ..Self::default() }
    }

    /// A button that opens a page.
    pub fn link(text: impl Into<String>, style: u8, url: impl Into<String>) -> Self {
        Self { kind: Some(1), text: text.into(), style: Some(style), url: Some(url.into()), key: None }
    }
}

/// The menu at the top right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionMenu {
    /// What the menu is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desc: Option<String>,
    /// 1 to [`TemplateCard::MENU_MAX`].
    pub action_list: Vec<MenuAction>,
}

/// One entry of the menu.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuAction {
    /// What it says.
    pub text: String,
    /// Comes back as `EventKey`; unique in the menu.
    pub key: String,
}
