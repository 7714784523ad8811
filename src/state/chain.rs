//! The audit chain over the history: each line carries the hash of all lines before it, so that none can be changed,
//! removed or exchanged unseen. What is personal in a line goes into the chain only as a salted digest: once the words and
//! the salt are erased, the digest tells nothing, and the chain still verifies.
//!
//! ```text
//! digest = SHA-256(salt, text and changes)
//! body   = SHA-256(what is public of the line, digest)
//! link   = SHA-256(link before, number, body)
//! salt   = SHA-256(key, "salt")          key after = SHA-256(key, "next", event, digest)
//! ```
//!
//! A turn may use no chance, so salts come from a ratchet: only the newest key is kept, and from it no older one, so no
//! older salt, can be made again. True entropy is stirred in with each start's rules.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Line;

/// A SHA-256; in JSON its 43 characters of base64.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Of these parts, each with its length, so that no part can lend a byte to its neighbour.
    fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

impl fmt::Debug for Hash {
    /// No hash is shown: keys and salts are hashes too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hash(…)")
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        BASE64_STANDARD_NO_PAD.encode(hash.0)
    }
}

impl TryFrom<String> for Hash {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = BASE64_STANDARD_NO_PAD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or("a hash is 32 bytes in base64")
    }
}

/// A line's place in the chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Seal {
    /// The how-manieth line of the chain it is, from 0.
    pub n: u64,
    /// Hides the digest's words; gone once they are erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<Hash>,
    /// Of the salt, the text and the changes.
    pub digest: Hash,
    /// Of all lines up to this one.
    pub link: Hash,
}

/// The head of the chain: a live record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Chain {
    /// Lines in it.
    pub count: u64,
    /// The last line's link.
    pub link: Hash,
    /// What the next salt is made of; secret.
    key: Hash,
}

impl Chain {
    /// The chain before its first line, in the store of this epoch.
    pub fn begin(epoch: u64) -> Self {
        Self { count: 0, link: Hash([0; 32]), key: Hash::of(&[b"genjin audit chain", &epoch.to_be_bytes()]) }
    }

    /// Makes the coming salts depend on `nonce` too.
    pub fn stir(&mut self, nonce: &[u8]) {
        self.key = Hash::of(&[&self.key.0, b"stir", nonce]);
    }

    /// Seals a line, which is the chain's last from then on.
    pub fn seal(&mut self, line: &mut Line) {
        let salt = Hash::of(&[&self.key.0, b"salt"]);
        let digest = digest_of(line, &salt);
        let link = link_of(&self.link, self.count, &body_of(line, &digest));
        line.seal = Some(Seal { n: self.count, salt: Some(salt), digest, link });
        self.key = Hash::of(&[&self.key.0, b"next", &line.event.0, &digest.0]);
        (self.count, self.link) = (self.count + 1, link);
    }
}

/// What the chain holds of a line's words.
pub(super) fn digest_of(line: &Line, salt: &Hash) -> Hash {
    Hash::of(&[&salt.0, &json(&(&line.text, &line.changes))])
}

/// What the chain holds of a line but its place.
pub(super) fn body_of(line: &Line, digest: &Hash) -> Hash {
    let public = (&line.event, &line.at, &line.subject, &line.by, &line.what, &line.tallies, &line.config);
    Hash::of(&[&json(&public), &digest.0])
}

/// The link of the `n`th line behind `before`.
pub(super) fn link_of(before: &Hash, n: u64, body: &Hash) -> Hash {
    Hash::of(&[&before.0, &n.to_be_bytes(), &body.0])
}

fn json(parts: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(parts).expect("lines are plain data with string keys")
}
