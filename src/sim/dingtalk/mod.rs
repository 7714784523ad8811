//! 钉钉's side: the new API (`/v1.0/…`, HTTP status and a code in words), the old one (HTTP 200 and an errcode), and
//! the callbacks that go out.

mod callbacks;
mod cards;
mod contacts;
mod media;
mod notices;
mod robot;
mod taps;
mod webhook;

use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::call::{Answer, Call};
use super::fields::{Bad, Why};
use super::setup::{Platform, dingtalk_ids, hex, uuid};
use super::shared::{Shared, random};
use super::tokens::{BadToken, LIFE_SECS};

pub(crate) use callbacks::{deliver_message, verify_events_url};
pub(crate) use taps::{deliver_tap, tap};

/// Calls of one API a second, on the standard edition.
const QPS: usize = 20;

/// A refusal of the new API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    status: StatusCode,
    code: String,
    message: String,
}

impl Refused {
    pub(crate) fn new(status: StatusCode, code: &str, message: &str) -> Self {
        Self { status, code: code.to_owned(), message: message.to_owned() }
    }

    pub(crate) fn too_often() -> Self {
        let code = "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi";
        Self::new(StatusCode::FORBIDDEN, code, "钉钉开放平台当前接口每秒的请求次数超过了限制")
    }

    pub(crate) fn busy() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "system.busy", "系统繁忙")
    }

    fn bad(code: &str, message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }
}

impl From<Refused> for Answer {
    fn from(refused: Refused) -> Self {
        let Refused { status, code, message } = refused;
        let request = uuid(&hex(&random::<16>())).to_uppercase();
        Self::ok(json!({ "code": code, "message": message, "requestid": request })).with_status(status)
    }
}

/// A refusal of the old API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Errcode {
    errcode: i64,
    errmsg: String,
    sub_msg: Option<String>,
}

impl Errcode {
    pub(crate) fn new(errcode: i64, errmsg: &str) -> Self {
        Self { errcode, errmsg: errmsg.to_owned(), sub_msg: None }
    }

    pub(crate) fn too_often() -> Self {
        Self::new(90018, "您的服务器调用钉钉开放平台当前接口的请求次数超过了限制")
    }

    pub(crate) fn robot_too_often() -> Self {
        Self::new(130_101, "send too fast, exceed 20 times per minute")
    }

    fn parameter(what: &str) -> Self {
        Self::new(40035, &format!("不合法的参数: {what}"))
    }
}

impl From<Bad> for Errcode {
    fn from(bad: Bad) -> Self {
        let why = match bad.why {
            Why::Unknown => "unknown",
            Why::Missing => "missing",
            Why::Type => "wrong type",
        };
        Self::parameter(&format!("{} {why}", bad.path))
    }
}

impl From<Errcode> for Answer {
    fn from(refused: Errcode) -> Self {
        let Errcode { errcode, errmsg, sub_msg } = refused;
        let mut body = json!({ "errcode": errcode, "errmsg": errmsg, "request_id": old_request_id() });
        if let Some(sub_msg) = sub_msg {
            body["sub_msg"] = json!(sub_msg);
        }
        Self::ok(body)
    }
}

fn old_request_id() -> String {
    hex(&random::<6>())
}

/// Answers `/v1.0/…`.
pub(crate) fn answer_new(shared: &Shared, call: &Call) -> Answer {
    act_new(shared, call).unwrap_or_else(Answer::from)
}

fn act_new(shared: &Shared, call: &Call) -> Result<Answer, Refused> {
    let corp_token = format!("/v1.0/oauth2/{}/token", dingtalk_ids::CORP_ID);
    match (&call.method, call.path.as_str()) {
        (&Method::POST, "/v1.0/oauth2/accessToken") => return access_token(shared, &json_body(call)?),
        (&Method::POST, path) if path == corp_token => return client_token(shared, &json_body(call)?),
        _ => {}
    }
    let act: fn(&Shared, &Value) -> Result<Answer, Refused> = match (&call.method, call.path.as_str()) {
        (&Method::POST, "/v1.0/robot/oToMessages/batchSend") => robot::batch_send,
        (&Method::POST, "/v1.0/robot/groupMessages/send") => robot::group_send,
        (&Method::POST, "/v1.0/robot/messageFiles/download") => media::download,
        (&Method::POST, "/v1.0/card/instances/createAndDeliver") => cards::create_and_deliver,
        (&Method::PUT, "/v1.0/card/instances") => cards::update,
        (&Method::POST, "/v1.0/card/callbacks/register") => cards::register,
        _ => return Err(Refused::new(StatusCode::NOT_FOUND, "error.notFound", "请求的接口不存在")),
    };
    let token = call.header("x-acs-dingtalk-access-token");
    let checked = shared.state().tokens.check(Platform::Dingtalk, token, shared.now());
    checked.map_err(|_| Refused::bad("InvalidAuthentication", "不合法的access_token"))?;
    if !within_qps(shared, call) {
        return Err(Refused::too_often());
    }
    act(shared, &json_body(call)?)
}

/// Counts a call against its API's limit a second.
fn within_qps(shared: &Shared, call: &Call) -> bool {
    let what = format!("dingtalk {} {}", call.method, call.path);
    let now = shared.now();
    shared.state().limits.allow(what, now, QPS, TimeDelta::seconds(1))
}

/// The new API takes JSON only.
fn json_body(call: &Call) -> Result<Value, Refused> {
    let body = call.is_json_typed().then(|| call.json()).flatten();
    body.filter(Value::is_object)
        .ok_or_else(|| Refused::bad("Missingbody", "body is mandatory for this action"))
}

/// `POST /v1.0/oauth2/accessToken` (dingtalk.md 1.1): the same token within its life, renewed.
fn access_token(shared: &Shared, body: &Value) -> Result<Answer, Refused> {
    if !is_our_app(body["appKey"].as_str(), body["appSecret"].as_str()) {
        return Err(Refused::bad("invalidClientIdOrSecret", "无效的clientId或者clientSecret"));
    }
    Ok(Answer::ok(json!({ "accessToken": issue(shared), "expireIn": LIFE_SECS })))
}

/// `POST /v1.0/oauth2/{corpId}/token`, in snake case.
fn client_token(shared: &Shared, body: &Value) -> Result<Answer, Refused> {
    if body["grant_type"].as_str() != Some("client_credentials") {
        return Err(Refused::bad("unsupported.grant.type", "不支持的授权类型"));
    }
    if !is_our_app(body["client_id"].as_str(), body["client_secret"].as_str()) {
        return Err(Refused::bad("invalid.client", "无效的client"));
    }
    Ok(Answer::ok(json!({ "access_token": issue(shared), "expires_in": LIFE_SECS })))
}

fn is_our_app(key: Option<&str>, secret: Option<&str>) -> bool {
    key == Some(dingtalk_ids::APP_KEY) && secret == Some(dingtalk_ids::APP_SECRET)
}

fn issue(shared: &Shared) -> String {
    shared.state().tokens.issue(Platform::Dingtalk, shared.now(), true).0
}

/// What answers a path of the old API.
type OldCall = fn(&Shared, &Call) -> Result<Answer, Errcode>;

/// Answers the old API.
pub(crate) fn answer_old(shared: &Shared, call: &Call) -> Answer {
    act_old(shared, call).unwrap_or_else(Answer::from)
}

fn act_old(shared: &Shared, call: &Call) -> Result<Answer, Errcode> {
    match (&call.method, call.path.as_str()) {
        (&Method::GET, "/gettoken") => return gettoken(shared, call),
        (&Method::POST, "/robot/send") => return webhook::send(shared, call),
        (&Method::GET, media::PATH) => return Ok(media::file(shared, call)),
        (&Method::POST, "/robot/sendBySession") => return webhook::send_by_session(shared, call),
        _ => {}
    }
    let upload = call.method == Method::POST && call.path == media::UPLOAD;
    let found = if upload { Some(media::upload as OldCall) } else { contacts::find(&call.path) };
    let found = found.or_else(|| notices::find(&call.path));
    let Some(act) = found else {
        let api = call.path.trim_matches('/').trim_start_matches("topapi/").replace('/', ".");
        let sub_msg = format!("不合法ApiName，ApiName = dingtalk.oapi.{api}");
        let errmsg = format!("Invalid method[submsg={sub_msg}]");
        return Err(Errcode { errcode: 22, errmsg, sub_msg: Some(sub_msg) });
    };
    let token = shared.state().tokens.check(Platform::Dingtalk, call.param("access_token"), shared.now());
    token.map_err(|bad| match bad {
        BadToken::Missing => Errcode::new(41001, "缺少access_token参数"),
        BadToken::Unknown => Errcode::new(40014, "不合法的access_token"),
        BadToken::Expired => Errcode::new(42001, "access_token超时"),
    })?;
    if !within_qps(shared, call) {
        return Err(Errcode::too_often());
    }
    act(shared, call)
}

/// `GET /gettoken`: the old form of the same token.
fn gettoken(shared: &Shared, call: &Call) -> Result<Answer, Errcode> {
    if call.param("appkey") != Some(dingtalk_ids::APP_KEY) {
        return Err(Errcode::new(40089, "不合法的corpid或corpsecret"));
    }
    if call.param("appsecret") != Some(dingtalk_ids::APP_SECRET) {
        return Err(Errcode::new(40001, "获取access_token时Secret错误，或者access_token无效"));
    }
    Ok(ok(json!({ "access_token": issue(shared), "expires_in": LIFE_SECS })))
}

/// A success of the old API with these fields beside it.
fn ok(mut body: Value) -> Answer {
    body["errcode"] = json!(0);
    body["errmsg"] = json!("ok");
    body["request_id"] = json!(old_request_id());
    Answer::ok(body)
}
