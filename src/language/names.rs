//! Names found in a text. [`Names`] is what `understand` asks; [`NameIndex`] answers it: built once, kept up to date
//! name by name, and its cost follows the text's length, not the number of names.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

use super::text::fold;
use crate::sales::{CustomerId, MemberId, StageKey};

/// What finds customers, members and stages in a text. Mentions are in the text's order; those that share a span are
/// one name that belongs to several.
pub trait Names {
    /// Customers by name, alias or contact.
    fn customers_in(&self, text: &str) -> Vec<Mention<CustomerId>>;
    /// Members by name or call.
    fn members_in(&self, text: &str) -> Vec<Mention<MemberId>>;
    /// Stages by name.
    fn stages_in(&self, text: &str) -> Vec<Mention<StageKey>>;
    /// Competitors by name, as their keys.
    fn competitors_in(&self, text: &str) -> Vec<Mention<Box<str>>>;
    /// Product lines by name, as their keys.
    fn products_in(&self, text: &str) -> Vec<Mention<Box<str>>>;
}

/// A name that stands in a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mention<Id> {
    /// Whose name it is.
    pub id: Id,
    /// Where it stands, in bytes; both ends lie between characters.
    pub span: Range<usize>,
    /// What kind of name it is.
    pub via: Via,
}

/// By what kind of name something was mentioned.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Via {
    /// Its own full or short name.
    Name,
    /// Another name that it goes by.
    Alias,
    /// A person there: 张总.
    Contact,
    /// A name or alias that was misheard or mistyped: 鸿远 for 宏远.
    Misheard,
}

/// Each id that is mentioned, once, in the text's order.
pub(super) fn ids<Id: Clone + PartialEq>(mentions: &[Mention<Id>]) -> Vec<Id> {
    let mut ids: Vec<Id> = Vec::new();
    for mention in mentions {
        if !ids.contains(&mention.id) {
            ids.push(mention.id.clone());
        }
    }
    ids
}

/// Names of one kind of thing, each of one or several ids. Overlaps go to the longest name.
#[derive(Clone, Debug)]
pub struct NameIndex<Id> {
    /// By the folded name. Never walked, so that its order cannot show.
    names: HashMap<Arc<str>, Holders<Id>>,
    /// The longest name, in characters, that begins with these two.
    longest: HashMap<(char, char), usize>,
    /// The folded names of each id, for its change or removal.
    by_id: BTreeMap<Id, Box<[Arc<str>]>>,
}

/// Whose name one is, by id. Nearly all names have one holder, and a large company has many names.
#[derive(Clone, Debug)]
enum Holders<Id> {
    One([(Id, Via); 1]),
    Several(Vec<(Id, Via)>),
}

impl<Id: Clone + Ord> Holders<Id> {
    fn all(&self) -> &[(Id, Via)] {
        match self {
            Self::One(holder) => holder,
            Self::Several(holders) => holders,
        }
    }

    fn add(&mut self, holder: (Id, Via)) {
        if let Self::One(only) = self {
            *self = Self::Several(only.to_vec());
        }
        if let Self::Several(holders) = self {
            let place = holders.partition_point(|(other, _)| *other < holder.0);
            holders.insert(place, holder);
        }
    }

    /// Takes one away; whether any is left.
    fn remove(&mut self, id: &Id) -> bool {
        match self {
            Self::One([holder]) => holder.0 != *id,
            Self::Several(holders) => {
                holders.retain(|(other, _)| other != id);
                !holders.is_empty()
            }
        }
    }
}

impl<Id> Default for NameIndex<Id> {
    fn default() -> Self {
        Self { names: HashMap::new(), longest: HashMap::new(), by_id: BTreeMap::new() }
    }
}

impl<Id: Clone + Ord> NameIndex<Id> {
    /// Names `id` by `names` alone, whatever it was named before. Names of one character find nothing: they stand in
    /// too many other words.
    pub fn set<'a>(&mut self, id: &Id, names: impl IntoIterator<Item = (&'a str, Via)>) {
        self.remove(id);
        let mut own: Vec<Arc<str>> = Vec::new();
        for (name, via) in names {
            let folded: String = name.trim().chars().map(fold).collect();
            let length = folded.chars().count();
            let mut chars = folded.chars();
            let (Some(first), Some(second)) = (chars.next(), chars.next()) else { continue };
            if own.iter().any(|known| **known == *folded) {
                continue;
            }
            let reach = self.longest.entry((first, second)).or_default();
            *reach = length.max(*reach);
            let holder = (id.clone(), via);
            let entry = self.names.entry(folded.into());
            own.push(entry.key().clone());
            match entry {
                Entry::Occupied(mut known) => known.get_mut().add(holder),
                Entry::Vacant(new) => drop(new.insert(Holders::One([holder]))),
            }
        }
        if !own.is_empty() {
            self.by_id.insert(id.clone(), own.into());
        }
    }

    /// Forgets every name of `id`.
    pub fn remove(&mut self, id: &Id) {
        for name in self.by_id.remove(id).unwrap_or_default() {
            if self.names.get_mut(&name).is_some_and(|holders| !holders.remove(id)) {
                self.names.remove(&name);
            }
        }
    }

    /// Whose name, whole, `name` is.
    pub fn named(&self, name: &str) -> &[(Id, Via)] {
        let folded: String = name.trim().chars().map(fold).collect();
        self.names.get(folded.as_str()).map(Holders::all).unwrap_or_default()
    }

    /// Every name in `text`, in its order, none overlapping another.
    pub fn find(&self, text: &str) -> Vec<Mention<Id>> {
        let folded: String = text.chars().map(fold).collect();
        // Folding may shorten a character's bytes, so both texts' borders are kept.
        let mut borders: Vec<(usize, usize)> =
            text.char_indices().zip(folded.char_indices()).map(|((raw, _), (own, _))| (raw, own)).collect();
        borders.push((text.len(), folded.len()));
        let mut spans: Vec<(usize, usize)> = Vec::new();
        for (start, pair) in folded.chars().zip(folded.chars().skip(1)).enumerate() {
            let reach = self.longest.get(&pair).copied().unwrap_or(0);
            let ends = (start + 2..=start + reach).take_while(|end| *end < borders.len());
            spans.extend(
                ends.filter(|end| self.stands(&folded, &borders, start, *end)).map(|end| (start, end)),
            );
        }
        spans.sort_by_key(|(start, end)| (std::cmp::Reverse(end - start), *start));
        let mut taken = vec![false; borders.len()];
        spans.retain(|(start, end)| {
            let free = taken.get(*start..*end).is_some_and(|span| !span.contains(&true));
            if free && let Some(span) = taken.get_mut(*start..*end) {
                span.fill(true);
            }
            free
        });
        spans.sort_unstable();
        spans.into_iter().flat_map(|(start, end)| self.mentions(&folded, &borders, start, end)).collect()
    }

    fn ids(
        &self,
        folded: &str,
        borders: &[(usize, usize)],
        start: usize,
        end: usize,
    ) -> Option<&[(Id, Via)]> {
        self.names.get(folded.get(borders.get(start)?.1..borders.get(end)?.1)?).map(Holders::all)
    }

    /// Whether a name stands there, and is no part of a longer Latin word.
    fn stands(&self, folded: &str, borders: &[(usize, usize)], start: usize, end: usize) -> bool {
        if self.ids(folded, borders, start, end).is_none() {
            return false;
        }
        let split_word = |at: usize| {
            let (before, after) = folded.split_at(borders.get(at).map_or(0, |border| border.1));
            let latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
            latin(before.chars().next_back()) && latin(after.chars().next())
        };
        !split_word(start) && !split_word(end)
    }

    fn mentions(
        &self,
        folded: &str,
        borders: &[(usize, usize)],
        start: usize,
        end: usize,
    ) -> Vec<Mention<Id>> {
        let byte = |at: usize| borders.get(at).map_or(0, |border| border.0);
        let span = byte(start)..byte(end);
        let ids = self.ids(folded, borders, start, end).unwrap_or_default();
        ids.iter().map(|(id, via)| Mention { id: id.clone(), span: span.clone(), via: *via }).collect()
    }
}

/// The indexes that one workspace needs.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// Customers by name, alias and contact.
    pub customers: NameIndex<CustomerId>,
    /// Members by name and call.
    pub members: NameIndex<MemberId>,
    /// Stages by name.
    pub stages: NameIndex<StageKey>,
    /// Competitors by name.
    pub competitors: NameIndex<Box<str>>,
    /// Product lines by name.
    pub products: NameIndex<Box<str>>,
}

impl Names for Directory {
    fn customers_in(&self, text: &str) -> Vec<Mention<CustomerId>> {
        self.customers.find(text)
    }

    fn members_in(&self, text: &str) -> Vec<Mention<MemberId>> {
        self.members.find(text)
    }

    fn stages_in(&self, text: &str) -> Vec<Mention<StageKey>> {
        self.stages.find(text)
    }
    fn competitors_in(&self, text: &str) -> Vec<Mention<Box<str>>> {
        self.competitors.find(text)
    }

    fn products_in(&self, text: &str) -> Vec<Mention<Box<str>>> {
        self.products.find(text)
    }
}
