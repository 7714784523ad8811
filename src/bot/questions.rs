//! What people ask: today, deals, scripts, why, who sees. Answered from live state.

use serde_json::{Value, json};

use super::draft::Draft;
use super::{deals as which, notes, undo, warn, words};
use crate::calendar::spoken_clock;
use crate::config::{Member, Script};
use crate::event::Sender;
use crate::language::{Context, Understanding, understand};
use crate::sales::{Card, CardKind, CustomerId, Deal, MeetingState};
use crate::state::Deed;

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
    draft.answer(from, "today", vars);
}

/// 商机 [客户].
pub fn deals(draft: &mut Draft<'_>, member: &Member, customers: &[CustomerId], said: &str, from: &Sender) {
    let state = draft.state;
    let visible = |deal: &&Deal| deal.is_open() && (deal.is_with(&member.id) || leads(draft, member, deal));
    let found: Vec<&Deal> = if customers.is_empty() {
        state.deals_of_owner(&member.id).filter(|deal| deal.is_open()).collect()
    } else {
        customers.iter().flat_map(|id| state.deals_of_customer(*id)).filter(visible).collect()
    };
    match &found[..] {
        [] => {
            let named = customers
                .first()
                .and_then(|id| state.customer(*id))
                .map(|customer| customer.short.to_string());
            let said = named.unwrap_or_else(|| said.to_owned());
            draft.answer(from, "deal_none", words::vars([("said", Some(said.into()))]));
        }
        [one] if !customers.is_empty() => {
            let vars = deal_vars(draft, one);
            draft.answer(from, "deal", vars);
            let now = draft.now;
            draft.dialogue_mut(&member.id).subject = Some(crate::sales::Subject { deal: one.id, at: now });
        }
        several => {
            let mut several = several.to_vec();
            several.sort_by_key(|deal| deal.last_follow_up);
            let items: Vec<Value> =
                several.iter().take(SHOWN).enumerate().map(|(n, deal)| item(draft, n, deal)).collect();
            let more = several.len().saturating_sub(SHOWN);
            let vars =
                words::vars([("items", Some(items.into())), ("more", (more > 0).then(|| more.into()))]);
            draft.answer(from, "deals", vars);
        }
    }
}

/// Whether the member stands in the line of managers above the deal's owner.
fn leads(draft: &Draft<'_>, member: &Member, deal: &Deal) -> bool {
    let people = &draft.state.rules().people;
    let mut above = people.find(&deal.owner).and_then(|owner| owner.manager.clone());
    // A line of managers is short; the bound is against a ring in the file.
    for _step in 0..8 {
        match above {
            Some(manager) if manager == member.id => return true,
            Some(manager) => above = people.find(&manager).and_then(|manager| manager.manager.clone()),
            None => return false,
        }
    }
    false
}

fn item(draft: &Draft<'_>, n: usize, deal: &Deal) -> Value {
    json!({
        "n": (n + 1).to_string(),
        "customer": words::customer(draft.state, deal),
        "stage": words::stage(draft.state.rules(), &deal.stage),
        "amount": deal.amount.to_string(),
        "idle": words::idle(deal, draft.now),
    })
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
        let all = customer.contacts.iter().map(|contact| match &*contact.title {
            "" => contact.call.to_string(),
            title => format!("{}（{title}）", contact.call),
        });
        all.collect::<Vec<_>>().join(" · ")
    });
    words::vars([
        ("customer", Some(words::customer(state, deal).into())),
        ("stage", Some(words::stage(rules, &deal.stage).into())),
        ("amount", Some(deal.amount.to_string().into())),
        ("close", deal.expected_close.map(|day| words::day(rules, day, now).into())),
        ("last", Some(last.into())),
        ("next", next.map(Into::into)),
        ("missing", super::pack::missing(draft, deal).map(Into::into)),
        ("contacts", contacts.map(Into::into)),
    ])
}

/// The deal that a question without a name is about: the one last spoken of, or the newest card's.
fn at_hand<'s>(draft: &Draft<'s>, member: &Member) -> Option<&'s Deal> {
    let state = draft.state;
    let card = state.dialogue(&member.id).and_then(|dialogue| state.card(dialogue.card?));
    let of_card = card.and_then(|card| match &card.kind {
        CardKind::Pack { meeting, .. } => state.meeting(*meeting).map(|meeting| meeting.deal),
        kind => kind.deal(),
    });
    state.deal(which::subject(draft, member).or(of_card)?)
}

/// 话术 …, a customer's objection, or a script's word.
pub fn script(draft: &mut Draft<'_>, member: &Member, ask: &str, customers: &[CustomerId], from: &Sender) {
    let (state, rules) = (draft.state, draft.state.rules());
    let named =
        customers.iter().flat_map(|id| state.deals_of_customer(*id)).find(|deal| deal.is_with(&member.id));
    let deal = named.or_else(|| at_hand(draft, member)).or_else(|| state.deals_of_owner(&member.id).next());
    let customer = deal.and_then(|deal| state.customer(deal.customer));
    let stage = deal
        .map(|deal| deal.stage.clone())
        .or_else(|| rules.process.stages.first().map(|stage| stage.key.clone()));
    let Some(stage) = stage else { return };
    let industry = customer.map_or("", |customer| &customer.industry);
    let answers: Vec<&Script> = rules.answers(ask, &stage, industry).into_iter().take(SHOWN).collect();
    if answers.is_empty() {
        let words: Vec<&str> =
            rules.objections(&stage, industry).iter().map(|script| script.word.as_str()).take(4).collect();
        let vars = words::vars([("said", Some(ask.into())), ("words", Some(words.join("、").into()))]);
        draft.answer(from, "script_none", vars);
        return;
    }
    let contact = words::contact(customer);
    let items: Vec<Value> = answers
        .iter()
        .enumerate()
        .map(|(n, script)| {
            json!({
                "n": n + 1, "name": script.name, "say": words::spoken_to(&script.say, contact.as_deref())
            })
        })
        .collect();
    let attach = answers.iter().find_map(|script| script.material.as_ref());
    let attach = attach.and_then(|key| rules.materials.iter().find(|material| material.key == *key));
    let asked = if ask.is_empty() { answers[0].objection.as_str() } else { ask };
    let vars = words::vars([
        ("ask", Some(asked.into())),
        ("stage", deal.map(|deal| words::stage(rules, &deal.stage).into())),
        ("industry", customer.map(|customer| rules.process.industry_name(&customer.industry).into())),
        ("answers", Some(items.into())),
        ("attach", attach.map(|material| material.name.as_str().into())),
    ]);
    draft.answer(from, "script", vars);
}

/// 发: the opener of the warning at hand, as words alone.
pub fn send_script(
    draft: &mut Draft<'_>,
    member: &Member,
    card: Option<&Card>,
    number: Option<u8>,
    from: &Sender,
) {
    let state = draft.state;
    let deal = card.and_then(|card| state.deal(card.kind.deal()?)).or_else(|| at_hand(draft, member));
    let say = deal.and_then(|deal| match number {
        None | Some(1) => warn::opener(state, deal),
        Some(n) => {
            let customer = state.customer(deal.customer);
            let openers =
                state.rules().openers(&deal.stage, customer.map_or("", |customer| &customer.industry));
            let script = openers.get(usize::from(n) - 1)?;
            Some(words::spoken_to(&script.say, words::contact(customer).as_deref()))
        }
    });
    match say {
        Some(say) => drop(draft.answer(from, "script_bare", words::vars([("say", Some(say.into()))]))),
        None => drop(draft.answer(from, "help", words::vars([]))),
    }
}

/// 「不是宏远是永兴」: the last note is taken back and stored where it belongs.
pub fn move_note(draft: &mut Draft<'_>, member: &Member, to: &[CustomerId], from: &Sender) {
    let state = draft.state;
    let last = state.recent().rev().find(|recent| {
        recent.line.by.as_ref() == Some(&member.id) && recent.line.what == Deed::Noted && !recent.line.undone
    });
    let target = to.iter().flat_map(|id| state.deals_of_customer(*id)).find(|deal| deal.is_open());
    let (Some(words), Some(target)) = (last.and_then(|recent| recent.line.text.clone()), target) else {
        draft.answer(from, "undo_nothing", words::vars([]));
        return;
    };
    undo::undo(draft, member, from);
    let ctx = Context {
        now: draft.now,
        calendar: &state.rules().calendar,
        names: state.names(),
        awaiting: crate::language::Awaited::Note,
    };
    if let Understanding::Note(note) = understand(&words, &ctx) {
        notes::take_on(draft, member, target.id, &note, from);
    }
}

/// 为什么: the rule behind the newest warning, with its facts.
pub fn why(draft: &mut Draft<'_>, member: &Member, from: &Sender) {
    let (state, rules, now) = (draft.state, draft.state.rules(), draft.now);
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
    let hours = format!("{}到{}", spoken_clock(quiet.from), spoken_clock(quiet.to));
    let vars = words::vars([
        ("pushes_a_day", Some(rules.workspace.pushes_a_day.to_string().into())),
        ("quiet", Some(hours.into())),
    ]);
    draft.answer(from, "mute", vars);
}

/// 全部: every open deal of the member.
pub fn all(draft: &mut Draft<'_>, member: &Member, from: &Sender) {
    let (state, now) = (draft.state, draft.now);
    let mut own: Vec<&Deal> = state.deals_of_owner(&member.id).filter(|deal| deal.is_open()).collect();
    own.sort_by_key(|deal| deal.last_follow_up);
    let lines: Vec<Value> = own
        .iter()
        .take(WHOLE)
        .enumerate()
        .map(|(n, deal)| {
            let stage = words::stage(state.rules(), &deal.stage);
            format!("{} {}  {stage}  {}", n + 1, words::customer(state, deal), words::idle(deal, now)).into()
        })
        .collect();
    let title = format!("你名下 {} 个商机", own.len());
    draft.answer(from, "all", words::vars([("title", Some(title.into())), ("lines", Some(lines.into()))]));
}

/// 隐私: what is kept and for how long.
pub fn privacy(draft: &mut Draft<'_>, from: &Sender) {
    let facts = ["只存你发给机器人的话和卡片上的选择", "位置、通讯录一概不读", "录音不下载"];
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
