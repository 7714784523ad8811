//! 企业微信's side: `/cgi-bin/…`, HTTP 200 with an errcode, and the callbacks that go out.

mod appchat;
mod callbacks;
mod card;
mod media;
mod reads;
mod send;
mod tap;
mod update;
mod webhook;

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::call::{Answer, Call};
use super::fields::{Bad, Why};
use super::setup::{Platform, wecom_ids};
use super::shared::{Shared, random};
use super::tokens::BadToken;

pub(crate) use callbacks::{deliver, verify_url};
pub(crate) use tap::tap;

/// An errcode with its text; the answer carries it in the body and in two headers (wecom.md 0).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    errcode: i64,
    errmsg: String,
    more: Map<String, Value>,
}

impl Refusal {
    pub(crate) fn new(errcode: i64, errmsg: impl Into<String>) -> Self {
        Self { errcode, errmsg: errmsg.into(), more: Map::new() }
    }

    /// A field that the answer carries beside its errcode.
    fn with(mut self, name: &str, value: Value) -> Self {
        self.more.insert(name.to_owned(), value);
        self
    }

    fn parameter(path: &str) -> Self {
        Self::new(40058, format!("{path}. invalid Request Parameter"))
    }
}

impl From<Bad> for Refusal {
    fn from(bad: Bad) -> Self {
        let why = match bad.why {
            Why::Unknown => "unknown field",
            Why::Missing => "missing",
            Why::Type => "wrong type",
        };
        Self::parameter(&format!("{} {why}", bad.path))
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        let Refusal { errcode, errmsg, more } = refusal;
        let hint = u64::from_be_bytes(random());
        let errmsg = format!(
            "{errmsg}, hint: [{hint}], from ip: 127.0.0.1, more info at \
             https://open.work.weixin.qq.com/devtool/query?e={errcode}"
        );
        let mut body = Value::Object(more);
        body["errcode"] = json!(errcode);
        body["errmsg"] = json!(errmsg);
        let mut answer = Self::ok(body);
        answer.headers = vec![("error-code", errcode.to_string()), ("error-msg", errmsg)];
        answer
    }
}

/// Answers `/cgi-bin/…`.
pub(crate) fn answer(shared: &Shared, call: &Call) -> Answer {
    act(shared, call).unwrap_or_else(Answer::from)
}

fn act(shared: &Shared, call: &Call) -> Result<Answer, Refusal> {
    let name = call.path.trim_start_matches("/cgi-bin/");
    let Some(method) = method_of(name) else {
        // What the real gateway says for a path that it does not know.
        return Ok(Answer::ok(Value::Null).with_status(StatusCode::NOT_FOUND));
    };
    match (&method, &call.method) {
        (&Method::GET, &Method::GET) | (&Method::POST, &Method::POST) => {}
        (&Method::GET, _) => return Err(Refusal::new(43001, "require GET method")),
        _ => return Err(Refusal::new(43002, "require POST method")),
    }
    match name {
        "gettoken" => return gettoken(shared, call),
        "webhook/send" => return webhook::send(shared, call),
        "webhook/upload_media" => return media::upload_to_webhook(shared, call),
        _ => {}
    }
    let token = shared.state().tokens.check(Platform::Wecom, call.param("access_token"), shared.now());
    token.map_err(|bad| match bad {
        BadToken::Missing => Refusal::new(41001, "access_token missing"),
        BadToken::Unknown => Refusal::new(40014, "invalid access_token"),
        BadToken::Expired => Refusal::new(42001, "access_token expired"),
    })?;
    match name {
        "appchat/create" => appchat::create(shared, call),
        "appchat/update" => appchat::update(shared, call),
        "appchat/get" => appchat::get(shared, call),
        "appchat/send" => appchat::send(shared, call),
        "media/get" => media::get(shared, call),
        "media/upload" => media::upload(shared, call),
        "message/send" => send::send(shared, call),
        "message/update_template_card" => update::update(shared, call),
        _ => reads::read(shared, call, name),
    }
}

fn method_of(name: &str) -> Option<Method> {
    match name {
        "message/send"
        | "message/update_template_card"
        | "webhook/send"
        | "webhook/upload_media"
        | "media/upload"
        | "appchat/create"
        | "appchat/update"
        | "appchat/send" => Some(Method::POST),
        "gettoken" | "media/get" | "appchat/get" => Some(Method::GET),
        _ => reads::NAMES.contains(&name).then_some(Method::GET),
    }
}

/// `GET /cgi-bin/gettoken` (wecom.md 3.1): the same token within its life.
fn gettoken(shared: &Shared, call: &Call) -> Result<Answer, Refusal> {
    let corp = call.param("corpid").ok_or_else(|| Refusal::new(41002, "corpid missing"))?;
    let secret = call.param("corpsecret").ok_or_else(|| Refusal::new(41004, "corpsecret missing"))?;
    if corp != wecom_ids::CORP_ID {
        return Err(Refusal::new(40013, "invalid corpid"));
    }
    if secret != wecom_ids::SECRET {
        return Err(Refusal::new(40001, "invalid credential"));
    }
    let (token, left) = shared.state().tokens.issue(Platform::Wecom, shared.now(), false);
    Ok(ok(json!({ "access_token": token, "expires_in": left })))
}

/// A success with these fields beside it.
fn ok(mut body: Value) -> Answer {
    body["errcode"] = json!(0);
    body["errmsg"] = json!("ok");
    Answer::ok(body)
}

fn json_body(call: &Call) -> Result<Value, Refusal> {
    call.json().filter(Value::is_object).ok_or_else(|| Refusal::new(47001, "data format error"))
}

/// `text` cut to `max` bytes at the end of a character, as the platform cuts.
fn truncated(text: &str, max: usize) -> &str {
    let end = (0..=max.min(text.len())).rev().find(|&end| text.is_char_boundary(end));
    &text[..end.unwrap_or(0)]
}
