//! Headless Chromium, driven through the WebDriver protocol of `chromedriver`; `./test.sh` installs both.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(20);

pub struct Browser {
    driver: Child,
    session: String,
    http: reqwest::Client,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// On a desk, at this page.
    pub async fn open(url: &str) -> Self {
        let options = json!({ "args": ["--window-size=1600,1000"] });
        let browser = Self::start(options).await;
        browser.visit(url).await;
        browser
    }

    /// With these options of Chromium's beside those that every test needs; at no page yet.
    pub async fn start(mut options: Value) -> Self {
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
        ];
        let mut args: Vec<Value> = args.map(Value::from).to_vec();
        args.extend(options["args"].as_array().into_iter().flatten().cloned());
        args.push(format!("--user-data-dir={}", profile.path().display()).into());
        options["args"] = args.into();
        let wanted = json!({ "capabilities": { "alwaysMatch": { "goog:chromeOptions": options } } });
        let base = format!("http://127.0.0.1:{port}/session");
        let made: Value = http.post(&base).json(&wanted).send().await.unwrap().json().await.unwrap();
        let id = made["value"]["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {made}"));
        Self { driver, session: format!("{base}/{id}"), http, _profile: profile }
    }

    pub async fn visit(&self, url: &str) {
        self.call("url", &json!({ "url": url })).await;
    }

    /// A command of the developer tools' protocol.
    pub async fn tools(&self, command: &str, params: &Value) -> Value {
        self.call("goog/cdp/execute", &json!({ "cmd": command, "params": params })).await
    }

    /// The page as HTML, whether or not it runs scripts; `None` while it goes from one to the next.
    pub async fn html(&self) -> Option<String> {
        let asks = async |command: &str, params: Value| {
            self.asks("goog/cdp/execute", &json!({ "cmd": command, "params": params })).await.ok()
        };
        let document = asks("DOM.getDocument", json!({})).await?;
        let root = json!({ "nodeId": document["root"]["nodeId"] });
        Some(asks("DOM.getOuterHTML", root).await?["outerHTML"].as_str()?.to_owned())
    }

    /// The page as it looks, as a PNG. Asked of the driver, which first waits for the page that is on its way: the tools
    /// themselves wait for ever for a picture of a page that has just been left.
    pub async fn picture(&self) -> Vec<u8> {
        use base64::Engine as _;
        let request = self.http.get(format!("{}/screenshot", self.session));
        let shot: Value = request.send().await.unwrap().json().await.unwrap();
        let data = shot["value"].as_str().unwrap_or_else(|| panic!("no picture: {shot}"));
        base64::engine::general_purpose::STANDARD.decode(data).unwrap()
    }

    pub async fn call(&self, what: &str, body: &Value) -> Value {
        self.asks(what, body).await.unwrap_or_else(|error| panic!("{what} {body}: {error}"))
    }

    async fn asks(&self, what: &str, body: &Value) -> Result<Value, Value> {
        let request = self.http.post(format!("{}/{what}", self.session)).json(body);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        if answer["value"]["error"].is_null() {
            Ok(answer["value"].clone())
        } else {
            Err(answer["value"].clone())
        }
    }

    /// Runs a script in the page and gives what it returns.
    pub async fn runs(&self, script: &str, args: &[Value]) -> Value {
        self.call("execute/sync", &json!({ "script": script, "args": args })).await
    }

    /// Runs a script until it returns something that is true.
    #[expect(clippy::disallowed_methods, reason = "patience with a browser is real time, and bounded")]
    pub async fn until(&self, what: &str, script: &str, args: &[Value]) -> Value {
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

    pub async fn close(mut self) {
        let _closed = self.http.delete(&self.session).send().await;
        self.driver.kill().unwrap();
        self.driver.wait().unwrap();
    }
}
