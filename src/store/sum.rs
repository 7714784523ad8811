//! Sums: how a store proves that no record is missing and none was changed.

use sha2::{Digest, Sha256};

use super::{Head, Refusal, Sum};

impl Sum {
    /// Counts a pair in by its hash.
    pub(super) fn add(&mut self, hash: u128) {
        self.count += 1;
        self.sum = self.sum.wrapping_add(hash);
    }

    /// Takes out a pair that was counted in.
    pub(super) fn remove(&mut self, hash: u128) {
        self.count = self.count.wrapping_sub(1);
        self.sum = self.sum.wrapping_sub(hash);
    }
}

/// The first 128 bits of SHA-256 over key length, key and value.
pub(super) fn pair_hash(key: &[u8], value: &[u8]) -> u128 {
    let length = (key.len() as u64).to_be_bytes();
    let digest = Sha256::new().chain_update(length).chain_update(key).chain_update(value).finalize();
    let (half, _) = digest.split_at(16);
    u128::from_be_bytes(half.try_into().expect("SHA-256 has 32 bytes"))
}

/// The sums of live records and of history lines, as pairs are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) live: Sum,
    pub(super) history: Sum,
}

impl Sums {
    pub(super) fn of_mut(&mut self, is_history: bool) -> &mut Sum {
        if is_history { &mut self.history } else { &mut self.live }
    }

    /// Compares with what a head says.
    pub(super) fn prove(&self, head: &Head) -> Result<(), Refusal> {
        let parts = [("live", self.live, head.live), ("history", self.history, head.history)];
        for (part, found, wanted) in parts {
            if found != wanted {
                let (seq, found, wanted) = (head.seq, found.count, wanted.count);
                return Err(Refusal::Sum { part, seq, found, wanted });
            }
        }
        Ok(())
    }
}
