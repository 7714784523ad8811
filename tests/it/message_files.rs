//! What admins make of the template files: every mistake is told, and none stops a message.

use std::fs;
use std::path::Path;

use genjin::messages::{Fault, Templates, preview};
use genjin::sales::Platform;
use serde_json::{Value, json};
use tempfile::TempDir;

fn shipped_folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/message-templates"))
}

#[test]
fn shipped_folder_loads_without_a_fault_and_is_what_the_binary_holds() {
    let loaded = Templates::load(shipped_folder()).unwrap_or_else(|faults| panic!("{}", told(&faults)));
    assert_eq!(loaded.version(), Templates::shipped().version());
}

fn told(faults: &[Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in files {
        fs::write(folder.path().join(file), text).unwrap();
    }
    folder
}

/// A shipped file with `from` changed to `to`.
fn edited(file: &str, from: &str, to: &str) -> String {
    let text = fs::read_to_string(shipped_folder().join(file)).unwrap();
    assert!(text.contains(from), "{file} has no {from}");
    text.replace(from, to)
}

#[test]
fn every_kind_of_mistake_is_told_with_file_line_and_cure() {
    let files = [
        ("noted.md", edited("noted.md", "{{ gist }}", "{{ gst }}")),
        ("undone.md", edited("undone.md", "{{ gist }}", "{{ gist|upcase }}")),
        ("closed.md", edited("closed.md", "{% endif %}", "")),
        ("script_none.md", edited("script_none.md", "# 还没有", "还没有")),
        ("close_deal.md", edited("close_deal.md", "key = \"lost\"", "key = \"lose\"")),
        ("courtesy.md", edited("courtesy.md", "trigger =", "triger =")),
        ("mute.md", edited("mute.md", "form = \"text\"", "form = \"textt\"")),
        ("why.md", edited("why.md", "form = \"text\"", "form = \"card\"")),
        ("help.md", edited("help.md", "移交 · 重开", "一\n二\n三\n移交 · 重开")),
        (
            "hand_over.md",
            edited(
                "hand_over.md",
                "交给谁？",
                "这一个商机接下来的几个星期打算交给同组里的哪一位同事来继续跟进会比较合适一些呢？",
            ),
        ),
        ("remind_set.md", "# 没有设置段\n".to_owned()),
        ("reopened.md", edited("reopened.md", "[variables.stage]", "[variables.phone]")),
        ("overdue_waring.md", "+++\n+++\n# x\n".to_owned()),
        ("pack.wecom.md", "+++\nname = \"x\"\n+++\n# x\n".to_owned()),
        ("deals.md", edited("deals.md", "item.stage", "item.stag")),
        ("welcome.md", edited("welcome.md", "sample = 6", "sample = ")),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(file, text)| (*file, text.as_str())).collect();
    let faults = Templates::load(folder(&files).path()).unwrap_err();
    insta::assert_snapshot!("mistakes", told(&faults));
}

#[test]
fn readme_names_every_message() {
    let readme = fs::read_to_string(shipped_folder().join("README.md")).unwrap();
    for template in Templates::shipped().iter() {
        let row = format!("| `{}` | {} |", template.key, template.head.name);
        assert!(readme.contains(&row), "README.md has no row {row}");
    }
}

#[test]
fn broken_file_keeps_the_last_good_version_and_lets_the_others_go_live() {
    let dir = folder(&[("noted.md", &edited("noted.md", "记下了：", "好的，"))]);
    let good = Templates::load(dir.path()).unwrap();
    fs::write(dir.path().join("noted.md"), edited("noted.md", "{{ gist }}", "{{ gst }}")).unwrap();
    fs::write(dir.path().join("courtesy.md"), edited("courtesy.md", "不客气", "哪里话")).unwrap();

    let (now, faults) = good.reload_keeping(dir.path());

    let [fault] = &faults[..] else { panic!("{}", told(&faults)) };
    assert_eq!((fault.file.as_str(), fault.line), ("noted.md", Some(20)));
    let said = |key: &str, values: Value| now.render(key, &values, Platform::WeCom).unwrap().title.to_plain();
    assert_eq!(
        said("noted", json!({ "customer": "宏远机械", "gist": "认可方案" })),
        "好的，宏远机械，认可方案"
    );
    assert_eq!(said("courtesy", json!({ "thanks": true })), "哪里话，有进展说一声就行");
    assert_ne!(now.version(), good.version());
    let (again, _) = now.reload_keeping(dir.path());
    assert_eq!(again.version(), now.version());
}

#[test]
fn folder_without_a_file_speaks_by_the_shipped_one() {
    let templates = Templates::load(folder(&[]).path()).unwrap();
    assert_eq!(templates.version(), Templates::shipped().version());
    assert!(Templates::load(Path::new("/nonexistent")).is_err());
}

#[test]
fn platform_may_have_a_body_of_its_own() {
    let dir = folder(&[("courtesy.dingtalk.md", "# 不客气，钉我就行\n")]);
    let templates = Templates::load(dir.path()).unwrap();
    let said = |platform| {
        templates.render("courtesy", &json!({ "thanks": true }), platform).unwrap().title.to_plain()
    };
    assert_eq!(said(Platform::DingTalk), "不客气，钉我就行");
    assert_eq!(said(Platform::WeCom), "不客气，有进展说一声就行");
}

#[test]
fn text_is_checked_as_it_is_typed() {
    let templates = Templates::shipped();
    assert_eq!(templates.check("noted.md", &edited("noted.md", "记下了", "收到")), []);
    let faults = templates.check("noted.md", &edited("noted.md", "{{ gist }}", "{{ gist "));
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].line, Some(21));
}

#[test]
fn preview_names_what_would_be_shortened() {
    let long = edited(
        "noted.md",
        "sample = \"客户认可方案\"",
        &format!("sample = \"{}\"", "客户认可方案。".repeat(200)),
    );
    // Such a sample does not go live; typed, it is told.
    let told = told(&Templates::shipped().check("noted.md", &long));
    assert!(told.contains("企业微信文字里全文"), "{told}");
    let shown = preview(&Templates::shipped(), "noted", Some(Platform::DingTalk)).unwrap();
    assert!(shown.contains("钉钉文字") && !shown.contains("企业微信"), "{shown}");
}
