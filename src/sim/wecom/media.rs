//! Pictures and files (wecom.md 5.2, 7): what members sent is given, what an app or a group's webhook uploads is kept for
//! three days, to be named in a message.

use serde_json::json;

use super::{Refusal, ok};
use crate::sim::call::{Answer, Call};
use crate::sim::fields::Fields;
use crate::sim::files::{self, Unfit, Uploading};
use crate::sim::message::Body;
use crate::sim::multipart::media_part;
use crate::sim::setup::Platform;
use crate::sim::shared::Shared;

/// `GET /cgi-bin/media/get`: the file, or an error as JSON behind HTTP 200.
pub(super) fn get(shared: &Shared, call: &Call) -> Result<Answer, Refusal> {
    let id = call.param("media_id").ok_or_else(|| Refusal::new(41006, "media_id missing"))?;
    let file = files::give(&shared.state().world, Platform::Wecom, id, shared.now());
    file.map(Answer::of_file).ok_or_else(|| Refusal::new(40007, "invalid media_id"))
}

/// `POST /cgi-bin/media/upload?type=`
pub(super) fn upload(shared: &Shared, call: &Call) -> Result<Answer, Refusal> {
    match call.param("type") {
        Some("image") => keep(shared, call, true, None),
        Some("file") => keep(shared, call, false, None),
        _ => Err(Refusal::new(40005, "invalid type")),
    }
}

/// `POST /cgi-bin/webhook/upload_media?key=&type=`: no pictures, which a webhook sends by their bytes.
pub(super) fn upload_to_webhook(shared: &Shared, call: &Call) -> Result<Answer, Refusal> {
    let key = call.param("key").unwrap_or_default();
    if shared.setup.group_of_webhook(Platform::Wecom, key).is_none() {
        return Err(Refusal::new(93000, "invalid webhook url"));
    }
    match call.param("type") {
        Some("file") => keep(shared, call, false, Some(key)),
        _ => Err(Refusal::new(40005, "invalid type")),
    }
}

fn keep(shared: &Shared, call: &Call, picture: bool, webhook: Option<&str>) -> Result<Answer, Refusal> {
    let part = media_part(call.header("content-type").unwrap_or_default(), &call.body)
        .ok_or_else(|| Refusal::new(44001, "empty media data"))?;
    let mut step = shared.step();
    let (name, bytes) = (&*part.name, part.bytes);
    let uploading = Uploading { platform: Platform::Wecom, picture, name, bytes, webhook };
    let id = files::upload(&mut step, &uploading).map_err(|unfit| match unfit {
        Unfit::Size => Refusal::new(40006, "invalid file size"),
        Unfit::Kind => Refusal::new(40004, "invalid media file type"),
    })?;
    let kind = if picture { "image" } else { "file" };
    let answer = json!({ "type": kind, "media_id": id, "created_at": step.now.timestamp().to_string() });
    Ok(ok(answer).after(step.commit(), Vec::new()))
}

/// What `{"media_id": …}` shows, in an app's message or in that of a webhook.
pub(super) fn shown(
    shared: &Shared,
    object: &Fields<'_>,
    picture: bool,
    webhook: Option<&str>,
) -> Result<Body, Refusal> {
    object.only(&["media_id"])?;
    let id = object.text("media_id")?;
    let found = files::shown(&shared.state().world, Platform::Wecom, id, picture, webhook, shared.now());
    found.ok_or_else(|| Refusal::new(40007, "invalid media_id"))
}
