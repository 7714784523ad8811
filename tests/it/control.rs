//! The control socket: how a command speaks to the service that runs.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use genjin::clock::Clock;
use genjin::control::{self, Aside, Ask, Control, Request, Response};
use genjin::engine::{Answer, Handle};
use genjin::event::{Content, Event, Fate, Identity, RowResult, Said, Sender, Sent, Unpark, What};
use genjin::sales::Platform;
use genjin::state::Row;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::front::{demo, engine, now};

struct Service {
    socket: PathBuf,
    engine: Handle,
    shutdown: CancellationToken,
    served: JoinHandle<()>,
    _folder: tempfile::TempDir,
}

impl Service {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (socket, shutdown) = (folder.path().join("control.sock"), CancellationToken::new());
        let clock = Clock::manual(now());
        let engine = engine(Arc::new(demo()), clock.clone());
        let control = Control::bind(socket.clone()).unwrap();
        let served =
            tokio::spawn(control.serve(vec![("main".into(), engine.clone())], clock, shutdown.clone()));
        Self { socket, engine, shutdown, served, _folder: folder }
    }

    async fn ask(&self, what: Ask) -> Response {
        self.ask_of(None, what).await
    }

    async fn ask_of(&self, workspace: Option<&str>, what: Ask) -> Response {
        let request = Request { workspace: workspace.map(Into::into), what };
        control::ask(&self.socket, &request).await.unwrap().unwrap()
    }

    async fn parked(&self) -> Vec<Aside> {
        match self.ask(Ask::Parked).await {
            Response::Parked(aside) => aside,
            other => panic!("{other:?}"),
        }
    }

    /// A message that the platform refuses for good.
    async fn refused_row(&self) -> u64 {
        let from = Sender {
            platform: Platform::WeCom,
            app: "wecom".into(),
            user: "WangLei".into(),
            group: None,
            session: None,
        };
        let said = Said { from, content: Content::Text("帮助".into()) };
        let event = Event { identity: Identity::of(&[b"said"]), what: What::Said(said) };
        self.engine.submit(event).await.unwrap();
        let row = self.exchange(b"take", Vec::new()).await[0].id;
        let why = "60020: this address may not call; add it to the app's trusted IPs".into();
        self.exchange(b"tell", vec![RowResult { row, fate: Fate::Refused { why } }]).await;
        row.0
    }

    async fn exchange(&self, name: &[u8], results: Vec<RowResult>) -> Vec<Row> {
        let sent = What::Sent(Sent { results, room: 10 });
        let answer = self.engine.exchange(Event { identity: Identity::of(&[name]), what: sent }).await;
        match answer.unwrap() {
            Answer::Rows(rows) => rows,
            other => panic!("{other:?}"),
        }
    }

    async fn stop(self) {
        self.shutdown.cancel();
        self.served.await.unwrap();
        assert!(!self.socket.exists(), "the socket is left behind");
    }
}

fn unpark(ids: &[u64], again: bool) -> Ask {
    Ask::Unpark(Unpark { ids: ids.to_vec(), again })
}

#[tokio::test]
async fn refused_message_is_listed_with_its_cure_and_sent_again() {
    let service = Service::start();
    assert_eq!(service.parked().await, []);
    let id = service.refused_row().await;
    let listed = service.parked().await;
    assert_eq!((listed.len(), listed[0].id, listed[0].kind.as_str()), (1, id, "row"));
    assert!(listed[0].why.contains("60020") && listed[0].why.contains("trusted IPs"), "{}", listed[0].why);

    assert_eq!(service.ask(unpark(&[id], true)).await, Response::Done);
    assert_eq!(service.parked().await, []);
    let again = service.exchange(b"again", Vec::new()).await;
    assert_eq!(again.iter().map(|row| row.id.0).collect::<Vec<_>>(), [id]);
    service.stop().await;
}

#[tokio::test]
async fn released_message_is_forgotten() {
    let service = Service::start();
    let id = service.refused_row().await;
    let mistaken = service.ask(unpark(&[id, id + 1], false)).await;
    assert!(
        matches!(&mistaken, Response::Failed(why) if why.contains(&(id + 1).to_string())),
        "{mistaken:?}"
    );
    assert_eq!(service.parked().await.len(), 1, "nothing is done where a number is mistaken");
    assert_eq!(service.ask(unpark(&[], false)).await, Response::Done);
    assert_eq!(service.parked().await, []);
    assert_eq!(service.exchange(b"again", Vec::new()).await, []);
    service.stop().await;
}

#[tokio::test]
async fn command_reaches_only_the_workspace_that_it_names() {
    let service = Service::start();
    let id = service.refused_row().await;
    let failed = service.ask_of(Some("other"), unpark(&[id], false)).await;
    assert!(matches!(&failed, Response::Failed(why) if why.contains("other")), "{failed:?}");
    assert_eq!(service.parked().await.len(), 1);
    assert_eq!(service.ask_of(Some("main"), unpark(&[id], false)).await, Response::Done);
    assert_eq!(service.parked().await, []);
    service.stop().await;
}

#[tokio::test]
async fn only_the_operator_may_open_the_socket() {
    let service = Service::start();
    let mode = std::fs::metadata(&service.socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    service.stop().await;
}

#[tokio::test]
async fn nonsense_on_the_socket_is_answered_and_does_no_harm() {
    let service = Service::start();
    for nonsense in ["\n", "{}\n", "{\"what\":\"format_disk\"}\n", &format!("{}\n", "[".repeat(50_000))] {
        let mut stream = UnixStream::connect(&service.socket).await.unwrap();
        stream.write_all(nonsense.as_bytes()).await.unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).await.unwrap();
        assert!(line.contains("failed"), "{line}");
    }
    assert_eq!(service.parked().await, []);
    service.stop().await;
}

#[tokio::test]
async fn silent_caller_does_not_keep_the_service_from_ending() {
    let service = Service::start();
    let silent = UnixStream::connect(&service.socket).await.unwrap();
    service.stop().await;
    drop(silent);
}

#[tokio::test]
async fn shut_store_is_told_and_not_waited_for() {
    let service = Service::start();
    let mut status = service.engine.status();
    status.wait_for(|status| status.open).await.unwrap();
    service.engine.stop();
    status.wait_for(|status| !status.open).await.unwrap();
    let failed = service.ask(Ask::Parked).await;
    assert!(matches!(&failed, Response::Failed(why) if why.contains("shut")), "{failed:?}");
    service.stop().await;
}

#[tokio::test]
async fn without_a_service_nobody_is_asked_and_a_dead_ones_socket_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("control.sock");
    let request = Request { workspace: None, what: Ask::Parked };
    assert_eq!(control::ask(&socket, &request).await.unwrap(), None);
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    assert_eq!(control::ask(&socket, &request).await.unwrap(), None, "nobody listens behind it");
    assert!(Control::bind(socket).is_ok());
    let long = folder.path().join("x".repeat(200));
    assert_eq!(control::ask(&long, &request).await.unwrap(), None);
    let error = Control::bind(long).unwrap_err();
    assert!(format!("{error:#}").contains("shorter path"), "{error:#}");
}
