//! Loading a state: one thread reads the store while this one parses the records and puts them in place, since either
//! takes about as long.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender};

use super::Ended;
use crate::config::Config;
use crate::state::{Record, State, kind};
use crate::store::{Head, Store};

/// Records are handed over by so many bytes at once.
const CHUNK: usize = 256 << 10;
/// So many chunks may wait, so that memory stays bounded whichever of the two is slower.
const WAITING: usize = 4;

/// Values of one kind, one behind the other.
struct Chunk {
    kind: u8,
    values: Vec<u8>,
    ends: Vec<usize>,
}

impl Chunk {
    fn of(kind: u8) -> Self {
        Self { kind, values: Vec::with_capacity(CHUNK), ends: Vec::new() }
    }
}

/// The state of all live records under these rules.
pub(super) fn load<S: Store>(store: &mut S, head: &Head, rules: Arc<Config>) -> Result<State, Ended> {
    let (send, received) = mpsc::sync_channel(WAITING);
    std::thread::scope(|scope| {
        let reading = scope.spawn(move || read(store, &send));
        let state = fill(State::new(rules, head.next_id, head.epoch), &received);
        // Ends the reading where the records did not read.
        drop(received);
        let read = reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let state = state?;
        read?;
        Ok(state)
    })
}

fn read<S: Store>(store: &mut S, send: &SyncSender<Chunk>) -> Result<(), Ended> {
    for kind in kind::ALL {
        let mut chunk = Chunk::of(kind);
        store.load(kind, &mut |_key, value| {
            chunk.values.extend_from_slice(value);
            chunk.ends.push(chunk.values.len());
            if chunk.values.len() >= CHUNK {
                // Nobody listens once a record did not read; what is left is then read for nothing, which is soon over.
                let _stopped = send.send(std::mem::replace(&mut chunk, Chunk::of(kind)));
            }
            Ok(())
        })?;
        if send.send(chunk).is_err() {
            break;
        }
    }
    Ok(())
}

fn fill(mut state: State, received: &Receiver<Chunk>) -> Result<State, Ended> {
    for Chunk { kind, values, ends } in received {
        let mut rest = values.as_slice();
        let mut start = 0;
        for end in ends {
            let (value, behind) = rest.split_at(end - start);
            (rest, start) = (behind, end);
            let record = Record::from_bytes(kind, value);
            state.put(record.map_err(|source| Ended::Record { kind: char::from(kind), source })?);
        }
    }
    Ok(state)
}
