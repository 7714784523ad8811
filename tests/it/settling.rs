//! Settling behind the commits: it may fail, lag, close and open again; what is read is always what was committed.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use genjin::store::{
    CommitError, Disk, Interfere, Keeper, Key, Meet, MemoryStores, Op, Order, Page, Repair, Settling, Store,
    Stores, Value, line_prefix,
};
use proptest::prelude::*;

use crate::store_support::{
    EPOCH, Model, Place, WORKSPACE, assert_cure, batch, batch_after, content, grow, settling, until, value,
};

const NEVER: Duration = Duration::from_secs(86_400);

/// Lets settling fail: the next so many times after so many that pass, or until it is told otherwise.
#[derive(Default)]
struct Trouble {
    passes: AtomicUsize,
    fails: AtomicUsize,
    always: AtomicBool,
}

impl Interfere for Trouble {
    fn meet(&self, op: Op, _path: &Path) -> Meet {
        let less = |n: usize| n.checked_sub(1);
        if op != Op::Settle {
            return Meet::Pass;
        }
        let fails = self.always.load(Ordering::Relaxed)
            || self.passes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_err()
                && self.fails.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok();
        if fails { Meet::Fail(io::ErrorKind::StorageFull.into()) } else { Meet::Pass }
    }
}

fn small() -> Settling {
    Settling { batch: 4_000, bound: 60_000, idle: Duration::from_millis(1), ..Settling::default() }
}

fn debt(keeper: &Keeper) -> usize {
    keeper.stats().unwrap().settled.debt
}

#[test]
fn commits_go_on_to_the_bound_while_nothing_settles_and_then_by_themselves_again() {
    let mut place = Place::new(settling());
    place.options.settling = small();
    place.grow(3);
    let trouble = Arc::new(Trouble::default());
    let mut store = place.on(Disk::interfered(trouble.clone())).open(WORKSPACE).unwrap().store;
    let keeper = store.keeper();
    trouble.always.store(true, Ordering::Relaxed);
    let why = loop {
        match store.commit(&batch(store.head().seq + 1)) {
            Ok(()) => {}
            Err(CommitError::Refused(why)) => break why,
            Err(other) => panic!("{other}"),
        }
    };
    assert_cure(&why);
    assert!(why.contains("wait to be settled"), "{why}");
    let refused_at = store.head().seq;
    assert!(refused_at > 15, "only {refused_at} commits went on");
    let settled = keeper.stats().unwrap().settled;
    assert!(settled.debt >= 60_000 && settled.fault.is_some(), "{settled:?}");
    assert!(keeper.backup(&()).is_err(), "nothing is backed up that is not settled");
    // A refused commit changes nothing.
    assert_eq!(store.head().seq, refused_at);
    trouble.always.store(false, Ordering::Relaxed);
    until("it settles again", || debt(&keeper) == 0);
    assert_eq!(keeper.stats().unwrap().settled.fault, None);
    for seq in refused_at + 1..=refused_at + 30 {
        // On a busy machine settling may reach the bound again: then it says so, and goes on again.
        until("the commit is taken", || match store.commit(&batch(seq)) {
            Ok(()) => true,
            Err(CommitError::Refused(_)) => false,
            Err(other) => panic!("{other}"),
        });
    }
    assert!(content(&mut store) == Model::new().at(refused_at + 30));
    drop(store);
    assert_eq!(place.whole(refused_at + 30), None);
}

#[test]
fn settling_that_fails_at_any_step_loses_nothing() {
    // Opening, applying, syncing: each may be the one that fails, for a while.
    for passes in 0..4 {
        for fails in [1, 2, 5] {
            let mut place = Place::new(settling());
            place.options.settling = small();
            place.grow(3);
            let trouble = Arc::new(Trouble::default());
            let mut store = place.on(Disk::interfered(trouble.clone())).open(WORKSPACE).unwrap().store;
            let keeper = store.keeper();
            trouble.passes.store(passes, Ordering::Relaxed);
            trouble.fails.store(fails, Ordering::Relaxed);
            for seq in 4..=40 {
                // What is read does not depend on how far settling is.
                if let Err(error) = store.commit(&batch(seq)) {
                    assert!(matches!(error, CommitError::Refused(_)), "{error}");
                    break;
                }
            }
            let seq = store.head().seq;
            // Whoever needs it settled hurries the next attempt.
            until("it settles", || keeper.scan(&mut |_, _| Ok(())).is_ok());
            assert!(content(&mut store) == Model::new().at(seq), "{passes} passed, {fails} failed");
            drop(store);
            assert_eq!(place.whole(seq), None);
        }
    }
}

#[test]
fn store_that_is_dropped_while_nothing_settles_leaves_it_to_the_journal() {
    let place = Place::new(settling());
    let trouble = Arc::new(Trouble::default());
    place.grow(3);
    let mut store = place.on(Disk::interfered(trouble.clone())).open(WORKSPACE).unwrap().store;
    trouble.always.store(true, Ordering::Relaxed);
    grow(&mut store, 20);
    drop(store);
    assert_eq!(place.whole(20), None);
}

#[test]
fn state_that_nobody_needs_is_closed_and_opens_for_whoever_does() {
    let mut place = Place::new(settling());
    place.options.settling = Settling { close_after: Duration::from_millis(2), ..small() };
    let mut store = place.opened().store;
    let keeper = store.keeper();
    for round in 1..=4 {
        grow(&mut store, round * 10);
        let closed = || {
            let settled = keeper.stats().unwrap().settled;
            settled.debt == 0 && !settled.is_open
        };
        until("it is closed", closed);
        match round {
            1 => assert!(content(&mut store) == Model::new().at(10)),
            2 => assert_eq!(store.check().unwrap().problems, [""; 0]),
            3 => assert_eq!(keeper.backup(&()).unwrap().seq, 30),
            _ => {}
        }
    }
    drop(store);
    assert_eq!(place.whole(40), None);
}

#[test]
fn state_that_shows_itself_wrong_in_use_is_built_anew_at_the_next_opening() {
    // sled's file goes while it is closed: the next who reads it finds an empty one.
    let mut place = Place::new(settling());
    place.options.settling = Settling { close_after: Duration::from_millis(2), ..small() };
    place.grow(20);
    let mut store = place.opened().store;
    let keeper = store.keeper();
    until("it is closed", || !keeper.stats().unwrap().settled.is_open);
    std::fs::remove_dir_all(place.path("state")).unwrap();
    assert!(keeper.scan(&mut |_, _| Ok(())).is_err() || store.check().is_err());
    until("the commit is told", || match store.commit(&batch(store.head().seq + 1)) {
        Ok(()) => false,
        Err(CommitError::Unknown(why)) => why.to_string().contains("built anew at the next opening"),
        Err(other) => panic!("{other}"),
    });
    let seq = store.head().seq;
    drop(store);
    assert!(matches!(place.whole(seq), Some(Repair::State { .. })));
}

#[test]
fn wrong_history_is_found_behind_the_opening_where_there_is_too_much_to_wait_for() {
    let mut place = Place::new(settling());
    place.grow(30);
    let db = place.tree();
    let line = [b"r", Key::line(b'd', 10 % 7, 10, 0).0.as_slice()].concat();
    db.remove(line).unwrap().unwrap();
    drop(db);
    place.options.prove_lines = 0;
    let look = Duration::from_millis(1);
    place.options.upkeep = Some(genjin::store::Upkeep { look, ..Default::default() });
    let opened = place.open().unwrap();
    assert_eq!(opened.repaired, None);
    let mut store = opened.store;
    until("it is found", || match store.commit(&batch(store.head().seq + 1)) {
        Ok(()) => store.head().seq > 5_000,
        Err(error) => error.to_string().contains("history lines do not add up"),
    });
    let seq = store.head().seq;
    assert!(seq < 5_000, "it is never found");
    drop(store);
    let Some(Repair::State { why, .. }) = place.whole(seq) else { panic!("not built anew") };
    assert!(why.contains("history lines do not add up"), "{why}");
}

#[derive(Clone, Debug)]
enum Step {
    /// Keys by number; `None` removes.
    Commit(Vec<(u8, Option<u16>)>),
    Settle,
    Reopen,
    Page {
        prefix: u8,
        after: Option<u8>,
        newest_first: bool,
        limit: usize,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let change = (0..14u8, prop::option::of(0..9_000u16));
    let step = prop_oneof![
        5 => prop::collection::vec(change, 0..5).prop_map(Step::Commit),
        2 => Just(Step::Settle),
        1 => Just(Step::Reopen),
        6 => (0..4u8, prop::option::of(0..14u8), any::<bool>(), 0..6usize).prop_map(
            |(prefix, after, newest_first, limit)| Step::Page { prefix, after, newest_first, limit }
        ),
    ];
    prop::collection::vec(step, 1..40)
}

/// Some live records before and behind the history, and lines of two subjects.
fn key(n: u8) -> Key {
    match n {
        0..4 => Key::record(b'd', u64::from(n)),
        4..11 => Key::line(b'd', u64::from(n % 2), 0, u16::from(n)),
        _ => Key::record(b'z', u64::from(n)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// However commits, settling, closing and reading fall between each other, a page shows what was committed.
    #[test]
    fn pages_over_layers_and_tree_are_those_of_the_model(steps in steps(), lingers in any::<bool>()) {
        let mut place = Place::new(settling());
        let idle = if lingers { NEVER } else { Duration::ZERO };
        place.options.settling = Settling { idle, ..Settling::default() };
        let mut store = Some(place.opened().store);
        let mut model = MemoryStores::new().create(WORKSPACE, EPOCH).unwrap().store;
        for step in steps {
            match step {
                Step::Commit(changes) => {
                    let value = |size: u16| -> Value { value(size.into(), size.into()) };
                    let changes = changes.into_iter().map(|(n, size)| (key(n), size.map(value))).collect();
                    let batch = batch_after(model.head(), changes);
                    model.commit(&batch).unwrap();
                    store.as_mut().unwrap().commit(&batch).unwrap();
                }
                Step::Settle => drop(store.as_ref().unwrap().keeper().scan(&mut |_, _| Ok(())).unwrap()),
                Step::Reopen => {
                    drop(store.take());
                    store = Some(place.open().unwrap().store);
                }
                Step::Page { prefix, after, newest_first, limit } => {
                    let lines = line_prefix(b'd', 1);
                    let prefix: &[u8] = match prefix {
                        0 => &[],
                        1 => b"d",
                        2 => b"h",
                        _ => &lines,
                    };
                    let after = after.map(|n| key(n).0);
                    let order = if newest_first { Order::NewestFirst } else { Order::OldestFirst };
                    let page = Page { prefix, after: after.as_deref(), order, limit };
                    let wanted = model.history(&page).unwrap();
                    prop_assert!(store.as_mut().unwrap().history(&page).unwrap() == wanted);
                }
            }
            prop_assert_eq!(store.as_ref().unwrap().head(), model.head());
        }
        prop_assert!(content(store.as_mut().unwrap()) == content(&mut model));
    }
}
