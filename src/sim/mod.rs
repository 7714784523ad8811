//! Both open platforms on one port, so that everything can be tried and tested without an account.
//!
//! `genjin sim` and `genjin demo` serve it, tests serve it on `127.0.0.1:0`. It is strict: what the real platforms
//! refuse is refused here with their codes, and what they call back is signed and encrypted as they do it.
//! Its promise: a send is answered only after the world with the message is on disk, so a phone never forgets.
//!
//! # Parts
//!
//! `world` is what there is (chats, cards, codes) and changes by [`world::Change`]s alone; `persist` keeps these;
//! `call` takes the platforms' paths and hands them to `wecom` and `dingtalk`; `callbacks` goes the other way;
//! `control` is the API below; `walk` pushes the clock; `faults` breaks things on purpose; `road` remembers what
//! went over the wire; `client` is what a service under `--sim URL` uses.
//!
//! # Control API
//!
//! JSON over HTTP, under `/sim/`. Times are RFC 3339 with the world's offset, `platform` is `wecom` or `dingtalk`.
//! Errors are 4xx with `{"error": "<one sentence>"}`. More fields may be added.
//!
//! | call | answer |
//! |---|---|
//! | `GET /sim/world` | `{"now","zone","workday","walking","service":{"url","following"},"wecom":{…},"dingtalk":{…}}`; ids, secrets, `base_url`, people and groups; URLs are null until a service registers |
//! | `POST /sim/service {"url","wecom":{"callback_url"},"dingtalk":{"callback_url","events_url","cards_url"}}` | verifies each URL as the platform would: `{"ok","checks":[{"url","ok","error"}]}` |
//! | `POST /sim/say {"platform","user","text","chat"?,"via"?,"at"?}` | `{"status":200,"message","ms"}`; `status` null if nobody answered, with `heard:false` if the platform tells the bot nothing (a WeCom group, a DingTalk group with `at:false`); 202 `{"queued":true}` before a service is known; 501 for `via:"stream"` |
//! | `POST /sim/say {…,"image":{"base64"}}` or `{…,"file":{"name","base64"}}` | as say, `text` may be missing: a picture (jpg, png, gif, webp, bmp; 企业微信 ≤ 10 MB), a file (≤ 20 MB). 钉钉 takes text and image in one (richText). `heard:false` for a file on 企业微信, whose apps are told of none, and for a picture or file alone in a group |
//! | `GET /sim/file/{id}` | the bytes, for the page; a picture's message has `card.image` = this path, a file's from the bot `card.file` |
//! | `POST /sim/tap {"platform","user","message","button","selected"?}` | as say; `button` is a key, a label or a digit; `selected` is `{"question_key":["id"]}` or a list of ids; a link answers `{"status":null,"url"}`, a greyed button 409 |
//! | `GET /sim/inbox?platform=&user=` | the person's chat with the bot: `{"messages":[Message],"unread"}` in order; `&read=true` marks it read |
//! | `GET /sim/group?platform=&chat=&user=?` | the group's `{"messages":[Message]}`, as `user` sees it |
//! | `POST /sim/clock {"advance":"15m"}`, `{"to":"tomorrow"}` or `{"to":RFC3339}` | walks there: `{"now","settled","target"}`; after 5 s `settled` is false and the walk goes on |
//! | `GET /sim/clock?reached=&next_due=&quiet=&wait=&tick=` | the service's long poll: `{"now","tick","walking","registered"}`; without `reached` it reports nothing |
//! | `GET /sim/events?after=N&wait=25` | long poll: `{"after","events":[{"n","at","kind","platform"?,"chat"?,"user"?,"message"?}]}`; kind is `message`, `updated`, `clock`, `service`, `road`, `reset` (read everything again) |
//! | `GET /sim/road?platform=&user=` | what went over the wire for that person, newest last, see [`road`] |
//! | `POST /sim/reset {}` | empty chats and cards; time does not go back, the service keeps what it knows |
//! | `POST /sim/fault {"kind":…}`, `GET`, `DELETE` | see [`faults::Fault`] |
//!
//! A **Message** is `{"id","kind","from","user","name","title","text","buttons":[{"key","text","url"?,"style"?,
//! "disabled"?}],"at","updated_at","card"}`. `from` is `me` (a person; `user` and `name` say who) or `bot`; `kind` is `text`,
//! `markdown`, `card`, `action_card`, `link`, `image`, `file`, `news` or `notice`; `text` is everything one reads, as lines.
//! An updated card keeps its id and place. `card` holds the pieces to draw it, null for plain messages:
//!
//! - WeCom: `{"type","source":{"text","color"},"desc","quote":{"title","text","url"},"emphasis":{"title","desc"},
//!   "sub_title","rows":[{"key","value","url"?}],"verticals":[{"title","desc"}],"jumps":[{"text","url"}],"image","link",
//!   "selects":[{"key","title","selected","disabled","options":[{"id","text"}]}],"checkbox":{"key","multi","disabled",
//!   "options":[{"id","text","checked"}]},"menu":[{"key","text"}],"replaced"}`; a missing piece is null or empty;
//!   `replaced` is the text on a greyed button.
//! - DingTalk: `{"template","markdown","tips","link","orientation","params"}`; `markdown` is the body, `params` a card's values.

mod call;
pub mod client;
mod clock;
mod control;

mod deliver;
mod dingtalk;
pub mod faults;
mod fields;
pub mod files;
mod limits;
pub mod message;
mod multipart;
mod page;
mod people;
mod persist;
pub mod road;
mod service;
mod setup;
mod shared;
mod tokens;
mod view;
mod walk;
mod wecom;
pub mod world;

use std::future::Future;
use std::io;
use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use setup::{Group, IsWorkday, Person, Platform, Role, SimSetup, Webhook, dingtalk_ids, wecom_ids};

/// Why a simulator cannot start.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// The folder is damaged, held by another simulator, or cannot be written.
    #[error("the simulator's folder cannot be used")]
    Folder(#[source] io::Error),
    /// The HTTP client that calls back could not be built.
    #[error("the simulator's HTTP client cannot be built")]
    Client(#[source] reqwest::Error),
}

/// Both platforms and their phones. Clones share one world.
#[derive(Clone)]
pub struct Sim(Arc<shared::Shared>);

impl Sim {
    /// Makes the world of `setup`, or reads the one that its folder holds.
    pub fn new(setup: SimSetup) -> Result<Self, SimError> {
        Ok(Self(Arc::new(shared::Shared::open(setup)?)))
    }

    /// Everything on one base URL: the platforms' paths, `/sim/…` and the page at `/`.
    pub fn router(&self) -> Router {
        control::router().merge(page::router()).fallback(call::answer).with_state(self.clone())
    }

    /// Serves until `shutdown`, then writes what is left and lets go of the folder.
    pub async fn serve(&self, listener: TcpListener, shutdown: CancellationToken) -> io::Result<()> {
        self.0.listen_at(listener.local_addr()?);
        let stop = self.0.stop.clone();
        let served = axum::serve(listener, self.router())
            .with_graceful_shutdown(async move {
                shutdown.cancelled().await;
                stop.cancel();
            })
            .await;
        self.0.journal.close();
        served
    }

    /// The simulator's time.
    pub fn clock(&self) -> crate::clock::Clock {
        self.0.setup.clock.clone()
    }

    /// Runs `task` beside the answers until it ends or the simulator stops.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.0.stop.clone();
        tokio::spawn(async move { stop.run_until_cancelled(task).await });
    }
}
