//! The seeded simulation on a real folder: the engine's turns as in [`crate::simulation`], while the process is killed,
//! commits and settling fail, backups are made, and the settled state rots or is put back from yesterday.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use genjin::engine::{Engine, Looks};
use genjin::store::{Disk, Fault, Faults, FaultyStores, Interfere, Meet, Op, Settling, Store, Stores};

use crate::simulation::{World, check, demo, seeded};
use crate::store_support::{Files, Place, WORKSPACE, files_of, put_files, settling};

/// A disk that is gone when the process is, and on which settling fails now and then.
#[derive(Default)]
struct Trouble {
    is_killed: AtomicBool,
    settling_fails: AtomicUsize,
}

impl Interfere for Trouble {
    fn meet(&self, op: Op, _path: &Path) -> Meet {
        let less = |n: usize| n.checked_sub(1);
        let is_met = self.is_killed.load(Ordering::Relaxed)
            || op == Op::Settle
                && self.settling_fails.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok();
        if is_met { Meet::Fail(io::Error::other("the end")) } else { Meet::Pass }
    }
}

/// What the run must have met to show anything.
#[derive(Default, Debug)]
struct Met {
    kills: usize,
    failed: usize,
    backups: usize,
    rebuilt: usize,
}

/// Does something to the settled state of a stopped workspace.
fn harm(place: &Place, world: &mut World, yesterday: &mut Files) {
    let state = place.path("state");
    match world.chance.below(6) {
        0 => fs::remove_dir_all(&state).unwrap(),
        1 if !yesterday.is_empty() => {
            let _gone = fs::remove_dir_all(&state);
            put_files(&state, yesterday);
        }
        2 | 3 if state.join("db").exists() => {
            let mut bytes = fs::read(state.join("db")).unwrap();
            let written = bytes.iter().rposition(|byte| *byte != 0).map_or(1, |last| last + 1);
            bytes[world.chance.below(written)] ^= 1 << world.chance.below(8);
            fs::write(state.join("db"), bytes).unwrap();
        }
        _ => *yesterday = files_of(&state),
    }
}

fn run(seed: u64, met: &mut Met) {
    let config = Arc::new(demo());
    let mut world = World::new(seed, &config);
    let mut place = Place::new(settling());
    place.options.settling =
        Settling { batch: 20_000, idle: Duration::from_millis(1), ..Settling::default() };
    let (trouble, faults) = (Arc::new(Trouble::default()), Faults::new());
    let on_disk = place.on(Disk::interfered(trouble.clone()));
    let stores = FaultyStores::new(on_disk.clone(), faults.clone());
    let mut engine = Engine::load(stores.create(WORKSPACE, seed).unwrap(), config.clone()).unwrap();
    let mut yesterday = Files::new();
    world.post(seeded(&config));
    for _step in 0..300 {
        match world.chance.below(8) {
            0 => world.now += TimeDelta::minutes(37),
            1 => world.now += TimeDelta::hours(7),
            2 | 3 => world.send(),
            _ => world.say(),
        }
        match world.chance.below(30) {
            0 => faults.then(if world.chance.one_in(2) { Fault::Before } else { Fault::After }),
            1 => trouble.settling_fails.store(1 + world.chance.below(3), Ordering::Relaxed),
            2 => met.backups += usize::from(on_disk.keeper(WORKSPACE).unwrap().backup(&()).is_ok()),
            _ => {}
        }
        let is_killed = world.chance.one_in(25);
        let budget = world.chance.below(6);
        let ended = engine.turn(&mut world.inbox, world.now, &mut Looks(budget)).is_err();
        if !ended && !is_killed {
            continue;
        }
        met.failed += usize::from(ended);
        met.kills += usize::from(is_killed);
        // A process that is killed settles nothing more; one that only failed stops in good order.
        trouble.is_killed.store(is_killed, Ordering::Relaxed);
        drop(engine);
        trouble.is_killed.store(false, Ordering::Relaxed);
        trouble.settling_fails.store(0, Ordering::Relaxed);
        harm(&place, &mut world, &mut yesterday);
        world.handed.lock().unwrap().clear();
        let opened = stores.open(WORKSPACE).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        met.rebuilt += usize::from(opened.repaired.is_some());
        engine = Engine::load(opened, config.clone()).unwrap();
    }
    while engine.turn(&mut world.inbox, world.now, &mut Looks(256)).unwrap().more {}
    check(seed, &mut engine, &world);
    let proof = on_disk.keeper(WORKSPACE).unwrap().verify(&()).unwrap();
    assert!(proof.problems.is_empty(), "seed {seed}: {:?}", proof.problems);
    let head = engine.store().head().clone();
    drop(engine);
    // And once more without the state at all.
    fs::remove_dir_all(place.path("state")).unwrap();
    let opened = stores.open(WORKSPACE).unwrap();
    assert_eq!(opened.head, head, "seed {seed}");
    check(seed, &mut Engine::load(opened, config).unwrap(), &world);
}

#[test]
fn whatever_befalls_process_and_state_nothing_is_lost_or_done_twice() {
    let mut met = Met::default();
    for seed in 1..=6 {
        run(seed, &mut met);
    }
    let enough = met.kills > 30 && met.failed > 20 && met.backups > 20 && met.rebuilt > 20;
    assert!(enough, "the runs met too little: {met:?}");
}
