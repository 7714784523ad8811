//! A workspace as lines of JSON: what `export` writes and `import` reads, the content of a backup.
//!
//! ```text
//! {"format":"genjin-backup","version":1,"workspace":…,"seq":…,"next_id":…,"epoch":…,"oldest_reader":…,"checksum":…,
//!  "live":{…},"history":{…}}                        on one line
//! {"k":"<hex>","v":<the value, which is JSON>}      in key order; "x":"<hex>" where a value is not JSON on one line
//! {"t":"<time>","i":["<hex>",…]}                    the identities of one UTC day, with the time of its last commit
//! {"f":"media/<sha256>","b":"<base64>"}             a file that records name, in a backup that leaves the folder
//! {"end":true,"lines":N,"sha256":"<hex of all bytes before this line>"}
//! ```

use std::io::{self, BufRead, BufReader, Read, Write};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::keys::KEY_MAX;
use super::sum::{Sums, pair_hash};
use super::tree::Mark;
use super::{Head, IdentityBytes, ImportError, Key, READER, StoreError, Sum, Value};

const FORMAT: &str = "genjin-backup";
const VERSION: u32 = 1;
/// What a compressed stream begins with.
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// What only the last line begins with.
const LAST: &[u8] = br#"{"end":"#;
#[derive(Serialize, Deserialize)]
struct FirstLine {
    format: String,
    version: u32,
    workspace: String,
    seq: u64,
    next_id: u64,
    epoch: u64,
    oldest_reader: u32,
    /// Of the frame of commit `seq`; 0 where there was no journal.
    #[serde(default)]
    checksum: u32,
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
struct FileLine {
    f: String,
    b: String,
}

#[derive(Serialize, Deserialize)]
struct LastLine {
    end: bool,
    lines: u64,
    sha256: String,
}

/// Writes lines, and hashes them on the way.
pub(super) struct Writer<W: Write> {
    to: W,
    hash: Sha256,
    lines: u64,
}

impl<W: Write> Writer<W> {
    /// Begins with the first line: the content is that of `mark`.
    pub(super) fn begin(to: W, workspace: &str, mark: &Mark) -> io::Result<Self> {
        let mut writer = Self { to, hash: Sha256::new(), lines: 0 };
        let head = &mark.head;
        writer.json(&FirstLine {
            format: FORMAT.to_owned(),
            version: VERSION,
            workspace: workspace.to_owned(),
            seq: head.seq,
            next_id: head.next_id,
            epoch: head.epoch,
            oldest_reader: head.oldest_reader,
            checksum: mark.checksum,
            live: head.live.into(),
            history: head.history.into(),
        })?;
        Ok(writer)
    }

    /// A pair; they come in key order.
    pub(super) fn pair(&mut self, key: &Key, value: &[u8]) -> io::Result<()> {
        self.line(&pair_line(key, value))
    }

    /// Identities with the times of their commits, oldest first.
    pub(super) fn identities<'a>(
        &mut self,
        identities: impl Iterator<Item = &'a (DateTime<Utc>, IdentityBytes)>,
    ) -> io::Result<()> {
        identity_lines(identities).iter().try_for_each(|line| self.json(line))
    }

    /// A file by its path in the workspace's folder.
    pub(super) fn file(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        self.json(&FileLine { f: name.to_owned(), b: BASE64_STANDARD.encode(content) })
    }

    /// Any line that was read.
    pub(super) fn again(&mut self, line: &Line) -> io::Result<()> {
        match line {
            Line::Pair(key, value) => self.pair(key, value),
            Line::Identities(time, identities) => {
                let timed: Vec<_> = identities.iter().map(|identity| (*time, *identity)).collect();
                self.identities(timed.iter())
            }
            Line::File(name, content) => self.file(name, content),
        }
    }

    /// Ends with the last line.
    pub(super) fn finish(mut self) -> io::Result<W> {
        let last = LastLine { end: true, lines: self.lines, sha256: hex(&self.hash.clone().finalize()) };
        self.json(&last)?;
        self.to.flush()?;
        Ok(self.to)
    }

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

fn identity_lines<'a>(
    identities: impl Iterator<Item = &'a (DateTime<Utc>, IdentityBytes)>,
) -> Vec<IdentityLine> {
    let mut lines: Vec<IdentityLine> = Vec::new();
    for (time, identity) in identities {
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

/// A line between the first and the last.
#[derive(Debug)]
pub(super) enum Line {
    Pair(Key, Value),
    Identities(DateTime<Utc>, Vec<IdentityBytes>),
    File(String, Vec<u8>),
}

/// Reads lines, compressed or not, and proves them: what it gave is good once it has given `None`.
pub(super) struct Reader<'a> {
    from: Box<dyn BufRead + 'a>,
    hash: Sha256,
    number: u64,
    line: Vec<u8>,
    /// Up to which commit the content goes.
    pub(super) mark: Mark,
    /// Whose it is.
    pub(super) workspace: String,
    last_key: Option<Key>,
    sums: Sums,
}

impl<'a> Reader<'a> {
    /// Reads the first line.
    pub(super) fn new(from: &'a mut dyn Read) -> Result<Self, StoreError> {
        let mut from = BufReader::with_capacity(1 << 16, from);
        let is_zstd = from.fill_buf()?.starts_with(&ZSTD);
        let from: Box<dyn BufRead + 'a> = if is_zstd {
            Box::new(BufReader::with_capacity(1 << 16, zstd::Decoder::with_buffer(from)?))
        } else {
            Box::new(from)
        };
        let mark = Mark { head: Head::fresh(0), checksum: 0 };
        let (hash, sums) = (Sha256::new(), Sums::default());
        let (line, workspace) = (Vec::new(), String::new());
        let mut reader = Self { from, hash, number: 0, line, mark, workspace, last_key: None, sums };
        reader.first()?;
        Ok(reader)
    }

    fn first(&mut self) -> Result<(), StoreError> {
        if !self.raw()? {
            return Err(ImportError::Format.into());
        }
        let first: FirstLine = serde_json::from_slice(&self.line).map_err(|_| ImportError::Format)?;
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
        let head = Head {
            seq: first.seq,
            next_id: first.next_id,
            epoch: first.epoch,
            oldest_reader: first.oldest_reader,
            live: sum(first.live)?,
            history: sum(first.history)?,
        };
        (self.mark, self.workspace) = (Mark { head, checksum: first.checksum }, first.workspace);
        Ok(())
    }

    /// How many lines were read.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The next line; `None` after the last one, whose hash and sums then hold.
    pub(super) fn next(&mut self) -> Result<Option<Line>, StoreError> {
        if !self.raw()? {
            self.sums.prove(&self.mark.head).map_err(|_| ImportError::Sum)?;
            return Ok(None);
        }
        let line = parse(&self.line).ok_or(ImportError::Line(self.number))?;
        if let Line::Pair(key, value) = &line {
            if self.last_key.as_ref().is_some_and(|last| last >= key) {
                return Err(ImportError::Line(self.number).into());
            }
            self.sums.of_mut(key.is_history()).add(pair_hash(&key.0, value));
            self.last_key = Some(key.clone());
        }
        Ok(Some(line))
    }

    /// Reads one line and hashes it; `false` at the last one, whose hash and count hold.
    fn raw(&mut self) -> Result<bool, StoreError> {
        self.line.clear();
        match self.from.read_until(b'\n', &mut self.line) {
            Ok(_) => {}
            // What decompresses to nothing is damage in the file, not of the disk.
            Err(error) if is_damage(&error) => return Err(ImportError::Line(self.number + 1).into()),
            Err(error) => return Err(error.into()),
        }
        if self.line.pop() != Some(b'\n') {
            return Err(if self.number == 0 { ImportError::Format } else { ImportError::Cut }.into());
        }
        if self.line.starts_with(LAST) {
            let last: LastLine = serde_json::from_slice(&self.line).map_err(|_| ImportError::Cut)?;
            let hash = hex(&self.hash.clone().finalize());
            if last.sha256 != hash || last.lines != self.number {
                return Err(ImportError::Hash.into());
            }
            return Ok(false);
        }
        self.number += 1;
        self.hash.update(&self.line);
        self.hash.update(b"\n");
        Ok(true)
    }
}

fn is_damage(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidData, Other, UnexpectedEof};
    matches!(error.kind(), InvalidData | Other | UnexpectedEof)
}

fn parse(line: &[u8]) -> Option<Line> {
    if line.starts_with(br#"{"f":""#) {
        let line: FileLine = serde_json::from_slice(line).ok()?;
        return Some(Line::File(line.f, BASE64_STANDARD.decode(line.b).ok()?));
    }
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
    (1..=KEY_MAX).contains(&key.0.len()).then_some(Line::Pair(key, value))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn unhex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let (pairs, []) = text.as_chunks::<2>() else { return None };
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

/// The SHA-256 of some bytes, in hex.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
