//! What a settled workspace is refused for: each time with the sentence that says what is missing and what to do, and
//! without a changed file.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use genjin::store::{Disk, Interfere, Meet, Op, Refusal, Repair, StoreError, Stores};

use crate::settled::{BACKED_UP, FREED, LAST, PLAIN, in_sled, remove_state};
use crate::store_support::{Place, WORKSPACE, assert_cure, files_of, put_files, settling};

#[test]
fn newer_state_is_left_to_the_newer_program() {
    let place = Place::of(&BACKED_UP);
    in_sled(&place, |db| {
        let mut mark = db.get(b"!").unwrap().unwrap().to_vec();
        let end = mark.len() - 4;
        mark[3] = 9;
        let checksum = crc32fast::hash(&mark[..end]).to_be_bytes();
        mark[end..].copy_from_slice(&checksum);
        db.insert(b"!", mark).unwrap();
    });
    assert_eq!(place.refusal(), Refusal::StateFormat { found: 9, known: 1 });
    assert!(place.path("state/db").exists());
}

#[test]
fn journal_that_ends_before_the_state_is_refused() {
    // An older copy of the journal is put back.
    let place = Place::new(settling());
    let older = files_of(&place.grow(40).path("journal"));
    place.grow(LAST);
    put_files(&place.path("journal"), &older);
    let file = place.segment(1);
    assert_eq!(place.refusal(), Refusal::Behind { file, last: 40, settled: LAST });

    // Its last frame is damaged: with the state there it is no unfinished write.
    let place = Place::of(&PLAIN);
    let mut bytes = fs::read(place.segment(1)).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    bytes[end - 50] ^= 1;
    fs::write(place.segment(1), bytes).unwrap();
    let file = place.segment(1);
    assert_eq!(place.refusal(), Refusal::Behind { file, last: LAST - 1, settled: LAST });
}

#[test]
fn journal_and_state_that_end_before_a_backup_are_refused() {
    let place = Place::new(settling());
    place.grow(40);
    let older = ["journal", "state"].map(|dir| (dir, files_of(&place.path(dir))));
    place.grow(60).back_up();
    place.grow(LAST);
    remove_state(&place);
    for (dir, files) in &older {
        put_files(&place.path(dir), files);
    }
    let file = place.segment(1);
    assert_eq!(place.refusal(), Refusal::Behind { file: file.clone(), last: 40, settled: 60 });
    remove_state(&place);
    assert_eq!(place.refusal(), Refusal::Behind { file, last: 40, settled: 60 });
}

#[test]
fn newest_segment_that_is_gone_is_missed_with_and_without_the_state() {
    for state in [true, false] {
        let place = Place::of(&FREED);
        let mut segments = files_of(&place.path("journal"));
        segments.retain(|(name, _)| name.extension().is_some());
        let newest = place.path("journal").join(&segments.last().unwrap().0);
        fs::remove_file(&newest).unwrap();
        if !state {
            remove_state(&place);
        }
        match place.refusal() {
            Refusal::SegmentMissing { file, .. } => assert_eq!(file, newest),
            Refusal::NoJournal { .. } => assert_eq!(segments.len(), 1),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn first_segment_that_is_gone_is_missed_only_where_something_depends_on_it() {
    let place = Place::new(settling());
    place.grow(200);
    assert!(place.segment(2).exists());
    fs::remove_file(place.segment(1)).unwrap();
    let state = files_of(&place.path("state"));
    remove_state(&place);
    let refusal = place.refusal();
    assert!(matches!(refusal, Refusal::State { first: 1, .. }), "{refusal}");
    put_files(&place.path("state"), &state);
    let repair = place.whole(200).unwrap();
    assert!(matches!(repair, Repair::Identities { .. }), "{repair}");
}

#[test]
fn rot_in_the_journal_is_refused_whatever_is_settled() {
    let place = Place::of(&BACKED_UP);
    let mut bytes = fs::read(place.segment(1)).unwrap();
    bytes[6_000] ^= 1;
    fs::write(place.segment(1), bytes).unwrap();
    assert!(matches!(place.refusal(), Refusal::Rot { .. }));
}

#[test]
fn every_way_a_disk_says_no_carries_a_cure() {
    use ErrorKind::{PermissionDenied, ReadOnlyFilesystem, StorageFull};
    for kind in [StorageFull, ReadOnlyFilesystem, PermissionDenied] {
        for settles in [true, false] {
            let place = Place::of(&BACKED_UP);
            let disk = Disk::interfered(Arc::new(Deaf { kind, settles }));
            let error = place.on(disk).open(WORKSPACE).map(|opened| opened.head).unwrap_err();
            let StoreError::Io(io) = &error else { panic!("{error}") };
            assert_eq!(io.kind(), kind);
            assert_cure(&error.to_string());
            assert!(error.to_string().contains(place.path("").to_str().unwrap()), "{error}");
            assert_eq!(place.whole(LAST), None, "when it can be written again it goes on");
        }
    }
}

/// A disk that cannot be written.
struct Deaf {
    kind: ErrorKind,
    settles: bool,
}

impl Interfere for Deaf {
    fn meet(&self, op: Op, _path: &Path) -> Meet {
        let is_met = match op {
            Op::Read => false,
            Op::Settle => self.settles,
            _ => !self.settles,
        };
        if is_met { Meet::Fail(self.kind.into()) } else { Meet::Pass }
    }
}
