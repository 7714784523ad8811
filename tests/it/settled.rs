//! Opening a workspace whose commits are settled: whatever is wrong with the settled state, it comes back byte for byte
//! from a verified backup and the journal, and that is told; [`crate::refusals`] has what it is refused for.

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use genjin::store::{Key, Refusal, Repair, Source, Store, Stores};

use crate::store_support::{Files, Place, batch_after, files_of, grow, put_files, settling, value};

/// The last commit of the folders of these tests.
pub const LAST: u64 = 95;

/// All commits in one segment and the state, no backup.
pub static PLAIN: LazyLock<Files> = LazyLock::new(|| files_of(&Place::new(settling()).grow(LAST).path("")));

/// With backups up to commits 30 and 60.
pub static BACKED_UP: LazyLock<Files> = LazyLock::new(|| {
    let place = Place::new(settling());
    for seq in [30, 60] {
        assert_eq!(place.grow(seq).back_up().seq, seq);
    }
    files_of(&place.grow(LAST).path(""))
});

/// Several segments, of which the first were freed since both backups cover them.
pub static FREED: LazyLock<Files> = LazyLock::new(|| {
    let place = Place::new(settling());
    for seq in [330, 340] {
        place.grow(seq).back_up();
    }
    assert!(!place.segment(1).exists(), "the backups freed no segment");
    files_of(&place.grow(350).path(""))
});

/// The sentence that tells how the state was built anew: why, from what, after how many commits of the journal.
#[track_caller]
fn rebuilt(repair: Option<Repair>) -> (String, Source, u64, Option<PathBuf>) {
    match repair {
        Some(Repair::State { why, source, replayed, moved_to }) => (why, source, replayed, moved_to),
        other => panic!("{other:?}"),
    }
}

/// Takes the settled state away.
pub fn remove_state(place: &Place) {
    fs::remove_dir_all(place.path("state")).unwrap();
}

/// Changes sled's records under the store's feet.
pub fn in_sled(place: &Place, change: impl FnOnce(&sled::Db)) {
    let db = place.tree();
    change(&db);
    db.flush().unwrap();
}

/// A key as the tree keeps it.
fn stored(key: &Key) -> Vec<u8> {
    [b"r", key.0.as_slice()].concat()
}

#[test]
fn settled_folder_opens_as_it_is() {
    for (files, seq) in [(&*PLAIN, LAST), (&*BACKED_UP, LAST), (&*FREED, 350)] {
        assert_eq!(Place::of(files).whole(seq), None);
    }
}

#[test]
fn state_that_is_gone_is_built_from_the_journal_alone() {
    for gone in ["state", "state/db"] {
        let place = Place::of(&PLAIN);
        match gone {
            "state" => remove_state(&place),
            file => fs::remove_file(place.path(file)).unwrap(),
        }
        let (why, source, replayed, moved_to) = rebuilt(place.whole(LAST));
        assert!(why.contains("is missing"), "{why}");
        assert_eq!((source, replayed, moved_to.is_some()), (Source::Journal, LAST, gone == "state/db"));
        assert_eq!(place.whole(LAST + 1), None, "it is told once");
    }
}

#[test]
fn state_that_is_gone_is_built_from_the_newest_backup_and_the_journal() {
    let place = Place::of(&BACKED_UP);
    remove_state(&place);
    let (_, source, replayed, _) = rebuilt(place.whole(LAST));
    let file = place.backups().pop().unwrap();
    assert_eq!((source, replayed), (Source::Backup { file }, LAST - 60));

    let place = Place::of(&FREED);
    remove_state(&place);
    rebuilt(place.whole(350));
}

#[test]
fn state_that_was_made_anew_and_empty_is_no_state() {
    let place = Place::of(&BACKED_UP);
    remove_state(&place);
    in_sled(&place, |_| {});
    let (why, ..) = rebuilt(place.whole(LAST));
    assert!(why.contains("is empty"), "{why}");
}

#[test]
fn damaged_newest_backup_gives_way_to_the_older_one() {
    let place = Place::of(&BACKED_UP);
    remove_state(&place);
    let [older, newest] = &place.backups()[..] else { panic!("two backups") };
    let mut bytes = fs::read(newest).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(newest, bytes).unwrap();
    let (_, source, replayed, _) = rebuilt(place.whole(LAST));
    assert_eq!((source, replayed), (Source::Backup { file: older.clone() }, LAST - 30));
}

#[test]
fn both_backups_damaged_leave_the_journal_or_nothing() {
    let damage = |place: &Place| {
        for file in place.backups() {
            let bytes = fs::read(&file).unwrap();
            fs::write(&file, &bytes[..bytes.len() - 9]).unwrap();
        }
        remove_state(place);
    };
    let place = Place::of(&BACKED_UP);
    damage(&place);
    let (_, source, replayed, _) = rebuilt(place.whole(LAST));
    assert_eq!((source, replayed), (Source::Journal, LAST));

    let place = Place::of(&FREED);
    damage(&place);
    let refusal = place.refusal();
    let Refusal::State { first: 1, last, .. } = refusal else { panic!("{refusal}") };
    assert!((1..330).contains(&last), "{refusal}");
    assert!(!place.path("state.new").exists(), "an attempt leaves nothing behind");
}

#[test]
fn damaged_backups_beside_a_good_state_harm_nobody_and_the_next_backup_replaces_them() {
    let place = Place::of(&BACKED_UP);
    for file in place.backups() {
        fs::write(file, b"rubbish").unwrap();
    }
    let opened = place.open().unwrap();
    let proof = opened.store.keeper().verify(&()).unwrap();
    assert_eq!(proof.problems.len(), 2, "{:?}", proof.problems);
    assert!(proof.problems.iter().all(|problem| problem.contains("remove it and run `genjin backup`")));
    drop(opened);
    assert_eq!(place.back_up().seq, LAST);
    assert_eq!(place.backups().len(), 1, "what cannot be proved is no backup");
    assert_eq!(place.whole(LAST), None);
}

#[test]
fn state_whose_records_do_not_add_up_is_built_anew() {
    let live = Key::record(b'd', LAST * 16);
    let line = Key::line(b'd', 40 % 7, 40, 1);
    type Wrong = Box<dyn Fn(&sled::Db)>;
    let remove = |key: &Key| -> Wrong {
        let key = stored(key);
        Box::new(move |db| drop(db.remove(&key).unwrap().unwrap()))
    };
    let change = |key: &Key| -> Wrong {
        let key = stored(key);
        Box::new(move |db| drop(db.insert(&key, b"\0other").unwrap().unwrap()))
    };
    let cases = [
        (remove(&live), "live records do not add up"),
        (change(&live), "live records do not add up"),
        (Box::new(|db: &sled::Db| drop(db.insert(b"rx1", b"\0more").unwrap())), "live records do not add up"),
        (remove(&line), "history lines do not add up"),
        (change(&line), "history lines do not add up"),
        (Box::new(|db: &sled::Db| drop(db.remove(b"!").unwrap())), "is empty"),
        (Box::new(|db: &sled::Db| drop(db.insert(b"!", b"rubbish").unwrap())), "its mark does not read"),
        (Box::new(|db: &sled::Db| db.remove_parts()), "a part of a value is missing"),
    ];
    for (wrong, wanted) in cases {
        let place = Place::of(&BACKED_UP);
        in_sled(&place, wrong);
        let (why, _, _, moved_to) = rebuilt(place.whole(LAST));
        assert!(why.contains(wanted), "{wanted}: {why}");
        let aside = moved_to.unwrap();
        assert!(aside.join("db").is_file(), "the wrong state is kept aside: {}", aside.display());
    }
}

trait Parts {
    fn remove_parts(&self);
}

impl Parts for sled::Db {
    fn remove_parts(&self) {
        let key = self.scan_prefix(b"p").keys().next().unwrap().unwrap();
        self.remove(key).unwrap();
    }
}

#[test]
fn only_the_last_wrong_state_is_kept_aside() {
    let place = Place::of(&BACKED_UP);
    let mut aside = Vec::new();
    for round in 0..3 {
        in_sled(&place, |db| drop(db.remove(b"!").unwrap()));
        place.clock.advance(chrono::TimeDelta::seconds(1));
        aside.push(rebuilt(place.whole(LAST + round)).3.unwrap());
    }
    let last = aside.pop().unwrap();
    assert!(last.exists() && !aside.iter().any(|older| older.exists()));
}

#[test]
fn sled_that_panics_at_open_is_a_wrong_state() {
    // A tree that was never opened again has no snapshot, so that sled trips over its log.
    let fresh = tempfile::TempDir::new().unwrap();
    let db = sled::open(fresh.path()).unwrap();
    for n in 0..3_000_u64 {
        db.insert(n.to_be_bytes(), value(n, 300)).unwrap();
    }
    drop(db);
    let fresh = files_of(fresh.path());
    let mut panics = 0;
    for block in 1..24 {
        let place = Place::of(&PLAIN);
        remove_state(&place);
        put_files(&place.path("state"), &fresh);
        let db = place.path("state/db");
        let mut bytes = fs::read(&db).unwrap();
        let end = bytes.iter().rposition(|byte| *byte != 0).unwrap();
        let at = end * block / 24;
        match block % 3 {
            0 => bytes[at] ^= 0x20,
            1 => bytes.truncate(at),
            _ => bytes[at..at + 3_000.min(end - at)].fill(0),
        }
        fs::write(&db, bytes).unwrap();
        let (why, ..) = rebuilt(place.whole(LAST));
        panics += usize::from(why.contains("sled gave up"));
    }
    assert!(panics > 0, "no damage made sled panic: the test shows nothing");
}

#[test]
fn state_put_back_from_yesterday_catches_up_from_the_journal() {
    let place = Place::new(settling());
    place.grow(40);
    let yesterday = files_of(&place.path("state"));
    place.grow(LAST);
    remove_state(&place);
    put_files(&place.path("state"), &yesterday);
    assert_eq!(place.whole(LAST), None, "nothing was wrong: the journal goes on from there");
}

#[test]
fn state_older_than_the_journal_is_built_from_a_backup() {
    let place = Place::new(settling());
    let old = files_of(&place.grow(5).path("state"));
    let place = Place::of(&FREED);
    remove_state(&place);
    put_files(&place.path("state"), &old);
    let (why, source, ..) = rebuilt(place.whole(350));
    assert!(why.contains("it goes to commit 5 only"), "{why}");
    assert!(matches!(source, Source::Backup { .. }));
}

#[test]
fn state_of_another_life_or_another_past_is_built_anew() {
    let other_life = Place::new(settling());
    grow(&mut other_life.stores().create(crate::store_support::WORKSPACE, 7).unwrap().store, LAST);
    let other_past = Place::new(settling());
    let mut store = other_past.opened().store;
    for seq in 1..=50 {
        let change = (Key::record(b'd', seq), Some(value(seq + 1_000, 90)));
        store.commit(&batch_after(store.head(), vec![change])).unwrap();
    }
    drop(store);
    for (other, wanted) in [
        (&other_life, "another life of this workspace"),
        (&other_past, "its commit 50 is another than the journal's"),
    ] {
        let place = Place::of(&BACKED_UP);
        remove_state(&place);
        put_files(&place.path("state"), &files_of(&other.path("state")));
        let (why, ..) = rebuilt(place.whole(LAST));
        assert!(why.contains(wanted), "{why}");
    }
}

#[test]
fn doubted_state_is_proved_whole_and_only_then_built_anew() {
    let place = Place::of(&BACKED_UP);
    fs::write(place.path("state.doubt"), "somebody said so").unwrap();
    assert_eq!(place.whole(LAST), None, "it is right");
    assert!(!place.path("state.doubt").exists());

    // Without a doubt the lines are proved behind the opening where there are many.
    let mut place = Place::of(&BACKED_UP);
    place.options.prove_lines = 0;
    in_sled(&place, |db| drop(db.remove(stored(&Key::line(b'd', 40 % 7, 40, 1))).unwrap().unwrap()));
    assert_eq!(place.open().unwrap().repaired, None);
    fs::write(place.path("state.doubt"), "somebody said so").unwrap();
    let (why, ..) = rebuilt(place.whole(LAST));
    assert!(why.contains("history lines do not add up"), "{why}");
    assert!(!place.path("state.doubt").exists());
}
