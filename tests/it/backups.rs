//! Backups that make themselves, beside commits: when they are due, what they hold, what they allow to be forgotten,
//! and that a workspace comes back from one.

use std::fs;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use genjin::store::{Batch, Head, Options, Store, Stores, Upkeep};

use crate::store_support::{
    Model, Place, WORKSPACE, batch, batch_after, content, grow, morning, settling, until,
};

/// Upkeep after so many bytes of journal, or at the next full day.
fn upkeep(journal: u64) -> Option<Upkeep> {
    let nightly = |after: DateTime<Utc>| {
        (after.date_naive() + TimeDelta::days(1)).and_time(Default::default()).and_utc()
    };
    Some(Upkeep { nightly: Arc::new(nightly), journal, look: Duration::from_millis(1) })
}

fn place(journal: u64) -> Place {
    Place::new(Options { upkeep: upkeep(journal), ..settling() })
}

/// The last commit in each verified backup, oldest first.
fn backed_up(place: &Place) -> Vec<u64> {
    let whole = place.backups().into_iter().filter_map(|path| {
        let name = path.file_name()?.to_str()?.to_owned();
        name.strip_suffix(".jsonl.zst")?.parse().ok()
    });
    whole.collect()
}

/// The first commit that each segment may hold.
fn first_seqs(place: &Place) -> Vec<u64> {
    let mut names: Vec<_> =
        fs::read_dir(place.path("journal")).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.extension().is_some_and(|ending| ending == "log"));
    names.sort();
    names.iter().map(|path| u64::from_be_bytes(fs::read(path).unwrap()[28..36].try_into().unwrap())).collect()
}

#[test]
fn night_brings_a_backup_of_what_was_committed_since_the_last() {
    let place = place(u64::MAX);
    let mut store = place.opened().store;
    grow(&mut store, 10);
    for (day, seq) in [(1, 10), (2, 20), (3, 30)] {
        grow(&mut store, seq);
        assert!(!backed_up(&place).contains(&seq), "before the night");
        place.clock.set(morning() + TimeDelta::days(day));
        until("the night's backup", || backed_up(&place).contains(&seq));
    }
    until("two are kept", || backed_up(&place) == [20, 30]);
    // A night without commits needs none.
    place.clock.set(morning() + TimeDelta::days(4));
    grow(&mut store, 31);
    place.clock.set(morning() + TimeDelta::days(5));
    until("the night after", || backed_up(&place) == [30, 31]);
    assert_eq!(store.keeper().verify(&()).unwrap().problems, [""; 0]);
}

#[test]
fn growing_journal_brings_backups_beside_commits_and_frees_only_what_both_cover() {
    let place = place(100_000);
    let mut store = place.opened().store;
    let keeper = store.keeper();
    let ends = Arc::new(AtomicBool::new(false));
    // Somebody proves and looks at it all the while.
    let watcher = std::thread::spawn({
        let (keeper, ends) = (keeper.clone(), ends.clone());
        move || {
            let mut proofs = 0;
            while !ends.load(Ordering::Relaxed) {
                assert_eq!(keeper.verify(&()).unwrap().problems, [""; 0]);
                let mut pairs = 0;
                let head = keeper.scan(&mut |_, _| {
                    pairs += 1;
                    Ok(())
                });
                let head = head.unwrap();
                assert_eq!(pairs, head.live.count + head.history.count, "a look shows one commit");
                proofs += 1;
                // It leaves room for the backups.
                let seq = keeper.stats().unwrap().head.seq;
                until("more commits", || {
                    ends.load(Ordering::Relaxed) || keeper.stats().unwrap().head.seq > seq + 60
                });
            }
            proofs
        }
    });
    let mut made = std::collections::BTreeSet::new();
    for seq in 1..=600 {
        store.commit(&batch(seq)).unwrap();
        until("backups keep up", || {
            let stats = keeper.stats().unwrap();
            assert_eq!(stats.backup_fault, None);
            stats.since_backup < 400_000
        });
        // What is freed is covered by the older of two backups and by the durable state.
        let (segments, settled) = (first_seqs_or_none(&place), keeper.stats().unwrap().settled.seq);
        let backups = backed_up(&place);
        if let Some(first) = segments.first().filter(|first| **first > 1) {
            let newest_two = backups.iter().rev().take(2).min().unwrap();
            assert!(backups.len() >= 2 && first - 1 <= *newest_two && first - 1 <= settled.max(*newest_two));
        }
        made.extend(backups);
    }
    until("the last backup", || keeper.stats().unwrap().since_backup < 100_000);
    ends.store(true, Ordering::Relaxed);
    assert!(watcher.join().unwrap() > 0);
    assert!(made.len() >= 3, "only {made:?}: backups do not keep up");
    assert!(first_seqs(&place)[0] > 1, "nothing was freed");
    keeper.backup(&()).unwrap();
    assert_eq!(backed_up(&place).len(), 2);
    assert_eq!(keeper.verify(&()).unwrap().problems, [""; 0]);
    drop((store, keeper));
    fs::remove_dir_all(place.path("state")).unwrap();
    place.whole(600);
}

/// [`first_seqs`], unless a segment is just being freed.
fn first_seqs_or_none(place: &Place) -> Vec<u64> {
    let names: Result<Vec<_>, _> =
        fs::read_dir(place.path("journal")).unwrap().map(|entry| entry.map(|entry| entry.path())).collect();
    let mut names = names.unwrap_or_default();
    names.retain(|path| path.extension().is_some_and(|ending| ending == "log"));
    names.sort();
    let firsts: Option<Vec<_>> = names
        .iter()
        .map(|path| {
            let mut header = [0; 36];
            std::io::Read::read_exact(&mut File::open(path).ok()?, &mut header).ok()?;
            Some(u64::from_be_bytes(header[28..36].try_into().ok()?))
        })
        .collect();
    firsts.unwrap_or_default()
}

#[test]
fn segments_are_kept_until_two_backups_cover_them() {
    let place = Place::new(settling());
    place.grow(300);
    let all = first_seqs(&place);
    assert!(all.len() > 2, "{all:?}");
    place.back_up();
    assert_eq!(first_seqs(&place), all, "one backup frees nothing: it may rot");
    place.grow(301).back_up();
    let kept = first_seqs(&place);
    assert!(kept.len() < all.len() && kept[0] <= 301, "{kept:?} of {all:?}");
    place.grow(302).back_up();
    assert_eq!(backed_up(&place), [301, 302]);
    assert_eq!(place.whole(302), None);
}

#[test]
fn backup_that_rotted_is_never_the_older_of_two() {
    let place = Place::new(settling());
    place.grow(300).back_up();
    place.grow(310).back_up();
    let rotten = place.backups().pop().unwrap();
    fs::write(&rotten, b"rubbish").unwrap();
    place.grow(320).back_up();
    assert_eq!(backed_up(&place), [300, 320]);
    let first = first_seqs(&place)[0];
    assert!(first <= 301, "the journal goes on from the older good one, but begins at {first}");
    fs::remove_dir_all(place.path("state")).unwrap();
    fs::write(place.backups().pop().unwrap(), b"rubbish too").unwrap();
    place.whole(320);
}

#[test]
fn identities_of_seven_days_outlive_the_segments_that_told_them() {
    let place = Place::new(settling());
    let mut store = place.opened().store;
    // One commit in six hours: 28 of them are seven days.
    let with = |head: &Head, n: u64| {
        let time = morning() + TimeDelta::hours(6 * n as i64);
        Batch { time, identities: vec![[n as u8; 16]], ..batch_after(head, batch(97).changes[..1].to_vec()) }
    };
    for n in 1..=60 {
        let mut batch = with(store.head(), n);
        batch
            .changes
            .push((genjin::store::Key::record(b'm', n), Some(crate::store_support::value(n, 45_000))));
        store.commit(&batch).unwrap();
        if n % 10 == 0 {
            store.keeper().backup(&()).unwrap();
        }
    }
    drop(store);
    assert!(
        first_seqs(&place)[0] > 33,
        "the segments are not freed that told them: {:?}",
        first_seqs(&place)
    );
    let known = |opened: &genjin::store::Opened<_>| {
        let mut known: Vec<u8> = opened.identities.iter().map(|(_, identity)| identity[0]).collect();
        known.dedup();
        known
    };
    let wanted: Vec<u8> = (60 - 28..=60).collect();
    // A time in a backup may be that of the day's last commit, so a day's identities may be kept a little longer.
    let kept = known(&place.open().unwrap());
    assert!(kept.ends_with(&wanted) && kept.len() < wanted.len() + 4, "{kept:?}");
    fs::remove_dir_all(place.path("state")).unwrap();
    assert_eq!(known(&place.open().unwrap()), kept, "also when the state was built anew");
}

#[test]
fn restored_workspace_equals_its_source_with_its_files() {
    let place = Place::new(settling());
    place.grow(120).back_up();
    let photo = "a".repeat(64);
    for (name, bytes) in [
        (format!("media/{photo}"), &b"\xff\xd8 a photo \x00"[..]),
        ("versions/0123abcd.toml".to_owned(), b"[chat]\n"),
        ("versions/last".to_owned(), b"abcd"),
        ("versions/000012.zst".to_owned(), b"a version"),
        ("versions/templates/0123.json".to_owned(), b"{}"),
        ("versions/abcd/people.toml".to_owned(), b"[[members]]"),
        ("versions/abcd/scripts/太贵.md".to_owned(), b"# 1"),
        ("versions/.hidden".to_owned(), b"not ours"),
        ("versions/abcd/secrets/wecom".to_owned(), b"a secret"),
        ("versions/abcd/secret.txt".to_owned(), b"a secret"),
    ] {
        let path = place.path(&name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let mut opened = place.open().unwrap();
    let file = place.path("../away.jsonl.zst");
    let done = opened.store.keeper().backup_to(&file, &()).unwrap();
    assert_eq!(done.seq, 120);
    assert!(opened.store.keeper().backup_to(&file, &()).is_err(), "a file is never replaced");
    let identities = opened.identities.clone();
    let (head, pairs) = content(&mut opened.store);
    drop(opened);

    let elsewhere = Place::new(settling());
    let restored = elsewhere.stores().import(WORKSPACE, &mut File::open(&file).unwrap(), 99).unwrap();
    assert_eq!(restored, Head { epoch: 99, ..head });
    let mut opened = elsewhere.open().unwrap();
    assert_eq!(opened.repaired, None);
    assert!(content(&mut opened.store) == (restored.clone(), pairs));
    let of = |list: &[(_, [u8; 16])]| list.iter().map(|(_, identity)| *identity).collect::<Vec<_>>();
    assert_eq!(of(&opened.identities), of(&identities));
    let same = |name: &str| fs::read(place.path(name)).unwrap() == fs::read(elsewhere.path(name)).unwrap();
    assert!(same(&format!("media/{photo}")) && same("versions/0123abcd.toml"));
    for name in ["last", "000012.zst", "templates/0123.json", "abcd/people.toml", "abcd/scripts/太贵.md"] {
        assert!(same(&format!("versions/{name}")), "{name}, however deep it lies");
    }
    for name in [".hidden", "abcd/secrets/wecom", "abcd/secret.txt"] {
        assert!(!elsewhere.path(&format!("versions/{name}")).exists(), "{name} does not travel");
    }
    opened.store.commit(&batch_after(&restored, vec![])).unwrap();
    drop(opened);
    // The restored workspace stands on its own: it comes back without its state too.
    fs::remove_dir_all(elsewhere.path("state")).unwrap();
    let opened = elsewhere.open().unwrap();
    assert_eq!((opened.head.seq, opened.head.epoch), (121, 99));
    drop(opened);
    let again = elsewhere.stores().import(WORKSPACE, &mut File::open(&file).unwrap(), 1);
    assert!(again.unwrap_err().to_string().contains("has files already"));
}

#[test]
fn backup_is_written_to_a_bare_file_name_too() {
    let place = Place::new(settling());
    place.grow(5);
    let store = place.opened().store;
    let name = format!("genjin-test-{}.jsonl.zst", std::process::id());
    let done = store.keeper().backup_to(Path::new(&name), &());
    let removed = fs::remove_file(&name);
    assert_eq!(done.unwrap().seq, 5);
    removed.unwrap();
}

#[test]
fn backup_of_a_state_that_does_not_add_up_is_none_and_the_state_is_built_anew() {
    let mut place = Place::new(settling());
    place.grow(20).back_up();
    place.grow(30);
    let db = place.tree();
    let line = [b"r", genjin::store::Key::line(b'd', 10 % 7, 10, 0).0.as_slice()].concat();
    db.remove(line).unwrap().unwrap();
    drop(db);
    place.options.prove_lines = 0;
    let store = place.open().unwrap().store;
    let error = store.keeper().backup(&()).unwrap_err().to_string();
    assert!(
        error.contains("the settled state does not add up; it is built anew at the next opening"),
        "{error}"
    );
    assert_eq!(backed_up(&place), [20], "nothing gets a name that is not proved");
    drop(store);
    assert!(place.whole(30).is_some());
    assert_eq!(place.back_up().seq, 31);
    assert!(Model::new().at(31).0.seq == 31);
}
