//! The phones page in headless Chromium, as a newcomer uses it: 48 hours pass, the warning arrives, the rep taps
//! 记一笔 and writes, the card changes, and the evening's digest stands in the group.
//!
//! It speaks the WebDriver protocol to `chromedriver`; `./test.sh` installs both.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::stage::Stage;

const PATIENCE: Duration = Duration::from_secs(20);

struct Browser {
    driver: Child,
    session: String,
    http: reqwest::Client,
    _profile: tempfile::TempDir,
}

impl Browser {
    async fn open(url: &str) -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect(
                "chromedriver is not installed: run ./test.sh, which installs what the browser test needs",
            );
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = loop {
            let line = lines.next().expect("chromedriver tells its port").unwrap();
            if let Some((_, rest)) = line.split_once("successfully on port ") {
                break rest.trim_end_matches('.').to_owned();
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        let profile = tempfile::tempdir().unwrap();
        let http = genjin::platform::http::http_client_within(None, Duration::from_secs(60)).unwrap();
        let args = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1600,1000",
        ];
        let mut args: Vec<String> = args.map(str::to_owned).to_vec();
        args.push(format!("--user-data-dir={}", profile.path().display()));
        let wanted = json!({ "capabilities": { "alwaysMatch": { "goog:chromeOptions": { "args": args } } } });
        let base = format!("http://127.0.0.1:{port}/session");
        let made: Value = http.post(&base).json(&wanted).send().await.unwrap().json().await.unwrap();
        let id = made["value"]["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {made}"));
        let browser = Self { driver, session: format!("{base}/{id}"), http, _profile: profile };
        browser.call("url", &json!({ "url": url })).await;
        browser
    }

    async fn call(&self, what: &str, body: &Value) -> Value {
        let request = self.http.post(format!("{}/{what}", self.session)).json(body);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert!(answer["value"]["error"].is_null(), "{what} {body}: {}", answer["value"]);
        answer["value"].clone()
    }

    /// Runs a script in the page and gives what it returns.
    async fn runs(&self, script: &str, args: &[Value]) -> Value {
        self.call("execute/sync", &json!({ "script": script, "args": args })).await
    }

    /// Runs a script until it returns something that is true.
    #[expect(clippy::disallowed_methods, reason = "patience with a browser is real time, and bounded")]
    async fn until(&self, what: &str, script: &str, args: &[Value]) -> Value {
        let began = Instant::now();
        loop {
            let found = self.runs(script, args).await;
            if !(found.is_null() || found == false || found == "") {
                return found;
            }
            if began.elapsed() > PATIENCE {
                let page = self.runs("return document.body.innerText.slice(-2500)", &[]).await;
                panic!("waited in vain: {what}; the page says: {page}");
            }
        }
    }

    async fn close(mut self) {
        let _closed = self.http.delete(&self.session).send().await;
        self.driver.kill().unwrap();
        self.driver.wait().unwrap();
    }
}

/// The last message on a phone with these words, as an element; its text.
const MESSAGE: &str =
    "const rows = [...document.querySelectorAll(`[data-phone=\"${arguments[0]}\"] [data-message-id]`)]
    .filter(row => row.innerText.includes(arguments[1])); return rows.length ? rows.at(-1).innerText : null";
const TAP: &str = "const rows = [...document.querySelectorAll(`[data-phone=\"${arguments[0]}\"] [data-message-id]`)]
    .filter(row => row.innerText.includes(arguments[1]));
    const button = rows.at(-1) && [...rows.at(-1).querySelectorAll('[data-button-key]')]
    .find(button => button.innerText.includes(arguments[2])); if (!button) return false; button.click(); return true";
const TYPE: &str = "const input = document.querySelector(`[data-phone=\"${arguments[0]}\"] input[data-say]`);
    if (!input) return false; input.focus(); input.value = arguments[1];
    input.dispatchEvent(new Event('input', { bubbles: true })); input.form.requestSubmit(); return true";

/// The hours have passed.
const WALKED: &str = "return document.body.innerText.includes('走过 48 小时') &&
    !document.querySelector('#clock-plus-48h').disabled";

#[tokio::test(flavor = "multi_thread")]
async fn newcomer_sees_the_main_job_on_the_phones_page() {
    let stage = Stage::open().await;
    let page = Browser::open(&stage.sim).await;
    page.until("four phones", "return document.querySelectorAll('[data-phone]').length === 4", &[]).await;
    let clock =
        page.until("the world's time", "return document.querySelector('#world-now').innerText", &[]).await;
    assert!(clock.as_str().unwrap().starts_with("09:3"), "a fresh world begins at 09:30, not {clock}");

    page.runs("document.querySelector('#clock-plus-48h').click()", &[]).await;
    page.until("the walk's end", WALKED, &[]).await;
    for (phone, customer) in [("wecom", "鑫源"), ("dingtalk", "粤味香")] {
        let warning = [json!(phone), json!("没跟进")];
        let text = page.until("the warning", MESSAGE, &warning).await;
        assert!(text.as_str().unwrap().contains(customer), "{text}");
        page.until("the button", TAP, &[json!(phone), json!("没跟进"), json!("记一笔")]).await;
        page.until("the prompt", MESSAGE, &[json!(phone), json!("说一句就行")]).await;
        page.until("the input", TYPE, &[json!(phone), json!("客户认可方案，等老板签字")]).await;
        page.until("the answer", MESSAGE, &[json!(phone), json!("记下了")]).await;
    }
    page.runs("document.querySelector('#clock-plus-48h').click()", &[]).await;
    page.until("the digest", MESSAGE, &[json!("group"), json!("组")]).await;
    page.close().await;
    stage.close().await;
}

/// Chooses a picture with the phone's attach button, as a hand would.
const ATTACH: &str =
    "const input = document.querySelector(`[data-phone=\"${arguments[0]}\"] input[type=file]`);
    if (!input) return false;
    const bytes = Uint8Array.from(atob(arguments[1]), letter => letter.charCodeAt(0));
    const chosen = new DataTransfer();
    chosen.items.add(new File([bytes], 'quote.png', { type: 'image/png' }));
    input.files = chosen.files;
    input.dispatchEvent(new Event('change', { bubbles: true })); return true";
const PICTURE: &str =
    "const shown = document.querySelector(`[data-phone=\"${arguments[0]}\"] .own img.picture`);
    return Boolean(shown && shown.complete && shown.naturalWidth > 0)";

#[tokio::test(flavor = "multi_thread")]
async fn picture_is_sent_by_the_attach_button_and_shown_in_the_chat() {
    let stage = Stage::open().await;
    let page = Browser::open(&stage.sim).await;
    page.until("four phones", "return document.querySelectorAll('[data-phone]').length === 4", &[]).await;
    for phone in ["wecom", "dingtalk"] {
        let picture = json!(crate::action_cards::media::PIXEL);
        page.until("the attach button", ATTACH, &[json!(phone), picture]).await;
        page.until("the picture", PICTURE, &[json!(phone)]).await;
        page.until("the answer", MESSAGE, &[json!(phone), json!("图片收好了")]).await;
    }
    page.close().await;
    stage.close().await;
}
