//! A push of the clock walks: a service that follows it does everything at its own time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use genjin::clock::Clock;
use genjin::sim::client::{self, Registration, Status};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::sim_stage::{Stage, opening, setup};

/// A service with timers: acts when its clock shows them, and notes at what time it did.
#[derive(Clone)]
struct Worker {
    clock: Clock,
    state: Arc<Mutex<Timers>>,
}

#[derive(Default)]
struct Timers {
    due: Vec<DateTime<Utc>>,
    /// When each was due, and when it was done.
    done: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    busy: bool,
}

impl Worker {
    /// Follows `stage`; each timer takes a moment of real time, in which the service is not quiet.
    async fn start(stage: &Stage, due: Vec<DateTime<Utc>>) -> (Self, CancellationToken) {
        let state = Arc::new(Mutex::new(Timers { due, ..Timers::default() }));
        let worker = Self { clock: Clock::manual(opening()), state };
        let stop = CancellationToken::new();
        tokio::spawn(worker.clone().work());
        let registration = Registration { url: "http://127.0.0.1:9".to_owned(), ..Registration::default() };
        client::register(&stage.url, &registration).await.unwrap();
        tokio::spawn({
            let (worker, url, stop) = (worker.clone(), stage.url.clone(), stop.clone());
            async move {
                let clock = worker.clock.clone();
                client::follow_clock(&url, &registration, clock, || worker.status(), stop).await.unwrap();
            }
        });
        (worker, stop)
    }

    fn status(&self) -> Status {
        let state = self.state.lock().unwrap();
        let next_due = state.due.iter().min().copied();
        Status { next_due, quiet: !state.busy && next_due.is_none_or(|due| due > self.clock.now()) }
    }

    async fn work(self) {
        loop {
            let next = self.state.lock().unwrap().due.iter().min().copied();
            let Some(next) = next else { return };
            self.clock.sleep_until(next).await;
            {
                let mut state = self.state.lock().unwrap();
                state.due.retain(|due| *due != next);
                state.done.push((next, self.clock.now()));
                state.busy = true;
            }
            tokio::task::yield_now().await;
            self.state.lock().unwrap().busy = false;
        }
    }

    fn done(&self) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
        self.state.lock().unwrap().done.clone()
    }
}

fn after(hours: i64) -> DateTime<Utc> {
    opening() + TimeDelta::hours(hours)
}

/// Resolves once the service follows the clock.
async fn followed(stage: &Stage) {
    let follows = async { while stage.get("/sim/world").await["service"]["following"] != true {} };
    tokio::time::timeout(Duration::from_secs(10), follows).await.unwrap();
}

#[tokio::test]
async fn push_stops_at_every_due_instant_on_the_way() {
    let stage = Stage::new().await;
    let (worker, _stop) = Worker::start(&stage, vec![after(2), after(7), after(30), after(60)]).await;
    followed(&stage).await;
    let pushed = stage.post("/sim/clock", json!({"advance": "48h"})).await;
    assert_eq!(pushed["settled"], true, "{pushed}");
    let done = worker.done();
    assert_eq!(done.iter().map(|(due, _)| *due).collect::<Vec<_>>(), [after(2), after(7), after(30)]);
    for (due, at) in done {
        assert!(at - due < TimeDelta::seconds(1), "{due} was done at {at}");
    }
    let now: DateTime<Utc> = pushed["now"].as_str().unwrap().parse().unwrap();
    assert_eq!(now, after(48));
    assert!(stage.sim.clock().now() == now && worker.clock.now() >= now);
}

#[tokio::test]
async fn without_a_service_the_clock_jumps() {
    let stage = Stage::new().await;
    let pushed = stage.post("/sim/clock", json!({"to": "tomorrow"})).await;
    assert_eq!((&pushed["settled"], &pushed["now"]), (&json!(true), &json!("2026-11-25T09:00:00.000+08:00")));
    let back = stage.try_post("/sim/clock", json!({"to": "2026-11-24T01:30:00Z"})).await;
    assert_eq!(back.0, 400, "the clock only goes forward");
    assert_eq!(stage.try_post("/sim/clock", json!({"advance": "soon"})).await.0, 400);
}

#[tokio::test]
async fn service_that_is_never_quiet_does_not_hold_the_clock_for_ever() {
    let stage = Stage::new().await;
    let reached = opening().to_rfc3339();
    let poll = format!("/sim/clock?reached={}&next_due=null&quiet=false&wait=0", reached.replace('+', "%2B"));
    stage.get(&poll).await;
    let stop = CancellationToken::new();
    let polls = {
        let (url, stop) = (format!("{}{poll}", stage.url), stop.clone());
        async move {
            let http = crate::sim_stage::http_client();
            while !stop.is_cancelled() {
                http.get(&url).send().await.unwrap();
            }
        }
    };
    let push = async {
        let pushed = stage.post("/sim/clock", json!({"advance": "1h"})).await;
        stop.cancel();
        pushed
    };
    let (pushed, ()) = tokio::join!(push, polls);
    assert_eq!(pushed["settled"], false);
    assert_eq!(
        stage.post("/sim/clock", json!({"advance": "0s"})).await["target"],
        "2026-11-24T10:30:00.000+08:00"
    );
}

#[tokio::test]
async fn fresh_world_begins_at_its_start_and_runs() {
    let machine = opening() - TimeDelta::days(3);
    let stage = Stage::with(setup(Clock::running_from(machine), None)).await;
    let world = stage.get("/sim/world").await;
    assert!(world["now"].as_str().unwrap().starts_with("2026-11-24T09:30:0"), "{}", world["now"]);
    assert_eq!((&world["zone"], &world["workday"]), (&json!("Asia/Shanghai"), &json!(true)));
    let first = stage.sim.clock().now();
    stage.get("/sim/world").await;
    assert!(stage.sim.clock().now() > first);
    let read = client::world(&stage.url).await.unwrap();
    assert_eq!(read.wecom.base_url, stage.url);
    assert_eq!(read.wecom.chats.len() + read.dingtalk.groups.len(), 2);
}

#[tokio::test]
async fn follower_registers_again_with_a_simulator_that_was_started_anew() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::with(setup(Clock::manual(opening()), Some(folder.path()))).await;
    let (_worker, _stop) = Worker::start(&stage, Vec::new()).await;
    followed(&stage).await;
    let address = stage.url.strip_prefix("http://").unwrap().to_owned();
    stage.stop().await;
    let listener = tokio::net::TcpListener::bind(&address).await.unwrap();
    let stage = Stage::on(listener, setup(Clock::manual(opening()), Some(folder.path())));
    let registered = async { while stage.get("/sim/clock").await["registered"] != true {} };
    tokio::time::timeout(Duration::from_secs(10), registered).await.unwrap();
}
