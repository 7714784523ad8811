//! The proof that every figure is a sum of facts: the tallies that are held, against the fold of all history lines.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};

use super::{Audit, Chain, Counts, Deed, Line, Record, ScriptVotes};
use crate::sales::{MemberId, ScriptKey};

/// How long tallies are held.
const HELD: TimeDelta = TimeDelta::days(100);

/// Gathers all records and lines of a workspace, in any order.
#[derive(Debug, Default)]
pub struct Fold {
    folded: BTreeMap<(NaiveDate, MemberId), Counts>,
    held: BTreeMap<(NaiveDate, MemberId), Counts>,
    folded_votes: BTreeMap<ScriptKey, ScriptVotes>,
    held_votes: BTreeMap<ScriptKey, ScriptVotes>,
    newest: Option<NaiveDate>,
    lines: u64,
    records: u64,
    unread: u64,
    audit: Audit,
    chain: Option<Chain>,
}

impl Fold {
    /// Takes a stored pair: the key's first byte is its kind, `h` for a history line.
    pub fn take(&mut self, key: &[u8], value: &[u8]) {
        match key.first() {
            Some(b'h') => match serde_json::from_slice::<Line>(value) {
                Ok(line) => {
                    let (seq, n) = place_of(key);
                    self.audit.add(seq, n, &line);
                    self.take_line(&line);
                }
                Err(_) => self.unread += 1,
            },
            Some(kind) => match Record::from_bytes(*kind, value) {
                Ok(record) => self.take_record(record),
                Err(_) => self.unread += 1,
            },
            None => {}
        }
    }

    fn take_line(&mut self, line: &Line) {
        self.lines += 1;
        self.newest = self.newest.max(Some(line.at.date_naive()));
        for tally in &line.tallies {
            self.folded.entry((tally.day, tally.member.clone())).or_default().add(&tally.counts);
        }
        if line.what == Deed::ScriptJudged {
            match line.text.as_deref().map(serde_json::from_str::<ScriptVotes>) {
                Some(Ok(votes)) => self
                    .folded_votes
                    .entry(votes.script.clone())
                    .or_insert_with(|| ScriptVotes::none(votes.script.clone()))
                    .add(&votes),
                Some(Err(_)) | None => self.unread += 1,
            }
        }
    }

    fn take_record(&mut self, record: Record) {
        self.records += 1;
        match record {
            Record::Tally(tally) => drop(self.held.insert((tally.day, tally.member), tally.counts)),
            Record::Chain(chain) => self.chain = Some(chain),
            Record::ScriptVotes(votes) => drop(self.held_votes.insert(votes.script.clone(), votes)),
            _ => {}
        }
    }

    /// What was looked at, in a sentence each.
    pub fn said(&self) -> Vec<String> {
        let mut said = vec![self.said_of_figures()];
        if let Ok(audited) = self.audit.prove(self.chain.as_ref()) {
            let (lines, erased) = (audited.lines, audited.erased);
            let before = audited.before;
            let before =
                if before > 0 { format!("; {before} are from before the chain") } else { String::new() };
            said.push(format!(
                "audit chain: {lines} lines follow each other, {erased} of them erased{before}"
            ));
        }
        said
    }

    fn said_of_figures(&self) -> String {
        let (held, lines, records) = (self.held.len(), self.lines, self.records);
        format!("{records} records and {lines} lines read; {held} members' days are the sums of their lines")
    }

    /// What does not hold, one sentence each.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.unread > 0 {
            let unread = self.unread;
            problems.push(format!("{unread} records or lines do not read: start the genjin that wrote them"));
        }
        if let Err(broken) = self.audit.prove(self.chain.as_ref()) {
            problems.push(format!("audit chain: {broken}: somebody wrote into the store beside genjin"));
        }
        let first = self.newest.map(|newest| newest - HELD + TimeDelta::days(1));
        let must_be_held = self.folded.iter().filter(|((day, _), _)| first.is_none_or(|first| *day >= first));
        let differing = must_be_held.filter(|(key, counts)| self.held.get(key) != Some(counts));
        problems.extend(differing.map(|((day, member), _)| {
            format!("the figures of {member} on {day} are not the sum of the lines: tell the makers")
        }));
        let without_lines = self.held.keys().filter(|key| !self.folded.contains_key(key));
        problems.extend(without_lines.map(|(day, member)| {
            format!("the figures of {member} on {day} have no lines behind them: tell the makers")
        }));
        if self.held_votes != self.folded_votes {
            problems.push("what reps found of scripts is not the sum of the lines: tell the makers".into());
        }
        problems
    }
}

/// The commit and the place in it that a line's key tells.
fn place_of(key: &[u8]) -> (u64, u16) {
    let number = |from: usize, to: usize| {
        key.get(from..to).into_iter().flatten().fold(0, |number, byte| number << 8 | u64::from(*byte))
    };
    (number(10, 18), u16::try_from(number(18, 20)).unwrap_or(u16::MAX))
}
