//! What people ask: today, deals, why, who sees. Answered from live state; a digit after a list means its items.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::draft::Draft;
use super::{action_card, deals as which, notes, scripts, words};
use crate::calendar::spoken_clock;
use crate::config::Member;
use crate::event::Sender;
use crate::sales::{ActionAsk, CardKind, CustomerId, Deal, DealId, MeetingState, MemberId, Subject};

/// A list shows so many.
const SHOWN: usize = 3;
/// The whole list stops here: a phone shows no more.
const WHOLE: usize = 30;

/// 今日: meetings, what is due, what is overdue.
pub fn today(draft: &mut Draft<'_>, member: &Member, from: &Sender) {
    let (state, rules, now) = (draft.state, draft.state.rules(), draft.now);
    let today = rules.calendar.date(now);
    let own: Vec<&Deal> = state.deals_of_owner(&member.id).filter(|deal| deal.is_open()).collect();
    let mut meetings: Vec<_> = state
        .meetings()
        .filter(|meeting| meeting.member == member.id && meeting.state == MeetingState::Planned)
        .filter(|meeting| rules.calendar.date(meeting.starts_at) == today && meeting.ends_at > now)
        .collect();
    meetings.sort_by_key(|meeting| meeting.starts_at);
    let meetings: Vec<Value> = meetings
        .iter()
        .filter_map(|meeting| {
            let time = match meeting.all_day {
                true => "今天".to_owned(),
                false => rules.calendar.local(meeting.starts_at).format("%H:%M").to_string(),
            };
            let customer = words::customer(state, state.deal(meeting.deal)?);
            Some(json!({ "time": time, "customer": customer, "purpose": &*meeting.purpose }))
        })
        .take(SHOWN)
        .collect();
    let due: Vec<Value> = own
        .iter()
        .filter_map(|deal| Some((deal, deal.next_step.as_ref().filter(|step| step.day <= today)?)))
        .map(|(deal, step)| json!({ "customer": words::customer(state, deal), "what": &*step.what }))
        .take(SHOWN)
        .collect();
    let late: Vec<&&Deal> =
        own.iter().filter(|deal| state.lapse(deal).is_some_and(|lapse| lapse.warn_at <= now)).collect();
    let digits = late.iter().take(SHOWN).map(|deal| deal.id).collect();
    let overdue: Vec<Value> = late
        .iter()
        .take(SHOWN)
        .enumerate()
        .map(|(n, deal)| {
            json!({ "n": n + 1, "customer": words::customer(state, deal), "idle": words::idle(deal, now) })
        })
        .collect();
    if meetings.is_empty() && due.is_empty() && overdue.is_empty() {
        draft.answer(from, "today_empty", words::vars([]));
        return;
    }
    let more = late.len().saturating_sub(SHOWN);
    let vars = words::vars([
        ("meetings", Some(meetings.into())),
        ("due", Some(due.into())),
        ("overdue", Some(overdue.into())),
        ("more", (more > 0).then(|| more.into())),
    ]);
    if late.is_empty() {
        draft.answer(from, "today", vars);
    } else {
        draft.answer_list(from, &member.id, CardKind::Warnings { deals: digits }, "today", vars);
    }
}

/// 商机 [客户]: one deal as a whole, or a list.
pub fn deals(draft: &mut Draft<'_>, member: &Member, customers: &[CustomerId], said: &str, from: &Sender) {
    let state = draft.state;
    let found: Vec<&Deal> = if customers.is_empty() && said.is_empty() {
        own_or_led(draft, member)
    } else if customers.is_empty() {
        return find(draft, member, said, from);
    } else {
        let of_them = customers.iter().flat_map(|id| state.deals_of_customer(*id));
        of_them.filter(|deal| is_seen(draft, member, deal)).collect()
    };
    let short = customers.first().and_then(|id| state.customer(*id)).map(|customer| &*customer.short);
    listed(draft, member, found, short.unwrap_or(said), from);
}

/// 王磊: what a colleague has in hand, for who leads them, and for themselves.
pub fn deals_of(draft: &mut Draft<'_>, member: &Member, of: &[MemberId], text: &str, from: &Sender) {
    let state = draft.state;
    let [of] = of else { return notes::keep_as_question(draft, member, text, from) };
    let found: Vec<&Deal> = state.deals_of_owner(of).filter(|deal| is_seen(draft, member, deal)).collect();
    if found.is_empty() {
        return notes::keep_as_question(draft, member, text, from);
    }
    let call = words::call(state.rules(), of);
    listed(draft, member, found, if *of == member.id { "" } else { &call }, from);
}

/// The member's own open deals; of a manager who has none those of the people below.
fn own_or_led<'s>(draft: &Draft<'s>, member: &Member) -> Vec<&'s Deal> {
    let state = draft.state;
    let own: Vec<&Deal> = state.deals_of_owner(&member.id).filter(|deal| deal.is_open()).collect();
    if !own.is_empty() {
        return own;
    }
    state.deals().filter(|deal| deal.is_open() && state.leads(member, deal)).collect()
}

/// 找 …: a name, a contact, an industry or words of a note.
pub fn find(draft: &mut Draft<'_>, member: &Member, ask: &str, from: &Sender) {
    let state = draft.state;
    let fits = |deal: &&Deal| {
        let noted = deal.recent.iter().any(|note| note.gist.contains(ask));
        let known = state.customer(deal.customer).is_some_and(|customer| {
            let industry = state.rules().process.industry_name(&customer.industry);
            let people = customer.contacts.iter().flat_map(|contact| [&*contact.name, &*contact.call]);
            let names = customer.aliases.iter().map(|alias| &**alias);
            people
                .chain(names)
                .chain([&*customer.name, &*customer.short, industry])
                .any(|it| it.contains(ask))
        });
        (noted || known) && is_seen(draft, member, deal)
    };
    let found: Vec<&Deal> = if ask.is_empty() { Vec::new() } else { state.deals().filter(fits).collect() };
    listed(draft, member, found, ask, from);
}

/// Whether a member sees an open deal.
fn is_seen(draft: &Draft<'_>, member: &Member, deal: &Deal) -> bool {
    deal.is_open() && draft.state.sees(member, deal)
}

fn listed(draft: &mut Draft<'_>, member: &Member, mut found: Vec<&Deal>, said: &str, from: &Sender) {
    found.sort_by_key(|deal| (deal.last_follow_up, deal.id));
    match &found[..] {
        [] => none(draft, said, from),
        [one] if !said.is_empty() => drop(show(draft, member, one.id, from)),
        several => {
            let shown = several.iter().take(SHOWN);
            let items = shown.enumerate().map(|(n, deal)| item(draft, member, n, deal));
            let items: Vec<Value> = items.collect();
            let more = several.len().saturating_sub(SHOWN);
            let led = said.is_empty() && several.iter().all(|deal| deal.owner != member.id);
            let vars = words::vars([
                ("said", Some(said.into())),
                ("led", led.then_some(true.into())),
                ("items", Some(items.into())),
                ("more", (more > 0).then(|| more.into())),
            ]);
            let deals = several.iter().take(WHOLE).map(|deal| deal.id).collect();
            draft.answer_list(from, &member.id, CardKind::Deals { deals }, "deals", vars);
        }
    }
}

/// No deal fits what was said: perhaps it is a new customer.
pub fn none(draft: &mut Draft<'_>, said: &str, from: &Sender) {
    let link = words::page("customer", "");
    draft.answer(from, "deal_none", words::vars([("said", Some(said.into())), ("link", Some(link.into()))]));
}

/// The customer is known, and none of its open deals is the member's.
pub fn not_theirs(draft: &mut Draft<'_>, id: CustomerId, from: &Sender) {
    let state = draft.state;
    let Some(customer) = state.customer(id) else { return };
    let owner = state.deals_of_customer(id).find(|deal| deal.is_open()).map(|deal| &deal.owner);
    let owner = owner.map(|owner| words::call(state.rules(), owner));
    let vars = words::vars([("customer", Some((*customer.short).into())), ("owner", owner.map(Into::into))]);
    draft.answer(from, "deal_not_yours", vars);
}

/// One deal as a whole; it is spoken of from now on. `false` when it is no more.
pub fn show(draft: &mut Draft<'_>, member: &Member, id: DealId, from: &Sender) -> bool {
    let Some(deal) = draft.state.deal(id) else { return false };
    let vars = deal_vars(draft, deal);
    if draft.state.leads(member, deal) {
        let who = words::call(draft.state.rules(), &deal.owner);
        let vars = with(vars, "owner", who.into());
        draft.answer_card(from, &member.id, CardKind::Lead { deal: id }, "deal_lead", vars);
    } else {
        draft.answer(from, "deal", vars);
    }
    let at = draft.now;
    draft.dialogue_mut(&member.id).subject = Some(Subject { deal: id, at });
    true
}

fn with(mut vars: Value, name: &str, value: Value) -> Value {
    if let Some(fields) = vars.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
    vars
}

fn item(draft: &Draft<'_>, member: &Member, n: usize, deal: &Deal) -> Value {
    let rules = draft.state.rules();
    let owner = if deal.owner == member.id { String::new() } else { words::call(rules, &deal.owner) };
    json!({
        "n": (n + 1).to_string(),
        "customer": words::customer(draft.state, deal),
        "stage": words::stage(rules, &deal.stage),
        "amount": deal.amount.to_string(),
        "idle": idle(draft, deal),
        "owner": owner,
    })
}

/// How long without a follow-up; within the hour that is nothing to tell.
fn idle(draft: &Draft<'_>, deal: &Deal) -> String {
    let since = draft.now - deal.last_follow_up.unwrap_or(deal.created_at);
    if since < TimeDelta::hours(1) { String::new() } else { words::idle(deal, draft.now) }
}

fn deal_vars(draft: &Draft<'_>, deal: &Deal) -> Value {
    let (state, rules, now) = (draft.state, draft.state.rules(), draft.now);
    let last: Vec<Value> = deal
        .recent
        .iter()
        .map(|note| {
            let by = rules.people.find(&note.by).map_or("", |member| &member.name);
            json!({ "day": rules.calendar.spoken_day(note.at, now), "by": by, "gist": &*note.gist })
        })
        .collect();
    let next =
        deal.next_step.as_ref().map(|step| format!("{} {}", words::day(rules, step.day, now), step.what));
    let contacts = state.customer(deal.customer).map(|customer| {
        let all = customer.contacts.iter().map(words::titled);
        all.collect::<Vec<_>>().join(" · ")
    });
    words::vars([
        ("customer", Some(words::customer(state, deal).into())),
        ("stage", Some(words::stage(rules, &deal.stage).into())),
        ("amount", Some(deal.amount.to_string().into())),
        ("close", deal.expected_close.map(|day| words::close(rules, day, now).into())),
        ("last", Some(last.into())),
        ("next", next.map(Into::into)),
        ("missing", super::pack::missing(draft, deal).map(Into::into)),
        ("contacts", contacts.map(Into::into)),
        ("page", Some(words::page("deal", deal.id).into())),
    ])
}

/// The deal that a question without a name is about: the newest card's, or the one spoken of since.
pub fn at_hand<'s>(draft: &Draft<'s>, member: &Member) -> Option<&'s Deal> {
    let state = draft.state;
    let dialogue = state.dialogue(&member.id);
    let card = dialogue.and_then(|dialogue| state.card(dialogue.card?));
    let of_card = card.and_then(|card| match &card.kind {
        CardKind::Pack { meeting, .. } | CardKind::MeetingOutcome { meeting } => {
            state.meeting(*meeting).map(|meeting| meeting.deal)
        }
        kind => kind.deal(),
    });
    let said_at = dialogue.and_then(|dialogue| dialogue.subject.as_ref()).map(|subject| subject.at);
    let newer = card.is_some_and(|card| said_at.is_none_or(|at| card.at >= at));
    let spoken_of = which::subject(draft, member);
    let at_hand = if newer { of_card.or(spoken_of) } else { spoken_of.or(of_card) };
    state.deal(at_hand?)
}

/// 为什么: the rule behind the newest warning, with its facts.
pub fn why(draft: &mut Draft<'_>, member: &Member, from: &Sender) {
    let (state, rules, now) = (draft.state, draft.state.rules(), draft.now);
    let card = state.dialogue(&member.id).and_then(|dialogue| state.card(dialogue.card?));
    let action = card.and_then(|card| match &card.kind {
        CardKind::Action(ask) => ask.card(),
        _ => None,
    });
    if action.is_some_and(|id| action_card::why(draft, id, from)) {
        return;
    }
    let lapse = at_hand(draft, member).and_then(|deal| Some((deal, state.lapse(deal)?)));
    let Some((deal, lapse)) = lapse else {
        draft.answer(from, "why_none", words::vars([]));
        return;
    };
    let calendar = &rules.calendar;
    let mut facts =
        vec![format!("{}从{}起算", words::customer(state, deal), calendar.spoken_time(lapse.start, now))];
    if let Some(note) = deal.recent.first() {
        facts.push(format!("上次跟进：{} {}", calendar.spoken_day(note.at, now), note.gist));
    }
    facts.push(format!("{}提醒你，再过一个时限进主管战报", calendar.spoken_time(lapse.warn_at, now)));
    let vars =
        words::vars([("rule", Some(words::rule(rules, &deal.stage).into())), ("facts", Some(facts.into()))]);
    draft.answer(from, "why", vars);
}

/// 免打扰: what is sent, and when nothing is.
pub fn mute(draft: &mut Draft<'_>, from: &Sender) {
    let rules = draft.state.rules();
    let quiet = rules.calendar.quiet_hours();
    let hours = format!("{} 到{}", spoken_clock(quiet.from), spoken_clock(quiet.to));
    let vars = words::vars([
        ("pushes_a_day", Some(rules.workspace.pushes_a_day.to_string().into())),
        ("quiet", Some(hours.into())),
    ]);
    draft.answer(from, "mute", vars);
}

/// 全部: the whole of the newest list, or every open deal of the member.
pub fn all(draft: &mut Draft<'_>, member: &Member, from: &Sender) {
    let state = draft.state;
    let card = state.dialogue(&member.id).and_then(|dialogue| state.card(dialogue.card?));
    if card.is_some_and(|card| matches!(card.kind, CardKind::Action(ActionAsk::List(_)))) {
        return action_card::list(draft, member, true, from);
    }
    if let Some(card) = card.filter(|card| matches!(card.kind, CardKind::Scripts { .. })) {
        return scripts::whole(draft, card, from);
    }
    let of_list = card.and_then(|card| match &card.kind {
        CardKind::Deals { deals } | CardKind::Warnings { deals } | CardKind::Stuck { deals } => Some(deals),
        _ => None,
    });
    let mut whole: Vec<&Deal> = match of_list {
        Some(deals) => deals.iter().filter_map(|id| state.deal(*id)).collect(),
        None => own_or_led(draft, member),
    };
    if whole.is_empty() {
        return none(draft, "", from);
    }
    if of_list.is_none() {
        whole.sort_by_key(|deal| (deal.last_follow_up, deal.id));
    }
    let line = |(n, deal): (usize, &&Deal)| -> Value {
        let idle = match &*idle(draft, deal) {
            "" => String::new(),
            idle => format!(" · {idle}"),
        };
        let stage = words::stage(state.rules(), &deal.stage);
        format!("{} {} · {stage}{idle}", n + 1, words::customer(state, deal)).into()
    };
    let lines: Vec<Value> = whole.iter().take(WHOLE).enumerate().map(line).collect();
    let title = format!("全部 {} 个商机", whole.len());
    let vars = words::vars([("title", Some(title.into())), ("lines", Some(lines.into()))]);
    let deals = whole.iter().take(WHOLE).map(|deal| deal.id).collect();
    match of_list {
        Some(_) => drop(draft.answer(from, "all", vars)),
        None => draft.answer_list(from, &member.id, CardKind::Deals { deals }, "all", vars),
    }
}

/// 隐私: what is kept and for how long.
pub fn privacy(draft: &mut Draft<'_>, from: &Sender) {
    let mut facts = vec!["只存你发给机器人的话和卡片上的选择", "位置、通讯录一概不读", "录音不下载"];
    if draft.state.rules().embeddings.is_some() {
        facts.push("问话术的那句话隐去人名、号码和金额，交给向量模型排次序");
    }
    draft.answer(from, "privacy", words::vars([("facts", Some(json!(facts)))]));
}

/// 谁能看: the member and the line of managers above.
pub fn who_sees(draft: &mut Draft<'_>, member: &Member, from: &Sender) {
    let people = &draft.state.rules().people;
    let mut names = vec![member.name.clone()];
    let mut above = member.manager.clone();
    while let Some(manager) = above.and_then(|id| people.find(&id)).filter(|_| names.len() < 8) {
        names.push(manager.name.clone());
        above = manager.manager.clone();
    }
    draft.answer(from, "who_sees", words::vars([("names", Some(names.join("、").into()))]));
}
