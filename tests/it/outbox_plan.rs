//! The outbox and the engine together, with a carrier that follows a script: which row goes when, and what becomes of
//! it. The rows lie in the store before the engine opens it.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use chrono::{DateTime, TimeDelta, Utc};
use genjin::clock::Clock;
use genjin::config;
use genjin::engine::thread::start;
use genjin::engine::{Handle, Status};
use genjin::event::{CardFace, Fate, Identity};
use genjin::outbox::{self, Carrier, CourierError, Receipt};
use genjin::platform::error::DeliverError;
use genjin::sales::{Card, CardId, CardKind, CardState, Platform, RowId};
use genjin::state::{Deed, Recipient, Record, Row, RowState, Saying};
use genjin::store::{Batch, Fault, Faults, FaultyStores, Key, MemoryStores, Store, Stores};
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const WORKSPACE: &str = "demo";

fn morning() -> DateTime<Utc> {
    "2026-11-24T01:30:00Z".parse().unwrap()
}

/// A text to `user`, ready since the morning, of use for an hour.
fn text(id: u64, user: &str) -> Row {
    Row {
        id: RowId(id),
        app: "wecom".into(),
        to: Recipient::Person { user: user.into() },
        says: Saying::Message { template: "noted".into(), vars: json!({}), card: None, session: None },
        templates: "".into(),
        at: morning(),
        useful_until: morning() + TimeDelta::hours(1),
        bulk: false,
        cause: Identity::of(&[b"test", &id.to_be_bytes()]),
        after: None,
        attempts: 0,
        state: RowState::Ready { from: morning() },
    }
}

fn card(id: u64, user: &str) -> Row {
    let says = Saying::Message {
        template: "noted_card".into(),
        vars: json!({}),
        card: Some(CardId(id)),
        session: None,
    };
    Row { says, ..text(id, user) }
}

/// What the script says of one attempt.
enum Answer {
    Delivered,
    Failed(DeliverError),
    /// Not before it is released.
    Held,
    Panics,
}

#[derive(Default)]
struct Script {
    answers: BTreeMap<RowId, VecDeque<Answer>>,
    /// Every attempt, in order.
    made: Vec<(RowId, DateTime<Utc>)>,
    /// The new faces among them, with the code that they go by.
    faces: Vec<(CardFace, Option<Box<str>>)>,
    drops: bool,
}

struct Scripted {
    script: Mutex<Script>,
    attempts: watch::Sender<usize>,
    released: watch::Sender<bool>,
}

impl Scripted {
    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }
}

impl Carrier for Scripted {
    fn platform(&self, _row: &Row) -> Option<Platform> {
        Some(Platform::WeCom)
    }

    fn resends(&self, _row: &Row) -> bool {
        !self.script().drops
    }

    async fn deliver(&self, row: &Row, now: DateTime<Utc>) -> Result<Receipt, CourierError> {
        let answer = {
            let mut script = self.script();
            script.made.push((row.id, now));
            if let Saying::Update { face, code } = &row.says {
                script.faces.push((face.clone(), code.clone()));
            }
            script.answers.get_mut(&row.id).and_then(VecDeque::pop_front).unwrap_or(Answer::Delivered)
        };
        self.attempts.send_modify(|made| *made += 1);
        match answer {
            Answer::Delivered => Ok(Receipt { code: Some("RC".into()), ..Receipt::default() }),
            Answer::Failed(error) => Err(error.into()),
            Answer::Held => {
                self.released.subscribe().wait_for(|released| *released).await.unwrap();
                Ok(Receipt::default())
            }
            Answer::Panics => panic!("the script says so"),
        }
    }
}

/// An engine on a store in memory, and the outbox beside it.
struct Stage {
    stores: MemoryStores,
    clock: Clock,
    carrier: Arc<Scripted>,
    engine: Handle,
    thread: std::thread::JoinHandle<()>,
    shutdown: CancellationToken,
    outbox: JoinHandle<()>,
}

fn stores_with(rows: &[Row]) -> MemoryStores {
    stores_holding(rows.iter().map(|row| Record::Row(row.clone())))
}

fn stores_holding(records: impl IntoIterator<Item = Record>) -> MemoryStores {
    let stores = MemoryStores::new();
    let mut opened = stores.create(WORKSPACE, 7).unwrap();
    let records = records.into_iter();
    let changes = records.map(|record| (Key(record.key().to_bytes()), Some(record.to_bytes()))).collect();
    let batch = Batch { seq: 1, time: morning(), changes, identities: Vec::new(), next_id: 1_000 };
    opened.store.commit(&batch).unwrap();
    stores
}

impl Stage {
    fn new(rows: &[Row], script: Script) -> Self {
        Self::on(stores_with(rows), Clock::manual(morning()), script)
    }

    fn on(stores: MemoryStores, clock: Clock, script: Script) -> Self {
        Self::with_faults(stores, clock, script, Faults::new())
    }

    /// On a store whose commits fail by `faults`.
    fn with_faults(stores: MemoryStores, clock: Clock, script: Script, faults: Faults) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("bot-config");
        let any = |_: &str| Some("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG".to_owned());
        let rules = Arc::new(config::load(&folder, &any).unwrap());
        let open = {
            let stores = FaultyStores::new(stores.clone(), faults);
            Box::new(move || stores.open(WORKSPACE))
        };
        let (engine, thread) = start(WORKSPACE, open, rules, clock.clone()).unwrap();
        let (attempts, released) = (watch::channel(0).0, watch::channel(false).0);
        let carrier = Arc::new(Scripted { script: Mutex::new(script), attempts, released });
        let shutdown = CancellationToken::new();
        let run = outbox::run(carrier.clone(), engine.clone(), clock.clone(), shutdown.clone());
        Self { stores, clock, carrier, engine, thread, shutdown, outbox: tokio::spawn(run) }
    }

    /// Waits until nothing is out and nothing is ready now.
    async fn quiet(&self) {
        let mut status = self.engine.status();
        let now = self.clock.now();
        let is_quiet = |status: &Status| {
            status.open && status.rows_out == 0 && status.next_row.is_none_or(|ready| ready > now)
        };
        status.wait_for(is_quiet).await.unwrap();
    }

    async fn attempts(&self, made: usize) {
        self.carrier.attempts.subscribe().wait_for(|seen| *seen >= made).await.unwrap();
    }

    async fn rows(&self) -> Vec<Row> {
        self.engine.read(|state, _| state.rows().cloned().collect()).await.unwrap()
    }

    /// How many of the history's lines tell of rows in doubt.
    async fn doubted(&self) -> usize {
        self.lines(Deed::Doubted).await.len()
    }

    /// What the history tells of rows.
    async fn lines(&self, what: Deed) -> Vec<String> {
        let said = move |state: &genjin::state::State, _| {
            let lines = state.recent().map(|recent| &recent.line).filter(|line| line.what == what);
            lines.map(|line| line.text.as_deref().unwrap_or_default().to_owned()).collect()
        };
        self.engine.read(said).await.unwrap()
    }

    fn made(&self) -> Vec<u64> {
        self.carrier.script().made.iter().map(|(row, _)| row.0).collect()
    }

    /// As a process that is killed: what is on its way never comes back.
    async fn kill(self) -> (MemoryStores, Clock) {
        self.outbox.abort();
        drop(self.outbox.await);
        self.engine.stop();
        self.thread.join().unwrap();
        (self.stores, self.clock)
    }
}

fn script(answers: impl IntoIterator<Item = (u64, Vec<Answer>)>) -> Script {
    let answers = answers.into_iter().map(|(row, answers)| (RowId(row), answers.into())).collect();
    Script { answers, ..Script::default() }
}

fn busy() -> Answer {
    Answer::Failed(DeliverError::Transient { code: "-1".into(), hint: "system busy".into() })
}

#[tokio::test]
async fn lane_is_kept_in_order_and_urgent_goes_before_bulk() {
    let bulk = |id, user| Row { bulk: true, ..text(id, user) };
    let rows = [bulk(1, "wanglei"), text(2, "wanglei"), bulk(3, "wanglei"), text(4, "wanglei")];
    let stage = Stage::new(&rows, Script::default());
    stage.quiet().await;
    assert_eq!(stage.made(), [2, 4, 1, 3]);
    assert!(stage.rows().await.is_empty());
}

#[tokio::test]
async fn one_row_of_a_lane_is_out_at_a_time_and_other_lanes_go_on() {
    let rows = [text(1, "wanglei"), text(2, "wanglei"), text(3, "lijing")];
    let stage = Stage::new(&rows, script([(1, vec![Answer::Held])]));
    stage.attempts(2).await;
    stage.engine.status().wait_for(|status| status.rows_out == 1).await.unwrap();
    assert_eq!(stage.made(), [1, 3]);
    stage.carrier.released.send_replace(true);
    stage.quiet().await;
    assert_eq!(stage.made(), [1, 3, 2]);
}

#[tokio::test]
async fn at_most_sixteen_rows_are_on_their_way() {
    let rows: Vec<Row> = (1..=20).map(|n| text(n, &format!("member{n}"))).collect();
    let stage = Stage::new(&rows, script((1..=20).map(|n| (n, vec![Answer::Held]))));
    stage.attempts(16).await;
    let out = stage.engine.read(|state, _| state.rows().filter(|row| row.state == RowState::Out).count());
    assert_eq!(out.await.unwrap(), 16);
    stage.carrier.released.send_replace(true);
    stage.quiet().await;
    assert_eq!(stage.made().len(), 20);
}

#[tokio::test]
async fn busy_platform_is_asked_again_later() {
    let stage = Stage::new(&[text(1, "wanglei")], script([(1, vec![busy(), busy()])]));
    for attempts in 1..=2 {
        stage.quiet().await;
        let rows = stage.rows().await;
        let RowState::Ready { from } = rows[0].state else { panic!("{rows:?}") };
        assert_eq!((rows[0].attempts, from > stage.clock.now()), (attempts, true));
        stage.clock.set(from);
        stage.attempts(attempts as usize + 1).await;
    }
    stage.quiet().await;
    assert!(stage.rows().await.is_empty());
    let made = stage.carrier.script().made.clone();
    let pauses: Vec<TimeDelta> = made.windows(2).map(|two| two[1].1 - two[0].1).collect();
    assert!(pauses[0] >= TimeDelta::seconds(2) && pauses[1] >= TimeDelta::seconds(4), "{pauses:?}");
}

#[tokio::test]
async fn row_that_waits_for_its_retry_is_not_overtaken() {
    let rows = [text(1, "wanglei"), text(2, "wanglei"), text(3, "lijing"), text(4, "wanglei")];
    let stage = Stage::new(&rows, script([(1, vec![busy()]), (2, vec![busy()])]));
    stage.quiet().await;
    assert_eq!(stage.made(), [1, 3], "other lanes go on");
    for (row, attempts) in [(1, 3), (2, 5)] {
        let next = stage.rows().await.into_iter().find(|each| each.id == RowId(row)).unwrap();
        let RowState::Ready { from } = next.state else { panic!("{next:?}") };
        stage.clock.set(from);
        stage.engine.wake();
        stage.attempts(attempts).await;
        stage.quiet().await;
    }
    assert_eq!(stage.made(), [1, 3, 1, 2, 2, 4]);
    assert!(stage.rows().await.is_empty());
}

#[tokio::test]
async fn row_that_is_given_up_frees_its_lane_and_leaves_a_line() {
    let short = Row { useful_until: morning() + TimeDelta::seconds(1), ..text(1, "wanglei") };
    let stage = Stage::new(&[short, text(2, "wanglei")], script([(1, vec![busy()])]));
    stage.quiet().await;
    assert_eq!(stage.made(), [1, 2], "its retry would come too late");
    let dropped = stage.lines(Deed::Dropped).await;
    assert!(matches!(&dropped[..], [line] if line.starts_with("o-1: ")), "{dropped:?}");
}

#[tokio::test]
async fn refused_row_is_put_aside_with_its_cure_and_the_lane_goes_on() {
    let gone = DeliverError::RecipientGone { code: "81013".into(), hint: "invalid user".into() };
    let rows = [text(1, "wanglei"), text(2, "wanglei")];
    let stage = Stage::new(&rows, script([(1, vec![Answer::Failed(gone)])]));
    stage.quiet().await;
    assert_eq!(stage.made(), [1, 2]);
    let rows = stage.rows().await;
    let [Row { id: RowId(1), state: RowState::Parked { why }, .. }] = &rows[..] else { panic!("{rows:?}") };
    assert!(why.contains("81013") && why.contains("people.toml"), "{why}");
}

#[tokio::test]
async fn delivery_that_panics_is_put_aside_and_the_lane_goes_on() {
    let rows = [text(1, "wanglei"), text(2, "wanglei")];
    let stage = Stage::new(&rows, script([(1, vec![Answer::Panics])]));
    stage.quiet().await;
    assert_eq!(stage.made(), [1, 2]);
    assert!(matches!(&stage.rows().await[..], [Row { id: RowId(1), state: RowState::Parked { .. }, .. }]));
}

#[tokio::test]
async fn row_that_is_of_no_use_any_more_is_dropped_unsent() {
    let late = Row { useful_until: morning() - TimeDelta::seconds(1), ..text(1, "wanglei") };
    let quota = DeliverError::QuotaGone { until: morning() + TimeDelta::hours(15) };
    let stage = Stage::new(&[late, text(2, "lijing")], script([(2, vec![Answer::Failed(quota)])]));
    stage.quiet().await;
    assert_eq!(stage.made(), [2], "and the second would be late once the quota is back");
    assert!(stage.rows().await.is_empty());
    assert_eq!(stage.lines(Deed::Dropped).await.len(), 2);
}

#[tokio::test]
async fn text_that_was_out_at_a_kill_is_said_again_once_and_told_in_the_history() {
    let stage = Stage::new(&[text(1, "wanglei")], script([(1, vec![Answer::Held])]));
    stage.attempts(1).await;
    let (stores, clock) = stage.kill().await;

    let again = Stage::on(stores, clock, Script::default());
    again.quiet().await;
    assert_eq!((again.made(), again.doubted().await), (vec![1], 1));
    let (stores, clock) = again.kill().await;

    let third = Stage::on(stores, clock, Script::default());
    third.quiet().await;
    assert!(third.made().is_empty());
}

#[tokio::test]
async fn text_in_doubt_is_dropped_where_its_template_says_so() {
    let stage = Stage::new(&[text(1, "wanglei")], script([(1, vec![Answer::Held])]));
    stage.attempts(1).await;
    let (stores, clock) = stage.kill().await;
    let again = Stage::on(stores, clock, Script { drops: true, ..Script::default() });
    again.quiet().await;
    assert_eq!((again.made().len(), again.doubted().await, again.rows().await.len()), (0, 1, 0));
    assert_eq!(again.lines(Deed::Dropped).await.len(), 1, "and that it was not said again is told");
}

#[tokio::test]
async fn text_whose_hand_out_was_lost_within_the_process_is_not_in_doubt() {
    let faults = Faults::new();
    // The store's life begins, then the rows go out.
    faults.then(Fault::None);
    faults.then(Fault::After);
    let script = Script { drops: true, ..Script::default() };
    let (stores, clock) = (stores_with(&[text(1, "wanglei")]), Clock::manual(morning()));
    let stage = Stage::with_faults(stores, clock, script, faults.clone());
    stage.attempts(1).await;
    stage.quiet().await;
    assert_eq!((faults.left(), stage.made(), stage.doubted().await), (0, vec![1], 0));
    assert!(stage.rows().await.is_empty());
}

#[tokio::test]
async fn text_in_hand_while_the_store_is_opened_anew_is_said_once_and_not_in_doubt() {
    let faults = Faults::new();
    // The store's life begins, the rows go out, and what became of the second is told.
    faults.then(Fault::None);
    faults.then(Fault::None);
    faults.then(Fault::After);
    let (stores, clock) = (stores_with(&[text(1, "wanglei"), text(2, "lijing")]), Clock::manual(morning()));
    let script = script([(1, vec![Answer::Held])]);
    let stage = Stage::with_faults(stores, clock, script, faults.clone());
    stage.attempts(2).await;
    stage.engine.status().wait_for(|status| !status.open).await.unwrap();
    stage.engine.status().wait_for(|status| status.open && status.rows_out == 1).await.unwrap();
    stage.carrier.released.send_replace(true);
    stage.quiet().await;
    assert_eq!((faults.left(), stage.made(), stage.doubted().await), (0, vec![1, 2], 0));
}

#[tokio::test]
async fn card_that_was_out_at_a_kill_is_sent_again_in_silence() {
    let stage = Stage::new(&[card(1, "wanglei")], script([(1, vec![Answer::Held])]));
    stage.attempts(1).await;
    assert_eq!(stage.rows().await[0].state, RowState::Ready { from: morning() }, "no mark is needed");
    let (stores, clock) = stage.kill().await;
    let again = Stage::on(stores, clock, Script::default());
    again.quiet().await;
    assert_eq!((again.made(), again.doubted().await), (vec![1], 0));
}

#[tokio::test]
async fn card_that_was_answered_while_on_its_way_gets_its_end_when_it_is_out() {
    let row = card(1, "wanglei");
    let Saying::Message { template, .. } = &row.says else { unreachable!() };
    let about = |state: CardState, vars| Card {
        id: CardId(1),
        to: "wang-lei".into(),
        platform: Platform::WeCom,
        kind: CardKind::Deals { deals: Vec::new() },
        state,
        at: morning(),
        template: template.clone(),
        vars,
        handle: None,
    };
    let open = about(CardState::Open, json!({}));
    let redrawn = about(CardState::Open, json!({ "ticked": true }));
    let ended = about(CardState::Done("收进话术库了".into()), json!({}));
    for (card, face) in [(open, None), (redrawn, Some(None)), (ended, Some(Some("收进话术库了")))] {
        let vars = card.vars.clone();
        let stores = stores_holding([Record::Row(row.clone()), Record::Card(card)]);
        let stage = Stage::on(stores, Clock::manual(morning()), Script::default());
        stage.quiet().await;
        let faces = std::mem::take(&mut stage.carrier.script().faces);
        let wanted = face.map(|done| {
            let done = done.map(Into::into);
            (CardFace { card: CardId(1), template: template.clone(), vars, done }, Some("RC".into()))
        });
        assert_eq!(faces, Vec::from_iter(wanted));
        let handle =
            stage.engine.read(|state, _| state.card(CardId(1)).unwrap().handle.clone()).await.unwrap();
        assert_eq!(handle.is_some(), face.is_none(), "the code has one use");
    }
}

#[tokio::test]
async fn rows_in_hand_are_finished_and_told_at_the_end() {
    let rows = [text(1, "wanglei"), text(2, "wanglei")];
    let stage = Stage::new(&rows, script([(1, vec![Answer::Held])]));
    stage.attempts(1).await;
    stage.shutdown.cancel();
    stage.carrier.released.send_replace(true);
    stage.outbox.await.unwrap();
    let left = stage.engine.read(|state, _| state.rows().map(|row| row.id.0).collect::<Vec<_>>());
    assert_eq!(left.await.unwrap(), [2], "the first is delivered, the second waits for the next start");
}

#[tokio::test]
async fn outbox_ends_when_its_engine_has_ended() {
    let stage = Stage::new(&[], Script::default());
    stage.quiet().await;
    stage.engine.stop();
    stage.thread.join().unwrap();
    stage.outbox.await.unwrap();
}

fn fate(row: &Row, error: &DeliverError, resends: bool) -> Fate {
    outbox::next(row, Platform::WeCom, error, resends, morning())
}

fn in_doubt() -> DeliverError {
    DeliverError::InDoubt(Arc::new(std::io::Error::other("reset")))
}

#[test]
fn pause_doubles_up_to_ten_minutes_and_follows_from_row_and_attempt() {
    let error = DeliverError::Transient { code: "-1".into(), hint: String::new() };
    let pause = |id, attempts| {
        let row = Row { attempts, useful_until: morning() + TimeDelta::days(1), ..text(id, "wanglei") };
        match fate(&row, &error, true) {
            Fate::Later { at, .. } => at - morning(),
            other => panic!("{other:?}"),
        }
    };
    for (attempts, least) in [(0, 2), (1, 4), (5, 64), (9, 600), (40, 600)] {
        let (least, most) = (TimeDelta::seconds(least), TimeDelta::milliseconds(least * 1_250));
        assert!((least..most).contains(&pause(1, attempts)), "{attempts}");
    }
    assert_eq!(pause(3, 2), pause(3, 2));
    assert_ne!(pause(3, 2), pause(4, 2), "rows that failed together do not come back together");
}

#[test]
fn platforms_own_wait_is_kept() {
    let wait = DeliverError::RetryAfter(std::time::Duration::from_secs(61));
    let at = morning() + TimeDelta::seconds(61);
    assert!(matches!(fate(&text(1, "wanglei"), &wait, true), Fate::Later { at: then, .. } if then == at));
    let quota = DeliverError::QuotaGone { until: morning() + TimeDelta::minutes(30) };
    let at = morning() + TimeDelta::minutes(30);
    assert!(matches!(fate(&text(1, "wanglei"), &quota, true), Fate::Later { at: then, .. } if then == at));
}

#[test]
fn call_in_doubt_is_made_again_if_that_says_nothing_twice_or_the_template_allows() {
    assert!(matches!(fate(&card(1, "wanglei"), &in_doubt(), false), Fate::Later { .. }));
    assert!(matches!(fate(&text(1, "wanglei"), &in_doubt(), true), Fate::Later { .. }));
    assert!(matches!(fate(&text(1, "wanglei"), &in_doubt(), false), Fate::Dropped { .. }));
}

#[test]
fn misconfigured_app_is_given_time_and_then_told() {
    let error = DeliverError::Misconfigured { code: "60020".into(), cure: "add the address".into() };
    assert!(matches!(fate(&text(1, "wanglei"), &error, true), Fate::Later { .. }));
    let tried = Row { attempts: 3, ..text(1, "wanglei") };
    assert!(matches!(fate(&tried, &error, true), Fate::Refused { why } if why.contains("add the address")));
}

#[test]
fn update_whose_card_is_gone_is_dropped() {
    let face = CardFace { card: CardId(9), template: "noted_card".into(), vars: json!({}), done: None };
    let update = Row { says: Saying::Update { face, code: Some("RC".into()) }, ..text(1, "wanglei") };
    let gone = DeliverError::RecipientGone { code: "60140".into(), hint: String::new() };
    assert!(matches!(fate(&update, &gone, true), Fate::Dropped { .. }));
}
