//! Commands: one exhaustive match, so that none is forgotten. Those about one deal find it, or ask which and keep the
//! words until it is chosen.

use super::deals::{self, Which};
use super::draft::Draft;
use super::{
    action_card, closing, estimates, hand_over, manager_digest, notes, promises, questions, said,
    script_offers, script_votes, scripts, tapped, tell_customer, undo, words,
};
use crate::config::Member;
use crate::event::Sender;
use crate::language::{Command, ScriptWord};
use crate::sales::{Card, CardKind, CustomerId, DealId, Subject};

/// Does what was commanded. `card` is the newest open one, `text` the words as written.
pub fn command(
    draft: &mut Draft<'_>,
    member: &Member,
    card: Option<&Card>,
    command: Command,
    text: &str,
    from: &Sender,
) {
    match command {
        Command::Help => drop(draft.answer(from, "help", words::vars([]))),
        // Not yet: kept as it was written, and answered with what works.
        Command::Mine | Command::Progress | Command::Report(_) | Command::Leave { .. } => {
            notes::keep_for_later(draft, member, text, from);
        }
        Command::Promises => promises::list(draft, member, from),
        Command::Today => questions::today(draft, member, from),
        Command::Deals { customers, said } => questions::deals(draft, member, &customers, &said, from),
        Command::DealsOf { members } => questions::deals_of(draft, member, &members, text, from),
        Command::Teams => manager_digest::asked(draft, member, from),
        Command::Find { ask } => questions::find(draft, member, &ask, from),
        Command::Script { ask, customers } => scripts::script(draft, member, &ask, &customers, from),
        Command::Estimate { customers, said } => {
            estimates::asked(draft, member, &customers, &said, text, from);
        }
        Command::OfferScript { ask, words } => {
            script_offers::offered(draft, member, &ask, &words, text, from);
        }
        // On the list of kinds a number is a kind.
        Command::SendScript { number: Some(n) } if card.is_some_and(lists_kinds) => {
            digit(draft, member, card, n, from);
        }
        Command::SendScript { number } => {
            if !estimates::send(draft, card, from) {
                scripts::send_script(draft, member, card, number, from);
            }
        }
        Command::OfScripts(word) => of_scripts(draft, member, card, word, text, from),
        Command::Digit(n) => digit(draft, member, card, n, from),
        Command::NewCustomer { said } => tell_customer::begin(draft, member, &said, from),
        Command::Undo => drop(undo::undo(draft, member, from)),
        Command::Fix => {
            if let Some(deal) = undo::undo(draft, member, from) {
                tapped::prompt(draft, member, deal, from);
            }
        }
        Command::MoveNote { to, said } => undo::move_note(draft, member, &to, &said, from),
        Command::Correct { number, to, said } => undo::correct(draft, member, number, &to, &said, from),
        Command::Amend { number, edit } => {
            if !undo::amend(draft, member, number, &edit, from) {
                said::note(draft, member, &said::whole_note(draft.state, &member.id, text, draft.now), from);
            }
        }
        Command::HandOverAll { of, to } => hand_over::all(draft, member, &of, &to, from),
        Command::RemindWhen { customers, said } => {
            remind_when(draft, member, &customers, &said, text, from);
        }
        Command::HandOver { ref customers, ref said, .. } if customers.is_empty() && !said.is_empty() => {
            questions::none(draft, said, from);
        }
        Command::Jot { ref customers }
        | Command::HandOver { ref customers, .. }
        | Command::Close { ref customers, .. } => {
            let customers = customers.clone();
            on_one(draft, member, &customers, command, text, from);
        }
        Command::Remind { at, ref customers, .. } => {
            match card.filter(|card| at.is_none() && is_warning(card)) {
                Some(card) => drop(tapped::press(draft, member, card.id, "tomorrow", from, None)),
                None => {
                    let customers = customers.clone();
                    on_one(draft, member, &customers, command, text, from);
                }
            }
        }
        Command::Assign(task) => action_card::give(draft, member, &task, text, from),
        Command::BeginTask { number } => begin_task(draft, member, card, number, from),
        Command::Step(step) => {
            if !action_card::step(draft, member, card, &step, from) {
                notes::keep_as_draft(draft, member, text, from);
            }
        }
        Command::Tasks => action_card::list(draft, member, false, from),
        Command::Reopen { customers } => closing::reopen(draft, member, &customers, from),
        Command::Why => questions::why(draft, member, from),
        Command::Mute { .. } => questions::mute(draft, from),
        Command::All => questions::all(draft, member, from),
        Command::Privacy => questions::privacy(draft, from),
        Command::WhoSees => questions::who_sees(draft, member, from),
    }
}

/// 有用, 没用2, 换一组: about the scripts that the newest card shows; without them the words are nobody's.
fn of_scripts(
    draft: &mut Draft<'_>,
    member: &Member,
    card: Option<&Card>,
    word: ScriptWord,
    text: &str,
    from: &Sender,
) {
    let done = match word {
        ScriptWord::Others => scripts::others(draft, member, card, from),
        ScriptWord::Judged { useful, number } => {
            let verdict = script_votes::Verdict { useful, number };
            let judged =
                card.is_some_and(|card| script_votes::judge(draft, member, card, verdict, from, None));
            // The words of a warning are nobody's list: those of a list can be told apart.
            if !judged {
                draft.answer(from, "script_judge_how", words::vars([]));
            }
            true
        }
    };
    if !done {
        notes::keep_as_draft(draft, member, text, from);
    }
}

/// 「客户回来后再提醒」: asks for the day; the deal is spoken of, so that 「下周三提醒我」 is enough.
fn remind_when(
    draft: &mut Draft<'_>,
    member: &Member,
    customers: &[CustomerId],
    awaited: &str,
    text: &str,
    from: &Sender,
) {
    match deals::meant(draft, member, customers) {
        Which::One(deal) => {
            let at = draft.now;
            draft.dialogue_mut(&member.id).subject = Some(Subject { deal, at });
            let customer = draft.deal(deal).map(|deal| words::customer(draft.state, deal).into());
            let vars = words::vars([("customer", customer), ("awaited", Some(awaited.into()))]);
            draft.answer(from, "remind_when", vars);
        }
        Which::Several(offered) => deals::ask(draft, member, text, None, offered, from),
        Which::None => notes::keep_as_draft(draft, member, text, from),
    }
}

fn lists_kinds(card: &Card) -> bool {
    matches!(card.kind, CardKind::ScriptKinds { .. })
}

fn is_warning(card: &Card) -> bool {
    matches!(card.kind, CardKind::Warning { .. })
}

/// 派任务, 派2: on the deal of the newest card, or on the one with this digit of the newest list.
fn begin_task(
    draft: &mut Draft<'_>,
    member: &Member,
    card: Option<&Card>,
    number: Option<u8>,
    from: &Sender,
) {
    let listed = card.and_then(|card| match &card.kind {
        CardKind::Stuck { deals } | CardKind::Deals { deals } | CardKind::Warnings { deals } => Some(deals),
        _ => None,
    });
    let place = number.map_or(0, |number| usize::from(number).saturating_sub(1));
    let of_list =
        listed.filter(|deals| number.is_some() || deals.len() == 1).and_then(|deals| deals.get(place));
    let at_hand = || questions::at_hand(draft, member).filter(|_| number.is_none()).map(|deal| deal.id);
    match of_list.copied().or_else(at_hand) {
        Some(deal) => action_card::begin(draft, member, deal, from),
        None => drop(draft.answer(from, "action_how", words::vars([]))),
    }
}

/// A bare digit means the newest open card or list.
fn digit(draft: &mut Draft<'_>, member: &Member, card: Option<&Card>, n: u8, from: &Sender) {
    let button = card.and_then(|card| Some((card.id, tapped::button_at(card, n)?)));
    let pressed =
        button.is_some_and(|(card, button)| tapped::press(draft, member, card, &button, from, None));
    if !pressed {
        draft.answer(from, "number_none", words::vars([("n", Some(n.to_string().into()))]));
    }
}

/// Finds the deal of a command and does it; where several fit, the words are kept and it is asked which.
fn on_one(
    draft: &mut Draft<'_>,
    member: &Member,
    customers: &[CustomerId],
    command: Command,
    text: &str,
    from: &Sender,
) {
    let meant = match deals::meant(draft, member, customers) {
        // Who leads the owner may hand over for them.
        Which::None if matches!(command, Command::HandOver { .. }) => deals::led(draft, member, customers),
        which => which,
    };
    match meant {
        Which::One(deal) => act(draft, member, deal, command, from),
        Which::Several(offered) => deals::ask(draft, member, text, None, offered, from),
        Which::None => match customers.first() {
            Some(customer) => questions::not_theirs(draft, *customer, from),
            None => drop(draft.answer(from, "help", words::vars([]))),
        },
    }
}

/// Does what a command about one deal says.
pub fn act(draft: &mut Draft<'_>, member: &Member, deal: DealId, command: Command, from: &Sender) {
    match command {
        Command::Jot { .. } => tapped::prompt(draft, member, deal, from),
        Command::Remind { at, what, .. } => tapped::remind(draft, member, deal, at, &what, from),
        Command::Estimate { said, .. } => estimates::of_deal(draft, member, deal, &said, from),
        Command::HandOver { to, stranger, .. } => {
            hand_over::ask_or_do(draft, member, deal, &to, &stranger, from);
        }
        Command::Close { outcome: None, .. } => closing::ask(draft, member, deal, from),
        Command::Close { outcome: Some(outcome), .. } => {
            closing::close(draft, member, deal, outcome, from);
        }
        Command::Help
        | Command::Today
        | Command::Promises
        | Command::Deals { .. }
        | Command::DealsOf { .. }
        | Command::Teams
        | Command::Find { .. }
        | Command::Script { .. }
        | Command::SendScript { .. }
        | Command::OfferScript { .. }
        | Command::OfScripts(_)
        | Command::Digit(_)
        | Command::NewCustomer { .. }
        | Command::Undo
        | Command::Fix
        | Command::MoveNote { .. }
        | Command::Correct { .. }
        | Command::Amend { .. }
        | Command::Reopen { .. }
        | Command::HandOverAll { .. }
        | Command::RemindWhen { .. }
        | Command::Mine
        | Command::Progress
        | Command::Why
        | Command::Mute { .. }
        | Command::All
        | Command::Privacy
        | Command::WhoSees
        | Command::Assign(_)
        | Command::BeginTask { .. }
        | Command::Step(_)
        | Command::Tasks
        | Command::Report(_)
        | Command::Leave { .. } => drop(questions::show(draft, member, deal, from)),
    }
}
