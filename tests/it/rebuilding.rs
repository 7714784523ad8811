//! What a process leaves behind when it ends in the middle of something: half a segment, half a backup, half a new
//! state, or nothing but the wrong names. The next opening tidies up and goes on.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use chrono::TimeDelta;
use genjin::engine::{Engine, Inbox, Looks};
use genjin::state::{Row, Saying};
use genjin::store::{Disk, Interfere, Meet, Op, Repair, Source, Store, StoreError, Stores};

use crate::audit::{day0, demo, events, live};
use crate::journal::{FailAt, How};
use crate::store_support::{EPOCH, Files, Place, WORKSPACE, files_of, put_files, settling};

const LAST: u64 = 40;

static BACKED_UP: LazyLock<Files> = LazyLock::new(|| {
    let place = Place::new(settling());
    for seq in [15, 30] {
        place.grow(seq).back_up();
    }
    files_of(&place.grow(LAST).path(""))
});

/// The workspace without its state.
fn without_state() -> Place {
    let place = Place::of(&BACKED_UP);
    fs::remove_dir_all(place.path("state")).unwrap();
    place
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = files_of(folder)
        .into_iter()
        .map(|(name, _)| name.to_str().unwrap().to_owned())
        .filter(|name| !name.starts_with("state/"))
        .collect();
    names.sort();
    names
}

#[test]
fn unfinished_files_are_tidied_away() {
    let place = Place::of(&BACKED_UP);
    let before = names(&place.path(""));
    let half = |name: &str| {
        fs::create_dir_all(place.path(name).parent().unwrap()).unwrap();
        fs::write(place.path(name), b"half of it").unwrap();
    };
    for name in [
        "journal/000002.log.new",
        "journal/newest.new",
        "backup/000000000040.jsonl.zst.new",
        "state/snap.0000000000FFFFFF.generating",
        "state.new/db",
        "state.new/conf",
    ] {
        half(name);
    }
    assert_eq!(place.whole(LAST), None);
    let left: Vec<_> =
        names(&place.path("")).into_iter().filter(|name| name != "journal/newest.new").collect();
    assert_eq!(left, before);
    let state: Vec<_> = files_of(&place.path("state")).into_iter().map(|(name, _)| name).collect();
    assert!(!state.iter().any(|name| name.to_str().unwrap().ends_with(".generating")), "{state:?}");
}

#[test]
fn workspace_that_was_half_made_is_made_again() {
    let place = Place::new(settling());
    let half = place.path("").parent().unwrap().join(format!(".{WORKSPACE}.new"));
    put_files(&half, &BACKED_UP);
    assert!(place.stores().workspaces().unwrap().is_empty());
    place.stores().create(WORKSPACE, EPOCH).unwrap();
    assert!(!half.exists() && place.backups().is_empty(), "nothing of the half one is in it");
    place.grow(3);
    assert_eq!(place.whole(3), None);
}

/// Fails the operation on one path, as if the process ended there.
struct EndsAt(PathBuf, Op);

impl Interfere for EndsAt {
    fn meet(&self, op: Op, path: &Path) -> Meet {
        if op == self.1 && path == self.0 { Meet::Fail(io::Error::other("the end")) } else { Meet::Pass }
    }
}

#[test]
fn crash_between_the_two_renames_of_a_rebuild_is_made_good() {
    let place = Place::of(&BACKED_UP);
    let db = place.tree();
    db.remove(b"!").unwrap();
    drop(db);
    let disk = Disk::interfered(Arc::new(EndsAt(place.path("state"), Op::Rename)));
    let ended = place.on(disk).open(WORKSPACE).map(|opened| opened.head);
    assert!(matches!(ended, Err(StoreError::Io(_))), "{ended:?}");
    assert!(place.path("state.new/db").exists() && !place.path("state").exists());
    let aside = names(&place.path("")).into_iter().find(|name| name.starts_with("state.broken-")).unwrap();
    let Some(Repair::State { source: Source::Backup { .. }, replayed: 10, .. }) = place.whole(LAST) else {
        panic!("the state was not built from the newest backup")
    };
    assert!(place.path(&aside).exists(), "the wrong state is still kept aside");
    assert!(!place.path("state.new").exists());
    assert_eq!(place.whole(LAST + 1), None);
}

#[test]
fn rebuild_that_meets_a_failing_disk_is_made_good_by_the_next_opening() {
    for how in [How::Fail, How::Late] {
        for at in 0.. {
            let (place, fail) = (without_state(), FailAt::new(at, how));
            let opened = place.on(Disk::interfered(fail.clone())).open(WORKSPACE);
            if !fail.has_failed() {
                assert!(at > 15, "the failures were met");
                break;
            }
            if let Err(error) = opened.map(drop) {
                assert!(matches!(error, StoreError::Io(_)), "operation {at}, {how:?}: {error}");
            }
            place.whole(LAST);
        }
    }
}

#[test]
fn opening_that_meets_a_failing_disk_leaves_a_whole_workspace() {
    for how in [How::Fail, How::Late] {
        for at in 0.. {
            let (place, fail) = (Place::of(&BACKED_UP), FailAt::new(at, how));
            let opened = place.on(Disk::interfered(fail.clone())).open(WORKSPACE);
            if !fail.has_failed() {
                assert!(at > 5, "the failures were met");
                break;
            }
            drop(opened);
            assert_eq!(place.whole(LAST), None, "operation {at}, {how:?}");
        }
    }
}

#[test]
fn backup_that_meets_a_failing_disk_leaves_what_was_there() {
    for how in [How::Fail, How::Short, How::Late] {
        for at in 0.. {
            let place = Place::of(&BACKED_UP);
            let stores = place.stores();
            drop(stores);
            let fail = FailAt::new(at, how);
            let met = Arc::new(OnlyBackup(fail.clone()));
            let mut opened = place.on(Disk::interfered(met)).open(WORKSPACE).unwrap();
            let done = opened.store.keeper().backup(&());
            let is_last = !fail.has_failed();
            opened.store.commit(&crate::store_support::batch(LAST + 1)).unwrap();
            let proof = opened.store.keeper().verify(&()).unwrap();
            assert_eq!(proof.problems, [""; 0], "operation {at}, {how:?}");
            drop(opened);
            assert!(
                place
                    .backups()
                    .iter()
                    .filter(|path| path.extension().is_some_and(|end| end == "zst"))
                    .count()
                    >= 2
            );
            // What is there brings everything back without the state.
            fs::remove_dir_all(place.path("state")).unwrap();
            place.whole(LAST + 1);
            if is_last {
                done.unwrap();
                break;
            }
        }
    }
}

/// Lets only what touches backups fail.
struct OnlyBackup(Arc<FailAt>);

impl Interfere for OnlyBackup {
    fn meet(&self, op: Op, path: &Path) -> Meet {
        let is_backup = path.components().any(|part| part.as_os_str() == "backup");
        if is_backup && op != Op::Read { self.0.meet(op, path) } else { Meet::Pass }
    }
}

#[test]
fn admins_hear_once_that_the_state_was_built_anew() {
    let place = Place::new(settling());
    let rules = Arc::new(demo());
    let engine = || Engine::load(place.open().unwrap(), rules.clone()).unwrap();
    drop(place.opened());
    live(&mut engine(), events(&rules));
    let told = || {
        let mut engine = engine();
        engine.turn(&mut Inbox::default(), day0() + TimeDelta::hours(1), &mut Looks(1)).unwrap();
        let is_it = |row: &&Row| matches!(&row.says, Saying::Message { template, .. } if &**template == "store_repaired");
        engine.state().rows().filter(is_it).count()
    };
    assert_eq!(told(), 0);
    fs::remove_dir_all(place.path("state")).unwrap();
    let admins = rules.people.members.iter().filter(|member| member.admin).count();
    assert!(admins > 0);
    assert_eq!(told(), admins, "each admin");
    assert_eq!(told(), admins, "and not again at the next start");
}
