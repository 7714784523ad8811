//! The admin's day: a fault is told and its cure heard of, versions are kept, looked at and brought back, beside a
//! running service and without one.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::stage::{REP_WECOM, Stage, said};

const ADMIN: (&str, &str) = ("wecom", "LinXiao");

async fn templates(stage: &Stage, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_genjin"));
    command.arg("templates").args(args).stdin(Stdio::null());
    for (option, folder) in
        [("--data", &stage.data), ("--config", &stage.config), ("--templates", &stage.templates)]
    {
        command.arg(option).arg(folder);
    }
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

#[track_caller]
fn well(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

async fn versions(stage: &Stage) -> Vec<Value> {
    let told: Value = serde_json::from_str(&well(&templates(stage, &["log", "--json"]).await)).unwrap();
    told["versions"].as_array().unwrap().clone()
}

fn edit(file: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{} has no {from}", file.display());
    std::fs::write(file, text.replace(from, to)).unwrap();
}

/// Changes the words of 帮助 and waits until the rep gets them.
async fn help_says(stage: &Stage, from: &str, to: &str) {
    edit(&stage.templates.join("help.md"), from, to);
    help_said(stage, to.trim_start_matches(['\n', '#', ' '])).await;
}

async fn help_said(stage: &Stage, words: &str) {
    stage
        .eventually(&format!("帮助 says {words}"), async || {
            let answers = stage.phone(REP_WECOM).says("帮助").await;
            answers.iter().any(|answer| said(answer).contains(words)).then_some(())
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn admin_hears_that_a_told_fault_is_mended_also_where_the_old_words_are_back() {
    let stage = Stage::open().await;
    let file = stage.templates.join("noted.md");
    let whole = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, whole.replace("{{ gist }}", "{{ gst }}")).unwrap();
    let admin = stage.phone(ADMIN);
    let fault = said(&admin.sees("noted.md").await);
    assert!(fault.contains("行") && fault.contains("这样改"), "file, line and cure: {fault}");
    let answers = stage.phone(REP_WECOM).says("鑫源 客户认可方案").await;
    assert!(
        answers.iter().any(|answer| said(answer).contains("记下了")),
        "the last good one serves: {answers:?}"
    );
    assert_eq!(admin.count("改好了").await, 0);

    std::fs::write(&file, whole).unwrap();
    admin.sees("改好了").await;
    assert_eq!(versions(&stage).await.len(), 1, "nothing new went into force");

    // Without a fault before it a good edit is told as one.
    help_says(&stage, "\n# ", "\n# 新版：").await;
    let live = said(&admin.sees("新规则已经生效").await);
    assert!(live.contains("genjin templates rollback 1"), "{live}");
    assert_eq!(admin.count("改好了").await, 1);
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn older_version_is_brought_back_and_the_rollback_rolled_back() {
    let stage = Stage::open().await;
    help_says(&stage, "\n# ", "\n# 甲：").await;
    help_says(&stage, "\n# 甲：", "\n# 乙：").await;
    let said = well(&templates(&stage, &["log"]).await);
    assert!(said.contains("▶    3") && said.contains("message-templates/help.md"), "{said}");
    let diff = well(&templates(&stage, &["diff"]).await);
    assert!(diff.contains("-# 甲：") && diff.contains("+# 乙：") && !diff.contains('\u{1b}'), "{diff}");
    assert!(diff.contains("--- v2/message-templates/help.md"), "{diff}");
    let whole = well(&templates(&stage, &["diff", "v1", "3"]).await);
    assert!(whole.contains("+# 乙：") && !whole.contains("甲"), "{whole}");

    let done = well(&templates(&stage, &["rollback", "2"]).await);
    assert!(done.contains("记作第 4 版") && done.contains("一秒之内生效"), "{done}");
    assert!(done.contains("反悔：genjin templates rollback 3"), "{done}");
    help_said(&stage, "甲：").await;
    let kept = versions(&stage).await;
    assert_eq!(kept.len(), 4, "the service enters no version of its own: {kept:?}");
    assert_eq!(kept[3]["by"]["rollback"]["to"], 2);
    assert_eq!(kept[3]["in_force"], true);

    well(&templates(&stage, &["rollback", "3"]).await);
    help_said(&stage, "乙：").await;
    assert!(well(&templates(&stage, &["rollback", "5"]).await).contains("什么都没改"));
    let unknown = templates(&stage, &["rollback", "77"]).await;
    assert_eq!(unknown.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("genjin templates log"));
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_edit_is_set_aside_by_a_rollback_and_cannot_be_rolled_back_to() {
    let stage = Stage::open().await;
    let (file, added) = (stage.templates.join("noted.md"), stage.config.join("scripts/zzz.md"));
    edit(&file, "{{ gist }}", "{{ gst }}");
    std::fs::write(&added, [0xff, 0xfe]).unwrap();
    std::fs::write(stage.config.join(".people.toml.swp"), "an editor's").unwrap();
    stage.phone(ADMIN).sees("noted.md").await;
    let log = well(&templates(&stage, &["log"]).await);
    assert!(log.contains("还没生效的改动"), "{log}");
    let diff = well(&templates(&stage, &["diff"]).await);
    assert!(diff.contains("+++ now/message-templates/noted.md"), "{diff}");

    let done = well(&templates(&stage, &["rollback", "1", "--json"]).await);
    let done: Value = serde_json::from_str(&done).unwrap();
    assert_eq!((&done["done"], &done["before"]), (&true.into(), &2.into()), "{done}");
    assert!(!added.exists() && stage.config.join(".people.toml.swp").exists());
    stage.phone(ADMIN).sees("改好了").await;

    let refused = templates(&stage, &["rollback", "2"]).await;
    assert_eq!(refused.status.code(), Some(1));
    let told = String::from_utf8_lossy(&refused.stdout);
    assert!(told.contains("noted.md") && told.contains("改法") && told.contains("一个也没动"), "{told}");
    assert!(std::fs::read_to_string(&file).unwrap().contains("{{ gist }}"));
    let log = well(&templates(&stage, &["log"]).await);
    assert!(log.contains("没生效过") && log.contains("▶    1"), "{log}");
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rollback_without_a_service_is_in_force_at_the_next_start() {
    let stage = Stage::open().await;
    help_says(&stage, "\n# ", "\n# 甲：").await;
    let stage = stage
        .again_after(async |stage| {
            // Even with workspace.toml gone, which names the workspace.
            std::fs::remove_file(stage.config.join("workspace.toml")).unwrap();
            let done = well(&templates(stage, &["rollback", "1"]).await);
            assert!(done.contains("下次启动就用它") && done.contains("bot-config/workspace.toml"), "{done}");
        })
        .await;
    let answers = stage.phone(REP_WECOM).says("帮助").await;
    assert!(!answers.iter().any(|answer| said(answer).contains("甲：")), "{answers:?}");
    let kept = versions(&stage).await;
    assert_eq!(kept.iter().filter(|version| version["in_force"] == true).count(), 1);
    assert!(kept.last().unwrap()["by"]["rollback"]["to"] == 1, "{kept:?}");
    stage.close().await;
}
