//! The whole program on a stage: simulator and service in one process on ports of their own, spoken to only through
//! the simulator's phones. Stories say what a person does and read what the phones show.

use std::path::{Path, PathBuf};
use std::time::Duration;

use genjin::app::{self, DemoOptions};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The longest that anything may take before a story is given up.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Stage {
    pub sim: String,
    pub service: String,
    http: reqwest::Client,
    shutdown: CancellationToken,
    demo: JoinHandle<anyhow::Result<()>>,
    pub data: PathBuf,
    pub templates: PathBuf,
    pub config: PathBuf,
    _folder: Option<tempfile::TempDir>,
}

/// A person on one of the two platforms.
#[derive(Clone, Copy)]
pub struct Phone<'s> {
    stage: &'s Stage,
    platform: &'static str,
    user: &'static str,
}

pub const REP_WECOM: (&str, &str) = ("wecom", "WangLei");
pub const REP_DINGTALK: (&str, &str) = ("dingtalk", "lina");

impl Stage {
    /// A fresh demo company at 09:30 of a working day.
    pub async fn open() -> Self {
        Self::open_after(|_| {}).await
    }

    /// The same, its config edited before it starts.
    pub async fn open_after(edit: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (config, templates) = (folder.path().join("bot-config"), folder.path().join("message-templates"));
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        copy(&root.join("bot-config"), &config);
        copy(&root.join("message-templates"), &templates);
        edit(&config);
        let data = folder.path().join("data");
        Self { _folder: Some(folder), ..Self::start(config, templates, data).await }
    }

    async fn start(config: PathBuf, templates: PathBuf, data: PathBuf) -> Self {
        let shutdown = CancellationToken::new();
        let (tell, told) = tokio::sync::oneshot::channel();
        let any = "127.0.0.1:0".parse().unwrap();
        let options = DemoOptions {
            config: config.clone(),
            templates: templates.clone(),
            data: data.clone(),
            workspace: None,
            listen: any,
            sim_listen: any,
            fresh: false,
        };
        let demo = tokio::spawn({
            let shutdown = shutdown.clone();
            async move {
                app::run_demo(options, shutdown, |sim, service| {
                    let _gone = tell.send((sim.to_owned(), service.to_owned()));
                })
                .await
            }
        });
        let Ok((sim, service)) = told.await else { panic!("the demo did not start: {:?}", demo.await) };
        let http = genjin::platform::http::http_client(None).unwrap();
        let stage = Self { sim, service, http, shutdown, demo, data, templates, config, _folder: None };
        stage
            .eventually("the service is registered", async || {
                let world = stage.get("/sim/world").await;
                (!world["dingtalk"]["cards_url"].is_null() && world["service"]["following"] == true)
                    .then_some(())
            })
            .await;
        stage
    }

    /// Stops the program cleanly and starts it again on the same data.
    pub async fn again(self) -> Self {
        self.again_after(async |_| {}).await
    }

    /// The same with something done while it is stopped.
    pub async fn again_after(mut self, meanwhile: impl AsyncFnOnce(&Self)) -> Self {
        self.shutdown.cancel();
        (&mut self.demo).await.unwrap().unwrap();
        meanwhile(&self).await;
        let (config, templates, data) = (self.config.clone(), self.templates.clone(), self.data.clone());
        let folder = self._folder.take();
        Self { _folder: folder, ..Self::start(config, templates, data).await }
    }

    pub async fn close(mut self) {
        self.shutdown.cancel();
        (&mut self.demo).await.unwrap().unwrap();
    }

    /// Takes all faults away.
    pub async fn heal(&self) {
        self.http.delete(format!("{}/sim/fault", self.sim)).send().await.unwrap();
    }

    /// Stops the program cleanly; its files stay as long as the result lives.
    pub async fn close_keeping(mut self) -> Option<tempfile::TempDir> {
        self.shutdown.cancel();
        (&mut self.demo).await.unwrap().unwrap();
        self._folder.take()
    }

    pub fn phone(&self, (platform, user): (&'static str, &'static str)) -> Phone<'_> {
        Phone { stage: self, platform, user }
    }

    /// Pushes the clock and waits until everything due is done.
    pub async fn wait(&self, how_long: &str) {
        let pushed = self.post("/sim/clock", &json!({ "advance": how_long })).await;
        assert_eq!(pushed["settled"], true, "the world did not come to rest after {how_long}: {pushed}");
    }

    /// The same up to this instant.
    pub async fn until(&self, at: chrono::DateTime<chrono::Utc>) {
        let pushed = self.post("/sim/clock", &json!({ "to": at.to_rfc3339() })).await;
        assert_eq!(pushed["settled"], true, "the world did not come to rest by {at}: {pushed}");
    }

    pub async fn group(&self, platform: &str, chat: &str) -> Vec<Value> {
        let read = self.get(&format!("/sim/group?platform={platform}&chat={chat}")).await;
        read["messages"].as_array().unwrap().clone()
    }

    pub async fn get(&self, path: &str) -> Value {
        let answer = self.http.get(format!("{}{path}", self.sim)).timeout(PATIENCE).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap()
    }

    pub async fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.http.post(format!("{}{path}", self.sim)).json(body).timeout(PATIENCE);
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{path} {body}: {}", answer.status());
        answer.json().await.unwrap()
    }

    pub async fn fetch(&self, url: &str) -> (u16, String) {
        let answer = self.http.get(url).timeout(PATIENCE).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    pub async fn bytes(&self, url: &str) -> Vec<u8> {
        let answer = self.http.get(url).timeout(PATIENCE).send().await.unwrap();
        assert!(answer.status().is_success(), "{url}: {}", answer.status());
        answer.bytes().await.unwrap().to_vec()
    }

    /// Looks again until `look` finds something; fails with what was waited for.
    #[expect(
        clippy::disallowed_methods,
        reason = "patience with a running program is real time, and bounded"
    )]
    pub async fn eventually<T>(&self, what: &str, look: impl AsyncFn() -> Option<T>) -> T {
        let began = std::time::Instant::now();
        loop {
            if let Some(found) = look().await {
                return found;
            }
            assert!(began.elapsed() < PATIENCE, "waited in vain: {what}");
            tokio::task::yield_now().await;
        }
    }
}

impl Phone<'_> {
    /// Writes to the bot and waits for what it answers: the new messages.
    pub async fn says(&self, text: &str) -> Vec<Value> {
        let before = self.messages().await.len();
        self.writes(text).await;
        // One of the new messages is the person's own.
        self.stage
            .eventually(&format!("an answer to 「{text}」"), async || {
                let messages = self.messages().await;
                let new = messages.get(before..).unwrap_or_default().to_vec();
                new.iter().any(|message| message["from"] != "me").then_some(new)
            })
            .await
            .into_iter()
            .filter(|message| message["from"] != "me")
            .collect()
    }

    /// Writes to the bot.
    pub async fn writes(&self, text: &str) {
        let said = json!({ "platform": self.platform, "user": self.user, "text": text });
        let answer = self.stage.post("/sim/say", &said).await;
        assert_eq!(answer["status"], 200, "「{text}」 was not taken: {answer}");
    }

    /// Sends a picture or a file: `{"image":{"base64"}}`, `{"file":{"name","base64"}}`.
    pub async fn sends(&self, what: Value) {
        let mut body = json!({ "platform": self.platform, "user": self.user });
        body.as_object_mut().unwrap().extend(what.as_object().unwrap().clone());
        let answer = self.stage.post("/sim/say", &body).await;
        assert_eq!(answer["status"], 200, "what was sent was not taken: {answer}");
    }

    /// Taps a button, by key, label or digit.
    pub async fn taps(&self, message: &Value, button: &str) {
        let tap = json!({
            "platform": self.platform, "user": self.user, "message": message["id"], "button": button
        });
        let answer = self.stage.post("/sim/tap", &tap).await;
        assert_eq!(answer["status"], 200, "the tap on {button} was not taken: {answer}");
    }

    pub async fn messages(&self) -> Vec<Value> {
        let read = self.stage.get(&format!("/sim/inbox?platform={}&user={}", self.platform, self.user)).await;
        read["messages"].as_array().unwrap().clone()
    }

    /// The newest message whose title or text has `words`.
    pub async fn sees(&self, words: &str) -> Value {
        self.stage
            .eventually(&format!("{} sees 「{words}」", self.user), async || {
                self.messages().await.into_iter().rev().find(|message| said(message).contains(words))
            })
            .await
    }

    /// How many messages have `words`.
    pub async fn count(&self, words: &str) -> usize {
        self.messages().await.iter().filter(|message| said(message).contains(words)).count()
    }
}

/// Everything that a message says, for looking into.
pub fn said(message: &Value) -> String {
    format!(
        "{}\n{}\n{}",
        message["title"].as_str().unwrap_or(""),
        message["text"].as_str().unwrap_or(""),
        message["card"]
    )
}

pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
