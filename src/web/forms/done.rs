//! The answer to a form that was sent in: drawn from the line that its event left, so that a second tap and a reload
//! show the same.

use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::gate::{Opened, Refused};
use crate::config::Member;
use crate::event::Identity;
use crate::sales::{Customer, CustomerId, DealId, MeetingId};
use crate::state::{Deed, Line, LineSubject, State};

/// The answer to the form of this number.
pub(super) async fn show(opened: &Opened<'_>, once: &str) -> Result<Response, Refused> {
    let identity = opened.identity(once);
    let mut values =
        opened.look(move |state, member, now| Some(answer(state, member, identity, now))).await?;
    values["forget"] = opened.draft().into();
    if let Some(deal) = values["deal"].as_str().map(str::to_owned) {
        values["link"] = json!({ "address": opened.path("deal", &deal), "words": "打开商机页" });
    }
    Ok(opened.draw(StatusCode::OK, "done.html", values))
}

fn answer(state: &State, member: &Member, identity: Identity, now: DateTime<Utc>) -> Value {
    let lines: Vec<&Line> = state
        .recent()
        .map(|recent| &recent.line)
        .filter(|line| line.event == identity && line.by.as_ref() == Some(&member.id))
        .collect();
    match lines.first() {
        Some(line) if line.undone => json!({ "title": "这一条撤销了", "words": line.text, "kept": true }),
        Some(line) => match (line.what, line.subject) {
            (Deed::Noted, LineSubject::Deal(deal)) => noted(state, deal, line, now),
            (Deed::Entered, LineSubject::Deal(deal)) => entered(state, member, deal),
            (Deed::Collided, LineSubject::Customer(known)) => collided(state, member, known, line),
            (Deed::Drafted, _) => json!({
                "title": "先存成了草稿", "words": line.text, "kept": true,
                "after": "这个商机现在不在你名下，没有记上去。回机器人「商机」看看是谁在跟。",
            }),
            _ => json!({ "title": "收到了" }),
        },
        // Older than a day, or put aside for the admin.
        None => json!({ "title": "收到了", "after": "这张表已经交过，不会再记一遍。" }),
    }
}

fn noted(state: &State, id: DealId, line: &Line, now: DateTime<Utc>) -> Value {
    let calendar = &state.rules().calendar;
    let deal = state.deal(id);
    let customer = deal.and_then(|deal| state.customer(deal.customer));
    let customer = customer.map_or_else(|| id.to_string(), |customer| customer.short.to_string());
    let mut facts: Vec<Value> = Vec::new();
    let mut fact = |name: &str, value: String| facts.push(json!({ "name": name, "value": value }));
    let changed = |record: &str, field: &str| {
        line.changes.iter().any(|change| *change.record == *record && *change.field == *field)
    };
    let meetings = line.changes.iter().filter_map(|change| change.record.strip_prefix("m-")?.parse().ok());
    let meeting = meetings.map(MeetingId).find_map(|id| state.meeting(id));
    if let Some(meeting) = meeting {
        let when = match meeting.all_day {
            true => calendar.spoken_month_day(calendar.date(meeting.starts_at), now),
            false => calendar.spoken_time(meeting.starts_at, now),
        };
        fact("日程", format!("{when} {}", meeting.purpose));
    }
    let name = id.to_string();
    if let Some(deal) = deal {
        if let Some(step) = deal.next_step.as_ref().filter(|_| changed(&name, "next_step")) {
            fact("下一步", format!("{} {}", calendar.spoken_month_day(step.day, now), step.what));
        }
        if changed(&name, "amount") {
            fact("金额", deal.amount.to_string());
        }
        if changed(&name, "stage") {
            let stage = state.rules().process.stage(&deal.stage);
            fact("阶段", stage.map_or_else(|| deal.stage.to_string(), |stage| stage.name.clone()));
        }
    }
    let lapse = deal.and_then(|deal| state.lapse(deal));
    let after = match (meeting, lapse) {
        (Some(meeting), _) if !meeting.all_day => "会前会把物料发给你".to_owned(),
        (_, Some(lapse)) => {
            format!("{}之前不会再提醒这一家", calendar.spoken_month_day(calendar.date(lapse.warn_at), now))
        }
        (_, None) => String::new(),
    };
    json!({
        "title": format!("记下了：{customer}"), "words": line.text, "facts": facts, "after": after,
    })
}

/// Every so many complete customers earn 数据之星 (product.md 1.11).
const STAR: usize = 10;

fn entered(state: &State, member: &Member, id: DealId) -> Value {
    let deal = state.deal(id);
    let customer = deal.and_then(|deal| state.customer(deal.customer));
    let (Some(deal), Some(customer)) = (deal, customer) else { return json!({ "title": "建好了" }) };
    let stage = state.rules().process.stage(&deal.stage).map_or(deal.stage.as_str(), |stage| &stage.name);
    let contact = customer.contacts.last().map(|contact| format!("{} {}", contact.call, contact.phone));
    let mut facts = vec![
        json!({ "name": "阶段", "value": stage }),
        json!({ "name": "金额", "value": deal.amount.to_string() }),
        json!({ "name": "联系人", "value": contact }),
    ];
    let own = |other: &&Customer| {
        other.entered_by.as_ref() == Some(&member.id) && other.is_complete() && other.id <= customer.id
    };
    let stars = state.customers().filter(own).count();
    if stars > 0 && stars.is_multiple_of(STAR) && own(&customer) {
        facts.push(json!({ "name": "数据之星", "value": format!("第 {stars} 份完整档案，+1") }));
    }
    json!({
        "title": format!("建好了：{}", customer.short), "facts": facts, "deal": id.to_string(),
        "after": "回聊天接着说一句进展就行，建错了回「撤销」",
    })
}

fn collided(state: &State, member: &Member, known: CustomerId, line: &Line) -> Value {
    let Some(customer) = state.customer(known) else { return json!({ "title": "收到了" }) };
    let open: Vec<_> = state.deals_of_customer(known).filter(|deal| deal.is_open()).collect();
    let theirs = open.iter().find(|deal| !deal.is_with(&member.id));
    let title = format!("{}已经有了", customer.short);
    let Some(deal) = theirs.or(open.first()) else {
        return json!({ "title": title, "words": line.text, "kept": true });
    };
    let rules = state.rules();
    let stage = rules.process.stage(&deal.stage).map_or(deal.stage.as_str(), |stage| &stage.name);
    let boss = member.manager.as_ref().and_then(|manager| rules.people.find(manager));
    let (owner, after) = if deal.is_with(&member.id) {
        ("你".to_owned(), "你写的存成了草稿。有进展直接在聊天里说一句。".to_owned())
    } else {
        let owner = rules.people.find(&deal.owner).and_then(|owner| owner.name.chars().next());
        let whom = boss.map_or("负责人", |boss| &boss.call);
        (
            owner.map_or_else(String::new, |first| format!("{first}**")),
            format!("你写的存成了草稿。想一起跟，找{whom}说一声。"),
        )
    };
    let facts = [json!({ "name": "负责人", "value": owner }), json!({ "name": "阶段", "value": stage })];
    let own = deal.is_with(&member.id).then(|| deal.id.to_string());
    json!({ "title": title, "words": line.text, "kept": true, "facts": facts, "after": after, "deal": own })
}
