//! Proves a link, and that its person still is one of ours: the only way to a page.

use std::time::Duration;

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};

use super::super::links::{Grant, LinkError, Links};
use super::super::{App, Callbacks, Front, pages};
use crate::config::Member;
use crate::event::{Event, Form, Identity, Sender, Submitted, What};
use crate::sales::{AppKey, Platform};
use crate::state::State;

/// A person waits for an answer no longer than this.
const PATIENCE: Duration = Duration::from_secs(8);

/// The token of a path; one that is no text is no token.
pub(super) struct Token(pub String);

impl FromRequestParts<Front> for Token {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, front: &Front) -> Result<Self, Self::Rejection> {
        let path: Result<Path<String>, PathRejection> = Path::from_request_parts(parts, front).await;
        Ok(Self(path.map_or_else(|_| String::new(), |Path(token)| token)))
    }
}

/// A page that says why there is nothing else to see, and what to do.
pub(super) struct Refused(Box<Response>);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        *self.0
    }
}

impl From<Response> for Refused {
    fn from(page: Response) -> Self {
        Self(Box::new(page))
    }
}

/// A link that was proved.
pub(super) struct Opened<'f> {
    pub front: &'f Front,
    pub app: &'f App,
    pub key: &'f AppKey,
    pub grant: Grant,
}

impl<'f> Opened<'f> {
    /// Proves a link for `purpose`; else the page that says what to do.
    pub fn prove(front: &'f Front, token: &str, purpose: &str) -> Result<Self, Refused> {
        let grant = front.links.verify(token, purpose, front.clock.now()).map_err(|error| match error {
            LinkError::Expired => pages::notice(
                front,
                StatusCode::GONE,
                "链接过期了",
                "从聊天里再要一个：回「记一笔」或「商机」。",
            ),
            LinkError::Forged => pages::unknown(front),
        })?;
        let Some((key, app)) = front.apps.get_key_value(&*grant.app) else {
            return Err(pages::unknown(front).into());
        };
        Ok(Self { front, app, key, grant })
    }

    /// Looks at the state for the link's person; else the page that says why there is nothing to see.
    pub async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&State, &Member, DateTime<Utc>) -> Option<T> + Send + 'static,
    ) -> Result<T, Refused> {
        let (platform, user) = (self.platform(), self.grant.user.clone());
        let read = self.app.engine.read(move |state, now| {
            let member = state.rules().people.find_user(platform, &user);
            member.map(|member| look(state, member, now))
        });
        match read.await {
            Ok(Some(Some(seen))) => Ok(seen),
            Ok(Some(None)) => {
                Err(self.closed("现在看不到了", "可能交给别人了，或者已经关闭。回机器人「商机」看你名下的。"))
            }
            Ok(None) => Err(self.closed("打不开", "你不在名单里了。找管理员加上，再从聊天里点一次。")),
            Err(_) => {
                let (status, words) = (StatusCode::SERVICE_UNAVAILABLE, "正在重新启动，过几秒再点一次。");
                Err(pages::notice(self.front, status, "稍等一下", words).into())
            }
        }
    }

    fn closed(&self, title: &str, words: &str) -> Refused {
        pages::notice(self.front, StatusCode::FORBIDDEN, title, words).into()
    }

    /// Commits what was sent in; whether it is durable, now or from a tap before.
    pub async fn commit(&self, once: &str, form: Form) -> bool {
        let from = Sender {
            platform: self.platform(),
            app: self.key.clone(),
            user: self.grant.user.clone(),
            group: None,
            session: None,
        };
        let what = What::Submitted(Submitted { from, form });
        let submitted = self.app.engine.submit(Event { identity: self.identity(once), what });
        matches!(tokio::time::timeout(PATIENCE, submitted).await, Ok(Ok(_)))
    }

    /// The event's name: the person, the purpose and the form's own number.
    pub fn identity(&self, once: &str) -> Identity {
        let Grant { purpose, subject, user, app, .. } = &self.grant;
        let parts = [purpose, subject, user, app].map(|part| part.as_bytes());
        Identity::of(&[b"form", parts[0], parts[1], parts[2], parts[3], once.as_bytes()])
    }

    /// Names the draft on the person's phone: one a form, and none of it readable from the name.
    pub fn draft(&self) -> String {
        self.identity("draft").to_string()
    }

    /// Another page for the same person: a form for as long as forms live, any other as long as this link.
    pub fn path(&self, purpose: &str, subject: &str) -> Option<String> {
        let form_until = (self.front.clock.now() + Links::FORM_LIVES).timestamp();
        let Grant { user, app, expires, .. } = self.grant.clone();
        let expires = if purpose == "note" { form_until } else { expires };
        self.front.links.path(&Grant { purpose: purpose.into(), subject: subject.into(), user, app, expires })
    }

    fn platform(&self) -> Platform {
        match &self.app.callbacks {
            Callbacks::WeCom(_) => Platform::WeCom,
            Callbacks::DingTalk(_) => Platform::DingTalk,
        }
    }
}
