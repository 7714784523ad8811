//! How well the understander reads sentences that were labelled before it was written.

use sha2::{Digest, Sha256};

const UNSEEN_TIMES: &str = include_str!("fixtures/language/times-unseen.jsonl");
const UNSEEN_AMOUNTS: &str = include_str!("fixtures/language/amounts-unseen.jsonl");

fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn unseen_sentences_are_as_they_were_written() {
    assert_eq!(hash(UNSEEN_TIMES), "12b65c7d49289fa48141ddaaae77d2f382ca293256376d2c9b1bcea77420c754");
    assert_eq!(hash(UNSEEN_AMOUNTS), "e90080db2076489c5f90b37bde59a6571aa03fa7e1afc6adcc1e97fc30565f2b");
}
