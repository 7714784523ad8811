//! Loading a state: one thread reads the store and parses the records while this one puts them in place, since either
//! takes about as long.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender};

use super::Ended;
use crate::config::Config;
use crate::state::{Record, State, kind};
use crate::store::{Head, Store};

/// Records are handed over by so many at once.
const CHUNK: usize = 512;
/// So many chunks may wait, so that memory stays bounded whichever of the two is slower.
const WAITING: usize = 4;

/// The state of all live records under these rules.
pub(super) fn load<S: Store>(store: &mut S, head: &Head, rules: Arc<Config>) -> Result<State, Ended> {
    let (send, received) = mpsc::sync_channel(WAITING);
    std::thread::scope(|scope| {
        let reading = scope.spawn(move || read(store, &send));
        let state = fill(State::new(rules, head.next_id, head.epoch), &received);
        let read = reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        read.map(|()| state)
    })
}

/// Sends all records, kind by kind, until one does not read.
fn read<S: Store>(store: &mut S, send: &SyncSender<Vec<Record>>) -> Result<(), Ended> {
    for kind in kind::ALL {
        let mut chunk = Vec::with_capacity(CHUNK);
        let mut unread = None;
        store.load(kind, &mut |_key, value| {
            // What is left behind a record that did not read is walked, but not parsed.
            if unread.is_some() {
                return Ok(());
            }
            match Record::from_bytes(kind, value) {
                Ok(record) => chunk.push(record),
                Err(source) => unread = Some(source),
            }
            if chunk.len() >= CHUNK {
                hand_over(send, std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK)));
            }
            Ok(())
        })?;
        if let Some(source) = unread {
            return Err(Ended::Record { kind: char::from(kind), source });
        }
        hand_over(send, chunk);
    }
    Ok(())
}

/// The other end listens until this one is gone.
fn hand_over(send: &SyncSender<Vec<Record>>, chunk: Vec<Record>) {
    let _listening = send.send(chunk);
}

fn fill(mut state: State, received: &Receiver<Vec<Record>>) -> State {
    received.iter().flatten().for_each(|record| state.put(record));
    state
}
