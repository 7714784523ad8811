//! The command beside a running service, and the deals it brought a month later.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::cli::Demo;
use crate::stage::{REP_WECOM, Stage, said};

async fn genjin(data: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_genjin"));
    command.args(args).arg("--data").arg(data).current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null());
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn file(stage: &Stage, name: &str, text: &str) -> PathBuf {
    let path = stage.data.parent().unwrap().join(name);
    std::fs::write(&path, encoding_rs::GB18030.encode(text).0).unwrap();
    path
}

const SHEET: &str = "客户名称,简称,负责人,阶段,预计金额(万),联系人,预计签单\n\
    嘉兴新进机械有限公司,新进机械,王磊,报价,12.5,钱总,2027-01-31\n湖州后到机械有限公司,后到机械,王磊,需求确认,8,孙总,\n";

#[tokio::test(flavor = "multi_thread")]
async fn imported_deals_are_silent_for_a_month_and_warn_once_they_were_touched() {
    let stage = Stage::open().await;
    let phone = stage.phone(REP_WECOM);
    let path = file(&stage, "商机.csv", SHEET);
    let before = phone.messages().await.len();
    let imported = genjin(&stage.data, &["import", path.to_str().unwrap()]).await;
    assert!(imported.status.success(), "{}{}", out(&imported), err(&imported));
    assert!(out(&imported).contains("新增客户 2，新增商机 2") && out(&imported).contains("没有通知任何人"));
    stage.wait("0s").await;
    assert_eq!(phone.messages().await.len(), before, "nobody is told");

    for _three_days in 0..10 {
        stage.wait("72h").await;
    }
    for name in ["新进机械", "后到机械"] {
        let told = phone.messages().await.into_iter().filter(|each| said(each).contains(name)).count();
        assert_eq!(told, 0, "{name} is 待盘点");
    }
    let answers = phone.says("新进机械 客户认可方案，等老板签字").await;
    assert!(answers.iter().any(|answer| said(answer).contains("新进机械")), "{answers:?}");
    stage.wait("120h").await;
    let warnings: Vec<Value> = phone.messages().await;
    let warned = |name: &str| {
        warnings.iter().any(|each| {
            said(each).contains(name) && said(each).contains("没跟进") || said(each).contains("该动一动")
        })
    };
    assert!(warned("新进机械"), "its clock began at the touch");
    assert!(!warnings.iter().any(|each| said(each).contains("后到机械")), "the other one is still 待盘点");

    let exported = stage.data.parent().unwrap().join("all.xlsx");
    let exported_to = exported.to_str().unwrap();
    let done = genjin(&stage.data, &["export", exported_to]).await;
    assert!(done.status.success(), "{}", err(&done));
    let back = genjin(&stage.data, &["import", exported_to, "--json"]).await;
    let told: Value = serde_json::from_slice(&back.stdout).unwrap();
    assert_eq!((&told["report"]["written"], &told["report"]["faulty"]), (&false.into(), &0.into()), "{told}");
    assert!(told["report"]["same"].as_u64().unwrap() > 100, "{told}");
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faulty_rows_come_back_beside_the_input_and_are_never_written_over() {
    let stage = Stage::open().await;
    let faulty = SHEET.replace("报价", "报价啊");
    let path = file(&stage, "客户 一.csv", &faulty);
    let path = path.to_str().unwrap();
    let rehearsed = genjin(&stage.data, &["import", path, "--dry-run"]).await;
    assert_eq!(rehearsed.status.code(), Some(1));
    assert!(out(&rehearsed).contains("第 2 行 阶段：没有「报价啊」，写成「报价」"), "{}", out(&rehearsed));
    let beside = |name: &str| stage.data.parent().unwrap().join(name);
    assert!(!beside("客户 一-有问题.csv").exists(), "a rehearsal writes nothing");

    let refused = genjin(&stage.data, &["import", path]).await;
    assert_eq!(refused.status.code(), Some(1), "{}", out(&refused));
    assert!(out(&refused).contains("一行也没有导入"), "{}", out(&refused));
    let text = std::fs::read_to_string(beside("客户 一-有问题.csv")).unwrap();
    assert!(text.lines().next().unwrap().ends_with(",原因") && text.contains("写成「报价」"), "{text}");
    assert_eq!(text.lines().count(), 2, "the good row is not in it");

    let taken = genjin(&stage.data, &["import", path, "--partial"]).await;
    assert!(taken.status.success(), "{}", out(&taken));
    assert!(beside("客户 一-有问题-2.csv").exists(), "somebody may have corrected the first one");
    let mended = beside("客户 一-有问题.csv");
    std::fs::write(&mended, text.replacen("报价啊", "报价", 1)).unwrap();
    let rest = genjin(&stage.data, &["import", mended.to_str().unwrap(), "--json"]).await;
    let told: Value = serde_json::from_slice(&rest.stdout).unwrap();
    assert_eq!((&told["report"]["new_deals"], &told["report"]["faulty"]), (&1.into(), &0.into()), "{told}");
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_service_the_command_opens_the_store_itself() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let path = folder.path().join("商机.csv");
    std::fs::write(&path, SHEET).unwrap();
    let path = path.to_str().unwrap();
    let missing = genjin(&data, &["import", path]).await;
    assert_eq!(missing.status.code(), Some(1));
    assert!(err(&missing).contains("--data"), "{}", err(&missing));

    assert!(Demo::start(data.to_str().unwrap()).terminate().success());
    let imported = genjin(&data, &["import", path]).await;
    assert!(imported.status.success(), "{}{}", out(&imported), err(&imported));
    let again = genjin(&data, &["import", path]).await;
    assert!(out(&again).contains("和现有的一样 2"), "{}", out(&again));
    let csv = folder.path().join("deals.csv");
    for (args, fits) in [
        (&["export", csv.to_str().unwrap()][..], "--only"),
        (&["export", "deals.pdf"], ".xlsx"),
        (&["import", "no-such-file.csv"], "no-such-file.csv"),
    ] {
        let refused = genjin(&data, args).await;
        assert_eq!(refused.status.code(), Some(1), "{args:?}");
        assert!(err(&refused).contains(fits), "{args:?}: {}", err(&refused));
    }
    let args = ["export", csv.to_str().unwrap(), "--only", "deals"];
    assert!(genjin(&data, &args).await.status.success());
    assert!(std::fs::read_to_string(&csv).unwrap().contains("嘉兴新进机械有限公司"));
    let over = genjin(&data, &args).await;
    assert!(err(&over).contains("--force"), "{}", err(&over));
}
