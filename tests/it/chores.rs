//! The operator's work on a store, by the command line, beside a running service and without one.

use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::stage::{REP_WECOM, Stage};

pub async fn genjin(stage: &Stage, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_genjin"));
    command.args(args).arg("--data").arg(&stage.data).arg("--config").arg(&stage.config);
    command.stdin(Stdio::null());
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

#[track_caller]
pub fn well(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

#[track_caller]
pub fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn lines(file: &std::path::Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn store_is_backed_up_proved_and_put_back_beside_the_running_service() {
    let stage = Stage::open().await;
    let rep = stage.phone(REP_WECOM);
    rep.says("宏远 张总约了下周二看厂").await;
    let file = |name: &str| stage.data.join(name).to_str().unwrap().to_owned();

    let said = well(&genjin(&stage, &["backup", &file("monday.zst")]).await);
    assert!(said.contains("read back and proved"), "{said}");
    let again = refused(&genjin(&stage, &["backup", &file("monday.zst")]).await);
    assert!(again.contains("choose another name"), "{again}");

    rep.says("宏远 法务要改付款条款").await;
    well(&genjin(&stage, &["export", &file("after.jsonl")]).await);
    let exported = lines(&stage.data.join("after.jsonl"));
    assert_eq!(exported[0]["format"], "genjin-export");
    let told = |words: &str| exported.iter().any(|line| line["line"]["text"].as_str() == Some(words));
    assert!(told("宏远 张总约了下周二看厂") && told("宏远 法务要改付款条款"));
    assert_eq!(exported.last().unwrap()["lines"], exported.len() - 2);

    let proof = well(&genjin(&stage, &["verify"]).await);
    for part in ["journal:", "state:", "sums of their lines", "all is well"] {
        assert!(proof.contains(part), "{part} is not in\n{proof}");
    }
    let there = refused(&genjin(&stage, &["restore", &file("monday.zst")]).await);
    assert!(there.contains("--replace"), "{there}");
    let damaged = stage.data.join("damaged.zst");
    std::fs::write(&damaged, b"no backup").unwrap();
    let damaged = refused(&genjin(&stage, &["restore", "--replace", damaged.to_str().unwrap()]).await);
    assert!(damaged.contains("choose another file"), "{damaged}");

    well(&genjin(&stage, &["restore", "--replace", &file("monday.zst")]).await);
    well(&genjin(&stage, &["export", &file("restored.jsonl")]).await);
    let restored = std::fs::read_to_string(stage.data.join("restored.jsonl")).unwrap();
    assert!(restored.contains("张总约了下周二看厂") && !restored.contains("法务要改付款条款"));
    rep.says("宏远 客户要样品").await;
    rep.sees("样品").await;

    let stats = well(&genjin(&stage, &["store", "stats", "--json"]).await);
    let stats: Value = serde_json::from_str(&stats).unwrap();
    assert_eq!(stats["workspaces"][0]["figures"]["backups"].as_array().unwrap().len(), 1, "{stats}");
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn restored_messages_wait_until_they_are_released() {
    let stage = Stage::open().await;
    let rep = stage.phone(REP_WECOM);
    // Nothing gets through, so the answer is still on its way when the backup is made.
    let fault = json!({ "kind": "fail", "path": "/cgi-bin/message/send", "times": 999, "status": 500 });
    stage.post("/sim/fault", &fault).await;
    rep.writes("宏远 张总约了下周二看厂").await;
    let file = stage.data.join("now.zst");
    let file = file.to_str().unwrap();
    well(&genjin(&stage, &["backup", file]).await);

    well(&genjin(&stage, &["restore", "--replace", file]).await);
    stage.heal().await;
    let parked = well(&genjin(&stage, &["parked", "list"]).await);
    assert!(parked.contains("held"), "{parked}");
    stage.wait("15m").await;
    assert_eq!(rep.count("看厂").await, 1, "what a restore holds back is not said by itself");
    well(&genjin(&stage, &["parked", "release"]).await);
    stage.eventually("the held message", async || (rep.count("看厂").await == 2).then_some(())).await;
    assert!(well(&genjin(&stage, &["parked", "list"]).await).contains("nothing is parked"));
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn store_without_a_service_is_opened_by_the_command_itself() {
    let stage = Stage::open().await;
    stage.phone(REP_WECOM).says("宏远 张总约了下周二看厂").await;
    let data = stage.data.clone();
    let run = async |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_genjin"));
        command.args(args).arg("--data").arg(&data).stdin(Stdio::null());
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    };
    let kept = tempfile::tempdir().unwrap();
    let backup = kept.path().join("all.zst");
    well(&genjin(&stage, &["backup", backup.to_str().unwrap()]).await);
    let _folder = stage.close_keeping().await;

    assert!(well(&run(&["verify"]).await).contains("all is well"));
    well(&run(&["restore", "--replace", backup.to_str().unwrap()]).await);
    assert!(well(&run(&["verify"]).await).contains("all is well"));
    std::fs::remove_dir_all(data.join("main/state")).unwrap();
    let said = well(&run(&["verify"]).await);
    assert!(said.contains("built the state anew"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn health_finds_the_service_wherever_it_listens_and_fails_without_one() {
    let stage = Stage::open().await;
    let said = well(&genjin(&stage, &["health", "--ready"]).await);
    let port = stage.service.rsplit(':').next().unwrap().to_owned();
    assert!(said.contains(&format!("127.0.0.1:{port} answers")), "{said}");
    let told: Value = serde_json::from_str(&well(&genjin(&stage, &["health", "--json"]).await)).unwrap();
    assert_eq!((&told["alive"], &told["ready"]), (&true.into(), &true.into()), "{told}");
    let simulator = stage.sim.trim_start_matches("http://").to_owned();
    let other = refused(&genjin(&stage, &["health", "--listen", &simulator]).await);
    assert!(other.contains("no genjin"), "{other}");
    let stage = stage
        .again_after(async |stage| {
            let listen = format!("127.0.0.1:{port}");
            let gone = refused(&genjin(stage, &["health", "--listen", &listen]).await);
            assert!(gone.contains("genjin serve"), "{gone}");
        })
        .await;
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn offered_scripts_come_out_as_a_file_beside_the_service_and_without_one() {
    let stage = Stage::open().await;
    let file = |name: &str| stage.data.join(name).to_str().unwrap().to_owned();
    let none = refused(&genjin(&stage, &["export", &file("none.md")]).await);
    assert!(none.contains("no offered script"), "{none}");
    stage.phone(REP_WECOM).says("投稿话术 价格：您比的是哪一项？咱们拆开看，您看先拆哪项？").await;
    let admin = stage.phone(("wecom", "LinXiao"));
    admin.sees("投了一句话术").await;
    admin.says("通过").await;
    let said = well(&genjin(&stage, &["export", &file("offered.md")]).await);
    assert!(said.contains("话术 1 条"), "{said}");
    let beside = std::fs::read_to_string(file("offered.md")).unwrap();
    assert!(beside.contains("## 价格2") && beside.contains("name = \"小王说\""), "{beside}");
    well(&genjin(&stage, &["export", &file("all.jsonl")]).await);
    let offers =
        lines(&stage.data.join("all.jsonl")).into_iter().filter(|line| line["kind"] == "script_offer");
    assert_eq!(offers.map(|line| line["record"]["by"].clone()).collect::<Vec<_>>(), ["wang-lei"]);
    let stage = stage
        .again_after(async |stage| {
            let alone = stage.data.join("alone.md").to_str().unwrap().to_owned();
            well(&genjin(stage, &["export", &alone]).await);
            assert_eq!(std::fs::read_to_string(alone).unwrap(), beside);
        })
        .await;
    stage.close().await;
}
