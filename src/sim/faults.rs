//! What goes wrong on purpose: `POST /sim/fault` adds one, `GET` lists those left, `DELETE` takes all away.
//!
//! Each counts down its `times` (default 1) as it strikes; `path` is a prefix, without it or `platform` all match.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::setup::Platform;

/// One kind of trouble.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// Calls fail: with an HTTP `status`, an `errcode` (企业微信, old 钉钉) or a `code` (new 钉钉, HTTP 400 unless
    /// `status` says otherwise). With `after` the call is carried out first and only its answer is the failure.
    Fail {
        /// Whose calls.
        platform: Option<Platform>,
        /// Which path.
        path: Option<String>,
        /// How many are left.
        #[serde(default = "once")]
        times: u32,
        /// The HTTP status; 200 or 400 by default, 500 if neither code is given.
        status: Option<u16>,
        /// The number in the body.
        errcode: Option<i64>,
        /// The word in the body.
        code: Option<String>,
        /// Whether the call takes effect all the same.
        #[serde(default)]
        after: bool,
    },
    /// Calls are answered late, in real time.
    Delay {
        /// Whose calls.
        platform: Option<Platform>,
        /// Which path.
        path: Option<String>,
        /// How many are left.
        #[serde(default = "once")]
        times: u32,
        /// By how much.
        ms: u64,
    },
    /// Calls are refused as too frequent, in the words of their platform.
    RateLimit {
        /// Whose calls.
        platform: Option<Platform>,
        /// Which path.
        path: Option<String>,
        /// How many are left.
        #[serde(default = "once")]
        times: u32,
    },
    /// The access tokens end now.
    ExpireTokens {
        /// Whose; both without it.
        platform: Option<Platform>,
    },
    /// Callbacks come twice, although the first was answered.
    DuplicateCallbacks {
        /// Whose.
        platform: Option<Platform>,
        /// How many are left.
        #[serde(default = "once")]
        times: u32,
    },
    /// Answers to callbacks are lost on the way, so that the platform sends again what it sends again.
    DropAnswers {
        /// Whose.
        platform: Option<Platform>,
        /// How many are left.
        #[serde(default = "once")]
        times: u32,
    },
    /// Whether 企业微信 sends a callback again also when it was answered with an error; its pages disagree.
    RetryOnError {
        /// On or off.
        on: bool,
    },
    /// Whether rate limits hold at all.
    Limits {
        /// On or off.
        on: bool,
    },
}

fn once() -> u32 {
    1
}

/// How a call fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub status: Option<u16>,
    pub errcode: Option<i64>,
    pub code: Option<String>,
    pub after: bool,
}

/// What strikes one call.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    pub delay: Option<Duration>,
    pub limited: bool,
    pub failure: Option<Failure>,
}

/// The faults that are left.
#[derive(Default)]
pub(crate) struct Faults {
    pub list: Vec<Fault>,
    /// See [`Fault::RetryOnError`].
    pub retry_on_error: bool,
}

impl Faults {
    /// What strikes a call of `path`, counted down.
    pub(crate) fn plan(&mut self, called: Platform, path: &str) -> Plan {
        let mut plan = Plan::default();
        for fault in &mut self.list {
            match fault {
                Fault::Delay { platform, path: prefix, times, ms } => {
                    if plan.delay.is_none() && meets(platform, prefix, times, called, path) {
                        plan.delay = Some(Duration::from_millis(*ms));
                    }
                }
                Fault::RateLimit { platform, path: prefix, times } => {
                    plan.limited = plan.limited || meets(platform, prefix, times, called, path);
                }
                Fault::Fail { platform, path: prefix, times, status, errcode, code, after } => {
                    if plan.failure.is_none() && meets(platform, prefix, times, called, path) {
                        let (status, errcode, code) = (*status, *errcode, code.clone());
                        plan.failure = Some(Failure { status, errcode, code, after: *after });
                    }
                }
                Fault::ExpireTokens { .. }
                | Fault::DuplicateCallbacks { .. }
                | Fault::DropAnswers { .. }
                | Fault::RetryOnError { .. }
                | Fault::Limits { .. } => {}
            }
        }
        self.list.retain(|fault| fault.left() > 0);
        plan
    }

    /// Whether this callback is to come twice.
    pub(crate) fn duplicates(&mut self, called: Platform) -> bool {
        self.strikes(|fault| match fault {
            Fault::DuplicateCallbacks { platform, times } => meets(platform, &None, times, called, ""),
            _ => false,
        })
    }

    /// Whether the answer to this callback is lost.
    pub(crate) fn drops(&mut self, called: Platform) -> bool {
        self.strikes(|fault| match fault {
            Fault::DropAnswers { platform, times } => meets(platform, &None, times, called, ""),
            _ => false,
        })
    }

    fn strikes(&mut self, meets: impl FnMut(&mut Fault) -> bool) -> bool {
        let struck = self.list.iter_mut().any(meets);
        self.list.retain(|fault| fault.left() > 0);
        struck
    }
}

impl Fault {
    fn left(&self) -> u32 {
        match self {
            Self::Fail { times, .. }
            | Self::Delay { times, .. }
            | Self::RateLimit { times, .. }
            | Self::DuplicateCallbacks { times, .. }
            | Self::DropAnswers { times, .. } => *times,
            Self::ExpireTokens { .. } | Self::RetryOnError { .. } | Self::Limits { .. } => 0,
        }
    }
}

/// Whether a fault is meant for this call; if so it is counted.
fn meets(
    platform: &Option<Platform>,
    prefix: &Option<String>,
    times: &mut u32,
    called: Platform,
    path: &str,
) -> bool {
    let meant = platform.is_none_or(|platform| platform == called)
        && prefix.as_ref().is_none_or(|prefix| path.starts_with(prefix))
        && *times > 0;
    if meant {
        *times -= 1;
    }
    meant
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fault_strikes_its_path_as_often_as_it_says() {
        let fault: Fault = serde_json::from_str(
            r#"{"kind":"fail","platform":"wecom","path":"/cgi-bin/message","times":2,"errcode":-1}"#,
        )
        .unwrap();
        let mut faults = Faults { list: vec![fault], retry_on_error: false };
        assert_eq!(faults.plan(Platform::Wecom, "/cgi-bin/gettoken"), Plan::default());
        assert_eq!(faults.plan(Platform::Dingtalk, "/cgi-bin/message/send"), Plan::default());
        for _ in 0..2 {
            let failure = faults.plan(Platform::Wecom, "/cgi-bin/message/send").failure.unwrap();
            assert_eq!(failure.errcode, Some(-1));
        }
        assert_eq!(faults.plan(Platform::Wecom, "/cgi-bin/message/send"), Plan::default());
        assert!(faults.list.is_empty());
    }
}
