//! Callbacks on their way to the service: one HTTP request each, with its time-out in real time. When and how often
//! a platform sends again is its own (`wecom`, `dingtalk`).

use std::time::Duration;

use super::message::{Heard, Push};
use super::road::{Attempt, Stopwatch, cut};
use super::setup::Platform;
use super::{Sim, dingtalk, wecom};

/// One request to the service.
pub(crate) struct Outgoing {
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

/// What came back.
pub(crate) struct Returned {
    pub attempt: Attempt,
    /// The whole body; empty if nothing came.
    pub body: Vec<u8>,
}

impl Returned {
    pub(crate) fn is_success(&self) -> bool {
        self.attempt.status.is_some_and(|status| (200..300).contains(&status))
    }
}

impl Sim {
    /// Delivers `push` as its platform does and says with what HTTP status it was answered in the end.
    pub(crate) async fn deliver(&self, push: &Push, entry: u64) -> Option<u16> {
        let _out = self.0.walk.going_out();
        match push.chat.platform {
            Platform::Wecom => wecom::deliver(self, push, entry).await,
            Platform::Dingtalk => match push.what {
                Heard::Said(_) | Heard::Sent { .. } => dingtalk::deliver_message(self, push, entry).await,
                Heard::WecomTap { .. } | Heard::DingtalkTap { .. } => {
                    dingtalk::deliver_tap(self, push, entry).await
                }
            },
        }
    }

    /// Posts once and waits at most `limit` for the answer.
    pub(crate) async fn post(&self, platform: Platform, out: &Outgoing, limit: Duration) -> Returned {
        let mut request = self.0.http.post(&out.url).body(out.body.clone());
        for (name, value) in &out.headers {
            request = request.header(*name, value);
        }
        let returned = returned(request, limit).await;
        if returned.attempt.status.is_some() && self.0.state().faults.drops(platform) {
            let error = Some("the answer was lost on purpose".to_owned());
            let attempt = Attempt { status: None, error, ..returned.attempt };
            return Returned { attempt, body: Vec::new() };
        }
        returned
    }
}

/// Sends `request`; whatever happens becomes an [`Attempt`].
pub(crate) async fn returned(request: reqwest::RequestBuilder, limit: Duration) -> Returned {
    let watch = Stopwatch::start();
    let answered = async {
        let response = request.send().await?;
        let status = response.status().as_u16();
        Ok::<_, reqwest::Error>((status, response.bytes().await?))
    };
    let (status, body, error) = match tokio::time::timeout(limit, answered).await {
        Ok(Ok((status, body))) => (Some(status), body.to_vec(), None),
        Ok(Err(error)) => (None, Vec::new(), Some(plain_error(&error))),
        Err(_) => (None, Vec::new(), Some(format!("no answer within {limit:?}"))),
    };
    let answer = cut(&String::from_utf8_lossy(&body));
    Returned { attempt: Attempt { status, answer, error, ms: watch.ms() }, body }
}

fn plain_error(error: &reqwest::Error) -> String {
    if error.is_connect() { "no connection".to_owned() } else { error.to_string() }
}
