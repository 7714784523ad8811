//! The folder that admins edit: the demo's holds together, and whatever is wrong is told with file, line and cure.

mod faults;
mod seeding;
mod wording;

use std::path::{Path, PathBuf};

use genjin::config::{self, Config, Heard};
use genjin::sales::{ScriptKey, StageKey};

/// The demo company's folder.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("bot-config")
}

/// Every variable set, to something that is good for any secret.
fn all_set(_name: &str) -> Option<String> {
    Some("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG".into())
}

#[track_caller]
fn demo() -> Config {
    config::load(&folder(), &all_set).unwrap_or_else(|faults| panic!("{}", told(&faults)))
}

fn told(faults: &[config::Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn keys<'a, T: 'a>(entries: impl IntoIterator<Item = &'a T>, key: impl Fn(&'a T) -> &'a str) -> Vec<&'a str> {
    entries.into_iter().map(key).collect()
}

#[test]
fn demo_folder_loads_without_fault() {
    let config = demo();
    assert_eq!(config.people.members.iter().filter(|member| member.rep).count(), 12);
    assert_eq!(config.people.teams.len(), 3);
    assert_eq!(config.process.stages.len(), 6);
    assert_eq!(config.version.len(), 64);
    let both = |member: &&config::Member| member.wecom.is_some() && member.dingtalk.is_some();
    assert_eq!(config.people.members.iter().filter(both).count(), 1);
}

#[test]
fn version_follows_the_bytes_of_the_files() {
    let copy = faults::Copy::of_demo();
    let before = copy.load().unwrap().version;
    assert_eq!(before, copy.load().unwrap().version);
    copy.replace("people.toml", "王磊", "王垒");
    assert_ne!(before, copy.load().unwrap().version);
}

#[test]
fn secrets_come_from_the_environment_or_a_file_and_are_never_shown() {
    let copy = faults::Copy::of_demo();
    copy.replace("apps.toml", "secret = \"${GENJIN_WECOM_SECRET}\"", "secret = \"file:secrets/wecom.txt\"");
    std::fs::create_dir(copy.path().join("secrets")).unwrap();
    std::fs::write(copy.path().join("secrets/wecom.txt"), "hush-from-a-file\n").unwrap();
    let config = copy.load().unwrap();
    let shown = format!("{:?}", config.apps);
    assert!(!shown.contains("hush") && !shown.contains("abcdefghijkl"), "{shown}");
    let config::AppKind::WeCom(app) = &config.apps[0].kind else { panic!("the first app is WeCom's") };
    assert_eq!(secrecy::ExposeSecret::expose_secret(&app.secret), "hush-from-a-file");
}

#[test]
fn unset_secrets_are_faults_unless_they_come_from_elsewhere() {
    let nothing = |_: &str| None;
    let faults = config::load(&folder(), &nothing).unwrap_err();
    assert_eq!(faults.len(), 8, "{}", told(&faults));
    assert!(faults.iter().all(|fault| fault.file == "apps.toml" && fault.line.is_some()));
    config::load_with_unset_secrets(&folder(), &nothing).unwrap();
}

#[test]
fn folder_is_one_workspace_or_each_sub_folder_is() {
    let one = config::workspaces(&folder()).unwrap();
    assert_eq!(one, [config::WorkspaceFolder { name: "main".into(), path: folder() }]);

    let many = tempfile::tempdir().unwrap();
    for name in ["tea", "bolts", "notes"] {
        std::fs::create_dir(many.path().join(name)).unwrap();
    }
    for name in ["tea", "bolts"] {
        std::fs::write(many.path().join(name).join("workspace.toml"), "").unwrap();
    }
    let names: Vec<String> =
        config::workspaces(many.path()).unwrap().into_iter().map(|workspace| workspace.name).collect();
    assert_eq!(names, ["bolts", "tea"]);
    assert!(config::workspaces(&many.path().join("notes")).is_err());
}

#[test]
fn opener_of_the_stage_and_industry_comes_first() {
    let config = demo();
    let stage = StageKey::from("needs");
    assert_eq!(keys(config.openers(&stage, "machinery"), |script| &script.word), ["同行", "要样件"]);
    assert_eq!(keys(config.openers(&stage, "food"), |script| &script.word), ["换产", "要样件"]);
}

#[test]
fn every_stage_of_every_industry_has_an_opener_and_three_objections() {
    let config = demo();
    for stage in &config.process.stages {
        for industry in &config.process.industries {
            let place = format!("{} {}", stage.name, industry.name);
            assert!(!config.openers(&stage.key, &industry.key).is_empty(), "{place}");
            assert!(config.objections(&stage.key, &industry.key).len() >= 3, "{place}");
        }
    }
}

#[test]
fn every_kind_of_objection_has_answers_in_every_industry_and_every_competitor_is_answered() {
    let config = demo();
    assert_eq!(config.objections.competitors.len(), 3);
    for industry in &config.process.industries {
        for category in &config.objections.categories {
            let heard = Heard { categories: vec![&category.key], ..Heard::default() };
            let answers = config.answers(&heard, &"quote".into(), &industry.key, |_| 0);
            assert!(answers.len() >= 2, "{} {}: {}", category.name, industry.name, answers.len());
        }
    }
    for rival in &config.objections.competitors {
        let heard = Heard { competitor: Some(&rival.key), ..Heard::default() };
        assert!(config.answers(&heard, &"quote".into(), "food", |_| 0).len() >= 2, "{}", rival.name);
    }
}

#[test]
fn scripts_that_fit_stage_and_industry_come_first_and_votes_weigh_against_it() {
    let config = demo();
    let heard = Heard { said: "太贵了，比别家贵", categories: vec!["price"], competitor: None };
    let first = |stage: &str, industry: &str, worst: &str| {
        let useful = |key: &ScriptKey| if key.as_str() == worst { -150 } else { 0 };
        config.answers(&heard, &stage.into(), industry, useful)[0].key.to_string()
    };
    assert_eq!(first("quote", "machinery", ""), "02-price/太贵");
    assert_eq!(first("quote", "food", ""), "02-price/利润薄");
    assert_eq!(first("quote", "food", "02-price/利润薄"), "02-price/太贵");
}

#[test]
fn script_asked_for_by_its_own_word_comes_first_unless_reps_found_it_of_no_use() {
    let config = demo();
    let first = |said, worth| {
        let heard = Heard { said, categories: vec!["implementation"], competitor: None };
        let useful = |key: &ScriptKey| if key.as_str() == "03-machinery/停产" { worth } else { 0 };
        config.answers(&heard, &"signing".into(), "food", useful).first().map(|it| it.key.to_string())
    };
    assert_eq!(first("停产", 0).as_deref(), Some("03-machinery/停产"));
    assert_ne!(first("停产", -150).as_deref(), Some("03-machinery/停产"));
    assert_ne!(first("停几天", 0).as_deref(), Some("03-machinery/停产"), "that is for machinery alone");
}

#[test]
fn scripts_against_a_competitor_are_kept_for_that_one() {
    let config = demo();
    let heard = |competitor| Heard { said: "便宜十万", categories: vec!["competitor"], competitor };
    let found = |competitor| {
        let answers = config.answers(&heard(competitor), &"quote".into(), "machinery", |_| 0);
        answers.iter().map(|script| script.competitors.join(",")).collect::<Vec<_>>()
    };
    assert_eq!(found(Some("ruimu"))[..3], ["ruimu", "ruimu", ""]);
    assert!(found(None).iter().all(String::is_empty));
    assert!(!found(Some("ruimu")).contains(&"deske".to_owned()));
}

#[test]
fn materials_of_the_stage_come_first_in_its_order() {
    let config = demo();
    let names = |industry, line| {
        let materials = config.materials_for(&"demo".into(), industry, line, 4);
        keys(materials, |material| &material.name)
    };
    assert_eq!(
        names("machinery", "vision"),
        ["竞品对比表", "客户定制化报价单", "实施排期甘特图", "机械 ROI 测算表"]
    );
    assert_eq!(
        names("food", "data"),
        ["竞品对比表", "客户定制化报价单", "实施排期甘特图", "食品 ROI 测算表"]
    );
}

#[test]
fn every_material_fits_some_deal() {
    let config = demo();
    for material in &config.materials {
        let process = &config.process;
        let fits = process.stages.iter().any(|stage| {
            process.industries.iter().any(|industry| {
                process.product_lines.iter().any(|line| material.fits(&stage.key, &industry.key, &line.key))
            })
        });
        let listed = process.stages.iter().any(|stage| stage.materials.contains(&material.key));
        assert!(fits && listed, "{}", material.name);
    }
}
