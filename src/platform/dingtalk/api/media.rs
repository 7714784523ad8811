//! Fetching what people send to the robot (dingtalk.md 2.7): a `downloadCode` gives a signed address for a short while,
//! and that is read without a token.
//!
//! The address comes in an answer, so it is followed only to where files can come from: the configured hosts and, with
//! the real platform, its own file hosts by https. It never leads into our own network, and no redirect is followed.

use reqwest::{Method, Url};
use serde::{Deserialize, Serialize};

use super::DingTalk;
use crate::platform::error::DeliverError;
use crate::platform::http::{Downloaded, download};

/// The hosts that DingTalk keeps files on.
const FILE_HOSTS: [&str; 2] = ["dingtalk.com", "aliyuncs.com"];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DownloadRequest<'a> {
    download_code: &'a str,
    robot_code: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DownloadAnswer {
    download_url: String,
}

impl DingTalk {
    /// The bytes of a picture or a file, at most `max`.
    ///
    /// Fails with `Rejected` when the code is unknown or too old, the address leads elsewhere, or there are more bytes.
    pub async fn fetch_media(&self, download_code: &str, max: usize) -> Result<Vec<u8>, DeliverError> {
        let body = DownloadRequest { download_code, robot_code: &self.app.robot_code };
        let path = "/v1.0/robot/messageFiles/download";
        let called = self.call::<_, DownloadAnswer>(Method::POST, path, &body).await;
        let (_, answer) = called.map_err(|error| match error {
            DeliverError::Misconfigured { code, cure } if code.ends_with(".downloadCode") => {
                DeliverError::Rejected { code, hint: cure }
            }
            other => other.of_a_read(),
        })?;
        let url = self.file_url(&answer.download_url).ok_or_else(|| DeliverError::Rejected {
            code: "downloadUrl".into(),
            hint: "its address is on no host that DingTalk keeps files on".into(),
        })?;
        let Downloaded { answered, .. } = download(self.http.get(url), &self.clock, max).await?;
        match answered.status {
            200 => Ok(answered.body),
            500.. => Err(DeliverError::Transient {
                code: format!("HTTP {}", answered.status),
                hint: "the file's host is busy".into(),
            }),
            status => Err(DeliverError::Rejected {
                code: format!("HTTP {status}"),
                hint: "the file's address is not good any more".into(),
            }),
        }
    }

    /// The address if it may be followed.
    fn file_url(&self, given: &str) -> Option<Url> {
        let url = Url::parse(given).ok()?;
        if !url.username().is_empty() || url.password().is_some() {
            return None;
        }
        let configured: Vec<Url> = [&self.app.base_url_new, &self.app.base_url_old]
            .into_iter()
            .filter_map(|base| Url::parse(base).ok())
            .collect();
        if configured.iter().any(|base| base.origin() == url.origin()) {
            return Some(url);
        }
        let real =
            configured.iter().any(|base| base.host_str().is_some_and(|host| is_within(host, "dingtalk.com")));
        let host = url.host_str()?;
        let known = FILE_HOSTS.iter().any(|domain| is_within(host, domain)) && !host.contains("internal");
        // Samples say http; the same address is served by https.
        let mut secure = url.clone();
        let plain =
            matches!(url.scheme(), "http" | "https") && matches!(url.port_or_known_default(), Some(80 | 443));
        if !(real && known && plain) {
            return None;
        }
        secure.set_scheme("https").ok()?;
        secure.set_port(None).ok()?;
        Some(secure)
    }
}

fn is_within(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::platform::dingtalk::api::DingTalkApp;
    use crate::platform::http::http_client;
    use crate::platform::pace::DingTalkLimits;

    fn client(new: &str) -> DingTalk {
        let app = DingTalkApp {
            base_url_new: new.into(),
            base_url_old: new.into(),
            app_key: "k".into(),
            app_secret: "s".into(),
            robot_code: "k".into(),
            agent_id: None,
        };
        DingTalk::new(app, http_client(None).unwrap(), Clock::system(), DingTalkLimits::default())
    }

    #[test]
    fn file_address_never_leads_into_our_own_network() {
        let real = client("https://api.dingtalk.com");
        let followed = |url: &str| real.file_url(url).map(|url| url.to_string());
        assert_eq!(followed("http://down.dingtalk.com/a?b=1").unwrap(), "https://down.dingtalk.com/a?b=1");
        assert!(followed("https://x.oss-cn-hangzhou.aliyuncs.com/a").is_some());
        for url in [
            "http://127.0.0.1/a",
            "http://169.254.169.254/latest",
            "https://down.dingtalk.com.evil.cn/a",
            "https://evildingtalk.com/a",
            "https://x.oss-cn-hangzhou-internal.aliyuncs.com/a",
            "https://down.dingtalk.com:8443/a",
            "https://me:you@down.dingtalk.com/a",
            "ftp://down.dingtalk.com/a",
            "file:///etc/passwd",
            "no address",
        ] {
            assert_eq!(followed(url), None, "{url}");
        }
        let simulated = client("http://127.0.0.1:9");
        assert!(simulated.file_url("http://127.0.0.1:9/robot/file?x=1").is_some());
        assert!(simulated.file_url("http://127.0.0.1:10/robot/file").is_none());
        assert!(simulated.file_url("https://down.dingtalk.com/a").is_none());
    }
}
