//! 发资料: a material itself, as the picture or file to pass on to the customer: by its number where materials are
//! shown, or by its name. One that is no file comes as its link.

use serde_json::{Value, json};

use super::draft::Draft;
use super::{pack, questions, scripts, words};
use crate::config::{Config, Material, Member};
use crate::event::Sender;
use crate::language::{Names, Via};
use crate::sales::{Card, CardKind, CustomerId, Deal, MaterialKey, Subject};

/// How it is asked for; what follows is a number, a name or nothing.
const WORDS: [&str; 3] = ["发资料", "发物料", "发文件"];
/// How one asks which there are, perhaps with a customer's name before or behind.
const LISTS: [&str; 5] = ["物料清单", "物料", "资料清单", "资料", "材料"];

/// What is asked for.
pub enum Wanted<'r> {
    /// Which there are.
    List,
    /// Which there are for these customers.
    ListFor(Vec<CustomerId>),
    /// The one with this number.
    Number(usize),
    /// The one with this name.
    Named(&'r Material),
}

/// What `text` asks for, if that is all it says: 「发资料给张总了」 is a note.
pub fn wanted<'r>(rules: &'r Config, names: &dyn Names, text: &str) -> Option<Wanted<'r>> {
    listed(names, text).or_else(|| by_word(rules, text))
}

/// 物料, 「宏远 物料」「物料 宏远」.
fn listed<'r>(names: &dyn Names, text: &str) -> Option<Wanted<'r>> {
    let text = text.trim().trim_end_matches(is_mark);
    let rest = LISTS.iter().find_map(|word| text.strip_prefix(word).or_else(|| text.strip_suffix(word)))?;
    let rest = rest.trim_matches(is_mark).trim_end_matches('的');
    if rest.is_empty() {
        return Some(Wanted::List);
    }
    let mentions = names.customers_in(rest);
    let whole = mentions.iter().all(|it| it.via != Via::Contact && it.span == (0..rest.len()));
    (whole && !mentions.is_empty()).then(|| Wanted::ListFor(mentions.iter().map(|it| it.id).collect()))
}

fn is_mark(c: char) -> bool {
    c.is_whitespace() || "：:。「」！!？?".contains(c)
}

fn by_word<'r>(rules: &'r Config, text: &str) -> Option<Wanted<'r>> {
    let rest = WORDS.iter().find_map(|word| text.trim().strip_prefix(word))?;
    let rest = rest.trim_matches(is_mark);
    if rest.is_empty() {
        return Some(Wanted::List);
    }
    if let Ok(number @ 1..) = rest.parse::<usize>() {
        return Some(Wanted::Number(number));
    }
    let named = |material: &&Material| {
        let file = material.file.as_ref().map(|file| file.name.as_str());
        material.name == rest || file == Some(rest)
    };
    rules.materials.iter().find(named).map(Wanted::Named)
}

/// Sends it, or says which there are.
pub fn send(draft: &mut Draft<'_>, member: &Member, card: Option<&Card>, wanted: Wanted<'_>, from: &Sender) {
    let deal = questions::at_hand(draft, member);
    match wanted {
        Wanted::Named(material) => give(draft, material, from),
        Wanted::Number(n) => {
            let keys = shown(draft, card, deal);
            match n.checked_sub(1).and_then(|place| find(draft.state.rules(), keys.get(place)?)) {
                Some(material) => give(draft, material, from),
                None => {
                    draft.answer(from, "number_none", words::vars([("n", Some(n.to_string().into()))]));
                }
            }
        }
        Wanted::List => {
            let keys = shown(draft, card, deal);
            list(draft, deal, &keys, from);
        }
        Wanted::ListFor(customers) => {
            let state = draft.state;
            let mut deals = customers.iter().flat_map(|id| state.deals_of_customer(*id));
            let Some(deal) = deals.find(|deal| deal.is_open() && state.sees(member, deal)) else {
                let short = customers.first().and_then(|id| state.customer(*id)).map(|it| &*it.short);
                return questions::none(draft, short.unwrap_or_default(), from);
            };
            // It is spoken of from now on: 发资料2 is the second of these.
            let at = draft.now;
            draft.dialogue_mut(&member.id).subject = Some(Subject { deal: deal.id, at });
            let keys = shown(draft, None, Some(deal));
            list(draft, Some(deal), &keys, from);
        }
    }
}

fn list(draft: &mut Draft<'_>, deal: Option<&Deal>, keys: &[MaterialKey], from: &Sender) {
    match (keys, deal) {
        ([only], _) => {
            if let Some(material) = find(draft.state.rules(), only) {
                give(draft, material, from);
            }
        }
        ([], _) | (_, None) => drop(draft.answer(from, "materials_how", words::vars([]))),
        (several, Some(deal)) => {
            let vars = items(draft, deal, several);
            draft.answer(from, "materials", vars);
        }
    }
}

/// In a group a material is had by its name alone: what was shown to a member there is nobody else's. Whether it was
/// one that can be had there.
pub fn send_to_group(draft: &mut Draft<'_>, text: &str, from: &Sender) -> bool {
    let Some(Wanted::Named(material)) = by_word(draft.state.rules(), text) else { return false };
    let has_file = material.file.is_some();
    if has_file {
        draft.answer_document(from, &material.key);
    }
    has_file
}

/// What a rep sees the numbers of: the card's materials, else those that fit the deal.
fn shown(draft: &Draft<'_>, card: Option<&Card>, deal: Option<&Deal>) -> Vec<MaterialKey> {
    let of_card = card.map(|card| match &card.kind {
        CardKind::Pack { materials, .. }
        | CardKind::Checkpoint { materials, .. }
        | CardKind::Noted { materials, .. } => materials.clone(),
        CardKind::Scripts { scripts, .. } => scripts::materials_beside(draft.state.rules(), scripts),
        _ => Vec::new(),
    });
    match (of_card.filter(|keys| !keys.is_empty()), deal) {
        (Some(of_card), _) => of_card,
        (None, Some(deal)) => pack::fitting(draft, deal).into_iter().map(|it| it.key.clone()).collect(),
        (None, None) => Vec::new(),
    }
}

fn find<'r>(rules: &'r Config, key: &MaterialKey) -> Option<&'r Material> {
    rules.materials.iter().find(|material| material.key == *key)
}

fn give(draft: &mut Draft<'_>, material: &Material, from: &Sender) {
    if material.file.is_some() {
        draft.answer_document(from, &material.key);
        return;
    }
    let vars = words::vars([
        ("name", Some(material.name.as_str().into())),
        ("hint", Some(material.hint.as_str().into())),
        ("link", Some(pack::link(&material.key).into())),
    ]);
    draft.answer(from, "material", vars);
}

fn items(draft: &Draft<'_>, deal: &Deal, keys: &[MaterialKey]) -> Value {
    let rules = draft.state.rules();
    let items = keys.iter().enumerate().filter_map(|(place, key)| Some((place, find(rules, key)?)));
    let items: Vec<Value> = items.map(|(place, material)| item(place, material)).collect();
    words::vars([
        ("customer", Some(words::customer(draft.state, deal).into())),
        ("items", Some(items.into())),
    ])
}

/// One of a list: with a file also how to have it.
pub fn item(place: usize, material: &Material) -> Value {
    let mut item = json!({ "name": material.name, "hint": material.hint, "link": pack::link(&material.key) });
    if material.file.is_some() {
        item["send"] = format!("发资料 {}", place + 1).into();
    }
    item
}
