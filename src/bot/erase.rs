//! An erasure begins: the live records lose what is personal, what is on its way or asked about it is gone, and a public
//! line says that it happened. The engine then sweeps the history, the store its files.
//!
//! Whoever adds a kind of record says here what becomes of it; the test below counts them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::draft::Draft;
use crate::event::{Erase, EraseStep};
use crate::sales::{
    ActionAsk, ActionCard, ActionCardId, Awaiting, CardKind, CardSubject, Closing, Contact, Customer,
    CustomerId, Deal, DealId, Dialogue, ErasureSubject, MediaId, MediaState, Meeting, MeetingId,
    MeetingState, MemberId, NameMark, Outcome,
};
use crate::state::{
    Deed, Erasure, Line, LineSubject, Record, RecordKey, Row, Saying, Scope, State, mentions,
};

/// What stands in the place of a name.
const GONE: &str = "已删除";

/// A step of an erasure.
pub fn step(draft: &mut Draft<'_>, erase: &Erase) {
    match &erase.step {
        EraseStep::Begin { subject, by } => begin(draft, erase, subject, by),
        EraseStep::Gone => {
            if let Some(erasure) = draft.state.erasure(&erase.id).filter(|erasure| erasure.done.is_none()) {
                draft.put(Record::Erasure(Erasure { done: Some(draft.now), ..erasure.clone() }));
            }
        }
    }
}

fn begin(draft: &mut Draft<'_>, erase: &Erase, subject: &ErasureSubject, by: &str) {
    if draft.state.erasure(&erase.id).is_some() {
        return;
    }
    let reach = match subject {
        ErasureSubject::Customer(id) => whole_customer(draft, *id),
        ErasureSubject::Contact { customer, mark } => contact(draft, *customer, mark),
        ErasureSubject::Member(id) => member(draft, id),
    };
    if let Some(reach) = &reach {
        action_cards(draft, reach);
        script_offers(draft, reach);
        forget(draft, reach);
        lines_of_the_day(draft, reach);
    }
    // Also where nothing was found: a restored store then knows that this entry of the list is dealt with.
    let (id, subject, at, by) = (erase.id, subject.clone(), draft.now, by.into());
    // The sweep also ends the file that the journal is in, so that there is one wherever something went.
    let reach = reach.unwrap_or_default();
    let (scope, media) = (Some(reach.scope), reach.files);
    draft.put(Record::Erasure(Erasure { id, subject: subject.clone(), at, by, scope, media, done: None }));
    let about = match subject {
        ErasureSubject::Customer(id) | ErasureSubject::Contact { customer: id, .. } => {
            LineSubject::Customer(id)
        }
        ErasureSubject::Member(_) => LineSubject::Workspace,
    };
    draft.line(Line::about(about, Deed::Erased, draft.event.identity, draft.now));
}

/// Which of its names count.
#[derive(Clone, Copy)]
enum Words {
    /// Short ones too, where the record is the customer's.
    All,
    /// Full names alone, where it is somebody else's.
    Full,
}

/// What an erasure reaches.
#[derive(Default)]
struct Reach {
    deals: BTreeSet<DealId>,
    meetings: BTreeSet<MeetingId>,
    actions: BTreeSet<ActionCardId>,
    /// Pictures and files, and what `media/` calls them: nobody can tell whom they show, so they go with the customer.
    media: BTreeSet<MediaId>,
    files: Vec<Box<str>>,
    /// The member who left: their own chat goes.
    member: Option<MemberId>,
    scope: Scope,
}

impl Reach {
    /// Of a customer's records.
    fn of(state: &State, id: CustomerId) -> Self {
        let deals: BTreeSet<DealId> = state.deals_of_customer(id).map(|deal| deal.id).collect();
        let meetings: BTreeSet<MeetingId> =
            deals.iter().flat_map(|deal| state.meetings_of(*deal)).map(|meeting| meeting.id).collect();
        let serves = |card: &&ActionCard| card.deal.is_some_and(|deal| deals.contains(&deal));
        let actions: BTreeSet<_> = state.actions().filter(serves).map(|card| card.id).collect();
        let names = deals
            .iter()
            .map(ToString::to_string)
            .chain(meetings.iter().map(ToString::to_string))
            .chain(actions.iter().map(ToString::to_string));
        let records = std::iter::once(id.to_string()).chain(names).map(Into::into).collect();
        let scope = Scope { records, ..Scope::default() };
        Self { deals, meetings, actions, scope, ..Self::default() }
    }

    /// Pictures and files go too.
    fn with_media(mut self, state: &State) -> Self {
        for media in state.all_media() {
            let on_deal = media.deal.is_some_and(|deal| self.deals.contains(&deal));
            if on_deal || media.action.is_some_and(|action| self.actions.contains(&action)) {
                self.media.insert(media.id);
                if let MediaState::Kept(blob) = &media.state {
                    self.files.push(blob.sha256.clone());
                }
            }
        }
        self
    }

    /// Puts [`GONE`] in the place of every text in a value that speaks of it; whether there was one.
    fn scrub(&self, value: &mut Value, words: Words) -> bool {
        match value {
            Value::String(text) => {
                let speaks = match words {
                    Words::All => self.scope.is_in(text),
                    Words::Full => mentions(text, &self.scope.names),
                };
                if speaks {
                    *text = GONE.to_owned();
                }
                speaks
            }
            // Every one is looked at: no short cut at the first.
            Value::Array(values) => {
                values.iter_mut().fold(false, |any, value| self.scrub(value, words) | any)
            }
            Value::Object(fields) => {
                fields.values_mut().fold(false, |any, value| self.scrub(value, words) | any)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }

    /// Whether a text may stay where it is, in a record of this customer.
    fn takes(&self, text: &str) -> bool {
        self.scope.whole || self.scope.is_in(text)
    }
}

fn words<'a>(words: impl IntoIterator<Item = &'a Box<str>>) -> Vec<Box<str>> {
    words.into_iter().filter(|word| !word.is_empty()).cloned().collect()
}

fn whole_customer(draft: &mut Draft<'_>, id: CustomerId) -> Option<Reach> {
    let customer = draft.state.customer(id)?;
    let mut reach = Reach::of(draft.state, id).with_media(draft.state);
    // Every field by name: one that is added is thought of here.
    let Customer { id: _, name, short, aliases, industry, kind, region, contacts, created_at, entered_by } =
        customer;
    reach.scope.whole = true;
    let people = contacts.iter().flat_map(|contact| [&contact.name, &contact.phone]);
    reach.scope.names = words(std::iter::once(name).chain(people));
    reach.scope.short = words(std::iter::once(short).chain(aliases));
    draft.put(Record::Customer(Customer {
        id,
        name: GONE.into(),
        short: GONE.into(),
        aliases: Vec::new(),
        industry: industry.clone(),
        kind: kind.clone(),
        region: region.clone(),
        contacts: Vec::new(),
        created_at: *created_at,
        entered_by: entered_by.clone(),
    }));
    empty(draft, &reach);
    Some(reach)
}

fn contact(draft: &mut Draft<'_>, id: CustomerId, mark: &NameMark) -> Option<Reach> {
    let customer = draft.state.customer(id)?;
    let (gone, contacts): (Vec<Contact>, _) =
        customer.contacts.iter().cloned().partition(|contact| mark.means(contact));
    let mut reach = Reach::of(draft.state, id);
    for Contact { name, call, title: _, part: _, phone } in &gone {
        reach.scope.names.extend(words([name, phone]));
        reach.scope.short.extend(words([call]));
    }
    if gone.is_empty() {
        return None;
    }
    draft.put(Record::Customer(Customer { contacts, ..customer.clone() }));
    empty(draft, &reach);
    Some(reach)
}

/// A member's words stay: they are the business's record, under a key that says no name. What goes is what only served
/// to speak with the person.
fn member(draft: &mut Draft<'_>, id: &MemberId) -> Option<Reach> {
    // While the files name them they are still at work, and would have all of it again at their next word.
    draft
        .state
        .rules()
        .people
        .find(id)
        .is_none()
        .then(|| Reach { member: Some(id.clone()), ..Reach::default() })
}

/// Deals and meetings lose their words. Those of a customer that is erased whole end: nobody can follow up a name that
/// is gone.
fn empty(draft: &mut Draft<'_>, reach: &Reach) {
    for id in &reach.deals {
        let now = draft.now;
        let Some(Deal { next_step, promises, recent, closing, owner, .. }) = draft.deal_mut(*id) else {
            continue;
        };
        promises.retain(|promise| !reach.takes(&promise.what));
        recent.retain(|follow_up| !reach.takes(&follow_up.gist));
        if let Some(step) = next_step.as_mut().filter(|step| reach.takes(&step.what)) {
            step.what = GONE.into();
        }
        if reach.scope.whole {
            closing.get_or_insert_with(|| {
                let (outcome, by, called_off) = (Outcome::Shelved, owner.clone(), Vec::new());
                Closing { outcome, at: now, by, called_off }
            });
        }
    }
    for id in &reach.meetings {
        let Some(Meeting { purpose, with, state, .. }) = draft.meeting_mut(*id) else { continue };
        if reach.takes(purpose) {
            *purpose = GONE.into();
        }
        if reach.takes(with) {
            *with = "".into();
        }
        if reach.scope.whole && *state == MeetingState::Planned {
            *state = MeetingState::Cancelled;
        }
    }
}

/// Action cards on a customer's deals: all of them where it is erased whole, else what speaks of the person.
fn action_cards(draft: &mut Draft<'_>, reach: &Reach) {
    let state = draft.state;
    for card in state.actions() {
        if reach.scope.whole && reach.actions.contains(&card.id) {
            draft.delete(RecordKey::Action(card.id));
            continue;
        }
        let words = if reach.actions.contains(&card.id) { Words::All } else { Words::Full };
        let said = serde_json::to_value(card)
            .ok()
            .and_then(|mut said| reach.scrub(&mut said, words).then_some(said));
        if let Some(scrubbed) = said.and_then(|said| serde_json::from_value(said).ok()) {
            draft.put(Record::Action(scrubbed));
        }
    }
    for id in &reach.media {
        draft.delete(RecordKey::Media(*id));
    }
}

/// Words for the script library that speak of it go, as drafts do.
fn script_offers(draft: &mut Draft<'_>, reach: &Reach) {
    let state = draft.state;
    let Scope { names, short, whole, .. } = &reach.scope;
    let speaks = |text: &str| mentions(text, names) || (*whole && mentions(text, short));
    for offer in state.offers().filter(|offer| speaks(&offer.say) || speaks(&offer.ask)) {
        draft.delete(RecordKey::ScriptOffer(offer.id));
    }
}

/// What is on its way, was asked, or was put aside, and speaks of it.
fn forget(draft: &mut Draft<'_>, reach: &Reach) {
    let state = draft.state;
    let cards: BTreeSet<_> = state
        .cards()
        .filter(|card| {
            let theirs = reach.member.as_ref() == Some(&card.to);
            theirs
                || reach.scope.is_in_value(&card.vars)
                || (reach.scope.whole && is_about(&card.kind, reach))
        })
        .map(|card| card.id)
        .collect();
    let speaks = |row: &&Row| match &row.says {
        Saying::Message { vars, card, .. } => {
            card.is_some_and(|card| cards.contains(&card)) || reach.scope.is_in_value(vars)
        }
        Saying::Update { face, .. } => cards.contains(&face.card) || reach.scope.is_in_value(&face.vars),
        Saying::Fetch { media, .. } | Saying::Media { media, .. } => reach.media.contains(media),
        Saying::Rank { ranking } => {
            ranking.deal.is_some_and(|deal| reach.deals.contains(&deal)) || reach.scope.is_in(&ranking.ask)
        }
        // The company's own document tells of nobody.
        Saying::Document { .. } => false,
    };
    let rows: Vec<_> = state.rows().filter(speaks).map(|row| RecordKey::Row(row.id)).collect();
    let chats = state.dialogues().filter(|chat| {
        let shows = chat.card.is_some_and(|card| cards.contains(&card));
        reach.member.as_ref() == Some(&chat.member) || shows || is_of(chat, reach)
    });
    let chats: Vec<Dialogue> = chats.cloned().collect();
    let parked = state.parked().filter(|parked| {
        // An event that does not read is not known to be clean.
        serde_json::to_value(&parked.event).map_or(true, |event| reach.scope.is_in_value(&event))
            || reach.scope.is_in(&parked.error)
    });
    let parked: Vec<_> = parked.map(|parked| RecordKey::Parked(parked.id)).collect();
    let cards = cards.into_iter().map(RecordKey::Card);
    for key in rows.into_iter().chain(parked).chain(cards) {
        draft.delete(key);
    }
    for chat in chats {
        if reach.member.as_ref() == Some(&chat.member) {
            draft.delete(RecordKey::Dialogue(chat.member));
        } else {
            let cleared = Dialogue { awaiting: Awaiting::Nothing, subject: None, card: None, ..chat };
            draft.put(Record::Dialogue(cleared));
        }
    }
}

fn is_about(kind: &CardKind, reach: &Reach) -> bool {
    match (kind, kind.subject()) {
        (_, Some(CardSubject::Deal(deal))) => reach.deals.contains(&deal),
        (_, Some(CardSubject::Meeting(meeting))) => reach.meetings.contains(&meeting),
        (_, Some(CardSubject::Action(card))) => reach.actions.contains(&card),
        (
            CardKind::Warnings { deals }
            | CardKind::WhichDeal { deals }
            | CardKind::Deals { deals }
            | CardKind::Stuck { deals }
            | CardKind::WhosePicture { deals, .. },
            None,
        ) => deals.iter().any(|deal| reach.deals.contains(deal)),
        // Its words stand among the card's variables.
        (_, Some(CardSubject::Offer(_))) => false,
        (CardKind::Action(ActionAsk::List(cards)), None) => {
            cards.iter().any(|card| reach.actions.contains(card))
        }
        (_, None) => false,
    }
}

fn is_of(chat: &Dialogue, reach: &Reach) -> bool {
    let Dialogue { subject, awaiting, .. } = chat;
    let whole = reach.scope.whole;
    let spoken = subject.as_ref().is_some_and(|subject| reach.deals.contains(&subject.deal));
    let awaited = match awaiting {
        Awaiting::Nothing => false,
        Awaiting::Note(deal) | Awaiting::Assignment(deal) => whole && reach.deals.contains(deal),
        Awaiting::Evidence(card) | Awaiting::ReturnReason(card) | Awaiting::Trouble(card) => {
            whole && reach.actions.contains(card)
        }
        Awaiting::Customer(told) => {
            serde_json::to_value(told).map_or(true, |told| reach.scope.is_in_value(&told))
        }
        Awaiting::DealFor { note, deals } => {
            reach.scope.is_in(note) || (whole && deals.iter().any(|deal| reach.deals.contains(deal)))
        }
        Awaiting::MeetingOutcome(meeting) => whole && reach.meetings.contains(meeting),
    };
    (whole && spoken) || awaited
}

/// The copies of the last day's lines: nothing of them can be taken back any more.
fn lines_of_the_day(draft: &mut Draft<'_>, reach: &Reach) {
    let touched = draft.state.recent().filter(|recent| reach.scope.touches(&recent.line));
    let keys: Vec<_> = touched.map(|recent| RecordKey::Recent(recent.seq, recent.n)).collect();
    keys.into_iter().for_each(|key| draft.delete(key));
}

#[cfg(test)]
mod tests {
    use crate::state::kind;

    /// Customers, deals, meetings and action cards lose their words, pictures go, and words for the script library; cards, dialogues, rows, parked events and
    /// recent lines that speak of it go. While rows of an import lie aside, nothing is erased. The others hold nothing of a customer's: schedules, rules, strangers (members' platform ids alone),
    /// tallies, counts of votes, the store's life, the chain, and erasures, whose scope the sweep removes.
    #[test]
    fn every_kind_of_record_is_thought_of() {
        let known = [
            kind::CUSTOMER,
            kind::DEAL,
            kind::MEETING,
            kind::CARD,
            kind::DIALOGUE,
            kind::ROW,
            kind::PARKED,
            kind::RECENT,
            kind::SCHEDULE,
            kind::RULES,
            kind::STRANGER,
            kind::TALLY,
            kind::CHAIN,
            kind::LIFE,
            kind::IMPORT,
            kind::IMPORT_ROWS,
            kind::ACTION,
            kind::MEDIA,
            kind::SCRIPT_VOTES,
            kind::SCRIPT_OFFER,
            kind::ERASURE,
        ];
        let unknown: Vec<char> =
            kind::ALL.into_iter().filter(|kind| !known.contains(kind)).map(char::from).collect();
        assert!(unknown.is_empty(), "say what an erasure does with records of kind {unknown:?}");
    }
}
