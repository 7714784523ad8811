//! A few reads of the old contact API, for sync and the doctor (dingtalk.md 10).

use axum::http::Method;
use serde_json::{Value, json};

use super::{Errcode, ok};
use crate::sim::call::{Answer, Call};
use crate::sim::setup::{Person, Platform, Role, hex};
use crate::sim::shared::Shared;

type Read = fn(&Shared, &Call) -> Result<Answer, Errcode>;

/// The root department; teams are 2 and up.
const ROOT: usize = 1;

/// The read at `path`, if there is one.
pub(super) fn find(path: &str) -> Option<Read> {
    match path {
        "/topapi/v2/user/get" => Some(user),
        "/topapi/user/listid" => Some(ids),
        "/topapi/v2/user/list" => Some(list),
        "/topapi/v2/department/listsub" => Some(departments),
        "/auth/scopes" => Some(scopes),
        _ => None,
    }
}

fn user(shared: &Shared, call: &Call) -> Result<Answer, Errcode> {
    let request = request(call)?;
    let id = request["userid"].as_str().ok_or_else(|| Errcode::parameter("缺少参数 userid"))?;
    let person = shared.setup.person(Platform::Dingtalk, id);
    let person = person.ok_or_else(|| Errcode::new(60121, "找不到该用户"))?;
    Ok(ok(json!({ "result": member(shared, person) })))
}

fn ids(shared: &Shared, call: &Call) -> Result<Answer, Errcode> {
    let people = in_department(shared, &request(call)?)?;
    let ids: Vec<&str> = people.iter().map(|person| person.id.as_str()).collect();
    Ok(ok(json!({ "result": { "userid_list": ids } })))
}

fn list(shared: &Shared, call: &Call) -> Result<Answer, Errcode> {
    let people = in_department(shared, &request(call)?)?;
    let members: Vec<Value> = people.into_iter().map(|person| member(shared, person)).collect();
    Ok(ok(json!({ "result": { "has_more": false, "list": members } })))
}

fn departments(shared: &Shared, call: &Call) -> Result<Answer, Errcode> {
    let parent = request(call)?["dept_id"].as_u64().unwrap_or(1);
    let teams = if parent == 1 { shared.setup.teams(Platform::Dingtalk) } else { Vec::new() };
    let below = teams
        .iter()
        .enumerate()
        .map(|(place, team)| json!({ "dept_id": place + ROOT + 1, "name": team, "parent_id": ROOT }));
    Ok(ok(json!({ "result": below.collect::<Vec<Value>>() })))
}

fn scopes(_: &Shared, call: &Call) -> Result<Answer, Errcode> {
    if call.method != Method::GET {
        return Err(Errcode::new(43001, "需要GET请求"));
    }
    Ok(ok(json!({
        "auth_user_field": ["userid", "name"],
        "auth_org_scopes": { "authed_dept": [ROOT], "authed_user": [] },
    })))
}

fn request(call: &Call) -> Result<Value, Errcode> {
    if call.method != Method::POST {
        return Err(Errcode::new(43002, "需要POST请求"));
    }
    call.json().filter(Value::is_object).ok_or_else(|| Errcode::parameter("缺少参数 json"))
}

fn in_department<'a>(shared: &'a Shared, request: &Value) -> Result<Vec<&'a Person>, Errcode> {
    let id = request["dept_id"].as_u64().ok_or_else(|| Errcode::parameter("缺少参数 dept_id"))?;
    let people = shared.setup.people_of(Platform::Dingtalk);
    Ok(people.filter(|person| u64::try_from(department(shared, person)) == Ok(id)).collect())
}

fn department(shared: &Shared, person: &Person) -> usize {
    let teams = shared.setup.teams(Platform::Dingtalk);
    teams.iter().position(|team| *team == person.team).map_or(ROOT, |place| place + ROOT + 1)
}

fn member(shared: &Shared, person: &Person) -> Value {
    let department = department(shared, person);
    json!({
        "userid": person.id,
        "unionid": format!("{}iEiE", hex(person.id.as_bytes())),
        "name": person.name,
        "dept_id_list": [department],
        "leader_in_dept": [{ "dept_id": department, "leader": person.role == Role::Manager }],
        "admin": person.role == Role::Admin,
        "boss": false,
        "active": true,
        "real_authed": true,
    })
}
