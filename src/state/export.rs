//! Stored pairs as lines that a person or another program reads: `genjin export FILE.jsonl`, see docs/data.md.

use serde_json::{Value, json};

use super::record_key::kind;

/// The kinds by their names in an export.
const NAMES: [(u8, &str); 21] = [
    (kind::CUSTOMER, "customer"),
    (kind::DEAL, "deal"),
    (kind::MEETING, "meeting"),
    (kind::ACTION, "action"),
    (kind::MEDIA, "media"),
    (kind::CARD, "card"),
    (kind::DIALOGUE, "dialogue"),
    (kind::ROW, "row"),
    (kind::PARKED, "parked"),
    (kind::SCHEDULE, "schedule"),
    (kind::RULES, "rules"),
    (kind::LIFE, "life"),
    (kind::STRANGER, "stranger"),
    (kind::RECENT, "recent"),
    (kind::TALLY, "tally"),
    (kind::SCRIPT_VOTES, "script_votes"),
    (kind::SCRIPT_OFFER, "script_offer"),
    (kind::IMPORT, "import"),
    (kind::IMPORT_ROWS, "import_rows"),
    (kind::CHAIN, "chain"),
    (kind::ERASURE, "erasure"),
];

/// One stored pair as a line: `{"kind":"deal","version":1,"record":{…}}`, a history line as
/// `{"kind":"line","commit":7,"n":0,"line":{…}}`. `None` for a value that is not JSON.
pub fn export_line(key: &[u8], value: &[u8]) -> Option<Value> {
    let value: Value = serde_json::from_slice(value).ok()?;
    let (kind, rest) = key.split_first()?;
    if *kind == b'h' {
        let number = |from: usize, count: usize| -> Option<u64> {
            let bytes = rest.get(from..from + count)?;
            Some(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
        };
        return Some(json!({ "kind": "line", "commit": number(9, 8)?, "n": number(17, 2)?, "line": value }));
    }
    let other = format!("{}", char::from(*kind));
    let name = NAMES.iter().find(|(known, _)| known == kind).map_or(other.as_str(), |(_, name)| name);
    let (version, mut record) = (value.get("v").cloned(), value.get("r").cloned());
    if let Some(chain) = record.as_mut().and_then(Value::as_object_mut).filter(|_| *kind == kind::CHAIN) {
        // Whoever has it knows the salts to come.
        chain.remove("key");
    }
    Some(json!({ "kind": name, "version": version, "record": record.unwrap_or(value) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_come_out_under_their_kinds_name() {
        let record = export_line(&[kind::DEAL, 0, 0, 0, 0, 0, 0, 0, 9], br#"{"v":1,"r":{"id":9}}"#);
        assert_eq!(record, Some(json!({"kind": "deal", "version": 1, "record": {"id": 9}})));
        let key = [&b"hd"[..], &9u64.to_be_bytes(), &7u64.to_be_bytes(), &2u16.to_be_bytes()].concat();
        let line = export_line(&key, br#"{"what":"noted"}"#);
        assert_eq!(line, Some(json!({"kind": "line", "commit": 7, "n": 2, "line": {"what": "noted"}})));
        assert_eq!(export_line(b"d", b"no json"), None);
    }
}
