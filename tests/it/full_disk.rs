//! A full disk while serving, then room again: what was acknowledged is there, and it goes on by itself. Here the store
//! is made to meet it; `tests/full-disk.sh` fills a real small disk, and makes one read-only.

use std::fs;
use std::io::{self, BufRead};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use genjin::clock::Clock;
use genjin::engine::{Answer, thread};
use genjin::event::{Content, Event, Identity, Said, Sender, What};
use genjin::sales::Platform;
use genjin::state::{Deed, Line};
use genjin::store::{
    CommitError, Disk, Interfere, JournalStores, Meet, Op, Order, Page, Store, StoreError, Stores,
};

use crate::simulation::{day0, demo, seeded};
use crate::store_support::{
    EPOCH, Model, Place, WORKSPACE, assert_cure, batch, content, grow, morning, settling, unsettled, until,
};

/// A disk without room while it is told so.
#[derive(Default)]
struct Full(AtomicBool);

impl Full {
    fn set(&self, is_full: bool) {
        self.0.store(is_full, Ordering::Relaxed);
    }
}

impl Interfere for Full {
    fn meet(&self, op: Op, _path: &Path) -> Meet {
        let is_met = matches!(op, Op::Create | Op::Write(_) | Op::CreateDir | Op::Settle);
        if is_met && self.0.load(Ordering::Relaxed) {
            Meet::Fail(io::ErrorKind::StorageFull.into())
        } else {
            Meet::Pass
        }
    }
}

#[test]
fn store_on_a_full_disk_ends_and_opens_whole_when_there_is_room() {
    let place = Place::new(settling());
    place.grow(10);
    let full = Arc::new(Full::default());
    let stores = place.on(Disk::interfered(full.clone()));
    let mut acknowledged = 10;
    for _round in 0..5 {
        let mut store = stores.open(WORKSPACE).unwrap().store;
        grow(&mut store, acknowledged + 7);
        acknowledged += 7;
        full.set(true);
        let error = store.commit(&batch(acknowledged + 1)).unwrap_err();
        assert!(matches!(error, CommitError::Unknown(_)), "{error}");
        assert_cure(&error.to_string());
        assert!(store.keeper().backup(&()).is_err());
        drop(store);
        let shut = stores.open(WORKSPACE).map(|opened| opened.head).unwrap_err();
        assert_cure(&shut.to_string());
        full.set(false);
        let mut opened = stores.open(WORKSPACE).unwrap();
        assert_eq!((opened.head.seq, opened.repaired), (acknowledged, None));
        assert!(content(&mut opened.store) == Model::new().at(acknowledged));
    }
}

/// A disk with room for short segments only.
#[derive(Default)]
struct Scarce(AtomicU64);

impl Interfere for Scarce {
    fn meet(&self, op: Op, path: &Path) -> Meet {
        let is_laying_out = path.extension().is_some_and(|end| end == "new");
        match op {
            Op::Create => self.0.store(0, Ordering::Relaxed),
            Op::Write(size) if is_laying_out => {
                let size = size as u64;
                if self.0.fetch_add(size, Ordering::Relaxed) + size > 900 << 10 {
                    return Meet::Fail(io::ErrorKind::StorageFull.into());
                }
            }
            _ => {}
        }
        Meet::Pass
    }
}

#[test]
fn store_with_little_room_goes_on_in_short_segments() {
    let place = Place::new(unsettled());
    place.opened();
    let stores = place.on(Disk::interfered(Arc::new(Scarce::default())));
    let mut store = stores.open(WORKSPACE).unwrap().store;
    // The third segment would have a megabyte; there are six short ones or more in its place.
    grow(&mut store, 400);
    drop(store);
    assert_eq!(place.whole(400), None);
}

/// Somebody says something.
fn said(n: u8) -> Event {
    let config = demo();
    let app = config.apps.iter().find(|app| app.platform() == Platform::WeCom).unwrap().key.clone();
    let from = Sender { platform: Platform::WeCom, app, user: "WangLei".into(), group: None, session: None };
    let text = format!("宏远 客户认可第{n}版方案").into();
    Event {
        identity: Identity::of(&[b"said", &[n]]),
        what: What::Said(Said { from, content: Content::Text(text) }),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn engine_on_a_full_disk_answers_nobody_and_goes_on_by_itself_when_there_is_room() {
    let place = Place::new(settling());
    place.opened();
    let full = Arc::new(Full::default());
    let stores = place.on(Disk::interfered(full.clone()));
    let open = Box::new(move || stores.open(WORKSPACE));
    let rules = Arc::new(demo());
    let (handle, thread) = thread::start("demo", open, rules.clone(), Clock::manual(day0())).unwrap();
    assert_eq!(handle.submit(seeded(&rules)).await.unwrap(), Answer::Done);
    assert_eq!(handle.submit(said(1)).await.unwrap(), Answer::Done);
    full.set(true);
    handle.submit(said(2)).await.unwrap_err();
    let mut status = handle.status();
    let fault = status.wait_for(|status| status.fault.is_some()).await.unwrap().fault.clone().unwrap();
    assert_cure(&fault);
    // What comes meanwhile waits; what was left unanswered is sent again.
    let waiting = tokio::spawn({
        let handle = handle.clone();
        async move { (handle.submit(said(3)).await, handle.submit(said(2)).await) }
    });
    full.set(false);
    let (third, again) = waiting.await.unwrap();
    assert_eq!((third.unwrap(), again.unwrap()), (Answer::Done, Answer::Done));
    assert!(status.wait_for(|status| status.open).await.unwrap().fault.is_none());
    handle.stop();
    thread.join().unwrap();

    let mut store = place.open().unwrap().store;
    let page = Page { prefix: b"h", after: None, order: Order::OldestFirst, limit: usize::MAX };
    let lines = store.history(&page).unwrap();
    let lines = lines.iter().map(|(_, value)| serde_json::from_slice::<Line>(value).unwrap());
    let mut notes: Vec<_> = lines
        .filter(|line| matches!(line.what, Deed::Noted | Deed::Drafted))
        .map(|line| line.event)
        .collect();
    notes.sort();
    let mut wanted: Vec<_> = [1, 2, 3].map(|n| said(n).identity).into();
    wanted.sort();
    assert_eq!(notes, wanted, "each once");
}

fn orders() -> Vec<String> {
    io::stdin().lock().lines().map(Result::unwrap).collect()
}

/// Child: fills the small disk named on its standard input, whatever the disk says then, makes room, and goes on.
#[test]
#[ignore = "a child process of tests/full-disk.sh"]
fn on_a_small_disk() {
    let [root] = &orders()[..] else { panic!("one folder") };
    let root = Path::new(root);
    let ballast = root.join("ballast");
    let stores = JournalStores::new(root.join("data"), Clock::manual(morning()));
    let mut acknowledged = 0;
    for round in 0..4 {
        let mut opened = match stores.open(WORKSPACE) {
            Err(StoreError::Missing(_)) => stores.create(WORKSPACE, EPOCH).unwrap(),
            other => other.unwrap(),
        };
        let keeper = opened.store.keeper();
        // Where there is less room it takes all of it.
        let _filled = fs::write(&ballast, vec![1; 14 << 20]);
        // Whatever fails first: a segment, settling, a backup.
        let mut is_full = false;
        for seq in opened.head.seq + 1.. {
            match opened.store.commit(&batch(seq)) {
                Ok(()) => acknowledged = seq,
                Err(error) => {
                    assert_cure(&error.to_string());
                    is_full = true;
                    break;
                }
            }
            if keeper.stats().unwrap().settled.fault.is_some()
                || seq % 100 == 0 && keeper.backup(&()).is_err()
            {
                is_full = true;
                break;
            }
        }
        assert!(is_full);
        if round % 2 == 0 {
            // Room comes while it serves: settling goes on by itself.
            fs::remove_file(&ballast).unwrap();
            until("it settles again", || keeper.stats().unwrap().settled.fault.is_none());
            drop(opened);
        } else {
            drop(opened);
            fs::remove_file(&ballast).unwrap();
        }
        let mut opened = stores.open(WORKSPACE).unwrap();
        let seq = opened.head.seq;
        assert!(acknowledged <= seq && seq <= acknowledged + 1, "{acknowledged} acknowledged, {seq} there");
        assert!(
            content(&mut opened.store) == Model::new().at(seq),
            "the content is not that of commit {seq}"
        );
        assert_eq!(opened.store.check().unwrap().problems, [""; 0]);
        acknowledged = seq;
        // Backups free the journal, so that the next round has something to fill.
        for _ in 0..2 {
            opened.store.commit(&batch(acknowledged + 1)).unwrap();
            acknowledged += 1;
            opened.store.keeper().backup(&()).unwrap();
        }
    }
}

/// Child: the disk named on its standard input is read-only.
#[test]
#[ignore = "a child process of tests/full-disk.sh"]
fn on_a_read_only_disk() {
    let [root] = &orders()[..] else { panic!("one folder") };
    let stores = JournalStores::new(Path::new(root).join("data"), Clock::manual(morning()));
    let error = stores.open(WORKSPACE).map(|opened| opened.head).unwrap_err();
    assert!(
        matches!(&error, StoreError::Io(io) if io.kind() == io::ErrorKind::ReadOnlyFilesystem),
        "{error}"
    );
    assert_cure(&error.to_string());
}
