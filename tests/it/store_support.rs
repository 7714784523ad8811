//! What the store's tests share: batches that can be made again from their number alone, and a way to see everything
//! a store holds.

use chrono::{DateTime, TimeDelta, Utc};
use genjin::store::{
    Batch, Head, Key, MemoryStores, Opened, Options, Order, Page, Settling, Store, Stores, Value,
};

/// The workspace of these tests.
pub const WORKSPACE: &str = "demo";
/// The epoch they give it.
pub const EPOCH: u64 = 0x5eed;

/// The day on which these tests begin.
pub fn morning() -> DateTime<Utc> {
    "2026-11-24T01:30:00Z".parse().unwrap()
}

/// A number that looks random and follows from `seed` alone (splitmix64).
pub fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The `n`th batch of the generator: new records, removed ones, overwritten ones, lines, identities, and now and then
/// a long value. It follows from `n` alone.
pub fn batch(n: u64) -> Batch {
    let records = |n: u64| (0..1 + mix(n) % 6).map(move |i| Key::record(b'd', n * 16 + i));
    let mut changes: Vec<_> = records(n).map(|key| (key, Some(value(n, 40 + mix(n + 1) % 200)))).collect();
    if n > 50 {
        changes.extend(records(n - 50).map(|key| (key, None)));
    }
    changes.extend((0..3).map(|i| (Key::record(b's', mix(n * 3 + i) % 40), Some(value(n + i, 90)))));
    changes.extend((0..2).map(|i| (Key::line(b'd', n % 7, n, i), Some(value(n, 120)))));
    if n.is_multiple_of(16) {
        changes.push((Key::record(b'm', n % 64), Some(value(n, 6_000))));
    }
    if n.is_multiple_of(97) {
        changes.push((Key::record(b'm', 97), Some(value(n, 700_000))));
    }
    let time = morning() + TimeDelta::minutes(n as i64);
    let identities = (0..2).map(|i| u128::from(mix(n * 2 + i)).to_be_bytes()).collect();
    Batch { seq: n, time, changes, identities, next_id: n * 16 + 16 }
}

/// A batch of given changes that follows `head`.
pub fn batch_after(head: &Head, changes: Vec<(Key, Option<Value>)>) -> Batch {
    let seq = head.seq + 1;
    let time = morning() + TimeDelta::minutes(seq as i64);
    Batch { seq, time, changes, identities: Vec::new(), next_id: head.next_id }
}

/// A JSON value of about `length` bytes.
pub fn value(n: u64, length: u64) -> Value {
    let noise = format!("{:016x}", mix(n));
    format!(r#"{{"v":1,"n":{n},"text":"{}"}}"#, noise.repeat(length as usize / 16 + 1)).into_bytes()
}

/// Options under which nothing is ever settled or backed up: all lies in the journal.
pub fn unsettled() -> Options {
    Options { settling: Settling { enabled: false, ..Settling::default() }, upkeep: None }
}

/// Everything in a store: its head and every pair in key order.
pub fn content(store: &mut dyn Store) -> (Head, Vec<(Key, Value)>) {
    let all = Page { prefix: &[], after: None, order: Order::OldestFirst, limit: usize::MAX };
    (store.head().clone(), store.history(&all).unwrap())
}

/// What a store must hold: the generator's batches in memory, brought forward as asked.
pub struct Model {
    opened: Opened<<MemoryStores as Stores>::Store>,
}

impl Model {
    /// Nothing committed yet.
    pub fn new() -> Self {
        Self { opened: MemoryStores::new().create(WORKSPACE, EPOCH).unwrap() }
    }

    /// The content after commit `seq`, which is not before the one asked last.
    pub fn at(&mut self, seq: u64) -> (Head, Vec<(Key, Value)>) {
        let store = &mut self.opened.store;
        assert!(seq >= store.head().seq, "the model only goes forward");
        for n in store.head().seq + 1..=seq {
            store.commit(&batch(n)).unwrap();
        }
        content(store)
    }
}
