//! The audit chain: whoever changes, removes or exchanges a line of the history is found out, and an erased line is not
//! taken for a changed one.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use genjin::config::{self, Config};
use genjin::engine::{Engine, Entry, Inbox, Looks};
use genjin::event::{Adopted, Content, Event, Identity, Nonce, Said, Seed, Sender, What};
use genjin::sales::Platform;
use genjin::state::{Audit, Audited, Chain, Deed, Line, LineSubject, Record, kind};
use genjin::store::{HISTORY, Order, Page, Store, Stores};
use serde_json::{Value, json};

pub fn demo() -> Config {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("bot-config");
    config::load_with_unset_secrets(&folder, &|_| None).unwrap()
}

pub fn day0() -> DateTime<Utc> {
    "2026-11-24T01:30:00Z".parse().unwrap()
}

/// The first data of the demo, the rules of a start, and some notes.
pub fn events(rules: &Config) -> Vec<Event> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("bot-config");
    let seed = config::seed::read(&folder, rules, day0()).unwrap();
    let next_id = seed.last_id() + 1;
    let seed = Seed { customers: seed.customers, deals: seed.deals, meetings: seed.meetings, next_id };
    let nonce = Some(Nonce([7; 32]));
    let adopted = Adopted {
        config: "c".into(),
        templates: "t".into(),
        author: "start".into(),
        mended: false,
        before: None,
        nonce,
    };
    let said = |text: &str| {
        let from = Sender {
            platform: Platform::WeCom,
            app: "wecom".into(),
            user: "WangLei".into(),
            group: None,
            session: None,
        };
        What::Said(Said { from, content: Content::Text(text.into()) })
    };
    let first = [What::Seeded(Box::new(seed)), What::Adopted(adopted)];
    let notes = ["宏远 张建国约了下周二看厂", "宏远 客户认可方案，报价50万", "海川 等法务", "撤销"];
    let all = first.into_iter().chain(notes.map(said)).zip(0u64..);
    all.map(|(what, n)| Event { identity: Identity::of(&[b"test", &n.to_be_bytes()]), what }).collect()
}

/// Lets an engine decide each event in a turn of its own.
pub fn live<S: Store>(engine: &mut Engine<S>, events: Vec<Event>) {
    for (event, minutes) in events.into_iter().zip(0..) {
        let mut inbox = Inbox::default();
        inbox.push(Entry::Event(Box::new(event), Box::new(drop)));
        let now = day0() + TimeDelta::minutes(minutes);
        while engine.turn(&mut inbox, now, &mut Looks(3)).unwrap().more {}
    }
}

struct History {
    lines: Vec<(u64, u16, Line)>,
    chain: Chain,
}

fn history() -> History {
    let rules = Arc::new(demo());
    let opened = genjin::store::MemoryStores::new().create("main", 7).unwrap();
    let mut engine = Engine::load(opened, rules.clone()).unwrap();
    live(&mut engine, events(&rules));
    let all = Page { prefix: &[HISTORY], after: None, order: Order::OldestFirst, limit: usize::MAX };
    let pairs = engine.store().history(&all).unwrap();
    let of = |key: &[u8]| u16::from_be_bytes(key[18..20].try_into().unwrap());
    let lines: Vec<_> = pairs
        .iter()
        .map(|(key, value)| (key.line_seq().unwrap(), of(&key.0), serde_json::from_slice(value).unwrap()))
        .collect();
    assert!(lines.len() > 5, "{lines:?}");
    let chain = engine.state().chain().unwrap().clone();
    History { lines, chain }
}

impl History {
    fn audit(&self) -> Result<Audited, String> {
        let mut audit = Audit::default();
        // Whatever the order.
        self.lines.iter().rev().for_each(|(seq, n, line)| audit.add(*seq, *n, line));
        audit.prove(Some(&self.chain))
    }

    fn with(&self, lines: Vec<(u64, u16, Line)>) -> Self {
        Self { lines, chain: self.chain.clone() }
    }
}

/// Every version of a value in which one thing is changed.
fn changed(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => vec![json!("x")],
        Value::Bool(is) => vec![json!(!is)],
        Value::Number(number) => vec![json!(number.as_i64().unwrap() + 1)],
        Value::String(text) => {
            let mut chars: Vec<char> = text.chars().collect();
            let middle = chars.len() / 2;
            match chars.get_mut(middle) {
                Some(c) => *c = if *c == '1' { '2' } else { '1' },
                None => chars.push('1'),
            }
            vec![json!(chars.into_iter().collect::<String>())]
        }
        Value::Array(items) => {
            let of = |at: usize| {
                changed(&items[at]).into_iter().map(move |new| {
                    let mut items = items.clone();
                    items[at] = new;
                    Value::Array(items)
                })
            };
            (0..items.len()).flat_map(of).collect()
        }
        Value::Object(fields) => {
            let of = |(name, old): (&String, &Value)| {
                let name = name.clone();
                changed(old).into_iter().map(move |new| {
                    let mut fields = fields.clone();
                    fields.insert(name.clone(), new);
                    Value::Object(fields)
                })
            };
            fields.iter().flat_map(of).collect()
        }
    }
}

#[test]
fn history_as_it_was_written_is_one_chain() {
    let history = history();
    let audited = history.audit().unwrap();
    assert_eq!(audited, Audited { lines: history.lines.len() as u64, erased: 0, before: 0 });
}

#[test]
fn any_changed_part_of_any_line_is_seen() {
    let history = history();
    let mut tried = 0;
    for (at, (seq, n, line)) in history.lines.iter().enumerate() {
        let all = changed(&serde_json::to_value(line).unwrap());
        // The demo's first line tells of every record.
        let step = 1 + all.len() / 60;
        for changed in all.into_iter().step_by(step) {
            // What does not read at all is seen before the chain is looked at.
            let Ok(new) = serde_json::from_value::<Line>(changed) else { continue };
            if new == *line {
                continue;
            }
            let mut lines = history.lines.clone();
            lines[at].2 = new.clone();
            let seen = history.with(lines).audit();
            assert!(seen.is_err(), "line {n} of commit {seq} was changed unseen:\n{line:?}\n{new:?}");
            tried += 1;
        }
    }
    assert!(tried > 200, "only {tried} changes were tried");
}

#[test]
fn removed_line_is_seen_and_told_where() {
    let history = history();
    for at in 0..history.lines.len() {
        let mut lines = history.lines.clone();
        lines.remove(at);
        let told = history.with(lines).audit().unwrap_err();
        assert!(told.contains("missing"), "{told}");
    }
    let told = history.with(Vec::new()).audit().unwrap_err();
    assert!(told.contains("missing"), "{told}");
}

#[test]
fn exchanged_and_repeated_lines_are_seen() {
    let history = history();
    for at in 1..history.lines.len() {
        let mut lines = history.lines.clone();
        let (before, after) = lines.split_at_mut(at);
        std::mem::swap(&mut before[at - 1].2, &mut after[0].2);
        assert!(history.with(lines).audit().is_err());
        let mut lines = history.lines.clone();
        lines[at].2 = lines[at - 1].2.clone();
        assert!(history.with(lines).audit().is_err());
    }
    let mut lines = history.lines.clone();
    lines.push((99, 0, lines[0].2.clone()));
    assert!(history.with(lines).audit().is_err());
}

#[test]
fn erased_line_verifies_where_an_erasure_is_told_of() {
    let mut history = history();
    let noted = history.lines.iter().position(|(.., line)| line.what == Deed::Noted).unwrap();
    let mut lines = history.lines.clone();
    lines[noted].2.erase();
    let erased = &lines[noted].2;
    assert!(erased.text.is_none() && erased.changes.is_empty() && erased.seal.unwrap().salt.is_none());
    let told = history.with(lines.clone()).audit().unwrap_err();
    assert!(told.contains("no line tells of an erasure"), "{told}");

    let mut told_of = Line::about(LineSubject::Workspace, Deed::Erased, Identity([9; 16]), day0());
    history.chain.seal(&mut told_of);
    lines.push((1_000, 0, told_of));
    let audited = history.with(lines.clone()).audit().unwrap();
    assert_eq!((audited.lines, audited.erased), (lines.len() as u64, 1));

    // Words put back into an erased line, or taken out of another without the mark, are changes.
    lines[noted].2.text = Some("别的话".into());
    assert!(history.with(lines.clone()).audit().is_err());
    lines[noted].2.erase();
    let with_changes = lines.iter_mut().find(|(.., line)| !line.changes.is_empty()).unwrap();
    with_changes.2.changes.clear();
    assert!(history.with(lines).audit().is_err());
}

#[test]
fn lines_from_before_the_chain_are_counted_and_only_there() {
    let history = history();
    let old = r#"{"event":"00000000000000000000000000000001","at":"2026-11-01T01:30:00Z","subject":"workspace","what":"noted","text":"旧的"}"#;
    let old: Line = serde_json::from_str(old).unwrap();
    let mut lines = history.lines.clone();
    lines.insert(0, (0, 0, old.clone()));
    assert_eq!(history.with(lines).audit().unwrap().before, 1);
    let mut lines = history.lines.clone();
    lines.push((1_000, 0, old));
    let told = history.with(lines).audit().unwrap_err();
    assert!(told.contains("lost its seal"), "{told}");
}

#[test]
fn salts_follow_from_the_starts_chance_and_the_past_alone() {
    let salts = |history: &History| -> Vec<_> {
        history
            .lines
            .iter()
            .map(|(.., line)| serde_json::to_value(line.seal.unwrap().salt).unwrap())
            .collect()
    };
    let (one, again) = (history(), history());
    assert_eq!(salts(&one), salts(&again), "a turn may use no chance");
    let mut all = salts(&one);
    let count = all.len();
    all.sort_by_key(ToString::to_string);
    all.dedup();
    assert_eq!(all.len(), count, "no salt is used twice");
}

#[test]
fn chance_of_a_start_is_never_written() {
    let rules = Arc::new(demo());
    let opened = genjin::store::MemoryStores::new().create("main", 7).unwrap();
    let mut engine = Engine::load(opened, rules.clone()).unwrap();
    live(&mut engine, events(&rules));
    let mut rules_record = Vec::new();
    let each = &mut |_: &[u8], value: &[u8]| {
        rules_record.push(Record::from_bytes(kind::RULES, value).unwrap());
        Ok(())
    };
    engine.store().load(kind::RULES, each).unwrap();
    assert!(matches!(&rules_record[..], [Record::Rules(adopted)] if adopted.nonce.is_none()));
    let all = Page { prefix: &[], after: None, order: Order::OldestFirst, limit: usize::MAX };
    for (_, value) in engine.store().history(&all).unwrap() {
        assert!(!String::from_utf8_lossy(&value).contains("nonce"));
    }
}
