//! What people sent to the robot (dingtalk.md 2.7): a code gives a signed address that expires, and that the file.

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{Errcode, Refused};
use crate::platform::dingtalk::sign;
use crate::sim::call::{Answer, Call};
use crate::sim::fields::Fields;
use crate::sim::files::{self, Unfit, Uploading};
use crate::sim::multipart::media_part;
use crate::sim::setup::{Platform, dingtalk_ids, hex};
use crate::sim::shared::Shared;

/// Where files lie.
pub(super) const PATH: &str = "/robot/messageFile";
/// Where files are uploaded.
pub(super) const UPLOAD: &str = "/media/upload";
/// How long an address is good.
const ADDRESS_LIFE: TimeDelta = TimeDelta::minutes(10);

fn refuse(what: &str) -> Refused {
    Refused::bad(&format!("invalidParameter.robotCode.{what}"), "无效的参数")
}

/// `POST /media/upload` (dingtalk.md 9).
pub(super) fn upload(shared: &Shared, call: &Call) -> Result<Answer, Errcode> {
    let picture = match call.param("type") {
        Some("image") => true,
        Some("file") => false,
        _ => return Err(Errcode::new(40004, "不合法的媒体文件类型")),
    };
    let content_type = call.header("content-type").unwrap_or_default();
    if !content_type.starts_with("multipart/form-data") {
        return Err(Errcode::new(43008, "需要multipart类型"));
    }
    let part =
        media_part(content_type, &call.body).ok_or_else(|| Errcode::new(41005, "缺少多媒体文件数据"))?;
    let mut step = shared.step();
    let (name, bytes) = (&*part.name, part.bytes);
    let uploading = Uploading { platform: Platform::Dingtalk, picture, name, bytes, webhook: None };
    let id = files::upload(&mut step, &uploading).map_err(|unfit| match unfit {
        Unfit::Size => Errcode::new(40006, "不合法的文件大小"),
        Unfit::Kind => Errcode::new(40005, "不合法的文件类型"),
    })?;
    let kind = if picture { "image" } else { "file" };
    let answer = json!({ "type": kind, "media_id": id, "created_at": step.now.timestamp_millis() });
    Ok(super::ok(answer).after(step.commit(), Vec::new()))
}

/// `POST /v1.0/robot/messageFiles/download`
pub(super) fn download(shared: &Shared, body: &Value) -> Result<Answer, Refused> {
    let fields = Fields::root(body).map_err(|_| refuse("empty"))?;
    fields.only(&["downloadCode", "robotCode"]).map_err(|_| refuse("empty"))?;
    let code = fields.needed("downloadCode").map_err(|_| refuse("empty"))?;
    if fields.needed("robotCode").map_err(|_| refuse("empty"))? != dingtalk_ids::APP_KEY {
        return Err(refuse("auth"));
    }
    let now = shared.now();
    files::give(&shared.state().world, Platform::Dingtalk, code, now)
        .ok_or_else(|| refuse("downloadCode"))?;
    let expires = (now + ADDRESS_LIFE).timestamp().to_string();
    let signature = signature(code, &expires);
    let base = shared.base_url();
    let url = format!("{base}{PATH}?file={code}&Expires={expires}&Signature={signature}");
    Ok(Answer::ok(json!({ "downloadUrl": url })))
}

/// `GET /robot/messageFile`: no token, but signed and not for long.
pub(super) fn file(shared: &Shared, call: &Call) -> Answer {
    let param = |name| call.param(name).unwrap_or_default();
    let (code, expires) = (param("file"), param("Expires"));
    let good = signature(code, expires) == param("Signature")
        && expires.parse().is_ok_and(|expires: i64| shared.now().timestamp() < expires);
    let file = files::give(&shared.state().world, Platform::Dingtalk, code, shared.now());
    match file.filter(|_| good) {
        Some(file) => Answer::of_file(file),
        None => Answer::ok(Value::Null).with_status(StatusCode::FORBIDDEN),
    }
}

fn signature(code: &str, expires: &str) -> String {
    hex(sign::robot::sign(dingtalk_ids::APP_SECRET, &format!("{code}/{expires}")).as_bytes())
}
