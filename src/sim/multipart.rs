//! The one file of an upload, as the platforms read it (wecom.md 7, dingtalk.md 9): the part `media`, its name in raw
//! UTF-8.

/// A part with a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part<'b> {
    /// The name that recipients read.
    pub name: String,
    pub bytes: &'b [u8],
}

/// The part `media` of `body`; `content_type` is the request's. `None` where there is none that can be read: no boundary,
/// another part's name, a file name in the manner of RFC 2231 (WeCom's 44001).
pub(super) fn media_part<'b>(content_type: &str, body: &'b [u8]) -> Option<Part<'b>> {
    let boundary = content_type.strip_prefix("multipart/form-data")?.split("boundary=").nth(1)?;
    let boundary = boundary.split(';').next()?.trim().trim_matches('"');
    let open = format!("--{boundary}\r\n");
    let close = format!("\r\n--{boundary}");
    let start = find(body, open.as_bytes())? + open.len();
    let part = body.get(start..)?;
    let head_end = find(part, b"\r\n\r\n")?;
    let head = std::str::from_utf8(part.get(..head_end)?).ok()?;
    let content = part.get(head_end + 4..)?;
    let bytes = content.get(..find(content, close.as_bytes())?)?;
    let disposition =
        head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
    let value = |key: &str| {
        let from = disposition.split(';').map(str::trim).find_map(|part| part.strip_prefix(key))?;
        Some(from.trim_matches('"').to_owned())
    };
    let name = value("filename=").filter(|name| !name.is_empty())?;
    (value("name=")? == "media").then_some(Part { name, bytes })
}

fn find(within: &[u8], what: &[u8]) -> Option<usize> {
    within.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::{Part, media_part};

    #[test]
    fn file_of_the_part_media_is_read() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"media\"; filename=\"报价.pdf\"; filelength=4\r\n\
                    Content-Type: application/pdf\r\n\r\na\r\nb\r\n--x--\r\n";
        let read = media_part("multipart/form-data; boundary=x", body.as_bytes());
        assert_eq!(read, Some(Part { name: "报价.pdf".into(), bytes: b"a\r\nb" }));
        assert_eq!(media_part("multipart/form-data", body.as_bytes()), None);
        assert_eq!(media_part("multipart/form-data; boundary=y", body.as_bytes()), None);
        let other = body.replace("name=\"media\"", "name=\"file\"");
        assert_eq!(media_part("multipart/form-data; boundary=x", other.as_bytes()), None);
        let encoded = body.replace("filename=\"报价.pdf\"", "filename*=utf-8''a.pdf");
        assert_eq!(media_part("multipart/form-data; boundary=x", encoded.as_bytes()), None);
    }
}
