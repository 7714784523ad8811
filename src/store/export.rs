//! A workspace as lines of JSON: what `export` writes and `import` reads, the content of a backup.
//!
//! ```text
//! {"format":"genjin-backup","version":1,"workspace":…,"seq":…,"next_id":…,"epoch":…,"oldest_reader":…,"live":{…},"history":{…}}
//! {"k":"<hex>","v":<the value, which is JSON>}      in key order; "x":"<hex>" where a value is not JSON on one line
//! {"t":"<time>","i":["<hex>",…]}                    the identities of one UTC day, with the time of its last commit
//! {"end":true,"lines":N,"sha256":"<hex of all bytes before this line>"}
//! ```

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, BufRead, BufReader, Read, Write};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::records::Records;
use super::{Batch, Head, IdentityBytes, ImportError, Key, READER, StoreError, Sum, Value};

const FORMAT: &str = "genjin-backup";
const VERSION: u32 = 1;
/// What only the last line begins with.
const LAST: &[u8] = br#"{"end":"#;
/// How much an import puts into one commit, in bytes of keys and values; half of what a frame may hold.
const IMPORT_COMMIT: usize = super::FRAME_MAX / 2;

#[derive(Serialize, Deserialize)]
struct FirstLine {
    format: String,
    version: u32,
    workspace: String,
    seq: u64,
    next_id: u64,
    epoch: u64,
    oldest_reader: u32,
    live: SumLine,
    history: SumLine,
}

#[derive(Serialize, Deserialize)]
struct SumLine {
    count: u64,
    sum: String,
}

impl From<Sum> for SumLine {
    fn from(sum: Sum) -> Self {
        Self { count: sum.count, sum: format!("{:032x}", sum.sum) }
    }
}

#[derive(Serialize, Deserialize)]
struct IdentityLine {
    t: DateTime<Utc>,
    i: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct LastLine {
    end: bool,
    lines: u64,
    sha256: String,
}

/// Writes all records.
pub(super) fn write(to: &mut dyn Write, workspace: &str, records: &Records) -> io::Result<()> {
    let mut out = Hashed { to, hash: Sha256::new(), lines: 0 };
    let head = records.head();
    out.json(&FirstLine {
        format: FORMAT.to_owned(),
        version: VERSION,
        workspace: workspace.to_owned(),
        seq: head.seq,
        next_id: head.next_id,
        epoch: head.epoch,
        oldest_reader: head.oldest_reader,
        live: head.live.into(),
        history: head.history.into(),
    })?;
    for (key, value) in records.pairs() {
        out.line(&pair_line(key, value))?;
    }
    for line in identity_lines(records) {
        out.json(&line)?;
    }
    let last = LastLine { end: true, lines: out.lines, sha256: hex(&out.hash.clone().finalize()) };
    out.json(&last)?;
    out.to.flush()
}

struct Hashed<'a> {
    to: &'a mut dyn Write,
    hash: Sha256,
    lines: u64,
}

impl Hashed<'_> {
    fn json(&mut self, line: &impl Serialize) -> io::Result<()> {
        self.line(&serde_json::to_vec(line)?)
    }

    fn line(&mut self, line: &[u8]) -> io::Result<()> {
        for bytes in [line, b"\n"] {
            self.hash.update(bytes);
            self.to.write_all(bytes)?;
        }
        self.lines += 1;
        Ok(())
    }
}

fn pair_line(key: &Key, value: &[u8]) -> Vec<u8> {
    let is_json = !value.contains(&b'\n') && serde_json::from_slice::<serde::de::IgnoredAny>(value).is_ok();
    let mut line = format!(r#"{{"k":"{}","#, hex(&key.0)).into_bytes();
    if is_json {
        line.extend(br#""v":"#);
        line.extend(value);
        line.extend(b"}");
    } else {
        line.extend(format!(r#""x":"{}"}}"#, hex(value)).into_bytes());
    }
    line
}

fn identity_lines(records: &Records) -> Vec<IdentityLine> {
    let mut lines: Vec<IdentityLine> = Vec::new();
    for (time, identity) in records.identities() {
        match lines.last_mut() {
            Some(line) if line.t.date_naive() == time.date_naive() => {
                line.t = *time;
                line.i.push(hex(identity));
            }
            _ => lines.push(IdentityLine { t: *time, i: vec![hex(identity)] }),
        }
    }
    lines
}

/// Reads an export whole and proves it.
pub(super) fn read(from: &mut dyn Read) -> Result<Records, StoreError> {
    let mut lines = Lines { from: BufReader::new(from), hash: Sha256::new(), number: 0, line: Vec::new() };
    let head = lines.first()?;
    let (mut map, mut identities) = (BTreeMap::new(), VecDeque::new());
    while let Some(line) = lines.next()? {
        match parse(&line) {
            Some(Line::Pair(key, value)) => drop(map.insert(key, value)),
            Some(Line::Identities(time, day)) => {
                identities.extend(day.into_iter().map(|identity| (time, identity)));
            }
            None => return Err(ImportError::Line(lines.number).into()),
        }
    }
    let records = Records::imported(head, map, identities);
    records.prove().map_err(|_| ImportError::Sum)?;
    Ok(records)
}

struct Lines<'a> {
    from: BufReader<&'a mut dyn Read>,
    hash: Sha256,
    number: u64,
    line: Vec<u8>,
}

impl Lines<'_> {
    fn first(&mut self) -> Result<Head, StoreError> {
        let line = self.next()?.ok_or(ImportError::Format)?;
        let first: FirstLine = serde_json::from_slice(&line).map_err(|_| ImportError::Format)?;
        if first.format != FORMAT {
            return Err(ImportError::Format.into());
        }
        if first.version > VERSION || first.oldest_reader > READER {
            return Err(ImportError::Version(first.version.max(first.oldest_reader)).into());
        }
        let sum = |line: SumLine| -> Result<Sum, ImportError> {
            let sum = u128::from_str_radix(&line.sum, 16).map_err(|_| ImportError::Format)?;
            Ok(Sum { count: line.count, sum })
        };
        Ok(Head {
            seq: first.seq,
            next_id: first.next_id,
            epoch: first.epoch,
            oldest_reader: first.oldest_reader,
            live: sum(first.live)?,
            history: sum(first.history)?,
        })
    }

    /// The next line; `None` after the last one, whose hash and count then hold.
    fn next(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        self.line.clear();
        self.from.read_until(b'\n', &mut self.line)?;
        if self.line.pop() != Some(b'\n') {
            return Err(if self.number == 0 { ImportError::Format } else { ImportError::Cut }.into());
        }
        if self.line.starts_with(LAST) {
            let last: LastLine = serde_json::from_slice(&self.line).map_err(|_| ImportError::Cut)?;
            let hash = hex(&self.hash.clone().finalize());
            if last.sha256 != hash || last.lines != self.number {
                return Err(ImportError::Hash.into());
            }
            return Ok(None);
        }
        self.number += 1;
        self.hash.update(&self.line);
        self.hash.update(b"\n");
        Ok(Some(std::mem::take(&mut self.line)))
    }
}

enum Line {
    Pair(Key, Value),
    Identities(DateTime<Utc>, Vec<IdentityBytes>),
}

fn parse(line: &[u8]) -> Option<Line> {
    let Some(pair) = line.strip_prefix(br#"{"k":""#) else {
        let line: IdentityLine = serde_json::from_slice(line).ok()?;
        let identities: Option<Vec<_>> =
            line.i.iter().map(|text| unhex(text.as_bytes())?.try_into().ok()).collect();
        return Some(Line::Identities(line.t, identities?));
    };
    let quote = pair.iter().position(|byte| *byte == b'"')?;
    let key = Key(unhex(&pair[..quote])?);
    let rest = pair[quote..].strip_suffix(b"}")?;
    let value = match rest.strip_prefix(br#"","v":"#) {
        Some(json) => json.to_vec(),
        None => unhex(rest.strip_prefix(br#"","x":""#)?.strip_suffix(b"\"")?)?,
    };
    Some(Line::Pair(key, value))
}

/// An import as the commits that lead to it.
pub(super) struct Imported {
    /// The head before the first of them.
    pub(super) base: Head,
    pub(super) batches: Vec<Batch>,
}

impl Records {
    /// The commits that make these records, the last of them with the number of the exported head.
    pub(super) fn into_batches(self, epoch: u64, now: DateTime<Utc>) -> Imported {
        let mut batches = Vec::new();
        for line in identity_lines(&self) {
            let identities = line.i.iter().filter_map(|text| unhex(text.as_bytes())?.try_into().ok());
            batches.push(self.batch(line.t, Vec::new(), identities.collect()));
        }
        let mut changes = Vec::new();
        let mut bytes = 0;
        for (key, value) in self.pairs() {
            bytes += key.0.len() + value.len();
            if bytes > IMPORT_COMMIT && !changes.is_empty() {
                batches.push(self.batch(now, std::mem::take(&mut changes), Vec::new()));
                bytes = key.0.len() + value.len();
            }
            changes.push((key.clone(), Some(value.clone())));
        }
        if !changes.is_empty() || (batches.is_empty() && self.head().seq > 0) {
            batches.push(self.batch(now, changes, Vec::new()));
        }
        let head = self.head();
        let before = head.seq.saturating_sub(batches.len() as u64);
        for (batch, seq) in batches.iter_mut().zip(before + 1..) {
            batch.seq = seq;
        }
        let base = Head { seq: before, oldest_reader: head.oldest_reader, ..Head::fresh(epoch) };
        Imported { base, batches }
    }

    fn batch(
        &self,
        time: DateTime<Utc>,
        changes: Vec<(Key, Option<Value>)>,
        identities: Vec<IdentityBytes>,
    ) -> Batch {
        Batch { seq: 0, time, changes, identities, next_id: self.head().next_id }
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn unhex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let (pairs, []) = text.as_chunks::<2>() else { return None };
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}
