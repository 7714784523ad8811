//! `/cgi-bin/appchat/…` (wecom.md 5.1): chats that the app makes, and speaks in.

use serde_json::json;

use super::{Refusal, json_body, ok, truncated};
use crate::sim::call::{Answer, Call};
use crate::sim::fields::Fields;
use crate::sim::message::{Body, ChatKey};
use crate::sim::setup::Platform;
use crate::sim::shared::Shared;
use crate::sim::world::{AppChat, Change};

const NAME_MAX_CHARS: usize = 50;
const ID_MAX_BYTES: usize = 32;
const MEMBERS: std::ops::RangeInclusive<usize> = 2..=2_000;
/// Text and markdown; more is cut.
const TEXT_MAX_BYTES: usize = 2_048;

pub(super) fn create(shared: &Shared, call: &Call) -> Result<Answer, Refusal> {
    let request = json_body(call)?;
    let fields = Fields::root(&request)?;
    fields.only(&["name", "owner", "userlist", "chatid"])?;
    let members: Vec<String> = fields.texts("userlist")?.into_iter().map(str::to_owned).collect();
    check_members(shared, &members)?;
    let owner = match fields.text("owner")? {
        "" => members[0].clone(),
        owner if members.iter().any(|member| member.eq_ignore_ascii_case(owner)) => owner.to_owned(),
        _ => return Err(Refusal::new(86207, "owner not in userlist")),
    };
    let chat = AppChat { name: name(&fields)?.to_owned(), owner, members };
    let mut step = shared.step();
    let id = match fields.text("chatid")? {
        "" => step.handle(),
        id if id.len() > ID_MAX_BYTES => return Err(Refusal::new(86203, "chatid is too long")),
        id if !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            return Err(Refusal::new(86001, "invalid chatid"));
        }
        id => id.to_owned(),
    };
    if step.world().app_chats.contains_key(&id) {
        return Err(Refusal::new(86215, "chatid exists"));
    }
    step.change(Change::ChatMade(id.clone(), chat));
    Ok(ok(json!({ "chatid": id })).after(step.commit(), Vec::new()))
}

pub(super) fn update(shared: &Shared, call: &Call) -> Result<Answer, Refusal> {
    let request = json_body(call)?;
    let fields = Fields::root(&request)?;
    fields.only(&["chatid", "name", "owner", "add_user_list", "del_user_list"])?;
    let mut step = shared.step();
    let id = fields.text("chatid")?.to_owned();
    let mut chat = step.world().app_chats.get(&id).cloned().ok_or_else(unknown)?;
    if fields.has("name") {
        chat.name = name(&fields)?.to_owned();
    }
    let leaving = fields.texts("del_user_list")?;
    chat.members.retain(|member| !leaving.iter().any(|user| user.eq_ignore_ascii_case(member)));
    for user in fields.texts("add_user_list")? {
        if !chat.members.iter().any(|member| member.eq_ignore_ascii_case(user)) {
            chat.members.push(user.to_owned());
        }
    }
    check_members(shared, &chat.members)?;
    match fields.text("owner")? {
        "" => {}
        owner if chat.members.iter().any(|member| member.eq_ignore_ascii_case(owner)) => {
            chat.owner = owner.to_owned();
        }
        _ => return Err(Refusal::new(86207, "owner not in userlist")),
    }
    step.change(Change::ChatMade(id, chat));
    Ok(ok(json!({})).after(step.commit(), Vec::new()))
}

pub(super) fn get(shared: &Shared, call: &Call) -> Result<Answer, Refusal> {
    let id = call.param("chatid").ok_or_else(|| Refusal::new(86003, "chatid missing"))?;
    let state = shared.state();
    let chat = state.world.app_chats.get(id).ok_or_else(unknown)?;
    Ok(ok(json!({ "chat_info": {
        "chatid": id, "name": chat.name, "owner": chat.owner, "userlist": chat.members, "chat_type": 0
    } })))
}

pub(super) fn send(shared: &Shared, call: &Call) -> Result<Answer, Refusal> {
    let request = json_body(call)?;
    let fields = Fields::root(&request)?;
    let kind = fields.text("msgtype")?;
    // What else the platform takes here, the service never says.
    if !matches!(kind, "text" | "markdown") {
        return Err(Refusal::new(40008, "invalid message type"));
    }
    fields.only(&["chatid", "msgtype", kind, "safe"])?;
    let Some(object) = fields.object(kind)? else {
        return Err(Refusal::new(44004, "empty content"));
    };
    object.only(&["content"])?;
    let said = truncated(
        object.needed("content").map_err(|_| Refusal::new(44004, "empty content"))?,
        TEXT_MAX_BYTES,
    );
    let body = match kind {
        "text" => Body::Text(said.to_owned()),
        _ => Body::Markdown { title: String::new(), text: said.to_owned() },
    };
    let id = fields.text("chatid")?;
    let mut step = shared.step();
    if !step.world().app_chats.contains_key(id) {
        return Err(unknown());
    }
    let chat = ChatKey::group(Platform::Wecom, id);
    step.post(&chat, None, body);
    Ok(ok(json!({})).after(step.commit(), vec![chat]))
}

fn unknown() -> Refusal {
    Refusal::new(86001, "invalid chatid")
}

fn name<'a>(fields: &Fields<'a>) -> Result<&'a str, Refusal> {
    let name = fields.text("name")?;
    if name.chars().count() > NAME_MAX_CHARS {
        return Err(Refusal::new(86004, "invalid chat name"));
    }
    Ok(name)
}

fn check_members(shared: &Shared, members: &[String]) -> Result<(), Refusal> {
    if !MEMBERS.contains(&members.len()) {
        return Err(Refusal::new(86006, "invalid chat member count"));
    }
    let unknown = members.iter().find(|member| shared.setup.person(Platform::Wecom, member).is_none());
    match unknown {
        Some(member) => Err(Refusal::new(86007, format!("invalid chat member {member}"))),
        None => Ok(()),
    }
}
