//! Work notices (dingtalk.md 5.6): how a person is reached whom the robot does not reach. A notice carries no buttons that
//! call back, and a success of the call is none of the delivery: the result is read once, right after.

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde::{Deserialize, Serialize};

use super::webhook::read_old;
use super::{DingTalk, JSON, json};
use crate::platform::error::{Class, DeliverError};
use crate::platform::http::{Answered, exchange};
use crate::platform::pace::Lane;
use crate::platform::token::Token;

const SEND: &str = "/topapi/message/corpconversation/asyncsend_v2";
const RESULT: &str = "/topapi/message/corpconversation/getsendresult";
/// The day's cap of one person, and the same words a second time on one day.
const DAY_IS_FULL: &str = "143105";
const SAID_TODAY: &str = "143106";

#[derive(Serialize)]
struct Notice<'a> {
    agent_id: i64,
    userid_list: &'a str,
    msg: Msg<'a>,
}

#[derive(Serialize)]
struct Msg<'a> {
    msgtype: &'static str,
    markdown: Markdown<'a>,
}

#[derive(Serialize)]
struct Markdown<'a> {
    title: &'a str,
    text: &'a str,
}

#[derive(Serialize)]
struct Asks {
    agent_id: i64,
    task_id: i64,
}

#[derive(Deserialize)]
struct Sent {
    task_id: i64,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    send_result: SendResult,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SendResult {
    invalid_user_id_list: Vec<String>,
    failed_user_id_list: Vec<String>,
    forbidden_list: Vec<Forbidden>,
}

#[derive(Deserialize)]
struct Forbidden {
    #[serde(default)]
    userid: String,
    /// A number in some answers, a text in others.
    #[serde(default)]
    code: serde_json::Value,
}

impl DingTalk {
    /// Whether the app may send work notices: its `agent_id` is known.
    pub fn has_notices(&self) -> bool {
        self.app.agent_id.is_some()
    }

    /// Sends a work notice in markdown to one person. Not idempotent; the same words a second time on one day are lost,
    /// which is told as `Rejected`.
    ///
    /// Fails with `RecipientGone` when the person is unknown or outside the app's range.
    pub async fn send_notice(&self, user: &str, title: &str, text: &str) -> Result<(), DeliverError> {
        let Some(agent_id) = self.app.agent_id else {
            let cure = "write the app's agent_id into apps.toml: work notices need it".to_owned();
            return Err(DeliverError::Misconfigured { code: "agent_id".into(), cure });
        };
        let msg = Msg { msgtype: "markdown", markdown: Markdown { title, text } };
        let body = json(&Notice { agent_id, userid_list: user, msg });
        let (answered, sent) = self.call_old::<Sent>(SEND, body).await?;
        let task_id = sent.ok_or_else(|| Class::InDoubt.error(&answered, "unreadable answer", ""))?.task_id;
        // It is out; an answer that does not come or does not read changes nothing about that.
        let Ok((answered, Some(asked))) =
            self.call_old::<Asked>(RESULT, json(&Asks { agent_id, task_id })).await
        else {
            return Ok(());
        };
        failed(&answered, &asked.send_result, user)
    }

    async fn call_old<A: serde::de::DeserializeOwned>(
        &self,
        path: &'static str,
        body: Vec<u8>,
    ) -> Result<(Answered, Option<A>), DeliverError> {
        self.pace.pass(&[(Lane("api", path.into()), self.limits.api)]).await?;
        let answered = self.with_token(|token| self.call_old_with(token, path, body.clone())).await?;
        let answer = answered.json();
        Ok((answered, answer))
    }

    async fn call_old_with(&self, token: Token, path: &str, body: Vec<u8>) -> Result<Answered, DeliverError> {
        let url = format!("{}{path}", self.app.base_url_old.trim_end_matches('/'));
        let request = self.http.post(url).query(&[("access_token", token.expose())]);
        let request = request.header(ACCEPT, JSON).header(CONTENT_TYPE, JSON).body(body);
        let answered = exchange(request, &self.clock).await?;
        read_old(&answered)?;
        Ok(answered)
    }
}

/// What became of it for this person.
fn failed(answered: &Answered, result: &SendResult, user: &str) -> Result<(), DeliverError> {
    let forbidden = result.forbidden_list.iter().find(|forbidden| forbidden.userid == user);
    if let Some(forbidden) = forbidden {
        let code = forbidden.code.as_str().map_or_else(|| forbidden.code.to_string(), str::to_owned);
        let class = if code == DAY_IS_FULL { Class::QuotaDay } else { Class::Rejected };
        let hint = if code == SAID_TODAY { "the same words went to this person today already" } else { "" };
        return Err(class.error(answered, code, hint));
    }
    let mut lists = result.invalid_user_id_list.iter().chain(&result.failed_user_id_list);
    if lists.any(|other| other == user) {
        return Err(Class::Gone.error(answered, "getsendresult", "unknown or outside the app's range"));
    }
    Ok(())
}
