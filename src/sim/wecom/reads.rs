//! The few reads that a client and its doctor make: members, departments, callback addresses (wecom.md 1.4, 10.1).

use serde_json::{Value, json};

use super::{Refusal, ok};
use crate::sim::call::{Answer, Call};
use crate::sim::setup::{Person, Platform, Role};
use crate::sim::shared::Shared;

/// What can be read, all by GET.
pub(super) const NAMES: [&str; 7] = [
    "getcallbackip",
    "get_api_domain_ip",
    "user/get",
    "user/simplelist",
    "user/list",
    "department/list",
    "department/simplelist",
];

/// The root department, which holds all teams.
const ROOT: usize = 1;

/// Answers one of [`NAMES`].
pub(super) fn read(shared: &Shared, call: &Call, name: &str) -> Result<Answer, Refusal> {
    match name {
        "getcallbackip" | "get_api_domain_ip" => Ok(ok(json!({ "ip_list": ["127.0.0.1"] }))),
        "user/get" => {
            let id = call.param("userid").ok_or_else(|| Refusal::new(41009, "userid missing"))?;
            let person = shared.setup.person(Platform::Wecom, id);
            let person = person.ok_or_else(|| Refusal::new(60111, "userid not found"))?;
            Ok(ok(member(shared, person)))
        }
        "user/simplelist" | "user/list" => {
            let department = call.param("department_id").and_then(|id| id.parse::<usize>().ok());
            let department = department.ok_or_else(|| Refusal::new(60123, "invalid department id"))?;
            let people = shared.setup.people_of(Platform::Wecom);
            let members = people.filter(|person| department_of(shared, person) == department);
            let users: Vec<Value> = members.map(|person| member(shared, person)).collect();
            Ok(ok(json!({ "userlist": users })))
        }
        "department/simplelist" => Ok(ok(json!({ "department_id": departments(shared) }))),
        _ => Ok(ok(json!({ "department": departments(shared) }))),
    }
}

fn member(shared: &Shared, person: &Person) -> Value {
    let department = department_of(shared, person);
    json!({
        "userid": person.id,
        "name": person.name,
        "department": [department],
        "order": [0],
        "position": "",
        "is_leader_in_dept": [i32::from(person.role == Role::Manager)],
        "main_department": department,
        "status": 1,
    })
}

/// The root for who has no team, else 2 and up in the teams' order.
pub(super) fn department_of(shared: &Shared, person: &Person) -> usize {
    let teams = shared.setup.teams(Platform::Wecom);
    teams.iter().position(|team| *team == person.team).map_or(ROOT, |place| place + ROOT + 1)
}

fn departments(shared: &Shared) -> Vec<Value> {
    let teams = shared.setup.teams(Platform::Wecom);
    let root = json!({ "id": ROOT, "name": "公司", "parentid": 0, "order": 1 });
    let below = teams.iter().enumerate().map(
        |(place, team)| json!({ "id": place + ROOT + 1, "name": team, "parentid": ROOT, "order": place }),
    );
    std::iter::once(root).chain(below).collect()
}
