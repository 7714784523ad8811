//! `[embeddings]` of `apps.toml`: an endpoint that ranks scripts by meaning. Off where it is not written.

use chrono::TimeDelta;
use secrecy::SecretString;

use super::secret::Secrets;
use super::table::Table;

/// An endpoint that answers as OpenAI's `/v1/embeddings` does.
#[derive(Clone, Debug)]
pub struct Embeddings {
    /// The whole address.
    pub url: String,
    /// Which model.
    pub model: String,
    /// A bearer token, where it wants one.
    pub key: Option<SecretString>,
    /// The longest that an answer waits for it (800 ms).
    pub timeout: TimeDelta,
}

/// What answers within this time is not noticed.
const TIMEOUT_MS: u32 = 800;
/// Nobody waits longer for a script.
const TIMEOUTS_MS: std::ops::RangeInclusive<u32> = 50..=5_000;
/// Shorter than this it states nothing.
const BASIS_CHARS: usize = 4;

impl Embeddings {
    pub(super) fn read(table: &Table<'_>, secrets: &Secrets<'_>) -> Self {
        table.only(&["url", "model", "key", "timeout_ms", "legal_basis"]);
        let url = table.required("url");
        let host = host_of(url);
        if !url.is_empty() && host.is_none() {
            table.fault("url", "url 不是一个网址", "写全，比如 https://…/v1/embeddings");
        }
        let basis = table.text("legal_basis").unwrap_or_default();
        let stated = basis.trim().chars().count() >= BASIS_CHARS;
        if let Some(host) = host.filter(|host| !is_at_home(host) && !stated) {
            let what = format!("看不出 {host} 是不是在境内，客户的话（已经隐去姓名、号码和金额）会发过去");
            let cure = "换成自己机房或 .cn 的地址；要用它，就写 legal_basis = \"依据，比如：供应商境内部署，已签委托处理协议\"";
            table.fault("url", what, cure);
        }
        let timeout = table.number("timeout_ms", TIMEOUTS_MS).unwrap_or(TIMEOUT_MS);
        Self {
            url: url.into(),
            model: table.required("model").into(),
            key: secrets.optional(table, "key"),
            timeout: TimeDelta::milliseconds(timeout.into()),
        }
    }
}

/// The host of an http address, without user and port.
fn host_of(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = match host.strip_prefix('[') {
        Some(six) => six.split(']').next()?,
        None => host.split(':').next()?,
    };
    (!host.is_empty()).then_some(host)
}

/// Whether an address is plainly our own house's, or registered in the mainland.
fn is_at_home(host: &str) -> bool {
    if let Ok(address) = host.parse::<std::net::Ipv4Addr>() {
        return address.is_loopback() || address.is_private();
    }
    let lower = host.to_ascii_lowercase();
    let ends = [".cn", ".local", ".internal", ".lan", ".localhost"].iter().any(|end| lower.ends_with(end));
    ends || host == "::1" || !lower.contains(['.', ':'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn house_and_mainland_are_told_from_the_rest() {
        let home = |url: &str| is_at_home(host_of(url).unwrap());
        for url in [
            "http://127.0.0.1:8080/v1/embeddings",
            "http://192.168.1.20/v1/embeddings",
            "http://[::1]:80/v1",
            "http://models:8000/v1/embeddings",
            "https://api.example.cn/v1/embeddings",
        ] {
            assert!(home(url), "{url}");
        }
        for url in
            ["https://api.openai.com/v1/embeddings", "http://8.8.8.8/v1", "https://user@api.cn.evil.com/v1"]
        {
            assert!(!home(url), "{url}");
        }
        assert_eq!((host_of("api.example.cn"), host_of("https:///v1")), (None, None));
    }
}
