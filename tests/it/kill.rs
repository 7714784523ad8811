//! `kill -9` of the running service, at any instant, also while it opens its store: whatever was acknowledged is there
//! after the last start, nothing is there twice, and no card is seen twice on a phone.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use genjin::clock::Clock;
use genjin::state::{Deed, Line};
use genjin::store::{JournalStores, Order, Page, Store, Stores};
use serde_json::{Value, json};

const KILLS: u64 = 50;
const PATIENCE: Duration = Duration::from_secs(30);

struct Program {
    child: Child,
    url: String,
}

impl Program {
    /// Starts a subcommand on a port of its own and reads the address that it prints.
    fn start(data: &Path, args: &[&str]) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut child = Command::new(env!("CARGO_BIN_EXE_genjin"))
            .args(args)
            .arg("--config")
            .arg(root.join("bot-config"))
            .arg("--templates")
            .arg(root.join("message-templates"))
            .arg("--data")
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut url = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        while let Some(Ok(line)) = lines.next() {
            if let Some(at) = line.find("http://") {
                url = line[at..].split_whitespace().next().unwrap().trim_end_matches('/').to_owned();
                break;
            }
        }
        assert!(!url.is_empty(), "{args:?} printed no address");
        // Whatever it prints later must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url }
    }

    /// SIGKILL, and gone: what is dropped is killed.
    fn kill(self) {}
}

/// Also when the test fails between: no program of ours outlives it.
impl Drop for Program {
    fn drop(&mut self) {
        let _killed = self.child.kill();
        let _waited = self.child.wait();
    }
}

fn chance(n: u64) -> u64 {
    let mut z = n.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

async fn get(http: &reqwest::Client, url: String) -> Value {
    http.get(url).timeout(PATIENCE).send().await.unwrap().json().await.unwrap()
}

#[expect(clippy::disallowed_methods, reason = "patience with a running program is real time, and bounded")]
async fn until_following(http: &reqwest::Client, sim: &str) {
    let began = Instant::now();
    loop {
        let world = get(http, format!("{sim}/sim/world")).await;
        if world["service"]["following"] == true {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "the service does not come back: {}", world["service"]);
        tokio::task::yield_now().await;
    }
}

/// Says one sentence on a phone; gives it back with whether the service acknowledged it.
async fn say(http: reqwest::Client, sim: String, n: u64) -> (String, bool) {
    const WHO: [(&str, &str, &str); 4] = [
        ("wecom", "WangLei", "宏远"),
        ("dingtalk", "lina", "粤味香"),
        ("wecom", "GuoQian", "泉城"),
        ("dingtalk", "liuyang", "永兴"),
    ];
    let (platform, user, customer) = WHO[usize::try_from(n % 4).unwrap()];
    let text = format!("{customer} 客户认可第{n}版方案");
    let body = json!({ "platform": platform, "user": user, "text": text });
    let request = http.post(format!("{sim}/sim/say")).json(&body).timeout(PATIENCE);
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    (text, answer["status"] == 200)
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "the instant of the kill is real time: that is what is tested")]
async fn killed_service_loses_nothing_that_it_acknowledged_and_does_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let http = genjin::platform::http::http_client(None).unwrap();
    let sim = Program::start(&data, &["sim", "--listen", "127.0.0.1:0"]);
    let mut acknowledged = Vec::new();
    let mut said = 0;
    // Those that a kill leaves unanswered are sent again to the next process: what platforms do.
    let mut talks = tokio::task::JoinSet::new();
    for kill in 0..KILLS {
        let service = Program::start(&data, &["serve", "--listen", "127.0.0.1:0", "--sim", &sim.url]);
        let opening = kill % 4 == 0;
        if !opening {
            until_following(&http, &sim.url).await;
            // Some are acknowledged by each process that came up, however slow the machine.
            for _ in 0..3 {
                acknowledged.push(say(http.clone(), sim.url.clone(), said).await);
                said += 1;
            }
        }
        let began = Instant::now();
        let after = Duration::from_micros(chance(kill) % if opening { 60_000 } else { 120_000 });
        let first = said;
        while began.elapsed() < after {
            if said < first + 8 {
                talks.spawn(say(http.clone(), sim.url.clone(), said));
                said += 1;
            }
            tokio::task::yield_now().await;
        }
        service.kill();
    }
    let service = Program::start(&data, &["serve", "--listen", "127.0.0.1:0", "--sim", &sim.url]);
    until_following(&http, &sim.url).await;
    while let Some(talk) = talks.join_next().await {
        acknowledged.push(talk.unwrap());
    }
    settle(&http, &sim.url).await;
    no_card_twice(&http, &sim.url).await;
    service.kill();

    let notes = notes(&data);
    let twice: Vec<_> = notes.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "stored twice: {twice:?}");
    let lost: Vec<_> =
        acknowledged.iter().filter(|(text, answered)| *answered && !notes.contains_key(text)).collect();
    let answered = acknowledged.iter().filter(|(_, answered)| *answered).count();
    assert!(lost.is_empty(), "{} of {answered} acknowledged were lost: {lost:?}", lost.len());
    assert!(
        answered > 100,
        "only {answered} of {said} callbacks were acknowledged: the test shows too little"
    );
    sim.kill();
}

/// Pushes the clock until all is sent: the platforms' limits stretch it.
async fn settle(http: &reqwest::Client, sim: &str) {
    for _push in 0..20 {
        let push = http.post(format!("{sim}/sim/clock")).json(&json!({ "advance": "15m" })).timeout(PATIENCE);
        let pushed: Value = push.send().await.unwrap().json().await.unwrap();
        if pushed["settled"] == true {
            return;
        }
    }
    panic!("the world does not come to rest");
}

/// What a card says, with its time, is on a phone once.
async fn no_card_twice(http: &reqwest::Client, sim: &str) {
    for (platform, user) in
        [("wecom", "WangLei"), ("dingtalk", "lina"), ("wecom", "GuoQian"), ("dingtalk", "liuyang")]
    {
        let inbox = get(http, format!("{sim}/sim/inbox?platform={platform}&user={user}")).await;
        let mut cards: BTreeMap<String, usize> = BTreeMap::new();
        for message in inbox["messages"].as_array().unwrap() {
            if message["kind"] == "card" {
                let handle = message["card"]["task_id"].as_str().or(message["card"]["out_track_id"].as_str());
                let handle = handle.map_or_else(|| message["id"].to_string(), str::to_owned);
                *cards.entry(handle).or_default() += 1;
            }
        }
        assert!(cards.values().all(|count| *count == 1), "{user} sees a card twice: {cards:?}");
    }
}

fn notes(data: &Path) -> BTreeMap<String, usize> {
    let stores = JournalStores::new(data, Clock::system());
    let mut opened = stores.open("main").unwrap();
    let page = Page { prefix: b"h", after: None, order: Order::OldestFirst, limit: usize::MAX };
    let mut notes = BTreeMap::new();
    for (_, value) in opened.store.history(&page).unwrap() {
        let line: Line = serde_json::from_slice(&value).unwrap();
        // A note whose deal must be chosen first is kept as a draft.
        if matches!(line.what, Deed::Noted | Deed::Drafted) {
            *notes.entry(line.text.unwrap().into_string()).or_default() += 1;
        }
    }
    let report = opened.store.check().unwrap();
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    notes
}
