//! Scripts that reps offered: those that were taken stand beside the files' own, as scripts of the rules in force.

use super::State;
use crate::config::{Config, Script};
use crate::sales::{ScriptKey, ScriptOffer, ScriptOfferId};

impl State {
    /// By number.
    pub fn offer(&self, id: ScriptOfferId) -> Option<&ScriptOffer> {
        self.offers.get(&id)
    }

    /// All offers, by number.
    pub fn offers(&self) -> impl DoubleEndedIterator<Item = &ScriptOffer> {
        self.offers.values()
    }

    /// The library: the files' scripts in their order, then those that reps offered and an admin took.
    pub fn scripts(&self) -> impl Iterator<Item = &Script> {
        self.rules.scripts.iter().chain(self.offered.values())
    }

    /// Of the library, by key.
    pub fn script(&self, key: &ScriptKey) -> Option<&Script> {
        self.scripts().find(|script| script.key == *key)
    }

    pub(super) fn put_offer(&mut self, offer: ScriptOffer) {
        match stands(&self.rules, &offer) {
            true => drop(self.offered.insert(offer.id, script_of(&self.rules, &offer))),
            false => drop(self.offered.remove(&offer.id)),
        }
        self.offers.insert(offer.id, offer);
    }

    pub(super) fn drop_offer(&mut self, id: ScriptOfferId) {
        self.offers.remove(&id);
        self.offered.remove(&id);
    }

    /// Other rules may call an author otherwise, or have lost a kind.
    pub(super) fn derive_offers(&mut self) {
        let taken = self.offers.values().filter(|offer| stands(&self.rules, offer));
        self.offered = taken.map(|offer| (offer.id, script_of(&self.rules, offer))).collect();
    }
}

/// Whether it is a script of its own: once a file says the same, that one stands.
fn stands(rules: &Config, offer: &ScriptOffer) -> bool {
    offer.is_taken() && !rules.scripts.iter().any(|script| script.say == *offer.say)
}

/// The offer as a script. Its author stands where a file's script has its name.
fn script_of(rules: &Config, offer: &ScriptOffer) -> Script {
    let author = rules.people.find(&offer.by).map_or("同事", |member| &member.call);
    let category = offer.category.as_deref().and_then(|key| rules.objections.category(key));
    let competitor = offer.competitor.as_deref().and_then(|key| rules.objections.competitor(key));
    let is_name = |name: Option<&str>| name == Some(&*offer.ask);
    let named =
        is_name(category.map(|it| it.name.as_str())) || is_name(competitor.map(|it| it.name.as_str()));
    Script {
        key: offer.key(),
        word: offer.id.to_string(),
        speaker: String::new(),
        objection: if named { String::new() } else { offer.ask.to_string() },
        category: category.map(|category| category.key.clone()),
        competitors: competitor.into_iter().map(|competitor| competitor.key.clone()).collect(),
        opener: false,
        name: format!("{author}说"),
        say: offer.say.to_string(),
        avoid: String::new(),
        material: None,
        stages: Vec::new(),
        industries: Vec::new(),
        triggers: Vec::new(),
    }
}
