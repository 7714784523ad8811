//! Work notices (dingtalk.md 5.6): `asyncsend_v2` answers with a task whatever becomes of it; `getsendresult` tells.

use axum::http::Method;
use chrono::{Days, NaiveTime, TimeDelta};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Errcode, ok};
use crate::sim::call::{Answer, Call};
use crate::sim::message::{Body, ChatKey};
use crate::sim::setup::{Platform, dingtalk_ids, hex};
use crate::sim::shared::Shared;
use crate::sim::world::{Change, Remembered};

const PREFIX: &str = "/topapi/message/corpconversation/";
const USERS_MAX: usize = 100;
const MSG_MAX_BYTES: usize = 2_048;
/// How long a task's result can be asked for.
const KEPT: TimeDelta = TimeDelta::hours(24);

/// The call at `path`, if it is one of these.
pub(super) fn find(path: &str) -> Option<super::OldCall> {
    match path.strip_prefix(PREFIX)? {
        "asyncsend_v2" => Some(send),
        "getsendresult" => Some(result),
        _ => None,
    }
}

fn send(shared: &Shared, call: &Call) -> Result<Answer, Errcode> {
    let request = request(call)?;
    let users: Vec<&str> = request["userid_list"]
        .as_str()
        .unwrap_or_default()
        .split(',')
        .filter(|user| !user.is_empty())
        .collect();
    if users.is_empty() {
        return Err(Errcode::parameter("userid_list、dept_id_list、to_all_user 不能同时为空"));
    }
    if users.len() > USERS_MAX {
        return Err(Errcode::parameter("userid_list 超过 100 个"));
    }
    let msg = &request["msg"];
    if msg.to_string().len() > MSG_MAX_BYTES {
        return Err(Errcode::parameter("msg 超过 2048 字节"));
    }
    let (title, text) = (msg["markdown"]["title"].as_str(), msg["markdown"]["text"].as_str());
    let (Some("markdown"), Some(title), Some(text)) = (msg["msgtype"].as_str(), title, text) else {
        // What else the platform takes here, the service never says.
        return Err(Errcode::parameter("msg 不合法"));
    };
    let body = Body::Markdown { title: format!("工作通知：{title}"), text: text.to_owned() };
    let mut step = shared.step();
    let today = step.now.with_timezone(&shared.setup.zone).date_naive();
    let midnight = today
        .checked_add_days(Days::new(1))
        .and_then(|day| day.and_time(NaiveTime::MIN).and_local_timezone(shared.setup.zone).earliest());
    let until = midnight.map_or(step.now + KEPT, |midnight| midnight.to_utc());
    let (mut reached, mut invalid, mut forbidden) = (Vec::new(), Vec::new(), Vec::new());
    for user in users {
        let Some(person) = shared.setup.person(Platform::Dingtalk, user) else {
            invalid.push(user);
            continue;
        };
        // The same words to the same person are said once a day, and nobody is told.
        let digest = format!("dingtalk notice {}", hex(&Sha256::digest(format!("{user} {msg}"))));
        if step.world().remembered.get(&digest).is_some_and(|said| said.until > step.now) {
            forbidden.push(json!({ "userid": user, "code": "143106", "count": 1 }));
            continue;
        }
        step.change(Change::Remembered(digest, Remembered { answer: Value::Null, until }));
        let chat = ChatKey::person(Platform::Dingtalk, &person.id);
        step.post(&chat, None, body.clone());
        reached.push(chat);
    }
    let task = step.number();
    let result = json!({
        "invalid_user_id_list": invalid, "forbidden_user_id_list": [], "failed_user_id_list": [],
        "read_user_id_list": [], "unread_user_id_list": [], "invalid_dept_id_list": [],
        "forbidden_list": forbidden,
    });
    let until = step.now + KEPT;
    step.change(Change::Remembered(task_key(task), Remembered { answer: result, until }));
    Ok(ok(json!({ "task_id": task })).after(step.commit(), reached))
}

fn result(shared: &Shared, call: &Call) -> Result<Answer, Errcode> {
    let request = request(call)?;
    let task = request["task_id"].as_u64().ok_or_else(|| Errcode::parameter("缺少参数 task_id"))?;
    let state = shared.state();
    let known = state.world.remembered.get(&task_key(task)).filter(|task| task.until > shared.now());
    let known = known.ok_or_else(|| Errcode::parameter("task_id 不存在"))?;
    Ok(ok(json!({ "send_result": known.answer })))
}

fn task_key(task: u64) -> String {
    format!("dingtalk notice task {task}")
}

/// The body, of our app.
fn request(call: &Call) -> Result<Value, Errcode> {
    if call.method != Method::POST {
        return Err(Errcode::new(43002, "需要POST请求"));
    }
    let request = call.json().ok_or_else(|| Errcode::parameter("body 不是 JSON"))?;
    match request["agent_id"].as_i64() {
        Some(dingtalk_ids::AGENT_ID) => Ok(request),
        _ => Err(Errcode::parameter("agent_id 不合法")),
    }
}
