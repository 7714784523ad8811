//! The use cases: one file each, (state, event, now) → outcome, pure. [`decide`] is the only entrance; each writes on a
//! `Draft`, which gathers changes, lines, counts and messages.

mod action_card;
mod agreed;
mod checkpoints;
mod chosen;
mod closing;
mod commands;
mod deals;
mod decision_chain;
mod digest;
mod documents;
mod draft;
mod erase;
mod estimates;
mod form_customer;
mod form_note;
mod form_tick;
mod hand_over;
mod import;
mod manager_digest;
mod media;
mod meeting_outcome;
mod names;
mod notes;
mod objections;
mod pack;
mod promises;
mod questions;
mod ranking;
mod rules;
mod said;
mod script_kinds;
mod script_offers;
mod script_votes;
mod scripts;
mod submitted;
mod tapped;
mod tell_customer;
mod understood;
mod undo;
mod warn;
mod words;

use chrono::{DateTime, Utc};

use crate::event::{Event, Timer, What};
use crate::state::{Outcome, State};
use draft::Draft;
pub use understood::understood;

/// What the bot does about an event.
pub fn decide(state: &State, event: &Event, now: DateTime<Utc>) -> Outcome {
    let mut draft = Draft::new(state, event, now);
    match &event.what {
        What::Said(said) => said::said(&mut draft, said),
        What::Tapped(tapped) => tapped::tap(&mut draft, tapped),
        What::Submitted(submitted) => submitted::submitted(&mut draft, submitted),
        What::Due(Timer::Overdue { owner, deals }) => warn::due(&mut draft, owner, deals),
        What::Due(Timer::Pack { meeting }) => pack::due(&mut draft, *meeting),
        What::Due(Timer::Outcome { meeting }) => meeting_outcome::due(&mut draft, *meeting),
        What::Due(Timer::ActionCard { card }) => action_card::due(&mut draft, *card),
        What::Due(Timer::Schedule { name, at }) => digest::due(&mut draft, name, *at),
        What::Fetched(fetched) => media::fetched(&mut draft, fetched),
        What::Ranked(ranked) => ranking::ranked(&mut draft, ranked),
        What::Adopted(adopted) => rules::adopt(&mut draft, adopted),
        What::Faulty(faults) => rules::tell_faults(&mut draft, faults),
        What::Unpark(unpark) => rules::unpark(&mut draft, unpark),
        What::Repaired => rules::tell_repair(&mut draft),
        What::Begun(epoch) => rules::begin(&mut draft, *epoch),
        What::Erase(step) => erase::step(&mut draft, step),
        What::Seeded(seed) => rules::seed(&mut draft, seed),
        What::Imported(importing) => import::step(&mut draft, importing),
        What::Due(Timer::Import { import, n }) => import::left_alone(&mut draft, *import, *n),
        // The engine settles what became of rows by itself: no rule of sales depends on it.
        What::Sent(_) => {}
    }
    draft.into_outcome()
}
