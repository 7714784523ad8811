//! Broken variants of the demo's folder: each is told with file, line and cure.

use std::path::{Path, PathBuf};

use genjin::config::{self, Config, Fault};
use tempfile::TempDir;

use super::{all_set, folder, told};

/// A copy of the demo's folder that may be broken.
pub struct Copy(TempDir);

impl Copy {
    pub fn of_demo() -> Self {
        let copy = tempfile::tempdir().unwrap();
        copy_all(&folder(), copy.path());
        Self(copy)
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn load(&self) -> Result<Config, Vec<Fault>> {
        config::load(self.path(), &all_set)
    }

    /// Replaces the first `old` in `file`, which must be there.
    #[track_caller]
    pub fn replace(&self, file: &str, old: &str, new: &str) {
        let path: PathBuf = self.path().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "{file} has no {old:?}");
        std::fs::write(path, text.replacen(old, new, 1)).unwrap();
    }
}

fn copy_all(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir(&target).unwrap();
            copy_all(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The file, what stands there, what an admin made of it.
const BROKEN: &[(&str, &str, &str)] = &[
    // Syntax, keys and types
    ("workspace.toml", "name = \"衡度智能\"", "name = 衡度智能"),
    ("workspace.toml", "pushes_a_day = 6", "pushes_a_day = 6\npushes_a_day = 8"),
    ("workspace.toml", "pushes_a_day", "pushs_a_day"),
    ("workspace.toml", "pushes_a_day = 6", "pushes_a_day = \"6\""),
    ("workspace.toml", "pack_lead_minutes = 15", "pack_lead_minutes = 0"),
    ("workspace.toml", "Asia/Shanghai", "Asia/Shanghia"),
    ("workspace.toml", "name = \"衡度智能\"", "name = \"\""),
    ("workspace.toml", "empty_note_counts = true", "empty_note_counts = \"yes\""),
    // Apps and secrets
    ("apps.toml", "kind = \"wecom\"", "kind = \"wechat\""),
    ("apps.toml", "corp_id = \"ww0000000000000000\"\n", ""),
    ("apps.toml", "secret = \"${GENJIN_WECOM_SECRET}\"", "secret = \"kq3Tn7-not-a-variable\""),
    ("apps.toml", "secret = \"${GENJIN_WECOM_SECRET}\"", "secret = \"file:secrets/none.txt\""),
    ("apps.toml", "aes_key = \"${GENJIN_WECOM_AES_KEY}\"", "aes_key = \"file:workspace.toml\""),
    ("apps.toml", "key = \"dingtalk\"", "key = \"wecom\""),
    ("apps.toml", "# base_url = \"https://qyapi.weixin.qq.com\"", "base_url = \"qyapi.weixin.qq.com\""),
    ("apps.toml", "agent_id = 1000002", "agent_id = 1000002\nlimits = { member_minut = 3 }"),
    // People
    ("people.toml", "team = \"south\"", "team = \"soutn\""),
    ("people.toml", "manager = \"chen-guodong\"", "manager = \"boss\""),
    ("people.toml", "wecom_robot = \"east-group\"", "wecom_robot = \"west-group\""),
    ("people.toml", "wecom = \"ChenHao\"", "wecom = \"wanglei\""),
    ("people.toml", "dingtalk = \"liuyang\"", "dingtalk = \"lina\""),
    ("people.toml", "key = \"xu-jing\"", "key = \"wang-lei\""),
    ("people.toml", "key = \"xu-jing\"", "key = \"Xu Jing\""),
    ("people.toml", "wecom = \"XuJing\"\n", ""),
    ("people.toml", "primary = \"wecom\"\n", ""),
    ("people.toml", "primary = \"wecom\"", "primary = \"feishu\""),
    ("people.toml", "roles = [\"rep\"]", "roles = [\"reps\"]"),
    (
        "people.toml",
        "roles = [\"manager\"]\n\n[[members]]\nkey = \"lin-xiao\"",
        "roles = [\"rep\"]\n\n[[members]]\nkey = \"lin-xiao\"",
    ),
    ("people.toml", "call = \"周总\"", "call = \"周总\"\nmanager = \"li-ming\""),
    (
        "people.toml",
        "# leave = [{ from = 2026-10-08, to = 2026-10-10 }]",
        "leave = [{ from = 2026-10-10, to = 2026-10-08 }]",
    ),
    ("people.toml", "# leave = [{ from = 2026-10-08,", "leave = [{ from = \"10月8日\","),
    // Process
    ("process.toml", "limit_working_hours = 24\n", "limit_working_hours = 24\nlimit_hours = 48\n"),
    ("process.toml", "default_limit_hours = 48", "default_limit_hours = 48.5"),
    ("process.toml", "material = \"tech-parameters\"", "material = \"tech-parameter\""),
    ("process.toml", "key = \"quote\"", "key = \"demo\""),
    ("process.toml", "key = \"food\"\n", ""),
    // Times
    ("schedule.toml", "when = \"workdays 18:04\"", "when = \"workdays 6pm\""),
    ("schedule.toml", "when = \"workdays 18:04\"", "when = \"4 18 * * 1-5\""),
    ("schedule.toml", "when = \"workdays 18:04\"", "when = \"0 4 18 * * Mon\""),
    ("schedule.toml", "when = \"workdays 18:04\"", "when = \"4 25 * * Mon\""),
    ("schedule.toml", "when = \"workdays 18:04\"", "when = \"4 18 31 2 *\""),
    ("schedule.toml", "message = \"manager_digest\"", "message = \"manager_digset\""),
    ("schedule.toml", "name = \"group-digest-south\"", "name = \"group-digest-east\""),
    ("schedule.toml", "teams = [\"east\"]", "teams = [\"east\", \"west\"]"),
    ("calendar.toml", "to = \"18:00\"", "to = \"08:00\""),
    (
        "calendar.toml",
        "holidays = []\n# holidays = [\"2026-12-24\", \"2026-12-25\"]\n\n# 公司自己加班的日子：本来休息，这天要上班。\nworkdays = []",
        "holidays = [\"2026-12-24\"]\nworkdays = [\"2026-12-24\"]",
    ),
    ("calendar.toml", "holidays = []", "holidays = [\"12月24日\"]"),
    ("calendar.toml", "quiet_hours = {", "quite_hours = {"),
    // Materials
    ("materials.toml", "name = \"竞品对比表\"", "name = \"三家主要竞品详细对比表\""),
    ("materials.toml", "key = \"plant-visit\"", "key = \"plant-visits\""),
    (
        "materials.toml",
        "hint = \"第一次进车间，边走边填\"",
        "hint = \"边走边填\"\nlink = \"https://example.com/form\"",
    ),
    ("materials.toml", "name = \"看厂清单\"", "name = \"看厂清单\"\nfile = \"看厂清单.pdf\""),
    ("materials.toml", "name = \"看厂清单\"", "name = \"看厂清单\"\nfile = \"看厂清单.pptx\""),
    ("materials.toml", "name = \"看厂清单\"", "name = \"看厂清单\"\nfile = \"../people.toml\""),
    ("materials.toml", "industries = [\"food\"]", "industries = [\"foods\"]"),
    ("materials.toml", "stages = [\"demo\", \"quote\"]", "stages = [\"quote\"]"),
    // Scripts
    ("scripts/03-machinery.md", "## 停产", "## 太贵"),
    ("scripts/03-machinery.md", "## 停产", "## 停产要几天"),
    ("scripts/03-machinery.md", "stages = [\"needs\", \"demo\", \"quote\"]", "stages = [\"need\"]"),
    ("scripts/03-machinery.md", "## 停产\n```toml", "## 停产\n"),
    ("scripts/03-machinery.md", "name = \"周末装\"", "name = \"周末来装\""),
    ("scripts/03-machinery.md", "objection = \"装这个要停几天\"\n", ""),
    ("scripts/03-machinery.md", "speaker = \"技术\"", "speaker = \"工程师\""),
    ("scripts/03-machinery.md", "{{ contact }}", "{{ contacts }}"),
    ("scripts/03-machinery.md", "material = \"downtime-plan\"", "material = \"downtime\""),
    ("scripts/03-machinery.md", "triggers = [\"停线\"", "triggers = [停线"),
    // Ranking by meaning
    (
        "apps.toml",
        "# [embeddings]\n# url = \"http://127.0.0.1:8080/v1/embeddings\"\n# model = \"bge-m3\"\n",
        "[embeddings]\nurl = \"https://api.openai.com/v1/embeddings\"\nmodel = \"m\"\nkey = \"sk-1\"\n",
    ),
    (
        "apps.toml",
        "# [embeddings]\n# url = \"http://127.0.0.1:8080/v1/embeddings\"\n# model = \"bge-m3\"\n",
        "[embeddings]\nurl = \"127.0.0.1:8080\"\ntimeout_ms = 5\n",
    ),
    // Estimates
    ("roi.toml", "formula = \"索赔 × 70%\"", "formula = \"索陪 × 70%\""),
    ("roi.toml", "formula = \"索赔 × 70%\"", "formula = \"索赔 × 70% +\""),
    ("roi.toml", "formula = \"索赔 × 70%\"", "formula = \"(索赔 × 70%\""),
    ("roi.toml", "formula = \"索赔 × 70%\"", "formula = \"索赔 乘 70%\""),
    ("roi.toml", "formula = \"索赔 × 70%\"", "formula = \"索赔 × 7.0.0\""),
    ("roi.toml", "formula = \"索赔 × 70%\"", "formula = \"索赔 ÷ (省人 - 4)\""),
    ("roi.toml", "formula = \"索赔 × 70%\"", "formula = \"0 - 索赔 × 700%\""),
    ("roi.toml", "formula = \"索赔 × 70%\"", "formula = \"索赔 × 回本\""),
    ("roi.toml", "default = 6700", "default = \"6700 元\""),
    ("roi.toml", "default = 6700\n", ""),
    ("roi.toml", "name = \"夜班\"", "name = \"夜班-人数\""),
    ("roi.toml", "name = \"夜班\"", "name = \"人工\""),
    ("roi.toml", "from = \"amount\"", "from = \"amont\""),
    ("roi.toml", "part = \"saved\"", "part = \"save\""),
    ("roi.toml", "payback = \"回本\"", "payback = \"回本月数\""),
    ("roi.toml", "industries = [\"food\"]", "industries = [\"foods\"]"),
    ("roi.toml", "material = \"roi-food\"", "material = \"roi-foods\""),
    ("roi.toml", "key = \"food\"", "key = \"machinery\""),
];

#[test]
fn each_broken_folder_is_told_with_file_line_and_cure() {
    let mut report = String::new();
    for (file, old, new) in BROKEN {
        let copy = Copy::of_demo();
        copy.replace(file, old, new);
        let faults = copy.load().map(|_| ()).unwrap_err();
        report += &format!("{old:?} → {new:?}\n");
        for fault in &faults {
            report += &format!("  {fault}\n");
        }
    }
    insta::assert_snapshot!(report);
}

#[test]
fn all_faults_are_told_at_once_by_file_and_line() {
    let copy = Copy::of_demo();
    copy.replace("people.toml", "team = \"south\"", "team = \"soutn\"");
    copy.replace("people.toml", "primary = \"wecom\"", "primary = \"feishu\"");
    copy.replace("apps.toml", "kind = \"wecom\"", "kind = \"wechat\"");
    copy.replace("workspace.toml", "pushes_a_day", "pushs_a_day");
    let faults = copy.load().unwrap_err();
    let places: Vec<_> = faults.iter().map(|fault| (fault.file.as_str(), fault.line.is_some())).collect();
    assert!(faults.len() >= 4, "{}", told(&faults));
    assert!(places.is_sorted() && places.iter().all(|(_, line)| *line), "{}", told(&faults));
}

#[test]
fn names_in_a_file_with_broken_syntax_are_not_called_missing() {
    let copy = Copy::of_demo();
    copy.replace("process.toml", "key = \"quote\"", "key = quote");
    let faults = copy.load().unwrap_err();
    assert_eq!(faults.len(), 1, "{}", told(&faults));
    assert_eq!(faults[0].file, "process.toml");
}

#[test]
fn missing_and_unread_files_are_told() {
    let copy = Copy::of_demo();
    std::fs::rename(copy.path().join("people.toml"), copy.path().join("peple.toml")).unwrap();
    std::fs::write(copy.path().join("materials/old.md"), "# 旧的").unwrap();
    std::fs::write(copy.path().join("scripts/gbk.md"), [0xd6, 0xd0]).unwrap();
    let faults = told(&copy.load().unwrap_err());
    for line in [
        "people.toml: 没有这个文件。改法：照样例补一份，或者从备份里找回来。",
        "peple.toml: 不读这个文件。改法：写成「people.toml」。",
        "materials/old.md: materials.toml 里没有登记它。改法：在 materials.toml 里加一段 key = \"old\"，或者删掉这个文件。",
        "scripts/gbk.md: 不是 UTF-8 编码。改法：用编辑器另存为 UTF-8。",
    ] {
        assert!(faults.contains(line), "{line}\n---\n{faults}");
    }
}

#[test]
fn files_from_a_windows_editor_are_read() {
    let copy = Copy::of_demo();
    for file in ["people.toml", "scripts/01-openers.md", "process.toml"] {
        let text = std::fs::read_to_string(folder().join(file)).unwrap();
        std::fs::write(copy.path().join(file), format!("\u{feff}{}", text.replace('\n', "\r\n"))).unwrap();
    }
    let config = copy.load().unwrap_or_else(|faults| panic!("{}", told(&faults)));
    assert_eq!(config.scripts.len(), 96);
}
