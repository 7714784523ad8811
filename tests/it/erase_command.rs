//! `genjin erase` on the whole program: beside the running service and without one, and what a restore brings back.

use std::process::{Command, Stdio};

use genjin::app::erasures::{Entry, List};
use genjin::event::Identity;
use genjin::sales::{CustomerId, ErasureSubject};
use serde_json::Value;

use crate::audit::day0;
use crate::chores::{genjin, refused, well};
use crate::erasing::found;
use crate::stage::{REP_WECOM, Stage};

/// What was said of 恒泰齿轮, of nobody else; the samples of the message templates name others.
const WORDS: [&str; 5] = ["恒泰", "钱卫东", "蔡芸", "责任上限和验收", "下月初签"];

/// The number of the customer of that short name.
async fn customer(stage: &Stage, short: &str) -> String {
    let kept = tempfile::tempdir().unwrap();
    let file = kept.path().join("all.jsonl");
    well(&genjin(stage, &["export", file.to_str().unwrap()]).await);
    let text = std::fs::read_to_string(file).unwrap();
    let mut records = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let of = |line: &Value| line["kind"] == "customer" && line["record"]["short"] == short;
    format!("c-{}", records.find(of).unwrap()["record"]["id"])
}

#[tokio::test(flavor = "multi_thread")]
async fn customer_is_erased_beside_the_running_service_and_stays_so_after_a_restore() {
    let stage = Stage::open().await;
    let rep = stage.phone(REP_WECOM);
    rep.says("恒泰 钱卫东约了下周二看厂").await;
    rep.says("鑫源 陈秀英说可以").await;
    let id = customer(&stage, "恒泰齿轮").await;
    let workspace = stage.data.join("main");
    let older = stage.data.join("older.zst");
    let older = older.to_str().unwrap();
    well(&genjin(&stage, &["backup", older]).await);

    let asked = genjin(&stage, &["erase", "customer", &id]).await;
    let plan = String::from_utf8_lossy(&asked.stdout);
    assert!(plan.contains("无锡恒泰") && plan.contains("deals"), "{plan}");
    assert!(refused(&asked).contains("--yes"));
    assert!(!found(&workspace, &["钱卫东"]).is_empty());

    let said = well(&genjin(&stage, &["erase", "customer", &id, "--yes"]).await);
    assert!(said.contains("is erased"), "{said}");
    let left = found(&workspace, &WORDS);
    assert!(left.is_empty(), "{left:?}");
    assert!(!found(&workspace, &["海盛"]).is_empty());
    let proof = well(&genjin(&stage, &["verify"]).await);
    assert!(proof.contains("audit chain") && proof.contains("all is well"), "{proof}");
    // The rest goes on, and nobody is reminded of a name that is gone.
    rep.says("鑫源 报价过了").await;
    stage.wait("48h").await;
    assert_eq!(rep.count("已删除").await, 0);

    well(&genjin(&stage, &["restore", "--replace", older]).await);
    let left = found(&workspace, &WORDS);
    assert!(left.is_empty(), "the restore brought back {left:?}");
    assert!(well(&genjin(&stage, &["verify"]).await).contains("all is well"));
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn service_goes_on_at_its_start_with_what_stands_on_the_list() {
    let stage = Stage::open().await;
    stage.phone(REP_WECOM).says("恒泰 钱卫东约了下周二看厂").await;
    let id = customer(&stage, "恒泰齿轮").await;
    let workspace = stage.data.join("main");
    let number = id.trim_start_matches("c-").parse().unwrap();
    let subject = ErasureSubject::Customer(CustomerId(number));
    List::of(&workspace).add(&Entry { id: Identity([5; 16]), at: day0(), subject }).unwrap();

    let stage = stage.again().await;
    stage
        .eventually("the files are free of it", async || found(&workspace, &WORDS).is_empty().then_some(()))
        .await;
    assert!(well(&genjin(&stage, &["verify"]).await).contains("all is well"));
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn contact_is_erased_without_a_service_by_the_command_itself() {
    let stage = Stage::open().await;
    stage.phone(REP_WECOM).says("恒泰 钱卫东约了下周二看厂").await;
    let id = customer(&stage, "恒泰齿轮").await;
    let (data, config) = (stage.data.clone(), stage.config.clone());
    let _folder = stage.close_keeping().await;
    let run = async |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_genjin"));
        command.args(args).arg("--data").arg(&data).arg("--config").arg(&config).stdin(Stdio::null());
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    };
    let nobody = refused(&run(&["erase", "contact", &id, "王五", "--yes"]).await);
    assert!(nobody.contains("no contact"), "{nobody}");
    well(&run(&["erase", "contact", &id, "钱卫东", "--yes"]).await);
    let left = found(&data.join("main"), &["钱卫东"]);
    assert!(left.is_empty(), "{left:?}");
    assert!(!found(&data.join("main"), &["蔡芸"]).is_empty());
    assert!(well(&run(&["verify"]).await).contains("all is well"));

    let still = refused(&run(&["erase", "member", "wang-lei", "--yes"]).await);
    assert!(still.contains("people.toml"), "{still}");
}
