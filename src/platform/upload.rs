//! A file on its way to a platform: one part of `multipart/form-data`, as both platforms read it (wecom.md 7,
//! dingtalk.md 9). Written here since WeCom reads file names in raw UTF-8 alone.

use reqwest::RequestBuilder;
use reqwest::header::CONTENT_TYPE;
use sha2::{Digest, Sha256};

/// A picture or a file to be uploaded.
#[derive(Clone, Copy, Debug)]
pub struct Upload<'a> {
    /// Whether it is shown as a picture.
    pub picture: bool,
    /// What recipients read: 报价单.pdf
    pub name: &'a str,
    /// `image/png`
    pub content_type: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
}

impl Upload<'_> {
    /// The `type` of both platforms' calls.
    pub(super) fn kind(&self) -> &'static str {
        if self.picture { "image" } else { "file" }
    }

    /// The request with this as its body, in the part `media`.
    pub(super) fn fill(&self, request: RequestBuilder) -> RequestBuilder {
        let digest = Sha256::digest(self.bytes);
        // Of the bytes themselves, so that no boundary stands in them by chance and the same file gives the same call.
        let boundary: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let name: String =
            self.name.chars().filter(|c| !c.is_control() && !matches!(c, '"' | '\\')).collect();
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"media\"; filename=\"{name}\"; filelength={}\r\n\
             Content-Type: {}\r\n\r\n",
            self.bytes.len(),
            self.content_type,
        );
        let tail = format!("\r\n--{boundary}--\r\n");
        let body = [head.as_bytes(), self.bytes, tail.as_bytes()].concat();
        request.header(CONTENT_TYPE, format!("multipart/form-data; boundary={boundary}")).body(body)
    }
}
