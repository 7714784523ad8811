//! Rot: bytes flip, files are cut, blanked or gone, anywhere in a workspace's folder. Opening never panics and never
//! gives less without a word: all that was acknowledged is there, or the workspace stays shut and says what is missing.

use std::fmt::Write as _;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{LazyLock, Mutex};

use genjin::store::{Head, Key, Repair, Store, StoreError, Value};

use crate::store_support::{Files, Model, Place, assert_cure, content, files_of, mix, settling, unsettled};

/// Places damaged in settled folders, and in those where all lies in the journal.
const SETTLED: u64 = 500;
const UNSETTLED: u64 = 200;

struct Prepared {
    files: Files,
    wanted: (Head, Vec<(Key, Value)>),
}

impl Prepared {
    fn of(place: &Place, seq: u64) -> Self {
        Self { files: files_of(&place.path("")), wanted: Model::new().at(seq) }
    }
}

/// Cleanly settled folders: with all segments and no backup, with all and two backups, with freed segments.
static FOLDERS: LazyLock<[Prepared; 3]> = LazyLock::new(|| {
    let bare = Place::new(settling());
    bare.grow(90);
    let backed_up = Place::new(settling());
    for seq in [40, 60] {
        backed_up.grow(seq).back_up();
    }
    backed_up.grow(90);
    let freed = Place::new(settling());
    for seq in [194, 196] {
        freed.grow(seq).back_up();
    }
    freed.grow(205);
    assert!(!freed.segment(1).exists());
    [Prepared::of(&bare, 90), Prepared::of(&backed_up, 90), Prepared::of(&freed, 205)]
});

static JOURNALS: LazyLock<[Prepared; 2]> = LazyLock::new(|| {
    [(60, 60), (130, 130)].map(|(upto, seq)| {
        let place = Place::new(unsettled());
        place.grow(upto);
        Prepared::of(&place, seq)
    })
});

/// A run of numbers that follows from a seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 += 1;
        (mix(self.0) % n as u64) as usize
    }
}

/// Damages one file of a kind; says how.
fn damage(place: &Place, chance: &mut Chance, kind: &str) -> String {
    let mut files = files_of(&place.path(kind));
    // Nothing but opening reads these: damage in them shows nothing.
    files.retain(|(name, bytes)| !bytes.is_empty() && name != Path::new("LOCK"));
    if files.is_empty() {
        return format!("{kind} has no files; ");
    }
    let (name, mut bytes) = files.swap_remove(chance.below(files.len()));
    let path = place.path(kind).join(&name);
    // Damage in the zeros behind what was written is possible, but of little interest.
    let written = bytes.iter().rposition(|byte| *byte != 0).map_or(1, |last| last + 1);
    let is_behind = chance.below(8) == 0;
    let at = chance.below(if is_behind { bytes.len() } else { written });
    let how = match chance.below(10) {
        0..5 => {
            bytes[at] ^= 1 << chance.below(8);
            "flipped"
        }
        5..7 => {
            bytes.truncate(at);
            "cut"
        }
        7..9 => {
            let end = (at + 1 + chance.below(5_000)).min(bytes.len());
            bytes[at..end].fill(0);
            "blanked"
        }
        _ => {
            fs::remove_file(&path).unwrap();
            return format!("{kind}/{} is gone; ", name.display());
        }
    };
    fs::write(&path, bytes).unwrap();
    format!("{kind}/{} {how} at {at}; ", name.display())
}

/// What became of a damaged folder.
#[derive(Default, Debug)]
struct Tally {
    harmless: usize,
    mended: usize,
    refused: usize,
    torn: usize,
}

/// Opens a damaged folder. What may not happen is the error.
fn fate(place: &Place, prepared: &Prepared, tally: &mut Tally, may_be_torn: bool) -> Result<(), String> {
    let opened = catch_unwind(AssertUnwindSafe(|| {
        place.open().map(|mut opened| {
            let content = content(&mut opened.store);
            let problems = opened.store.check().unwrap().problems;
            (content, opened.repaired, problems)
        })
    }));
    let acknowledged = prepared.wanted.0.seq;
    match opened {
        Err(_) => Err("it panicked".to_owned()),
        Ok(Err(StoreError::Shut(refusal))) => {
            assert_cure(&refusal.to_string());
            tally.refused += 1;
            Ok(())
        }
        Ok(Err(other)) => Err(format!("it is refused without a word of what is missing: {other}")),
        Ok(Ok((_, _, problems))) if !problems.is_empty() => Err(format!("{problems:?}")),
        Ok(Ok((content, repaired, _))) => {
            let is_torn = |repair: &Repair| match repair {
                Repair::TornFrame { .. } => true,
                Repair::Several(all) => all.iter().any(|each| matches!(each, Repair::TornFrame { .. })),
                _ => false,
            };
            if content == prepared.wanted {
                let count = if repaired.is_some() { &mut tally.mended } else { &mut tally.harmless };
                *count += 1;
                return Ok(());
            }
            // Nothing but the journal knew the last commit, and its frame looks like one that was never finished.
            let seq = content.0.seq;
            if may_be_torn && repaired.as_ref().is_some_and(is_torn) && content == Model::new().at(seq) {
                tally.torn += 1;
                return (seq + 1 == acknowledged).then_some(()).ok_or(format!("torn at {seq}"));
            }
            Err(format!("commit {seq} instead of {acknowledged}, or other content; {repaired:?}"))
        }
    }
}

/// Damages folders on two threads and gives what became of them.
fn trials(
    folders: &'static [Prepared],
    count: u64,
    seed: u64,
    kinds: impl Fn(&mut Chance) -> Vec<&'static str> + Sync,
) -> Tally {
    let (tally, wrong) = (Mutex::new(Tally::default()), Mutex::new(String::new()));
    std::thread::scope(|scope| {
        for thread in 0..2 {
            let (kinds, tally, wrong) = (&kinds, &tally, &wrong);
            scope.spawn(move || {
                for trial in (thread..count).step_by(2) {
                    let mut chance = Chance(mix(seed + trial));
                    let prepared = &folders[chance.below(folders.len())];
                    let place = Place::of(&prepared.files);
                    let kinds = kinds(&mut chance);
                    let what: String = kinds.iter().map(|kind| damage(&place, &mut chance, kind)).collect();
                    let state_is_damaged = kinds.contains(&"state") || folders.len() == JOURNALS.len();
                    let may_be_torn = state_is_damaged && kinds.contains(&"journal");
                    let mut own = Tally::default();
                    if let Err(why) = fate(&place, prepared, &mut own, may_be_torn) {
                        writeln!(wrong.lock().unwrap(), "trial {trial}, {what}{why}").unwrap();
                    }
                    let mut tally = tally.lock().unwrap();
                    tally.harmless += own.harmless;
                    tally.mended += own.mended;
                    tally.refused += own.refused;
                    tally.torn += own.torn;
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{wrong}");
    tally.into_inner().unwrap()
}

#[test]
fn damaged_settled_folder_opens_whole_or_says_what_is_missing() {
    let tally = trials(&*FOLDERS, SETTLED, 4, |chance| match chance.below(20) {
        0..11 => vec!["state"],
        11..14 => vec!["journal"],
        14..16 => vec!["backup"],
        16..18 => vec!["state", "backup"],
        18 => vec!["state", "journal"],
        _ => vec!["state", "backup", "backup", "journal"],
    });
    assert!(
        tally.mended > 100 && tally.refused > 20 && tally.harmless > 50,
        "the damage does little: {tally:?}"
    );
}

#[test]
fn damaged_journal_opens_whole_or_says_what_is_missing() {
    let tally = trials(&*JOURNALS, UNSETTLED, 7, |_| vec!["journal"]);
    assert!(tally.refused > 80, "the damage does little: {tally:?}");
}
