//! Pictures and files that people send: kept in the world, fetched by the service through the platform's own calls
//! (wecom.md 7, dingtalk.md 2.7), shown by the page.

use axum::body::Body as Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::Sim;
use super::control::Oops;
use super::message::Body;
use super::setup::Platform;
use super::shared::Step;
use super::world::{Change, World};

/// The largest file that either platform takes, and WeCom's largest picture.
const FILE_MAX_BYTES: usize = 20 << 20;
const WECOM_PICTURE_MAX_BYTES: usize = 10 << 20;
/// WeCom takes nothing smaller.
const MIN_BYTES: usize = 6;
/// How long a `media_id` lives.
const WECOM_LIFE: TimeDelta = TimeDelta::days(3);
/// How long a `downloadCode` lives: not documented, and short.
const DINGTALK_LIFE: TimeDelta = TimeDelta::hours(1);

/// Something that a person sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SentFile {
    /// Whose id it is.
    pub platform: Platform,
    /// Whether it is a picture.
    pub picture: bool,
    /// The file's name; a picture has none.
    pub name: Option<String>,
    /// Its bytes, in base64.
    pub base64: String,
    /// Until when the platform gives it.
    pub until: DateTime<Utc>,
    /// The group webhook it was uploaded for, which alone may send it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<String>,
}

/// What `/sim/say` carries.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Upload {
    /// The name, for files.
    pub name: Option<String>,
    /// The bytes.
    pub base64: String,
}

/// What of it is served: bytes, and the name that it is saved under.
#[derive(Debug)]
pub(crate) struct Served {
    pub bytes: Vec<u8>,
    pub name: String,
    pub kind: &'static str,
}

/// Keeps an upload in the world; gives its id, which is `media_id` and `downloadCode`.
pub(super) fn keep(
    step: &mut Step<'_>,
    platform: Platform,
    picture: bool,
    upload: &Upload,
) -> Result<String, Oops> {
    let bytes = STANDARD.decode(&upload.base64).map_err(|_| Oops::bad("base64 is not base64"))?;
    let most = if picture && platform == Platform::Wecom { WECOM_PICTURE_MAX_BYTES } else { FILE_MAX_BYTES };
    if !(MIN_BYTES..=most).contains(&bytes.len()) {
        return Err(Oops(StatusCode::PAYLOAD_TOO_LARGE, format!("it must have {MIN_BYTES} to {most} bytes")));
    }
    if picture && picture_type(&bytes).is_none() {
        return Err(Oops::bad("a phone sends jpg, png, gif, webp or bmp as a picture"));
    }
    let life = if platform == Platform::Wecom { WECOM_LIFE } else { DINGTALK_LIFE };
    let (id, until) = (step.handle(), step.now + life);
    let name = upload.name.clone().filter(|_| !picture);
    let base64 = upload.base64.clone();
    step.change(Change::FileSent(
        id.clone(),
        SentFile { platform, picture, name, base64, until, webhook: None },
    ));
    Ok(id)
}

/// Why an upload is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    Size,
    Kind,
}

/// The files that DingTalk takes (dingtalk.md 9).
const DINGTALK_FILES: [&str; 9] = ["doc", "docx", "xls", "xlsx", "ppt", "pptx", "zip", "pdf", "rar"];

/// What the service uploads.
pub(crate) struct Uploading<'u> {
    pub platform: Platform,
    pub picture: bool,
    pub name: &'u str,
    pub bytes: &'u [u8],
    /// The group webhook that it is for, if it is for one.
    pub webhook: Option<&'u str>,
}

/// Keeps what the service uploads, as strictly as its platform; gives its `media_id`.
pub(super) fn upload(step: &mut Step<'_>, uploading: &Uploading<'_>) -> Result<String, Unfit> {
    let Uploading { platform, picture, name, bytes, webhook } = *uploading;
    let most = if picture && platform == Platform::Wecom { WECOM_PICTURE_MAX_BYTES } else { FILE_MAX_BYTES };
    if !(MIN_BYTES..=most).contains(&bytes.len()) {
        return Err(Unfit::Size);
    }
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    let fits = match (picture, platform) {
        (true, Platform::Wecom) => matches!(picture_type(bytes), Some("image/jpeg" | "image/png")),
        (true, Platform::Dingtalk) => picture_type(bytes).is_some_and(|kind| kind != "image/webp"),
        (false, Platform::Wecom) => true,
        (false, Platform::Dingtalk) => DINGTALK_FILES.contains(&ending.as_str()),
    };
    if !fits {
        return Err(Unfit::Kind);
    }
    let prefix = if platform == Platform::Dingtalk { "@" } else { "" };
    // A media_id of DingTalk is good for as long as the world.
    let until = if platform == Platform::Wecom { step.now + WECOM_LIFE } else { DateTime::<Utc>::MAX_UTC };
    let id = format!("{prefix}{}", step.handle());
    let file = SentFile {
        platform,
        picture,
        name: Some(name.to_owned()).filter(|_| !picture),
        base64: STANDARD.encode(bytes),
        until,
        webhook: webhook.map(str::to_owned),
    };
    step.change(Change::FileSent(id.clone(), file));
    Ok(id)
}

/// What a message that names an uploaded file shows: the picture's address on the page, or the file's name.
pub(super) fn shown(
    world: &World,
    platform: Platform,
    id: &str,
    picture: bool,
    webhook: Option<&str>,
    now: DateTime<Utc>,
) -> Option<Body> {
    let file = world.files.get(id).filter(|file| file.platform == platform && now < file.until)?;
    if file.webhook.as_deref() != webhook {
        return None;
    }
    match (&file.name, picture == file.picture) {
        (_, false) => None,
        (None, true) => Some(Body::Image(format!("/sim/file/{id}"))),
        (Some(name), true) => Some(Body::Document { name: name.clone(), path: format!("/sim/file/{id}") }),
    }
}

/// The bytes that an id of this platform stands for, unless it is unknown or too old.
pub(crate) fn give(world: &World, platform: Platform, id: &str, now: DateTime<Utc>) -> Option<Served> {
    let file = world.files.get(id).filter(|file| file.platform == platform && now < file.until)?;
    served(file, id)
}

fn served(file: &SentFile, id: &str) -> Option<Served> {
    let bytes = STANDARD.decode(&file.base64).ok()?;
    let kind = file.picture.then(|| picture_type(&bytes)).flatten();
    let ending = kind.and_then(|kind| kind.strip_prefix("image/")).unwrap_or("file");
    let name = file.name.clone().unwrap_or_else(|| format!("{id}.{ending}"));
    Some(Served { bytes, name, kind: kind.unwrap_or("application/octet-stream") })
}

fn picture_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        [b'B', b'M', ..] => Some("image/bmp"),
        _ => None,
    }
}

impl Served {
    /// The answer that saves it as a file.
    pub(crate) fn into_attachment(self) -> Response {
        let name: String = self.name.chars().filter(|c| !c.is_control() && *c != '"').collect();
        let mut response = Response::new(Bytes::from(self.bytes));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        if let Ok(value) = HeaderValue::from_bytes(format!("attachment; filename=\"{name}\"").as_bytes()) {
            headers.insert(header::CONTENT_DISPOSITION, value);
        }
        response
    }
}

/// `GET /sim/file/{id}`: for the phones page, also when the platform gives it no more.
pub(super) async fn show(State(sim): State<Sim>, Path(id): Path<String>) -> Result<Response, Oops> {
    let found = sim.0.state().world.files.get(&id).and_then(|file| served(file, &id));
    let file = found.ok_or_else(|| Oops::missing("no such file"))?;
    if !file.kind.starts_with("image/") {
        return Ok(file.into_attachment());
    }
    let headers = [
        (header::CONTENT_TYPE, file.kind),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "private, max-age=3600"),
    ];
    Ok((headers, file.bytes).into_response())
}
