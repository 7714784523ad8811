//! A note becomes a follow-up: it moves the clock, and with it comes what it tells of (`agreed`). What was understood is
//! shown in one line; silence means right.

use serde_json::{Value, json};

use super::agreed::{self, Brought, Met};
use super::deals::{self, Which};
use super::draft::{Draft, Push};
use super::{checkpoints, closing, meeting_outcome, objections, pack, scripts, tell_customer, words};
use crate::config::Member;
use crate::event::Sender;
use crate::language::{Note, Via};
use crate::sales::{Awaiting, CardKind, CardSubject, Deal, DealId, FollowUp, MaterialKey, MemberId, Subject};
use crate::state::{Counts, Deed};

/// A deal shows the gists of so many.
const RECENT: usize = 3;

/// Stores a note on the deal that it is about, or asks which; what nobody can place is kept as a draft.
pub fn take(draft: &mut Draft<'_>, member: &Member, note: &Note, from: &Sender) {
    if let Some(name) = note.newcomer.as_deref().filter(|_| note.mentions.is_empty()) {
        return tell_customer::introduce(draft, member, name, note, from);
    }
    match deals::which(draft, member, note) {
        Which::One(deal) => take_on(draft, member, deal, note, from),
        Which::Several(offered) => {
            deals::ask(draft, member, &note.text, deals::shared_name(note), offered, from);
        }
        Which::None => keep_as_draft(draft, member, &note.text, from),
    }
}

/// Stores several notes of one breath and answers them together; of those that nobody can place one is asked about.
pub fn take_many(draft: &mut Draft<'_>, member: &Member, notes: &[Note], from: &Sender) {
    let (mut placed, mut open) = (Vec::new(), Vec::new());
    for note in notes {
        match deals::which(draft, member, note) {
            Which::One(deal) => placed.push((deal, note)),
            which @ (Which::Several(_) | Which::None) => open.push((which, note)),
        }
    }
    take_each(draft, member, &placed, from);
    let mut asked = false;
    for (which, note) in open {
        match which {
            Which::Several(offered) if !asked => {
                asked = true;
                deals::ask(draft, member, &note.text, deals::shared_name(note), offered, from);
            }
            Which::One(_) | Which::Several(_) | Which::None => {
                keep_as_draft(draft, member, &note.text, from);
            }
        }
    }
}

/// Stores notes whose deals are known, and answers them together.
pub fn take_each(draft: &mut Draft<'_>, member: &Member, placed: &[(DealId, &Note)], from: &Sender) {
    if let [(deal, note)] = placed {
        return take_on(draft, member, *deal, note, from);
    }
    let mut items: Vec<Value> = Vec::new();
    let mut stages: Vec<(DealId, Box<str>, Brought)> = Vec::new();
    for (id, note) in placed {
        let stored = store(draft, member, *id, note);
        let Some(deal) = draft.deal(*id).cloned() else { continue };
        let customer = words::customer(draft.state, &deal);
        tell_owner(draft, member, &customer, note, &deal.owner);
        let gist = short_gist(draft, note, &stored);
        items.push(json!({ "n": items.len() + 1, "customer": customer, "gist": gist }));
        stages.push((*id, self::gist(note), stored));
    }
    if !items.is_empty() {
        let count = items.len();
        let texts = placed.iter().map(|(_, note)| note.text.as_str());
        let rival = texts.into_iter().find_map(|text| scripts::rival_in(draft.state, text));
        let vars = words::vars([
            ("count", Some(count.into())),
            ("items", Some(items.into())),
            ("rival", rival.map(|(rival, _)| rival.name.as_str().into())),
        ]);
        draft.answer(from, "noted_many", vars);
    }
    for (id, gist, stored) in stages {
        if stored.stage {
            checkpoints::tell(draft, member, id, &gist, from);
        }
        if let Some(missing) = &stored.missing {
            checkpoints::ask(draft, member, id, missing, from);
        }
    }
}

fn short_gist(draft: &Draft<'_>, note: &Note, stored: &Brought) -> String {
    match stored.met {
        Some(Met::Agreed(at)) => {
            let day = draft.state.rules().calendar.spoken_day(at, draft.now);
            format!("{day}{}，已建日程", agreed::purpose(note))
        }
        Some(Met::Moved(..) | Met::Off(_)) | None => gist(note).into_string(),
    }
}

/// What a note tells, without the customer's name that it begins with: that stands before it wherever it is shown.
pub fn gist(note: &Note) -> Box<str> {
    words::gist(note.gist.as_deref().unwrap_or_else(|| without_name(note)))
}

fn without_name(note: &Note) -> &str {
    let whole = note.text.trim();
    let mark = |c: char| c.is_whitespace() || "，。,.：:、；;".contains(c);
    let named = note.mentions.iter().find(|mention| mention.via != Via::Contact);
    let rest =
        named.filter(|named| note.text.get(..named.span.start).is_some_and(|text| text.trim().is_empty()));
    let rest = rest.and_then(|named| note.text.get(named.span.end..)).unwrap_or(whole);
    let rest = rest.trim_matches(mark);
    let linked = ["那边", "这边", "的"].iter().find_map(|link| rest.strip_prefix(link));
    let rest = linked.unwrap_or(rest).trim_start_matches(mark);
    let goes_on = rest.starts_with(['和', '跟', '与', '同']);
    if goes_on || rest.chars().count() < 2 { whole } else { rest }
}

/// Stores a note on this deal and says what was understood.
pub fn take_on(draft: &mut Draft<'_>, member: &Member, deal: DealId, note: &Note, from: &Sender) {
    let stored = store(draft, member, deal, note);
    answer(draft, member, deal, note, &stored, from);
}

/// Stores a note on a deal.
pub fn store(draft: &mut Draft<'_>, member: &Member, id: DealId, note: &Note) -> Brought {
    let counts = !note.empty || draft.state.rules().workspace.empty_note_counts;
    let was_warned = draft.deal(id).is_some_and(|deal| deal.warned_lapse.is_some());
    let (now, by) = (draft.now, member.id.clone());
    // 「私下记」 is nobody else's: the words stand in the history alone.
    let gist = if note.private { "私下记了一条".into() } else { gist(note) };
    let Some(deal) = draft.deal_mut(id) else { return Brought::default() };
    deal.recent.insert(0, FollowUp { at: now, by, gist });
    deal.recent.truncate(RECENT);
    if counts {
        touch(draft, id);
    }
    let brought = agreed::take(draft, member, id, note);
    let handled = i64::from(was_warned && counts);
    let empty_notes = i64::from(note.empty);
    draft.count(&member.id, Counts { notes: 1, empty_notes, handled, ..Counts::default() });
    let line = draft.about(id, Deed::Noted).by(&member.id).saying(&note.text);
    draft.line(line);
    let dialogue = draft.dialogue_mut(&member.id);
    dialogue.awaiting = Awaiting::Nothing;
    dialogue.subject = Some(Subject { deal: id, at: now });
    if counts {
        finish_warnings(draft, id);
    }
    brought
}

/// A follow-up ends the lapse: the clock begins anew.
pub fn touch(draft: &mut Draft<'_>, id: DealId) {
    let now = draft.now;
    if let Some(deal) = draft.deal_mut(id) {
        deal.last_follow_up = Some(now);
        deal.snooze = None;
        deal.warned_lapse = None;
        deal.escalated_lapse = None;
    }
    meeting_outcome::told_by_note(draft, id);
}

/// Open warnings of the deal are answered by this, in whichever app they stand.
pub fn finish_warnings(draft: &mut Draft<'_>, id: DealId) {
    let is_warning = |kind: &CardKind| matches!(kind, CardKind::Warning { .. });
    for card in draft.open_cards(CardSubject::Deal(id), is_warning) {
        draft.finish(card, "记下了", None);
    }
}

fn answer(draft: &mut Draft<'_>, member: &Member, id: DealId, note: &Note, stored: &Brought, from: &Sender) {
    let Some(deal) = draft.deal(id).cloned() else { return };
    let customer = words::customer(draft.state, &deal);
    let own = deal.owner == member.id;
    // Who moves a colleague's deal tells its owner both at once: that it moved, and what it needs there.
    let pushed =
        stored.stage && !own && !note.private && { checkpoints::tell(draft, member, id, &gist(note), from) };
    if !pushed {
        tell_owner(draft, member, &customer, note, &deal.owner);
    }
    let rival = scripts::rival_in(draft.state, &note.text);
    if let Some((template, vars)) = changed_meeting(draft, stored, &customer) {
        draft.answer(from, template, vars);
    } else if note.outcome.is_some() && own {
        closing::ask_after(draft, member, id, &gist(note), from);
    } else if note.empty {
        let vars = words::vars([("customer", Some(customer.into()))]);
        draft.answer_card(from, &member.id, CardKind::EmptyNote { deal: id }, "empty_note", vars);
    } else if stored.met.is_some()
        || stored.step
        || stored.amount
        || stored.stage
        || rival.is_some()
        || note.mentions.iter().any(|mention| mention.via == Via::Misheard)
    {
        let materials =
            if stored.stage && own { checkpoints::demanded(draft.state.rules(), &deal) } else { Vec::new() };
        let vars =
            noted_card(draft, &deal, note, stored, &materials, rival.map(|(rival, n)| (&*rival.name, n)));
        let rival = rival.map(|(rival, _)| rival.name.as_str().into());
        draft.answer_card(
            from,
            &member.id,
            CardKind::Noted { deal: id, materials, rival },
            "noted_card",
            vars,
        );
    } else {
        let gist = gist(note).into_string();
        let objection = objections::told(draft.state.rules(), &note.text).filter(|_| own);
        let vars = words::vars([
            ("customer", Some(customer.into())),
            ("gist", Some(gist.into())),
            ("objection", objection.map(Into::into)),
        ]);
        draft.answer(from, "noted", vars);
    }
    if let Some(missing) = &stored.missing {
        checkpoints::ask(draft, member, id, missing, from);
    }
}

/// A meeting that moved or is off has an answer of its own.
fn changed_meeting(draft: &Draft<'_>, stored: &Brought, customer: &str) -> Option<(&'static str, Value)> {
    let (template, id, at) = match stored.met? {
        Met::Moved(at, id) => ("meeting_moved", id, Some(at)),
        Met::Off(id) => ("meeting_cancelled", id, None),
        Met::Agreed(_) => return None,
    };
    let meeting = draft.state.meeting(id)?;
    let calendar = &draft.state.rules().calendar;
    let day = at.map(|at| match meeting.all_day {
        true => calendar.spoken_month_day(calendar.date(at), draft.now),
        false => calendar.spoken_time(at, draft.now),
    });
    let vars = words::vars([
        ("customer", Some(customer.into())),
        ("purpose", Some(meeting.purpose.to_string().into())),
        ("day", day.map(Into::into)),
    ]);
    Some((template, vars))
}

fn noted_card(
    draft: &Draft<'_>,
    deal: &Deal,
    note: &Note,
    stored: &Brought,
    materials: &[MaterialKey],
    rival: Option<(&str, usize)>,
) -> Value {
    let rules = draft.state.rules();
    let timed = note.when.as_ref().is_some_and(|moment| moment.time.is_some());
    let day = match (stored.met, &note.when) {
        (Some(Met::Agreed(at)), _) if timed => Some(rules.calendar.spoken_time(at, draft.now)),
        (Some(Met::Agreed(at)), _) => Some(words::day(rules, rules.calendar.date(at), draft.now)),
        (_, Some(moment)) => Some(words::day(rules, moment.day, draft.now)),
        (_, None) => None,
    };
    let meeting = matches!(stored.met, Some(Met::Agreed(_)));
    let what = match (meeting, stored.step) {
        (true, _) => agreed::purpose(note).to_owned(),
        (false, true) => words::gist(&agreed::plan_words(note)).into_string(),
        (false, false) => gist(note).into_string(),
    };
    let contact = note.contact.clone().filter(|contact| !what.contains(contact.as_str()));
    words::vars([
        ("customer", Some(words::customer(draft.state, deal).into())),
        ("stage", stored.stage.then(|| words::stage(rules, &deal.stage).into())),
        ("materials", Some(pack::ticks(draft, deal, materials))),
        ("others", checkpoints::others(rules, deal).filter(|_| stored.moved_on).map(Into::into)),
        ("rival", rival.map(|(name, _)| name.into())),
        ("rival_scripts", rival.map(|(_, count)| count.into())),
        ("contact", contact.map(Into::into)),
        ("what", Some(what.into())),
        ("day", day.map(Into::into)),
        ("meeting", meeting.then_some(true.into())),
        // A meeting without an hour has no pack.
        (
            "pack_lead",
            (meeting && timed).then(|| crate::calendar::spoken_duration(rules.workspace.pack_lead).into()),
        ),
    ])
}

/// 「老王帮你记」: the owner hears of a colleague's note.
fn tell_owner(draft: &mut Draft<'_>, by: &Member, customer: &str, note: &Note, owner: &MemberId) {
    let owner = draft.state.rules().people.find(owner);
    let Some(owner) = owner.filter(|owner| owner.id != by.id && !note.private) else { return };
    let vars = words::vars([
        ("customer", Some(customer.into())),
        ("by", Some(by.call.as_str().into())),
        ("gist", Some(gist(note).into_string().into())),
    ]);
    let useful_until = draft.now + chrono::TimeDelta::hours(24);
    draft.push(owner, Push { template: "noted_for", vars, card: None, useful_until, bulk: false });
}

/// What nobody can place is never lost: it stands in the history and is said so.
pub fn keep_as_draft(draft: &mut Draft<'_>, member: &Member, text: &str, from: &Sender) {
    draft_kept(draft, member, text, from, None);
}

/// A question that nothing answers is kept likewise.
pub fn keep_as_question(draft: &mut Draft<'_>, member: &Member, text: &str, from: &Sender) {
    draft_kept(draft, member, text, from, Some("question"));
}

/// What was understood and cannot be done yet is kept likewise.
pub fn keep_for_later(draft: &mut Draft<'_>, member: &Member, text: &str, from: &Sender) {
    draft_kept(draft, member, text, from, Some("not_yet"));
}

fn draft_kept(draft: &mut Draft<'_>, member: &Member, text: &str, from: &Sender, why: Option<&str>) {
    let line = draft.about_workspace(Deed::Drafted).by(&member.id).saying(text);
    draft.line(line);
    let said = words::gist(text).into_string();
    let is = |reason: &str| (why == Some(reason)).then_some(true.into());
    let link = words::page("customer", "");
    let vars = words::vars([
        ("said", Some(said.into())),
        ("not_yet", is("not_yet")),
        ("question", is("question")),
        ("link", Some(link.into())),
    ]);
    draft.answer(from, "unknown", vars);
}
