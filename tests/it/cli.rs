//! The `genjin` command as an admin and an operator use it: what it prints, and how it ends.

use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::stage::copy;

fn genjin(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_genjin"));
    command.args(args).current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null());
    command
}

fn run(args: &[&str]) -> Output {
    genjin(args).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A copy of a folder of ours with one text in one file replaced.
fn broken(folder: &str, file: &str, from: &str, to: &str) -> (tempfile::TempDir, PathBuf) {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join(folder);
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &path);
    let text = std::fs::read_to_string(path.join(file)).unwrap();
    assert!(text.contains(from), "{file} has no {from}");
    std::fs::write(path.join(file), text.replacen(from, to, 1)).unwrap();
    (temporary, path)
}

#[test]
fn command_whose_output_nobody_reads_ends_quietly() {
    let mut child =
        genjin(&["preview", "all"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(141));
    assert_eq!(err(&output), "");
}

#[test]
fn help_names_every_command_and_shows_examples() {
    let help = run(&["--help"]);
    assert!(help.status.success());
    for word in [
        "serve",
        "sim",
        "demo",
        "check",
        "preview",
        "templates",
        "health",
        "understand",
        "parked",
        "import",
        "export",
        "erase",
        "genjin demo --fresh",
        "--config",
        "--data",
    ] {
        assert!(out(&help).contains(word), "{word} is not in\n{}", out(&help));
    }
    for command in [
        "serve",
        "sim",
        "demo",
        "check",
        "preview",
        "templates",
        "health",
        "understand",
        "parked",
        "erase",
        "import",
        "export",
    ] {
        assert!(run(&[command, "--help"]).status.success(), "{command} --help");
    }
    assert!(run(&["--version"]).status.success());
}

#[test]
fn unknown_command_or_option_ends_with_2() {
    for args in
        [&["frobnicate"][..], &["check", "--frob"], &["serve", "--listen", "nowhere"], &["preview"], &[]]
    {
        assert_eq!(run(args).status.code(), Some(2), "{args:?}");
    }
}

#[test]
fn check_of_the_shipped_files_finds_nothing_and_tells_the_next_runs() {
    let checked = run(&["check"]);
    assert!(checked.status.success(), "{}{}", out(&checked), err(&checked));
    assert!(out(&checked).contains("没有发现问题"), "{}", out(&checked));
    let told: Value = serde_json::from_slice(&run(&["check", "--json"]).stdout).unwrap();
    assert_eq!(told["faults"], serde_json::json!([]));
    let schedules = told["schedules"].as_array().unwrap();
    assert!(!schedules.is_empty());
    for schedule in schedules {
        assert_eq!(schedule["next"].as_array().unwrap().len(), 3, "{schedule}");
    }
}

#[test]
fn check_tells_file_line_and_cure_and_ends_with_1() {
    let (_kept, config) = broken("bot-config", "people.toml", "primary = \"wecom\"", "primry = \"wecom\"");
    let checked = run(&["check", "--config", config.to_str().unwrap()]);
    assert_eq!(checked.status.code(), Some(1));
    let text = out(&checked);
    let line = text.lines().find(|line| line.contains("primry")).unwrap_or_else(|| panic!("{text}"));
    assert!(line.contains("people.toml:") && line.contains("改法：写成「primary」"), "{line}");

    let (_kept, templates) = broken("message-templates", "help.md", "+++", "+++\nno_such_key = 1");
    let checked = run(&["check", "--templates", templates.to_str().unwrap()]);
    assert_eq!(checked.status.code(), Some(1), "{}", out(&checked));
    assert!(out(&checked).contains("help.md:"), "{}", out(&checked));

    let checked = run(&["check", "--config", "no-such-folder"]);
    assert_eq!(checked.status.code(), Some(1));
    assert!(out(&checked).contains("--config"), "{}", out(&checked));
}

#[test]
fn preview_shows_a_message_on_one_platform_or_both() {
    let both = out(&run(&["preview", "overdue_warning"]));
    let wecom = out(&run(&["preview", "overdue_warning", "--platform", "wecom"]));
    assert!(both.contains("企业微信卡片") && both.contains("钉钉卡片"), "{both}");
    assert!(wecom.contains("企业微信卡片") && !wecom.contains("钉钉"), "{wecom}");
    let told: Value = serde_json::from_slice(&run(&["preview", "overdue_warning", "--json"]).stdout).unwrap();
    assert!(told.as_array().is_some_and(|previews| !previews.is_empty()), "{told}");
    let unknown = run(&["preview", "no_such_message"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(err(&unknown).contains("no_such_message"), "{}", err(&unknown));
    assert!(err(&unknown).contains("overdue_warning"), "it says which there are: {}", err(&unknown));
    assert!(!err(&unknown).contains('\u{1b}'), "no colours where nobody sees them: {:?}", err(&unknown));
}

#[test]
fn parked_without_a_store_says_where_to_look() {
    let folder = tempfile::tempdir().unwrap();
    let listed = run(&["parked", "list", "--data", folder.path().to_str().unwrap()]);
    assert_eq!(listed.status.code(), Some(1));
    assert!(err(&listed).contains("--data"), "{}", err(&listed));
}

pub struct Demo(Child);

impl Demo {
    pub fn start(data: &str) -> Self {
        let mut command =
            genjin(&["demo", "--listen", "127.0.0.1:0", "--sim", "127.0.0.1:0", "--data", data]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let printed: Vec<String> = lines.by_ref().take_while(|line| !line.contains("Ctrl-C")).collect();
        let printed = printed.join("\n");
        assert!(printed.contains("http://") && printed.contains(data), "the demo printed: {printed}");
        std::thread::spawn(move || lines.for_each(drop));
        Self(child)
    }

    /// Asks it to end, as a supervisor does.
    pub fn terminate(mut self) -> std::process::ExitStatus {
        let killed = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status().unwrap();
        assert!(killed.success());
        self.0.wait().unwrap()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _waited = self.0.wait();
    }
}

#[test]
fn parked_asks_the_running_service_or_else_opens_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let demo = Demo::start(data);
    let running = run(&["parked", "list", "--data", data]);
    assert_eq!(
        (running.status.code(), out(&running).trim()),
        (Some(0), "nothing is parked"),
        "{}",
        err(&running)
    );
    let other = run(&["parked", "list", "--data", data, "--workspace", "other"]);
    assert_eq!(other.status.code(), Some(1));
    assert!(err(&other).contains("other"), "{}", err(&other));
    let nothing = run(&["parked", "replay", "999", "--data", data]);
    assert_eq!(nothing.status.code(), Some(1), "a number that stands for nothing is a mistake");
    assert!(err(&nothing).contains("999"), "{}", err(&nothing));
    assert!(demo.terminate().success(), "SIGTERM ends it cleanly");

    let alone = run(&["parked", "list", "--json", "--data", data]);
    assert_eq!((alone.status.code(), out(&alone).trim()), (Some(0), "{\"parked\":[]}"), "{}", err(&alone));
    assert_eq!(out(&run(&["parked", "replay", "--data", data])).trim(), "done");
    assert_eq!(run(&["parked", "release", "999", "--data", data]).status.code(), Some(1));
    let (_kept, config) = broken("bot-config", "people.toml", "primary = \"wecom\"", "primry = \"wecom\"");
    let faulty = run(&["parked", "list", "--data", data, "--config", config.to_str().unwrap()]);
    assert!(err(&faulty).contains("people.toml:"), "the first fault is told: {}", err(&faulty));
}

/// What `genjin understand` answers to `input` with `args`.
fn understand(args: &[&str], input: &str) -> Output {
    let mut command = genjin(&[&["understand"], args].concat());
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    out(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

const TUESDAY: &str = "2026-11-24T09:30:00+08:00";

#[test]
fn understand_answers_each_line_with_one_of_json() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let said = "张总约了下周二看厂，预算大概80万\n\n\
        {\"id\":\"a\",\"text\":\"三天内回复\",\"now\":\"2026-12-30T09:00:00+08:00\"}\n\
        {\"id\":7,\"text\":\"明天\",\"now\":\"yesterday\"}\n{不是 JSON";
    let told = understand(&["--now", TUESDAY, "--data", data], said);
    assert_eq!(told.status.code(), Some(1), "one line has a time that is none: {}", err(&told));
    let lines = lines(&told);
    assert_eq!(lines.len(), 5);
    assert_eq!(lines[0]["id"], 1);
    assert_eq!(lines[0]["times"][0]["date"], "2026-12-01");
    assert_eq!(lines[0]["times"][0]["span"], serde_json::json!([4, 7]));
    assert_eq!(lines[0]["numbers"][0]["value"], 800_000);
    assert_eq!(lines[0]["contact"], "张总");
    assert_eq!(lines[0]["customers"], serde_json::json!([]), "there is no store");
    assert_eq!(lines[0]["creates"], serde_json::json!(["meeting", "follow_up", "deal_update"]));
    assert_eq!((&lines[1]["id"], &lines[1]["creates"]), (&2.into(), &serde_json::json!([])));
    assert_eq!((&lines[2]["id"], &lines[2]["times"][0]["end"]), (&"a".into(), &"2027-01-02".into()));
    assert!(lines[3]["error"].as_str().unwrap().contains("yesterday"));
    assert_eq!(lines[4]["id"], 5, "what only begins like JSON is a text");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is written");
}

#[test]
fn understand_explains_to_a_person() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let told = understand(&["--explain", "--now", TUESDAY, "--data", data], "周五前给他报价\n");
    assert!(told.status.success(), "{}", err(&told));
    for part in ["「周五前」是 最晚 2026-11-27（周五）", "记成：跟进、待办"] {
        assert!(out(&told).contains(part), "{}", out(&told));
    }
}

#[test]
fn understand_knows_the_customers_of_a_running_service_and_of_a_free_store() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let demo = Demo::start(data);
    let running = understand(&["--now", TUESDAY, "--data", data], "宏远约了下周二看厂");
    let customers = lines(&running)[0]["customers"].clone();
    assert_eq!(customers[0]["name"], "宁波宏远机械制造有限公司", "{}", err(&running));
    assert_eq!(customers[0]["span"], serde_json::json!([0, 2]));
    assert!(demo.terminate().success());
    let alone = understand(&["--now", TUESDAY, "--data", data], "宏远约了下周二看厂");
    assert_eq!(lines(&alone)[0]["customers"], customers, "{}", err(&alone));
}
