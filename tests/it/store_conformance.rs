//! What every store promises, told once and held by each: memory, journal, and a journal that is closed and opened
//! again after every commit.

use chrono::TimeDelta;
use genjin::clock::Clock;
use genjin::store::{
    Batch, CommitError, Fault, Faults, FaultyStores, Head, ImportError, JournalStores, KEY_MAX, Key,
    MemoryStores, Order, Page, Store, StoreError, Stores, Sum, Value, line_prefix,
};
use tempfile::TempDir;

use crate::store_support::{EPOCH, WORKSPACE, batch, batch_after, content, morning, value};

/// A store under test.
struct Under<T: Stores> {
    stores: T,
    store: Option<T::Store>,
    reopens: bool,
    folder: Option<TempDir>,
}

fn memory() -> Under<MemoryStores> {
    Under::of(MemoryStores::new(), false, None)
}

fn journal() -> Under<JournalStores> {
    let folder = TempDir::new().unwrap();
    Under::of(JournalStores::new(folder.path(), Clock::manual(morning())), false, Some(folder))
}

fn reopened_journal() -> Under<JournalStores> {
    Under { reopens: true, ..journal() }
}

fn faultless() -> Under<FaultyStores<MemoryStores>> {
    Under::of(FaultyStores::new(MemoryStores::new(), Faults::new()), false, None)
}

impl<T: Stores> Under<T> {
    fn of(stores: T, reopens: bool, folder: Option<TempDir>) -> Self {
        let store = Some(stores.create(WORKSPACE, EPOCH).unwrap().store);
        Self { stores, store, reopens, folder }
    }

    fn store(&mut self) -> &mut T::Store {
        self.store.as_mut().unwrap()
    }

    fn reopen(&mut self) -> Vec<(chrono::DateTime<chrono::Utc>, [u8; 16])> {
        let head = self.store().head().clone();
        self.store = None;
        let opened = self.stores.open(WORKSPACE).unwrap();
        assert_eq!((opened.head, opened.repaired), (head, None));
        self.store = Some(opened.store);
        opened.identities
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), CommitError> {
        let done = self.store().commit(batch);
        if self.reopens {
            self.reopen();
        }
        done
    }

    #[track_caller]
    fn put(&mut self, pairs: &[(Key, &str)]) {
        let changes =
            pairs.iter().map(|(key, value)| (key.clone(), Some(value.as_bytes().to_vec()))).collect();
        let batch = batch_after(self.store().head(), changes);
        self.commit(&batch).unwrap();
    }

    #[track_caller]
    fn remove(&mut self, keys: &[Key]) {
        let changes = keys.iter().map(|key| (key.clone(), None)).collect();
        let batch = batch_after(self.store().head(), changes);
        self.commit(&batch).unwrap();
    }

    fn generate(&mut self, upto: u64) {
        for n in self.store().head().seq + 1..=upto {
            self.commit(&batch(n)).unwrap();
        }
    }

    fn loaded(&mut self, kind: u8) -> Vec<(Vec<u8>, Value)> {
        let mut pairs = Vec::new();
        let mut take = |key: &[u8], value: &[u8]| {
            pairs.push((key.to_vec(), value.to_vec()));
            Ok(())
        };
        self.store().load(kind, &mut take).unwrap();
        pairs
    }

    fn ids(&mut self, kind: u8) -> Vec<u64> {
        self.loaded(kind).into_iter().map(|(key, _)| Key(key).id().unwrap()).collect()
    }

    fn export(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let head = self.store().export(&mut bytes).unwrap();
        assert_eq!(&head, self.store().head());
        bytes
    }
}

/// Each promise becomes a test of each store.
macro_rules! held_by_every_store {
    ($($promise:ident),* $(,)?) => {
        held_by_every_store!(@ memory, $($promise),*);
        held_by_every_store!(@ journal, $($promise),*);
        held_by_every_store!(@ reopened_journal, $($promise),*);
        held_by_every_store!(@ faultless, $($promise),*);
    };
    (@ $subject:ident, $($promise:ident),*) => {
        mod $subject {
            $(#[test] fn $promise() { super::$promise(super::$subject()); })*
        }
    };
}

held_by_every_store!(
    fresh_store_is_empty,
    records_load_by_kind_in_key_order,
    error_of_the_reader_ends_a_load,
    later_change_of_a_key_holds,
    history_pages_read_both_ways,
    page_stops_at_the_end_of_its_prefix,
    refused_commit_changes_nothing,
    sums_do_not_depend_on_the_way,
    values_of_any_size_come_back_whole,
    identities_are_kept_seven_days,
    export_imports_to_the_same_content,
    damaged_export_imports_nothing,
    check_of_a_whole_store_finds_nothing,
    store_is_never_made_where_one_is,
    second_opener_is_told_that_it_is_busy,
);

fn fresh_store_is_empty<T: Stores>(mut under: Under<T>) {
    let (head, pairs) = content(under.store());
    assert_eq!(head, Head::fresh(EPOCH));
    assert_eq!(pairs, []);
    assert_eq!(under.stores.workspaces().unwrap(), [WORKSPACE]);
}

fn records_load_by_kind_in_key_order<T: Stores>(mut under: Under<T>) {
    under.put(&[(Key::record(b'd', 256), "1"), (Key::record(b'e', 1), "2"), (Key::line(b'd', 1, 1, 0), "3")]);
    under.put(&[(Key::record(b'd', 2), "4"), (Key::record(b'c', u64::MAX), "5")]);
    assert_eq!(under.ids(b'd'), [2, 256]);
    assert_eq!(under.ids(b'c'), [u64::MAX]);
    assert_eq!(under.loaded(b'h'), [], "history lines are no live kind");
    assert_eq!(under.loaded(0xff), []);
    under.remove(&[Key::record(b'd', 2), Key::record(b'd', 3)]);
    assert_eq!(under.ids(b'd'), [256]);
}

fn error_of_the_reader_ends_a_load<T: Stores>(mut under: Under<T>) {
    under.put(&[(Key::record(b'd', 1), "1"), (Key::record(b'd', 2), "2")]);
    let mut seen = 0;
    let mut stop = |_: &[u8], _: &[u8]| {
        seen += 1;
        Err(StoreError::Closed)
    };
    assert!(matches!(under.store().load(b'd', &mut stop), Err(StoreError::Closed)));
    assert_eq!(seen, 1);
}

fn later_change_of_a_key_holds<T: Stores>(mut under: Under<T>) {
    let key = Key::record(b'd', 1);
    under.put(&[(key.clone(), "1"), (key.clone(), "2")]);
    assert_eq!(under.loaded(b'd'), [(key.0.clone(), b"2".to_vec())]);
    assert_eq!(under.store().head().live.count, 1);
    let both = vec![(key.clone(), Some(b"3".to_vec())), (key, None)];
    let batch = batch_after(under.store().head(), both);
    under.commit(&batch).unwrap();
    assert_eq!(under.store().head().live, Sum::default());
}

fn history_pages_read_both_ways<T: Stores>(mut under: Under<T>) {
    for seq in 1..=5 {
        under.put(&[(Key::line(b'd', 7, seq, 0), "1"), (Key::line(b'd', 8, seq, 0), "2")]);
    }
    let prefix = line_prefix(b'd', 7);
    let mut read = |order, after: Option<Key>, limit| {
        let after = after.as_ref().map(|key| key.0.as_slice());
        let page = Page { prefix: &prefix, after, order, limit };
        let keys = under.store().history(&page).unwrap().into_iter().map(|(key, _)| key);
        keys.map(|key| u64::from_be_bytes(key.0[10..18].try_into().unwrap())).collect::<Vec<_>>()
    };
    let line = |seq| Some(Key::line(b'd', 7, seq, 0));
    assert_eq!(read(Order::OldestFirst, None, 2), [1, 2]);
    assert_eq!(read(Order::OldestFirst, line(2), 2), [3, 4]);
    assert_eq!(read(Order::OldestFirst, line(4), 2), [5]);
    assert_eq!(read(Order::OldestFirst, line(5), 2), [0; 0]);
    assert_eq!(read(Order::NewestFirst, None, 2), [5, 4]);
    assert_eq!(read(Order::NewestFirst, line(4), 9), [3, 2, 1]);
    assert_eq!(read(Order::NewestFirst, line(1), 2), [0; 0]);
    assert_eq!(read(Order::OldestFirst, None, 0), [0; 0]);
}

fn page_stops_at_the_end_of_its_prefix<T: Stores>(mut under: Under<T>) {
    let key = |bytes: &[u8]| Key(bytes.to_vec());
    under.put(&[(key(&[9]), "1"), (key(&[255]), "2"), (key(&[255, 255]), "3"), (key(&[255, 255, 1]), "4")]);
    let mut read = |prefix: &[u8], after: Option<&[u8]>, order| {
        let page = Page { prefix, after, order, limit: 9 };
        under.store().history(&page).unwrap().into_iter().map(|(key, _)| key.0).collect::<Vec<_>>()
    };
    assert_eq!(read(&[255, 255], None, Order::NewestFirst), [vec![255, 255, 1], vec![255, 255]]);
    assert_eq!(read(&[255, 255], None, Order::OldestFirst), [vec![255, 255], vec![255, 255, 1]]);
    assert_eq!(read(&[9], Some(&[255]), Order::NewestFirst), [vec![9]], "a cursor behind the prefix");
    assert_eq!(read(&[9], Some(&[1]), Order::OldestFirst), [vec![9]], "a cursor before the prefix");
    assert_eq!(read(&[9], Some(&[1]), Order::NewestFirst), Vec::<Vec<u8>>::new());
    assert_eq!(read(&[9], Some(&[255]), Order::OldestFirst), Vec::<Vec<u8>>::new());
}

fn refused_commit_changes_nothing<T: Stores>(mut under: Under<T>) {
    under.generate(3);
    let before = content(under.store());
    let good = batch(4);
    let with = |change: (Key, Option<Value>)| {
        let mut batch = good.clone();
        batch.changes.push(change);
        batch
    };
    let refused = [
        Batch { seq: 3, ..good.clone() },
        Batch { seq: 5, ..good.clone() },
        Batch { next_id: 1, ..good.clone() },
        with((Key(vec![]), Some(vec![1]))),
        with((Key(vec![1; KEY_MAX + 1]), None)),
        with((Key(vec![1]), Some(vec![0; genjin::store::FRAME_MAX]))),
    ];
    for batch in &refused {
        assert!(matches!(under.commit(batch), Err(CommitError::Refused(_))));
        assert!(content(under.store()) == before);
    }
    under.commit(&good).unwrap();
    assert_eq!(under.store().head().seq, 4);
}

fn sums_do_not_depend_on_the_way<T: Stores>(mut under: Under<T>) {
    let (a, b) = (Key::record(b'd', 1), Key::record(b'd', 2));
    under.put(&[(a.clone(), "1"), (b.clone(), "2")]);
    let straight = under.store().head().live;
    under.put(&[(a.clone(), "other"), (b.clone(), "2")]);
    assert_ne!(under.store().head().live.sum, straight.sum);
    under.remove(std::slice::from_ref(&b));
    under.put(&[(b.clone(), "2")]);
    under.put(&[(a.clone(), "1")]);
    assert_eq!(under.store().head().live, straight);
    under.put(&[(Key::line(b'd', 1, 6, 0), "line")]);
    assert_eq!(under.store().head().live, straight, "lines have a sum of their own");
    assert_eq!(under.store().head().history.count, 1);
    under.remove(&[a, b, Key::line(b'd', 1, 6, 0)]);
    assert_eq!((under.store().head().live, under.store().head().history), Default::default());
}

fn values_of_any_size_come_back_whole<T: Stores>(mut under: Under<T>) {
    let sizes = [0, 1, 4_095, 4_096, 4_097, 8_192, 70_000, 9_000_000];
    let pairs: Vec<_> =
        sizes.iter().map(|size| (Key::record(b'd', *size), vec![b'7'; *size as usize])).collect();
    for (key, value) in &pairs {
        let batch = batch_after(under.store().head(), vec![(key.clone(), Some(value.clone()))]);
        under.commit(&batch).unwrap();
    }
    let wanted: Vec<_> = pairs.into_iter().map(|(key, value)| (key.0, value)).collect();
    assert!(under.loaded(b'd') == wanted);
    assert_eq!(under.store().head().live.count, sizes.len() as u64);
}

fn identities_are_kept_seven_days<T: Stores>(mut under: Under<T>) {
    let at = |days: i64, name: u8| (morning() + TimeDelta::days(days), [name; 16]);
    for (time, identity) in [at(0, 1), at(1, 2), at(7, 3), at(8, 4)] {
        let batch = Batch { time, identities: vec![identity], ..batch_after(under.store().head(), vec![]) };
        under.commit(&batch).unwrap();
    }
    assert_eq!(under.reopen(), [at(1, 2), at(7, 3), at(8, 4)]);
}

fn export_imports_to_the_same_content<T: Stores>(mut under: Under<T>) {
    under.generate(120);
    under.put(&[(Key::record(b'x', 1), "no json"), (Key::record(b'x', 2), "[1,\n2]")]);
    let identities = under.reopen();
    let (head, pairs) = content(under.store());
    let exported = under.export();

    let imported = under.stores.import("copy", &mut exported.as_slice(), 99).unwrap();
    assert_eq!(imported, Head { epoch: 99, ..head });
    let mut copy = under.stores.open("copy").unwrap();
    assert!(content(&mut copy.store) == (imported.clone(), pairs));
    assert_eq!(copy.head, imported);
    let of = |list: &[(_, [u8; 16])]| list.iter().map(|(_, identity)| *identity).collect::<Vec<_>>();
    assert_eq!(of(&copy.identities), of(&identities));
    copy.store.commit(&batch_after(&imported, vec![])).unwrap();

    let again = under.stores.import(WORKSPACE, &mut exported.as_slice(), 1);
    assert!(matches!(again, Err(StoreError::Exists(_))));
}

fn damaged_export_imports_nothing<T: Stores>(mut under: Under<T>) {
    under.generate(3);
    let whole = under.export();
    let refused = |bytes: &[u8]| match under.stores.import("copy", &mut &*bytes, 1) {
        Err(StoreError::Import(error)) => error,
        other => panic!("{other:?}"),
    };
    // Making a folder for each try takes a disk its time: there every thirteenth place has to do.
    let stride = if under.folder.is_some() { 13 } else { 1 };
    for at in (0..whole.len()).step_by(stride) {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        refused(&damaged);
    }
    for end in (0..whole.len()).step_by(stride) {
        let error = refused(&whole[..end]);
        assert!(matches!(error, ImportError::Format | ImportError::Cut), "{error:?}");
    }
    assert_eq!(refused(b"date,customer\n"), ImportError::Format);
    let newer = String::from_utf8(whole.clone()).unwrap().replace(r#""version":1"#, r#""version":2"#);
    assert_eq!(refused(newer.as_bytes()), ImportError::Version(2));
    assert_eq!(under.stores.workspaces().unwrap(), [WORKSPACE]);
    under.stores.import("copy", &mut whole.as_slice(), 1).unwrap();
}

fn check_of_a_whole_store_finds_nothing<T: Stores>(mut under: Under<T>) {
    under.generate(60);
    let report = under.store().check().unwrap();
    assert_eq!(report.problems, [""; 0]);
    assert_eq!(&report.head, under.store().head());
}

fn store_is_never_made_where_one_is<T: Stores>(under: Under<T>) {
    let again = under.stores.create(WORKSPACE, 1);
    assert!(matches!(again, Err(StoreError::Exists(_))));
    assert!(matches!(under.stores.open("other"), Err(StoreError::Missing(_))));
}

fn second_opener_is_told_that_it_is_busy<T: Stores>(mut under: Under<T>) {
    match under.stores.open(WORKSPACE) {
        Err(StoreError::Busy { pid, .. }) => assert_eq!(pid, Some(std::process::id())),
        other => panic!("{:?}", other.map(|opened| opened.head)),
    }
    under.put(&[(Key::record(b'd', 1), "1")]);
    under.reopen();
}

#[test]
fn faulty_commit_ends_the_handle_and_opening_tells_whether_it_is_in() {
    let faults = Faults::new();
    let stores = FaultyStores::new(MemoryStores::new(), faults.clone());
    let mut store = stores.create(WORKSPACE, EPOCH).unwrap().store;
    for (fault, seq_after) in [(Fault::None, 1), (Fault::Before, 1), (Fault::After, 2)] {
        let next = store.head().seq + 1;
        faults.then(fault);
        let done = store.commit(&batch(next));
        if fault != Fault::None {
            assert!(matches!(done, Err(CommitError::Unknown(_))));
            assert_eq!(store.head().seq, next - 1, "a dead handle knows no more than it acknowledged");
            assert!(matches!(store.commit(&batch(next)), Err(CommitError::Unknown(_))));
            assert!(matches!(store.check(), Err(StoreError::Closed)));
            drop(store);
            faults.fail_opens(1);
            assert!(matches!(stores.open(WORKSPACE), Err(StoreError::Io(_))));
            store = stores.open(WORKSPACE).unwrap().store;
        }
        assert_eq!(store.head().seq, seq_after);
    }
    assert_eq!(faults.left(), 0);
    assert!(value(1, 10) != value(2, 10));
}
