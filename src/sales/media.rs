//! A picture or a file that somebody sent: first its platform's word for it, then, once it was fetched, its bytes'
//! name. What it is follows from its first bytes, never from what anybody called it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{ActionCardId, DealId, MediaId, MemberId};

/// A picture or a file.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Media {
    /// Its number.
    pub id: MediaId,
    /// Who sent it.
    pub by: MemberId,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether it was sent as a picture.
    pub picture: bool,
    /// The file's name as its sender's phone called it, cut to 80 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Box<str>>,
    /// The deal it is kept on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deal: Option<DealId>,
    /// The action card it is evidence for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<ActionCardId>,
    /// Where it stands.
    pub state: MediaState,
}

/// Where a picture or a file stands.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaState {
    /// Being fetched.
    Fetching,
    /// Its bytes lie in `media/<sha256>`.
    Kept(Blob),
    /// It could not be fetched.
    Lost {
        /// Why, for the operator: a platform's code, or what was wrong with it.
        why: Box<str>,
    },
}

/// Bytes that are kept.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Blob {
    /// Their SHA-256, 64 hex digits: the file's name.
    pub sha256: Box<str>,
    /// How many.
    pub bytes: u64,
    /// What they are.
    pub kind: MediaKind,
}

/// What bytes are, by how they begin.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// JPEG
    Jpeg,
    /// PNG
    Png,
    /// GIF
    Gif,
    /// WebP
    Webp,
    /// BMP
    Bmp,
    /// HEIC, which browsers do not draw
    Heic,
    /// PDF
    Pdf,
    /// ZIP, which also docx, xlsx and pptx are
    Zip,
    /// doc, xls and ppt
    Ole,
    /// MP4 and QuickTime
    Mp4,
    /// Anything else
    Other,
}

impl MediaKind {
    /// What these bytes are.
    pub fn of(bytes: &[u8]) -> Self {
        let at = |place: usize, mark: &[u8]| bytes.get(place..place + mark.len()) == Some(mark);
        match bytes {
            _ if at(0, b"\xff\xd8\xff") => Self::Jpeg,
            _ if at(0, b"\x89PNG\r\n\x1a\n") => Self::Png,
            _ if at(0, b"GIF87a") || at(0, b"GIF89a") => Self::Gif,
            _ if at(0, b"RIFF") && at(8, b"WEBP") => Self::Webp,
            _ if at(0, b"BM") && bytes.len() > 26 => Self::Bmp,
            _ if at(4, b"ftyphei") || at(4, b"ftypmif1") || at(4, b"ftyphev") => Self::Heic,
            _ if at(4, b"ftyp") => Self::Mp4,
            _ if at(0, b"%PDF-") => Self::Pdf,
            _ if at(0, b"PK\x03\x04") => Self::Zip,
            _ if at(0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") => Self::Ole,
            _ => Self::Other,
        }
    }

    /// Whether it is a picture.
    pub fn is_picture(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png | Self::Gif | Self::Webp | Self::Bmp | Self::Heic)
    }

    /// The content type to serve it with: only what a browser draws as a picture is given its own.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Bmp => "image/bmp",
            Self::Heic | Self::Pdf | Self::Zip | Self::Ole | Self::Mp4 | Self::Other => {
                "application/octet-stream"
            }
        }
    }
}

impl Media {
    /// Whether it is a picture: by its bytes once they are here, until then as it was sent.
    pub fn is_picture(&self) -> bool {
        match &self.state {
            MediaState::Fetching => self.picture,
            MediaState::Kept(blob) => blob.kind.is_picture(),
            MediaState::Lost { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_follows_from_the_first_bytes_alone() {
        for (bytes, kind) in [
            (&b"\xff\xd8\xff\xe0rest"[..], MediaKind::Jpeg),
            (b"\x89PNG\r\n\x1a\n....", MediaKind::Png),
            (b"RIFF\0\0\0\0WEBPVP8 ", MediaKind::Webp),
            (b"\0\0\0\x18ftypheic....", MediaKind::Heic),
            (b"\0\0\0\x18ftypisom....", MediaKind::Mp4),
            (b"%PDF-1.7", MediaKind::Pdf),
            (b"PK\x03\x04....", MediaKind::Zip),
            (b"<svg onload=alert(1)>", MediaKind::Other),
            (b"<html>", MediaKind::Other),
            (b"", MediaKind::Other),
        ] {
            assert_eq!(MediaKind::of(bytes), kind, "{bytes:?}");
        }
        assert_eq!(MediaKind::Other.content_type(), "application/octet-stream");
    }
}
