//! The store against `kill -9`: a child process commits batches that follow from their number alone and acknowledges
//! each over a pipe, while settling and backups run all the time behind it; it is killed at any instant, also while it
//! opens; then the whole content is compared.
//!
//! The child is this test binary. `tests/power-cut.sh` runs the same two children and cuts the power instead;
//! `benches/durability.sh` does both for hours.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use genjin::clock::Clock;
use genjin::store::{JournalStores, Options, Settling, Store, StoreError, Stores, Upkeep};
use tempfile::TempDir;

use crate::store_support::{EPOCH, Model, WORKSPACE, assert_cure, batch, content, mix, morning};

const KILLS: u64 = 200;
/// After so many kills the folder begins anew, which keeps replays short and meets the making of a workspace again.
const KILLS_A_FOLDER: u64 = 8;

fn stores(root: &str) -> JournalStores {
    // So little at a time that settling, backups and freed segments are in every window.
    let settling = Settling { batch: 6_000, idle: Duration::from_millis(1), ..Settling::default() };
    let upkeep = Upkeep { journal: 60_000, look: Duration::from_millis(1), ..Upkeep::default() };
    let options = Options { settling, upkeep: Some(upkeep), ..Options::default() };
    JournalStores::new(root, Clock::manual(morning())).with_options(options)
}

fn say(line: std::fmt::Arguments<'_>) {
    // Straight to the pipe: what libtest captures would never be read by the parent.
    let mut out = io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).unwrap();
}

fn orders() -> Vec<String> {
    io::stdin().lock().lines().map(Result::unwrap).collect()
}

/// Child: commits for ever to the folder named on its standard input.
#[test]
#[ignore = "a child process of the kill test and of tests/power-cut.sh"]
fn writer() {
    let [root] = &orders()[..] else { panic!("one folder") };
    say(format_args!("\nOPENING"));
    let opened = match stores(root).open(WORKSPACE) {
        Err(StoreError::Missing(_)) => stores(root).create(WORKSPACE, EPOCH),
        other => other,
    };
    let mut store = opened.unwrap().store;
    say(format_args!("ACK {}", store.head().seq));
    for n in store.head().seq + 1.. {
        store.commit(&batch(n)).unwrap();
        say(format_args!("ACK {n}"));
    }
}

/// Child: compares the whole content of the folder named on its standard input with what must be there after the
/// acknowledged commit on the second line, and says up to which commit it goes.
#[test]
#[ignore = "a child process of tests/power-cut.sh"]
fn verifier() {
    let [root, acknowledged] = &orders()[..] else { panic!("a folder and a number") };
    let (seq, _) = proved(root, acknowledged.parse().unwrap(), &mut Model::new());
    say(format_args!("\nWHOLE {seq}"));
}

/// Opens the folder, compares everything, commits once more, and gives the number of the last commit, and how many
/// backups there are.
#[track_caller]
fn proved(root: &str, acknowledged: u64, model: &mut Model) -> (u64, usize) {
    let mut opened = match stores(root).open(WORKSPACE) {
        Err(StoreError::Missing(_)) if acknowledged == 0 => stores(root).create(WORKSPACE, EPOCH).unwrap(),
        other => other.unwrap(),
    };
    let seq = opened.head.seq;
    assert!(acknowledged <= seq && seq <= acknowledged + 1, "{acknowledged} acknowledged, {seq} there");
    assert!(content(&mut opened.store) == model.at(seq), "the content is not that of commit {seq}");
    // A process that ends is no reason for anything to be wrong with the settled state.
    assert!(!format!("{:?}", opened.repaired).contains("State"), "{:?}", opened.repaired);
    assert_eq!(opened.store.check().unwrap().problems, [""; 0]);
    opened.store.commit(&batch(seq + 1)).unwrap();
    let keeper = opened.store.keeper();
    if seq.is_multiple_of(4) {
        assert_eq!(keeper.verify(&()).unwrap().problems, [""; 0]);
    }
    (seq + 1, keeper.stats().unwrap().backups.len())
}

fn spawn_writer(root: &str) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["journal_crash::writer", "--exact", "--ignored", "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{root}").unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while line.trim() != "OPENING" {
        line.clear();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0, "the child ended before it opened");
    }
    (child, lines)
}

/// The number in the first `ACK` line, which the child says when it has opened.
fn first_acknowledged(lines: &mut impl BufRead) -> u64 {
    last_acknowledged(lines.lines().map_while(Result::ok).take(1)).expect("the child opens")
}

/// The number in the last whole `ACK` line.
fn last_acknowledged(lines: impl Iterator<Item = String>) -> Option<u64> {
    lines.filter_map(|line| line.strip_prefix("ACK ")?.parse().ok()).last()
}

#[test]
fn second_process_is_told_who_holds_the_workspace() {
    let folder = TempDir::new().unwrap();
    let root = folder.path().to_str().unwrap();
    let (mut child, mut lines) = spawn_writer(root);
    first_acknowledged(&mut lines);
    let refused = stores(root).open(WORKSPACE).map(|opened| opened.head).unwrap_err();
    assert!(matches!(refused, StoreError::Busy { pid: Some(pid), .. } if pid == child.id()), "{refused:?}");
    assert_cure(&refused.to_string());
    child.kill().unwrap();
    child.wait().unwrap();
    stores(root).open(WORKSPACE).unwrap();
}

#[test]
fn killed_at_any_instant_a_store_holds_all_it_acknowledged() {
    let told = kills(KILLS);
    assert!(told.commits > 1_000, "only {} commits were acknowledged", told.commits);
    assert!(told.killed_opening > 15, "only {} kills fell into an opening", told.killed_opening);
    assert!(told.with_backups > 30, "only {} kills met a folder with backups", told.with_backups);
}

/// As many kills as its standard input says.
#[test]
#[ignore = "started by benches/durability.sh"]
fn many_kills() {
    let [count] = &orders()[..] else { panic!("one number") };
    let told = kills(count.parse().unwrap());
    say(format_args!(
        "\nkills: {count} kills, {} of them while opening, {} with backups; {} commits acknowledged; {count} passed, 0 failed",
        told.killed_opening, told.with_backups, told.commits
    ));
}

/// What was met by kills that were all survived.
#[derive(Default)]
struct Told {
    commits: u64,
    killed_opening: u64,
    with_backups: u64,
}

/// Kills a writer so many times and proves after each that nothing is lost.
fn kills(count: u64) -> Told {
    let (mut folder, mut model, mut acknowledged) = (TempDir::new().unwrap(), Model::new(), 0);
    let mut told = Told::default();
    for kill in 0..count {
        if kill % KILLS_A_FOLDER == 0 {
            (folder, model, acknowledged) = (TempDir::new().unwrap(), Model::new(), 0);
        }
        let root = folder.path().to_str().unwrap();
        let (mut child, mut lines) = spawn_writer(root);
        // Every third kill falls into the opening; the others into the commits behind it.
        let longest = if kill % 3 == 0 { 4_000 } else { 30_000 };
        if kill % 3 != 0 {
            acknowledged = first_acknowledged(&mut lines);
        }
        thread::sleep(Duration::from_micros(mix(kill) % longest));
        child.kill().unwrap();
        child.wait().unwrap();
        match last_acknowledged(lines.lines().map_while(Result::ok)) {
            Some(last) => {
                told.commits += last - acknowledged;
                acknowledged = last;
            }
            None => told.killed_opening += 1,
        }
        let (seq, backups) = proved(root, acknowledged, &mut model);
        acknowledged = seq;
        told.with_backups += u64::from(backups > 0);
    }
    told
}
