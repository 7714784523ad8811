//! What a card asks with one submit button: one list of options (`vote_interaction`) or up to three drop-downs
//! (`multiple_interaction`), reference 4.2. What was chosen comes back as `SelectedItems` beside the submit key.

use serde::{Deserialize, Serialize};

/// The options of a `vote_interaction`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkbox {
    /// Comes back as `QuestionKey`.
    pub question_key: String,
    /// 0 one, 1 several.
    pub mode: u8,
    /// 1 to [`Checkbox::OPTION_MAX`], else 42037.
    pub option_list: Vec<Choice>,
    /// Only in an update: nothing can be chosen any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disable: Option<bool>,
}

impl Checkbox {
    /// Most options.
    pub const OPTION_MAX: usize = 20;
}

/// An option of a [`Checkbox`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Comes back as `OptionId`; unique in the card, at most 128 bytes.
    pub id: String,
    /// What it says.
    pub text: String,
    /// Whether it is chosen as the card is drawn.
    pub is_checked: bool,
}

/// A drop-down of a `multiple_interaction`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelectList {
    /// Comes back as `QuestionKey`; unique in the card.
    pub question_key: String,
    /// What it asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The option that it shows first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selected_id: Option<String>,
    /// 1 to [`SelectList::OPTION_MAX`], else 42037.
    pub option_list: Vec<SelectOption>,
    /// Only in an update: nothing can be chosen any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disable: Option<bool>,
}

impl SelectList {
    /// Most drop-downs of a card, else 42047.
    pub const LIST_MAX: usize = 3;
    /// Most options of one.
    pub const OPTION_MAX: usize = 10;
}

/// An option of a [`SelectList`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelectOption {
    /// Comes back as `OptionId`.
    pub id: String,
    /// What it says.
    pub text: String,
}

/// The one button of a card that asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmitButton {
    /// What it says.
    pub text: String,
    /// Comes back as `EventKey`.
    pub key: String,
}
