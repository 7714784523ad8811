//! A call to one of the platforms: read, struck by faults, answered by `wecom` or `dingtalk`, and told of only when
//! the world it made is on disk. Everything that is not `/sim/…` or the page comes here.

use std::collections::HashMap;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::faults::Failure;
use super::files::Served;
use super::message::ChatKey;
use super::persist::Ticket;
use super::road::{Sent, Stopwatch};
use super::setup::Platform;
use super::{Sim, dingtalk, wecom};

/// More than any call of the platforms may carry.
const BODY_MAX_BYTES: usize = 24 << 20;

/// Which manners a path has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Wecom,
    /// `api.dingtalk.com`: HTTP status and a code in words.
    DingtalkNew,
    /// `oapi.dingtalk.com`: HTTP 200 and an errcode.
    DingtalkOld,
}

impl Family {
    fn of(path: &str) -> Option<Self> {
        const OLD: [&str; 9] = [
            "/topapi/",
            "/gettoken",
            "/robot/",
            "/media/",
            "/get_jsapi_ticket",
            "/auth/",
            "/call_back/",
            "/user/",
            "/department/",
        ];
        if path.starts_with("/cgi-bin/") {
            Some(Self::Wecom)
        } else if path.starts_with("/v1.0/") || path.starts_with("/v2.0/") {
            Some(Self::DingtalkNew)
        } else {
            OLD.iter().any(|prefix| path.starts_with(prefix)).then_some(Self::DingtalkOld)
        }
    }

    fn platform(self) -> Platform {
        match self {
            Self::Wecom => Platform::Wecom,
            Self::DingtalkNew | Self::DingtalkOld => Platform::Dingtalk,
        }
    }
}

/// A call as it came.
pub(crate) struct Call {
    pub method: Method,
    pub path: String,
    pub query: HashMap<String, String>,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Call {
    async fn read(request: Request) -> Result<Self, axum::Error> {
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, BODY_MAX_BYTES).await?;
        let path = parts.uri.path().to_owned();
        Ok(Self { method: parts.method, path, query: query_of(&parts.uri), headers: parts.headers, body })
    }

    /// A query parameter that holds something.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body, if it is JSON.
    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    pub(crate) fn is_json_typed(&self) -> bool {
        self.header("content-type").is_some_and(|kind| kind.trim_start().starts_with("application/json"))
    }
}

fn query_of(uri: &Uri) -> HashMap<String, String> {
    Query::try_from_uri(uri).map(|Query(query)| query).unwrap_or_default()
}

/// What a platform answers.
pub(crate) struct Answer {
    pub status: StatusCode,
    /// `null` is an empty body.
    pub body: Value,
    pub headers: Vec<(&'static str, String)>,
    /// The chats in which something appeared or changed.
    pub reached: Vec<ChatKey>,
    /// What must be on disk before.
    pub ticket: Option<Ticket>,
    /// A file in place of the body.
    pub file: Option<Served>,
}

impl Answer {
    pub(crate) fn ok(body: Value) -> Self {
        Self {
            status: StatusCode::OK,
            body,
            headers: Vec::new(),
            reached: Vec::new(),
            ticket: None,
            file: None,
        }
    }

    /// A file as it is saved; the drawer shows its size.
    pub(crate) fn of_file(file: Served) -> Self {
        let shown = Value::String(format!("[{} bytes of {}]", file.bytes.len(), file.kind));
        Self { file: Some(file), ..Self::ok(shown) }
    }

    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    pub(crate) fn after(self, ticket: Ticket, reached: Vec<ChatKey>) -> Self {
        Self { ticket: Some(ticket), reached, ..self }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        if let Some(file) = self.file {
            return file.into_attachment();
        }
        let body = if self.body.is_null() { Body::empty() } else { Body::from(self.body.to_string()) };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        let json = HeaderValue::from_static("application/json; charset=UTF-8");
        headers.insert(header::CONTENT_TYPE, json);
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
                headers.insert(name, value);
            }
        }
        response
    }
}

/// The platforms' side of the router.
pub(crate) async fn answer(State(sim): State<Sim>, request: Request) -> Response {
    let Some(family) = Family::of(request.uri().path()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let Ok(call) = Call::read(request).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let watch = Stopwatch::start();
    let plan = sim.0.state().faults.plan(family.platform(), &call.path);
    if let Some(delay) = plan.delay {
        tokio::time::sleep(delay).await;
    }
    let mut answer = match &plan.failure {
        _ if plan.limited => too_often(family, &call),
        Some(failure) if !failure.after => failed(family, failure),
        _ => act(&sim, family, &call),
    };
    if let Some(ticket) = answer.ticket.take()
        && ticket.safe().await.is_err()
    {
        answer = busy(family);
    }
    if let Some(failure) = plan.failure.filter(|failure| failure.after) {
        answer = Answer { reached: answer.reached, ..failed(family, &failure) };
    }
    let sent = Sent::of(&call, &answer, sim.0.shown(sim.0.now()), watch.ms());
    sim.0.record_sent(family.platform(), &answer.reached, sent);
    answer.into_response()
}

fn act(sim: &Sim, family: Family, call: &Call) -> Answer {
    match family {
        Family::Wecom => wecom::answer(&sim.0, call),
        Family::DingtalkNew => dingtalk::answer_new(&sim.0, call),
        Family::DingtalkOld => dingtalk::answer_old(&sim.0, call),
    }
}

fn too_often(family: Family, call: &Call) -> Answer {
    match family {
        Family::Wecom => wecom::Refusal::new(45009, "api freq out of limit").into(),
        Family::DingtalkNew => dingtalk::Refused::too_often().into(),
        Family::DingtalkOld if call.path == "/robot/send" => dingtalk::Errcode::robot_too_often().into(),
        Family::DingtalkOld => dingtalk::Errcode::too_often().into(),
    }
}

fn busy(family: Family) -> Answer {
    match family {
        Family::Wecom => wecom::Refusal::new(-1, "system busy").into(),
        Family::DingtalkNew => dingtalk::Refused::busy().into(),
        Family::DingtalkOld => dingtalk::Errcode::new(-1, "系统繁忙").into(),
    }
}

fn failed(family: Family, failure: &Failure) -> Answer {
    let status = failure.status.and_then(|status| StatusCode::from_u16(status).ok());
    match (family, failure.errcode, &failure.code) {
        (Family::DingtalkNew, _, Some(code)) => {
            dingtalk::Refused::new(status.unwrap_or(StatusCode::BAD_REQUEST), code, "simulated fault").into()
        }
        (Family::Wecom, Some(errcode), _) => {
            let answer = Answer::from(wecom::Refusal::new(errcode, "simulated fault"));
            answer.with_status(status.unwrap_or(StatusCode::OK))
        }
        (Family::DingtalkOld, Some(errcode), _) => {
            let answer = Answer::from(dingtalk::Errcode::new(errcode, "simulated fault"));
            answer.with_status(status.unwrap_or(StatusCode::OK))
        }
        _ => Answer::ok(Value::Null).with_status(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)),
    }
}
