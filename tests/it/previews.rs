//! `genjin preview` as a page and as a picture: what an admin shows around before a text goes live.

use std::path::Path;
use std::process::{Command, Output, Stdio};

fn preview(args: &[&str], folder: &Path, chromium: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_genjin"));
    command.arg("preview").args(args).current_dir(folder).stdin(Stdio::null());
    command.arg("--templates").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("message-templates"));
    if let Some(chromium) = chromium {
        command.env("GENJIN_CHROMIUM", chromium);
    }
    command.output().unwrap()
}

#[test]
fn page_shows_both_phones_and_needs_nothing_beside_itself() {
    let folder = tempfile::tempdir().unwrap();
    let done = preview(&["overdue_warning", "--html", "w.html"], folder.path(), None);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let page = std::fs::read_to_string(folder.path().join("w.html")).unwrap();
    for words in [
        "data-platform=\"wecom\"",
        "data-platform=\"dingtalk\"",
        "宏远机械：2 天 4 小时没跟进",
        "<span class=\"wide style-3\">关闭商机</span>",
        "<span class=\"outlined red\">关闭商机</span>",
        "处理以后",
        "名字最长",
        "prefers-color-scheme: dark",
    ] {
        assert!(page.contains(words), "{words}");
    }
    for foreign in ["<script", " src=", "url(", "<link", "@import"] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    let wecom = preview(&["group_digest", "--platform", "wecom", "--html", "g.html"], folder.path(), None);
    assert!(wecom.status.success());
    let page = std::fs::read_to_string(folder.path().join("g.html")).unwrap();
    assert!(!page.contains("data-platform=\"dingtalk\" role") && page.contains("应用只发不听"));
}

#[test]
fn page_of_all_has_every_message() {
    let folder = tempfile::tempdir().unwrap();
    assert!(preview(&["all", "--html", "all.html"], folder.path(), None).status.success());
    let page = std::fs::read_to_string(folder.path().join("all.html")).unwrap();
    for template in genjin::messages::Templates::shipped().iter() {
        assert!(page.contains(&format!("id=\"{}\"", template.key)), "{}", template.key);
    }
    let text = preview(&["all"], folder.path(), None);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("━━ overdue_warning ━━") && text.contains("━━ why ━━"));
}

#[test]
fn picture_is_drawn_by_chromium_and_its_absence_is_told_with_the_cure() {
    let folder = tempfile::tempdir().unwrap();
    let sizes = [&[][..], &["--dark"]].map(|dark| {
        let done = preview(&[&["noted", "--png", "n.png"], dark].concat(), folder.path(), None);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let png = std::fs::read(folder.path().join("n.png")).unwrap();
        assert!(png.starts_with(b"\x89PNG"));
        let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
        (number(16), number(20))
    });
    assert_eq!(sizes[0], sizes[1]);
    let (wide, high) = sizes[0];
    assert!(wide == 2 * 792 && high > 1_200, "{wide} × {high}");

    let mut command = Command::new(env!("CARGO_BIN_EXE_genjin"));
    command.args(["preview", "noted", "--png", "n.png"]).current_dir(folder.path()).env("PATH", "");
    command.arg("--templates").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("message-templates"));
    let told = command.env_remove("GENJIN_CHROMIUM").output().unwrap();
    assert_eq!(told.status.code(), Some(1));
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(
        told.contains("install") && told.contains("GENJIN_CHROMIUM") && told.contains("--html"),
        "{told}"
    );
    let wrong = preview(&["noted", "--png", "n.png"], folder.path(), Some("/no/such/browser"));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("GENJIN_CHROMIUM"));
}
