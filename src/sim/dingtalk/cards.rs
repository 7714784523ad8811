//! Interactive cards: create and deliver, update, and where their taps go (dingtalk.md 7.2, 7.3, 7.6).

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::Refused;
use crate::sim::call::Answer;
use crate::sim::fields::{Bad, Fields, Why};
use crate::sim::message::{Body, ChatKey, Track};
use crate::sim::setup::{Platform, dingtalk_ids};
use crate::sim::shared::Shared;
use crate::sim::world::{Change, Route};

/// The templates that need no card builder (dingtalk.md 7.7).
const TEMPLATES: [&str; 4] = [
    "589420e2-c1e2-46ef-a5ed-b8728e654da9.schema",
    "1366a1eb-bc54-4859-ac88-517c56a9acb1.schema",
    "382e4302-551d-4880-bf29-a30acfab2e71.schema",
    "7f538f6d-ebb7-4533-a9ac-61a32da094cf.schema",
];
/// Of an `outTrackId`, in characters.
const TRACK_MAX_CHARS: usize = 100;
/// Of a variable's name.
const KEY_MAX_BYTES: usize = 100;

const CREATE_NAMES: [&str; 19] = [
    "cardTemplateId",
    "outTrackId",
    "callbackType",
    "callbackRouteKey",
    "cardData",
    "privateData",
    "openSpaceId",
    "imGroupOpenSpaceModel",
    "imRobotOpenSpaceModel",
    "imSingleOpenSpaceModel",
    "imGroupOpenDeliverModel",
    "imRobotOpenDeliverModel",
    "imSingleOpenDeliverModel",
    "topOpenSpaceModel",
    "topOpenDeliverModel",
    "userId",
    "userIdType",
    "cardAtUserIds",
    "openDynamicDataConfig",
];

/// A card's variables.
type Params = BTreeMap<String, String>;

fn invalid(what: &str) -> Refused {
    Refused::bad("param.invalid", &format!("无效的参数 {what}"))
}

fn refuse(bad: Bad) -> Refused {
    match bad.why {
        Why::Missing => Refused::bad("param.empty", &format!("缺少参数 {}", bad.path)),
        Why::Unknown | Why::Type => invalid(&bad.path),
    }
}

fn needed<'a>(fields: &Fields<'a>, name: &str, code: &str) -> Result<&'a str, Refused> {
    match fields.text(name).map_err(refuse)? {
        "" => Err(Refused::bad(code, &format!("缺少参数 {name}"))),
        text => Ok(text),
    }
}

/// `POST /v1.0/card/instances/createAndDeliver`.
pub(super) fn create_and_deliver(shared: &Shared, body: &Value) -> Result<Answer, Refused> {
    let fields = Fields::root(body).map_err(refuse)?;
    fields.only(&CREATE_NAMES).map_err(refuse)?;
    let id = needed(&fields, "outTrackId", "param.outTrackIdEmpty")?;
    if id.chars().count() > TRACK_MAX_CHARS {
        return Err(invalid("outTrackId"));
    }
    let track = read_track(shared, &fields)?;
    let spaces = read_spaces(shared, &fields)?;

    let mut step = shared.step();
    if step.world().tracks.contains_key(id) {
        return Err(Refused::bad("param.cardAlreadyExist", "卡片已存在"));
    }
    let carrier = step.handle();
    let mut cards = Vec::new();
    let mut results = Vec::new();
    for space in &spaces {
        let legal = space.chat.is_some();
        if let Some(chat) = &space.chat {
            cards.push(step.post(chat, None, Body::Dingtalk { out_track_id: id.to_owned() }));
        }
        results.push(json!({
            "spaceType": space.kind,
            "spaceId": space.id,
            "success": legal,
            "carrierId": if legal { carrier.as_str() } else { "" },
            "errorMsg": if legal { "" } else { "spaceId is illegal" },
        }));
    }
    let reached = cards.iter().map(|card| card.chat.clone()).collect();
    if !cards.is_empty() {
        step.change(Change::Tracked(id.to_owned(), Track { cards, ..track }));
    }
    let answer = json!({ "success": true, "result": { "outTrackId": id, "deliverResults": results } });
    Ok(Answer::ok(answer).after(step.commit(), reached))
}

fn read_track(shared: &Shared, fields: &Fields<'_>) -> Result<Track, Refused> {
    let template = needed(fields, "cardTemplateId", "param.cardTemplateIdEmpty")?;
    let own = shared.setup.card_templates.iter().any(|own| own == template);
    if !own && !TEMPLATES.contains(&template) {
        return Err(Refused::bad("param.templateNotExist", "卡片模板不存在"));
    }
    let text = |name: &str| fields.text(name).map_err(refuse);
    let callback_type = Some(text("callbackType")?.to_owned()).filter(|kind| !kind.is_empty());
    let route = Some(text("callbackRouteKey")?.to_owned()).filter(|key| !key.is_empty());
    match callback_type.as_deref() {
        None | Some("STREAM") => {}
        Some("HTTP") if route.is_some() => {}
        Some("HTTP") => return Err(invalid("callbackRouteKey")),
        Some(_) => return Err(invalid("callbackType")),
    }
    if fields.int("userIdType").map_err(refuse)?.is_some_and(|kind| kind != 1) {
        // Cards are addressed by userId here; a unionId would be nobody's.
        return Err(Refused::bad("param.userIdNotExist", "用户不存在"));
    }
    let (params, private) = read_data(shared, fields)?;
    let params = params.ok_or_else(|| Refused::bad("param.cardPublicDataEmpty", "缺少参数 cardData"))?;
    Ok(Track { template: template.to_owned(), callback_type, route, params, private, cards: Vec::new() })
}

/// `cardData` and `privateData` of a create or an update.
fn read_data(
    shared: &Shared,
    fields: &Fields<'_>,
) -> Result<(Option<Params>, BTreeMap<String, Params>), Refused> {
    let public = fields.object("cardData").map_err(refuse)?;
    let public = public.map(|data| read_params(&data)).transpose()?;
    let mut private = BTreeMap::new();
    if let Some(by_user) = fields.object("privateData").map_err(refuse)? {
        for user in by_user.map.keys() {
            if shared.setup.person(Platform::Dingtalk, user).is_none() {
                return Err(Refused::bad("param.userIdNotExist", "用户不存在"));
            }
            if let Some(data) = by_user.object(user).map_err(refuse)? {
                private.insert(user.clone(), read_params(&data)?);
            }
        }
    }
    Ok((public, private))
}

/// `{"cardParamMap":{…}}` with strings alone.
pub(super) fn read_params(data: &Fields<'_>) -> Result<Params, Refused> {
    data.only(&["cardParamMap"]).map_err(refuse)?;
    let Some(map) = data.object("cardParamMap").map_err(refuse)? else {
        return Err(Refused::bad("param.cardPublicDataEmpty", "缺少参数 cardParamMap"));
    };
    let mut params = Params::new();
    for (key, value) in map.map {
        let text = value.as_str().filter(|_| key.len() <= KEY_MAX_BYTES);
        let text = text.ok_or_else(|| invalid(&format!("cardParamMap.{key}")))?;
        params.insert(key.clone(), text.to_owned());
    }
    Ok(params)
}

/// Where a card goes; without a chat the space is illegal, and HTTP 200 hides it.
struct Space {
    kind: String,
    id: String,
    chat: Option<ChatKey>,
}

/// `dtv1.card//TYPE.id[;TYPE.id…]`, each with its two models.
fn read_spaces(shared: &Shared, fields: &Fields<'_>) -> Result<Vec<Space>, Refused> {
    let text = needed(fields, "openSpaceId", "param.openSpaceIdEmpty")?;
    let illegal = || Refused::bad("param.openSpaceIdInvalid", "无效的参数 openSpaceId");
    let list = text.strip_prefix("dtv1.card//").ok_or_else(illegal)?;
    let mut spaces = Vec::new();
    for space in list.split(';') {
        let (kind, id) = space.split_once('.').filter(|(_, id)| !id.is_empty()).ok_or_else(illegal)?;
        let chat = match kind {
            "IM_ROBOT" => {
                check_models(fields, "imRobotOpenSpaceModel", "imRobotOpenDeliverModel")?;
                robot_chat(shared, id)?
            }
            "IM_GROUP" => {
                check_models(fields, "imGroupOpenSpaceModel", "imGroupOpenDeliverModel")?;
                let group = shared.setup.group(Platform::Dingtalk, id);
                group.map(|group| ChatKey::group(Platform::Dingtalk, &group.id))
            }
            _ => return Err(illegal()),
        };
        spaces.push(Space { kind: kind.to_owned(), id: id.to_owned(), chat });
    }
    Ok(spaces)
}

/// A conversation id where a person belongs is illegal; a person nobody knows is refused outright.
fn robot_chat(shared: &Shared, id: &str) -> Result<Option<ChatKey>, Refused> {
    match shared.setup.person(Platform::Dingtalk, id) {
        Some(person) => Ok(Some(ChatKey::person(Platform::Dingtalk, &person.id))),
        None if id.starts_with("cid") => Ok(None),
        None => Err(Refused::bad("param.userIdNotExist", "用户不存在")),
    }
}

fn check_models(fields: &Fields<'_>, space: &str, deliver: &str) -> Result<(), Refused> {
    let bad_space = || Refused::bad("param.openSpaceModelInvalid", &format!("无效的参数 {space}"));
    let model = fields.object(space).map_err(|_| bad_space())?.ok_or_else(bad_space)?;
    let names = ["supportForward", "lastMessageI18n", "searchSupport", "notification"];
    model.only(&names).map_err(|_| bad_space())?;
    model.flag("supportForward").map_err(|_| bad_space())?.ok_or_else(bad_space)?;

    let bad_deliver = || Refused::bad("param.openDeliverModelError", &format!("无效的参数 {deliver}"));
    let Some(model) = fields.object(deliver).map_err(|_| bad_deliver())? else {
        return Err(Refused::bad("param.openDeliverModelEmpty", &format!("缺少参数 {deliver}")));
    };
    let names = ["spaceType", "robotCode", "extension", "atUserIds", "recipients"];
    model.only(&names).map_err(|_| bad_deliver())?;
    let in_group = deliver.starts_with("imGroup");
    match model.text("robotCode").map_err(|_| bad_deliver())? {
        dingtalk_ids::APP_KEY => {}
        "" if !in_group => {}
        _ => return Err(bad_deliver()),
    }
    match model.text("spaceType").map_err(|_| bad_deliver())? {
        "IM_ROBOT" if !in_group => Ok(()),
        "" | "IM_GROUP" if in_group => Ok(()),
        _ => Err(bad_deliver()),
    }
}

/// `PUT /v1.0/card/instances`: overwrites, unless told to change by key.
pub(super) fn update(shared: &Shared, body: &Value) -> Result<Answer, Refused> {
    let fields = Fields::root(body).map_err(refuse)?;
    let names = ["outTrackId", "cardData", "privateData", "cardUpdateOptions", "userIdType"];
    fields.only(&names).map_err(refuse)?;
    let id = needed(&fields, "outTrackId", "param.outTrackIdEmpty")?;
    let (public, private) = read_data(shared, &fields)?;
    if public.is_none() && private.is_empty() {
        return Err(Refused::bad("param.cardDataAndPrivateDataBothEmpty", "缺少参数 cardData"));
    }
    let by_key = ByKey::read(&fields)?;
    let mut step = shared.step();
    let track = step.world().tracks.get(id).cloned();
    let mut track = track.ok_or_else(|| Refused::bad("param.cardNotExist", "卡片不存在"))?;
    by_key.change(&mut track, public, private);
    let reached = track.cards.iter().map(|card| card.chat.clone()).collect();
    step.change(Change::Tracked(id.to_owned(), track));
    Ok(Answer::ok(json!({ "success": true, "result": true })).after(step.commit(), reached))
}

/// `cardUpdateOptions`.
pub(super) struct ByKey {
    public: bool,
    private: bool,
}

impl ByKey {
    pub(super) fn read(fields: &Fields<'_>) -> Result<Self, Refused> {
        let Some(options) = fields.object("cardUpdateOptions").map_err(refuse)? else {
            return Ok(Self { public: false, private: false });
        };
        options.only(&["updateCardDataByKey", "updatePrivateDataByKey"]).map_err(refuse)?;
        let flag = |name: &str| options.flag(name).map(|flag| flag == Some(true)).map_err(refuse);
        Ok(Self { public: flag("updateCardDataByKey")?, private: flag("updatePrivateDataByKey")? })
    }

    pub(super) fn change(
        &self,
        track: &mut Track,
        public: Option<Params>,
        private: BTreeMap<String, Params>,
    ) {
        if let Some(params) = public {
            if !self.public {
                track.params.clear();
            }
            track.params.extend(params);
        }
        for (user, params) in private {
            let own = track.private.entry(user).or_default();
            if !self.private {
                own.clear();
            }
            own.extend(params);
        }
    }
}

/// `POST /v1.0/card/callbacks/register`.
pub(super) fn register(shared: &Shared, body: &Value) -> Result<Answer, Refused> {
    let fields = Fields::root(body).map_err(refuse)?;
    let names = ["callbackRouteKey", "callbackUrl", "apiSecret", "forceUpdate"];
    fields.only(&names).map_err(refuse)?;
    let key = needed(&fields, "callbackRouteKey", "param.callbackRouteKeyEmpty")?;
    let url = needed(&fields, "callbackUrl", "param.callbackUrlEmpty")?;
    let secret = fields.text("apiSecret").map_err(refuse)?;
    let force = fields.flag("forceUpdate").map_err(refuse)? == Some(true);
    let new =
        Route { url: url.to_owned(), secret: Some(secret.to_owned()).filter(|secret| !secret.is_empty()) };
    let mut step = shared.step();
    if step.world().routes.get(key).is_some_and(|old| !force && *old != new) {
        let code = "param.callbackRouteKeyExist";
        return Err(Refused::new(StatusCode::INTERNAL_SERVER_ERROR, code, "callbackRouteKey 已存在"));
    }
    step.change(Change::Routed(key.to_owned(), new.clone()));
    let result = json!({ "callbackUrl": new.url, "apiSecret": new.secret });
    Ok(Answer::ok(json!({ "success": true, "result": result })).after(step.commit(), Vec::new()))
}
