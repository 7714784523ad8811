//! The answer to a form that was sent in: drawn from the line that its event left, so that a second tap and a reload
//! show the same.

use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::gate::Opened;
use crate::config::Member;
use crate::event::Identity;
use crate::sales::{DealId, MeetingId};
use crate::state::{Deed, Line, LineSubject, State};

/// The answer to the form of this number.
pub(super) async fn show(opened: &Opened<'_>, once: &str) -> Response {
    let (identity, forget) = (opened.identity(once), opened.draft());
    let answer = opened.look(move |state, member, now| Some(answer(state, member, identity, now))).await;
    match answer {
        Ok(mut values) => {
            values["forget"] = forget.into();
            opened.draw(StatusCode::OK, "done.html", values)
        }
        Err(page) => page,
    }
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
        (_, Some(lapse)) => format!("{}之前不会再提醒这一家", calendar.spoken_time(lapse.warn_at, now)),
        (_, None) => String::new(),
    };
    json!({
        "title": format!("记下了：{customer}"), "words": line.text, "facts": facts, "after": after,
    })
}
