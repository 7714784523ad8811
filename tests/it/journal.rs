//! The journal on disk: what opening refuses and what it mends, what a failing disk leaves, and that the format on disk
//! changes by decision only.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use genjin::clock::Clock;
use genjin::store::{
    CommitError, Disk, Head, Interfere, JournalStore, JournalStores, Key, Meet, Op, Opened, Refusal, Repair,
    Store, StoreError, Stores,
};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::store_support::{
    EPOCH, Model, WORKSPACE, assert_cure, batch, batch_after, content, files_of, morning, put_files,
    unsettled, value,
};

const HEADER: usize = 4096;

/// A data folder.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// Stores that leave everything to the journal, as if each process ended before it settled anything.
    fn stores(&self) -> JournalStores {
        JournalStores::new(self.0.path(), Clock::manual(morning())).with_options(unsettled())
    }

    /// A journal of one segment with the generator's first commits.
    fn with_commits(commits: u64) -> Self {
        let folder = Self::new();
        let mut store = folder.stores().create(WORKSPACE, EPOCH).unwrap().store;
        (1..=commits).for_each(|n| store.commit(&batch(n)).unwrap());
        folder
    }

    /// A journal of three segments and some commits in each; `salt` is in all values.
    fn of_three_segments(epoch: u64, salt: u64) -> Self {
        let folder = Self::new();
        let mut store = folder.stores().create(WORKSPACE, epoch).unwrap().store;
        while !folder.segment(3).exists() || store.head().seq < 20 {
            store.commit(&big(store.head(), salt)).unwrap();
        }
        assert!(!folder.segment(4).exists());
        folder
    }

    fn segment(&self, number: u32) -> PathBuf {
        self.0.path().join(WORKSPACE).join("journal").join(format!("{number:06}.log"))
    }

    fn open(&self) -> Result<Opened<JournalStore>, StoreError> {
        self.stores().open(WORKSPACE)
    }

    /// Changes a segment's bytes.
    fn edit(&self, number: u32, change: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = fs::read(self.segment(number)).unwrap();
        change(&mut bytes);
        fs::write(self.segment(number), bytes).unwrap();
    }

    /// The refusal to open, which names its file, carries a cure and changes nothing.
    #[track_caller]
    fn refusal(&self) -> Refusal {
        let before = self.files();
        let refusal = match self.open() {
            Err(StoreError::Shut(refusal)) => refusal,
            other => panic!("{:?}", other.map(|opened| opened.head)),
        };
        let sentence = refusal.to_string();
        assert_cure(&sentence);
        assert!(self.files() == before, "a refusal changes no file");
        refusal
    }

    fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let Ok(dir) = fs::read_dir(self.segment(1).parent().unwrap()) else { return Vec::new() };
        let mut files: Vec<_> = dir
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.clone(), fs::read(path).unwrap()))
            .collect();
        files.sort();
        files
    }
}

/// A commit of some 60 KB.
fn big(head: &Head, salt: u64) -> genjin::store::Batch {
    let seq = head.seq + 1;
    batch_after(head, vec![(Key::record(b'd', seq % 5), Some(value(seq + salt, 60_000)))])
}

/// Where the frames of a segment begin, and where they end.
fn frame_starts(segment: &[u8]) -> Vec<usize> {
    let mut starts = vec![HEADER];
    let mut at = HEADER;
    while segment[at] != 0 {
        at += u32::from_be_bytes(segment[at + 4..at + 8].try_into().unwrap()) as usize;
        starts.push(at);
    }
    starts
}

/// Changes the last frame of a segment and makes its checksum good again.
fn forge(segment: &mut [u8], change: impl FnOnce(&mut [u8])) {
    let starts = frame_starts(segment);
    let [.., start, end] = starts[..] else { panic!("no frame") };
    change(&mut segment[start..end - 4]);
    let checksum = crc32fast::hash(&segment[start..end - 4]);
    segment[end - 4..end].copy_from_slice(&checksum.to_be_bytes());
}

#[test]
fn lock_names_its_holder_and_ends_with_it() {
    let folder = Folder::with_commits(1);
    let held = folder.open().unwrap();
    match folder.open() {
        Err(StoreError::Busy { pid, since }) => {
            assert_eq!((pid, since), (Some(std::process::id()), Some(morning())));
        }
        other => panic!("{:?}", other.map(|opened| opened.head)),
    }
    drop(held);
    folder.open().unwrap();
}

#[test]
fn segments_follow_each_other_and_double() {
    let folder = Folder::of_three_segments(EPOCH, 0);
    let sizes: Vec<_> = (1..=3).map(|n| fs::metadata(folder.segment(n)).unwrap().len() >> 10).collect();
    assert_eq!(sizes, [256, 512, 1024]);
    let mut opened = folder.open().unwrap();
    assert_eq!(opened.head.live.count, 5);
    assert_eq!(opened.repaired, None);
    assert_eq!(opened.store.check().unwrap().problems, [""; 0]);
}

#[test]
fn large_frame_gets_a_segment_of_its_own() {
    let folder = Folder::with_commits(3);
    let mut store = folder.open().unwrap().store;
    let change = (Key::record(b'd', 9), Some(value(9, 20_000_000)));
    store.commit(&batch_after(store.head(), vec![change])).unwrap();
    store.commit(&big(store.head(), 0)).unwrap();
    let sizes: Vec<_> = (1..=3).map(|n| fs::metadata(folder.segment(n)).unwrap().len() >> 20).collect();
    assert_eq!(sizes, [0, 19, 8]);
    let wanted = content(&mut store);
    drop(store);
    assert!(content(&mut folder.open().unwrap().store) == wanted);
}

#[test]
fn journal_that_is_gone_is_never_begun_anew() {
    let folder = Folder::with_commits(3);
    fs::remove_file(folder.segment(1)).unwrap();
    assert!(matches!(folder.refusal(), Refusal::NoJournal { .. }));
    fs::remove_dir_all(folder.segment(1).parent().unwrap()).unwrap();
    assert!(matches!(folder.refusal(), Refusal::NoJournal { .. }));
    assert_eq!(folder.stores().workspaces().unwrap(), [WORKSPACE]);
    assert!(matches!(folder.stores().create(WORKSPACE, 1), Err(StoreError::Exists(_))));
}

#[test]
fn missing_segment_is_refused_with_what_is_lost() {
    let folder = Folder::of_three_segments(EPOCH, 0);
    fs::remove_file(folder.segment(2)).unwrap();
    let file = folder.segment(2);
    assert_eq!(folder.refusal(), Refusal::SegmentMissing { file, first_lost: 5 });

    let folder = Folder::of_three_segments(EPOCH, 0);
    fs::remove_file(folder.segment(1)).unwrap();
    let refusal = folder.refusal();
    assert!(matches!(refusal, Refusal::State { first: 1, last: 4, .. }), "{refusal}");
}

#[test]
fn damaged_header_is_refused() {
    let folder = Folder::of_three_segments(EPOCH, 0);
    folder.edit(2, |bytes| bytes[30] ^= 1);
    assert_eq!(folder.refusal(), Refusal::Header { file: folder.segment(2), first_lost: 5 });
}

#[test]
fn shortened_or_lengthened_segment_is_refused() {
    for len in [HEADER, 100_000, (256 << 10) - 1, (256 << 10) + 1] {
        let folder = Folder::with_commits(5);
        folder.edit(1, |bytes| bytes.resize(len, 0));
        let (is, laid_out) = (len as u64, 256 << 10);
        assert_eq!(folder.refusal(), Refusal::Length { file: folder.segment(1), is, laid_out });
    }
}

#[test]
fn segment_of_another_workspace_is_refused() {
    let folder = Folder::with_commits(5);
    fs::rename(folder.0.path().join(WORKSPACE), folder.0.path().join("other")).unwrap();
    let refused = folder.stores().open("other").map(|opened| opened.head);
    let Err(StoreError::Shut(Refusal::Workspace { found, wanted, .. })) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!((found.as_str(), wanted.as_str()), (WORKSPACE, "other"));
}

#[test]
fn segment_of_another_life_is_refused() {
    let (folder, other) = (Folder::of_three_segments(EPOCH, 0), Folder::of_three_segments(7, 0));
    fs::copy(other.segment(2), folder.segment(2)).unwrap();
    let file = folder.segment(2);
    assert_eq!(folder.refusal(), Refusal::Epoch { file, found: 7, wanted: EPOCH });
}

#[test]
fn segment_out_of_its_place_is_refused() {
    let folder = Folder::of_three_segments(EPOCH, 0);
    fs::copy(folder.segment(3), folder.segment(2)).unwrap();
    let refusal = folder.refusal();
    assert!(matches!(refusal, Refusal::Gap { at: 0, wanted: 5, .. }), "{refusal}");
}

#[test]
fn segment_after_another_past_is_refused() {
    let (folder, other) = (Folder::of_three_segments(EPOCH, 0), Folder::of_three_segments(EPOCH, 1000));
    fs::copy(other.segment(2), folder.segment(2)).unwrap();
    assert_eq!(folder.refusal(), Refusal::Chain { file: folder.segment(2), before: 4 });
}

#[test]
fn frame_that_does_not_follow_is_refused() {
    let folder = Folder::with_commits(5);
    folder.edit(1, |bytes| forge(bytes, |frame| frame[15] = 9));
    assert!(matches!(folder.refusal(), Refusal::Gap { found: 9, wanted: 5, .. }));
    let folder = Folder::with_commits(5);
    folder.edit(1, |bytes| forge(bytes, |frame| frame[16] ^= 1));
    assert_eq!(folder.refusal(), Refusal::Chain { file: folder.segment(1), before: 4 });
}

#[test]
fn newer_format_and_newer_records_are_refused() {
    let folder = Folder::with_commits(5);
    folder.edit(1, |bytes| {
        bytes[11] = 2;
        let checksum = crc32fast::hash(&bytes[..HEADER - 4]).to_be_bytes();
        bytes[HEADER - 4..HEADER].copy_from_slice(&checksum);
    });
    assert_eq!(folder.refusal(), Refusal::Format { file: folder.segment(1), found: 2, known: 1 });

    let folder = Folder::with_commits(5);
    folder.edit(1, |bytes| {
        forge(bytes, |frame| {
            let reader_ends = frame.len() - 48;
            frame[reader_ends - 1] = 2;
        });
    });
    assert_eq!(folder.refusal(), Refusal::Reader { needed: 2, known: 1 });
}

#[test]
fn records_that_do_not_add_up_are_refused() {
    for (from_end, part) in [(25, "live"), (1, "history")] {
        let folder = Folder::with_commits(5);
        folder.edit(1, |bytes| {
            forge(bytes, |frame| {
                let at = frame.len() - from_end;
                frame[at] ^= 1;
            });
        });
        let refusal = folder.refusal();
        assert!(matches!(refusal, Refusal::Sum { part: named, seq: 5, .. } if named == part), "{refusal}");
    }
}

#[test]
fn bad_frame_before_a_good_one_is_rot() {
    let folder = Folder::with_commits(5);
    let starts = frame_starts(&fs::read(folder.segment(1)).unwrap());
    folder.edit(1, |bytes| bytes[starts[3] + 60] ^= 4);
    let (file, at) = (folder.segment(1), starts[3] as u64);
    assert_eq!(folder.refusal(), Refusal::Rot { file, at, first_lost: 4, behind: Some(5) });
}

#[test]
fn two_bad_frames_at_the_end_are_rot() {
    let folder = Folder::with_commits(5);
    let starts = frame_starts(&fs::read(folder.segment(1)).unwrap());
    folder.edit(1, |bytes| {
        bytes[starts[3]..starts[4]].fill(0);
        bytes[starts[4] + 60] ^= 4;
    });
    let (file, at) = (folder.segment(1), starts[3] as u64);
    assert_eq!(folder.refusal(), Refusal::Rot { file, at, first_lost: 4, behind: Some(5) });
}

#[test]
fn bad_last_frame_of_an_older_segment_is_rot() {
    let folder = Folder::of_three_segments(EPOCH, 0);
    let starts = frame_starts(&fs::read(folder.segment(1)).unwrap());
    folder.edit(1, |bytes| bytes[starts[3] + 60] ^= 4);
    let (file, at) = (folder.segment(1), starts[3] as u64);
    assert_eq!(folder.refusal(), Refusal::Rot { file, at, first_lost: 4, behind: None });
}

#[test]
fn torn_last_frame_is_dropped_and_told_once() {
    for kept in [1, 5, 60, 200] {
        let folder = Folder::with_commits(5);
        let starts = frame_starts(&fs::read(folder.segment(1)).unwrap());
        folder.edit(1, |bytes| bytes[starts[4] + kept..].fill(0));
        let mut opened = folder.open().unwrap();
        let (file, at) = (folder.segment(1), starts[4] as u64);
        assert_eq!(opened.repaired, Some(Repair::TornFrame { file, at }));
        assert!(content(&mut opened.store) == Model::new().at(4));
        opened.store.commit(&batch(5)).unwrap();
        drop(opened);
        let mut opened = folder.open().unwrap();
        assert_eq!(opened.repaired, None);
        assert!(content(&mut opened.store) == Model::new().at(5));
    }
}

#[test]
fn check_finds_a_changed_byte_under_a_running_store() {
    let folder = Folder::of_three_segments(EPOCH, 0);
    let mut store = folder.open().unwrap().store;
    folder.edit(1, |bytes| bytes[HEADER + 100] ^= 1);
    let report = store.check().unwrap();
    assert!(report.problems[0].contains("damaged at byte 4096"), "{:?}", report.problems);
    folder.edit(1, |bytes| bytes[HEADER + 100] ^= 1);
    folder.edit(3, |bytes| bytes[HEADER..].fill(0));
    let report = store.check().unwrap();
    assert!(report.problems[0].contains("acknowledged is 20"), "{:?}", report.problems);
}

/// Fails the operation with number `at` in one way, and counts them.
pub struct FailAt {
    at: usize,
    how: How,
    seen: AtomicUsize,
}

#[derive(Clone, Copy, Debug)]
pub enum How {
    Fail,
    Short,
    Late,
}

impl FailAt {
    pub fn new(at: usize, how: How) -> Arc<Self> {
        Arc::new(Self { at, how, seen: AtomicUsize::new(0) })
    }

    pub fn has_failed(&self) -> bool {
        self.seen.load(Ordering::Relaxed) > self.at
    }
}

impl Interfere for FailAt {
    fn meet(&self, op: Op, _path: &Path) -> Meet {
        if self.seen.fetch_add(1, Ordering::Relaxed) != self.at {
            return Meet::Pass;
        }
        let error = io::Error::from(io::ErrorKind::StorageFull);
        match (self.how, op) {
            (How::Fail, _) => Meet::Fail(error),
            (How::Short, Op::Write(bytes)) => Meet::Short(bytes / 2, error),
            (How::Short | How::Late, _) => Meet::Late(error),
        }
    }
}

/// Runs `act` with each single operation failing in each way, until an attempt gets by without meeting a failure;
/// `then` looks at what is left.
fn with_each_failure(
    prepare: impl Fn() -> Folder,
    act: impl Fn(&JournalStores) -> u64,
    then: impl Fn(&Folder, u64, &str),
) {
    for how in [How::Fail, How::Short, How::Late] {
        for at in 0.. {
            let (folder, fail) = (prepare(), FailAt::new(at, how));
            let disk = Disk::interfered(fail.clone());
            let stores = JournalStores::with_disk(folder.0.path(), Clock::manual(morning()), disk);
            let acknowledged = act(&stores.with_options(unsettled()));
            then(&folder, acknowledged, &format!("operation {at}, {how:?}"));
            if !fail.has_failed() {
                assert!(at > 5, "the failures were met");
                break;
            }
        }
    }
}

#[test]
fn commit_that_meets_a_failing_disk_is_whole_or_absent_and_ends_the_handle() {
    let act = |stores: &JournalStores| {
        let Ok(mut opened) = stores.open(WORKSPACE) else { return 95 };
        for n in 96..=99 {
            if let Err(error) = opened.store.commit(&batch(n)) {
                assert!(matches!(error, CommitError::Unknown(_)), "{error}");
                assert!(matches!(opened.store.commit(&batch(n)), Err(CommitError::Unknown(_))));
                assert!(matches!(opened.store.check(), Err(StoreError::Closed)));
                return n - 1;
            }
        }
        99
    };
    let grown = files_of(&Folder::with_commits(95).0.path().join(WORKSPACE));
    let prepare = || {
        let folder = Folder::new();
        put_files(&folder.0.path().join(WORKSPACE), &grown);
        folder
    };
    let wanted: Vec<_> = (0..=99).scan(Model::new(), |model, n| Some(model.at(n))).collect();
    with_each_failure(prepare, act, |folder, acknowledged, case| {
        let mut opened = folder.open().unwrap();
        let seq = opened.head.seq;
        assert!(acknowledged <= seq && seq <= acknowledged + 1, "{case}: {seq} after {acknowledged}");
        assert!(content(&mut opened.store) == wanted[seq as usize], "{case}");
        opened.store.commit(&batch(seq + 1)).unwrap();
    });
}

#[test]
fn workspace_whose_making_fails_is_absent_or_whole() {
    let act = |stores: &JournalStores| u64::from(stores.create(WORKSPACE, EPOCH).is_ok());
    with_each_failure(Folder::new, act, |folder, acknowledged, case| {
        if folder.stores().workspaces().unwrap().is_empty() {
            assert_eq!(acknowledged, 0, "{case}");
            folder.stores().create(WORKSPACE, EPOCH).unwrap();
        }
        assert_eq!(folder.open().unwrap().head, Head::fresh(EPOCH), "{case}");
    });
}

#[test]
fn full_disk_gives_its_room_back() {
    let folder = Folder::of_three_segments(EPOCH, 0);
    // The first operations read and rewrite the journal; the first commit that needs a new segment cannot have it.
    struct Full;
    impl Interfere for Full {
        fn meet(&self, op: Op, path: &Path) -> Meet {
            match op {
                Op::Write(_) if path.ends_with("000004.log.new") => {
                    Meet::Short(9, io::ErrorKind::StorageFull.into())
                }
                _ => Meet::Pass,
            }
        }
    }
    let disk = Disk::interfered(Arc::new(Full));
    let stores = JournalStores::with_disk(folder.0.path(), Clock::manual(morning()), disk);
    let mut store = stores.open(WORKSPACE).unwrap().store;
    let error = loop {
        if let Err(error) = store.commit(&big(store.head(), 0)) {
            break error;
        }
    };
    let CommitError::Unknown(error) = error else { panic!("{error}") };
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    assert!(error.to_string().contains("000004.log.new"), "{error}");
    assert_eq!(folder.files().len(), 4, "three segments, and the name of the newest");
    let seq = store.head().seq;
    drop(store);
    let mut store = folder.open().unwrap().store;
    assert_eq!(store.head().seq, seq);
    store.commit(&big(store.head(), 0)).unwrap();
}

#[derive(Clone, Debug)]
enum Damage {
    Flip { at: f64, bit: u8 },
    Cut { at: f64 },
    Blank { at: f64, len: usize },
}

fn damages() -> impl Strategy<Value = Damage> {
    prop_oneof![
        4 => (0.0..1.0, 0..8u8).prop_map(|(at, bit)| Damage::Flip { at, bit }),
        1 => (0.0..1.0).prop_map(|at| Damage::Cut { at }),
        2 => (0.0..1.0, 1..600usize).prop_map(|(at, len)| Damage::Blank { at, len }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens to the newest segment, opening gives exactly the commits before the damage, and only where the
    /// damage may be an unfinished write; else it refuses.
    #[test]
    fn damaged_newest_segment_opens_to_an_exact_prefix_or_not_at_all(commits in 1..12u64, damage in damages()) {
        let folder = Folder::with_commits(commits);
        let starts = frame_starts(&fs::read(folder.segment(1)).unwrap());
        let end = *starts.last().unwrap();
        // Three quarters of the damages fall on header and frames, the rest on the zeros behind.
        let place = |at: f64| ((at / 0.75) * end as f64) as usize;
        let mut touched = 0..0;
        folder.edit(1, |bytes| match damage {
            Damage::Flip { at, bit } => {
                bytes[place(at)] ^= 1 << bit;
                touched = place(at)..place(at) + 1;
            }
            Damage::Cut { at } => bytes.truncate(place(at)),
            Damage::Blank { at, len } => {
                bytes[place(at)..place(at) + len].fill(0);
                touched = place(at)..place(at) + len;
            }
        });
        let last = starts[starts.len() - 2];
        match folder.open() {
            Ok(mut opened) => {
                prop_assert!(!matches!(damage, Damage::Cut { .. }), "a shortened file is seen");
                let seq = opened.head.seq;
                prop_assert!(content(&mut opened.store) == Model::new().at(seq));
                // A frame that still begins behind the first lost one proves that this was no unfinished write.
                let unseen = |start: &usize| touched.start < start + 16 && touched.end > *start;
                prop_assert!(starts[seq as usize..commits as usize].iter().skip(1).all(unseen));
                prop_assert!(seq == commits || touched.end > last, "the tail is damaged");
            }
            Err(StoreError::Shut(refusal)) => {
                let is_tail = touched.start >= last;
                prop_assert!(!is_tail || matches!(damage, Damage::Cut { .. }), "{refusal}");
            }
            Err(other) => prop_assert!(false, "{other}"),
        }
    }
}

/// A file as rows of 32 bytes in hex; rows of zeros are left out.
fn dump(bytes: &[u8]) -> String {
    let rows = bytes.chunks(32).enumerate().filter(|(_, row)| row.iter().any(|byte| *byte != 0));
    rows.map(|(n, row)| {
        let hex: String = row.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{:06x} {hex}\n", n * 32)
    })
    .collect()
}

/// The file that [`dump`] shows.
fn undump(text: &str, size: usize) -> Vec<u8> {
    let mut bytes = vec![0; size];
    for line in text.lines() {
        let (at, hex) = line.split_once(' ').unwrap();
        let at = usize::from_str_radix(at, 16).unwrap();
        for (n, pair) in hex.as_bytes().chunks(2).enumerate() {
            bytes[at + n] = u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        }
    }
    bytes
}

const RECORDED: &str = include_str!("fixtures/journal-1.hex");

#[test]
fn journal_is_written_byte_for_byte_as_recorded() {
    let folder = Folder::with_commits(2);
    let written = dump(&fs::read(folder.segment(1)).unwrap());
    assert!(written == RECORDED, "the format on disk changed: that needs a new FORMAT\n{written}");
}

#[test]
fn recorded_journal_opens() {
    let folder = Folder::new();
    fs::create_dir_all(folder.segment(1).parent().unwrap()).unwrap();
    fs::write(folder.segment(1), undump(RECORDED, 256 << 10)).unwrap();
    let mut opened = folder.open().unwrap();
    assert!(content(&mut opened.store) == Model::new().at(2));
    assert_eq!(opened.identities.len(), 4);
}
