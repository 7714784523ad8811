//! `materials.toml`: documents that a rep brings.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::names::Names;
use super::process::Stage;
use super::table::Table;
use crate::sales::{MaterialKey, StageKey};

/// A document that a rep brings.
#[derive(Clone, Debug)]
pub struct Material {
    /// The key.
    pub key: MaterialKey,
    /// 竞品对比表; at most 10 characters, since it stands on a button.
    pub name: String,
    /// One line: when to take it out.
    pub hint: String,
    /// An outside address, or none when `text` holds the document.
    pub link: Option<String>,
    /// A Markdown document of the folder (`materials/<key>.md`), shown as a page.
    pub text: Option<String>,
    /// The document itself, to be sent into a chat (`materials/<file>`).
    pub file: Option<MaterialFile>,
    /// Stages it belongs to; all when empty.
    pub stages: Vec<StageKey>,
    /// Industries it belongs to; all when empty.
    pub industries: Vec<String>,
    /// Product lines it belongs to; all when empty.
    pub product_lines: Vec<String>,
}

/// A picture or a file of `materials/`. Its bytes are read when it is sent, so that a new one needs no reload.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MaterialFile {
    /// What recipients read: 竞品对比表.pdf
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
}

impl Material {
    /// Whether it belongs to this stage, industry and product line.
    pub fn fits(&self, stage: &StageKey, industry: &str, product_line: &str) -> bool {
        let has = |list: &[String], key: &str| list.is_empty() || list.iter().any(|entry| entry == key);
        (self.stages.is_empty() || self.stages.contains(stage))
            && has(&self.industries, industry)
            && has(&self.product_lines, product_line)
    }
}

/// A name stands on a button.
const NAME_CHARS: usize = 10;

/// What both platforms send as a picture (wecom.md 7, dingtalk.md 9).
const PICTURES: [&str; 3] = ["jpg", "jpeg", "png"];
/// What both send as a file; DingTalk's robots know no other (dingtalk.md 5.3).
const FILES: [&str; 6] = ["pdf", "doc", "docx", "xlsx", "zip", "rar"];
/// The largest picture and the largest file that both take.
const PICTURE_MAX_BYTES: u64 = 10 << 20;
const FILE_MAX_BYTES: u64 = 20 << 20;
/// WeCom takes nothing smaller.
const MIN_BYTES: u64 = 6;

/// The folder `materials/`.
pub(super) struct Shelf<'a> {
    /// Where it lies.
    pub folder: PathBuf,
    /// Its documents, by key.
    pub texts: BTreeMap<&'a str, &'a str>,
}

/// `stages` recommend some of them.
pub(super) fn read(root: &Table<'_>, names: &Names, stages: &[Stage], shelf: &Shelf<'_>) -> Vec<Material> {
    root.only(&["materials"]);
    let read = |table: &Table<'_>| {
        let material = Material::read(table, names, shelf);
        material.check_stages(table, stages);
        material
    };
    root.tables("materials").iter().map(read).collect()
}

impl Material {
    fn read(table: &Table<'_>, names: &Names, shelf: &Shelf<'_>) -> Self {
        table.only(&["key", "name", "hint", "link", "file", "stages", "industries", "product_lines"]);
        let (key, name) = (table.required("key"), table.required("name"));
        let (link, text) = (table.text("link"), shelf.texts.get(key));
        let file = table.text("file").map(|name| {
            let file = MaterialFile { name: name.into(), path: shelf.folder.join(name) };
            if let Err((what, cure)) = file.check() {
                table.fault("file", what, cure);
            }
            file
        });
        let chars = name.chars().count();
        if chars > NAME_CHARS {
            let what = format!("名字「{name}」有 {chars} 个字，按钮放不下");
            table.fault("name", what, format!("缩短到 {NAME_CHARS} 个字以内"));
        }
        match (link, text) {
            (Some(_), Some(_)) => {
                let cure = format!("删掉 link，或者删掉 materials/{key}.md");
                table.fault("link", "又有 link 又有文件，不知道用哪个", cure);
            }
            (None, None) if !key.is_empty() && file.is_none() => {
                let what = format!("「{name}」没有内容");
                table.fault("key", what, format!("放一份 materials/{key}.md，或者写 link = \"https://…\""));
            }
            (Some(link), None) if !link.starts_with("https://") && !link.starts_with("http://") => {
                table.fault("link", "link 不是一个网址", "以 https:// 开头写全");
            }
            _ => {}
        }
        Self {
            key: key.into(),
            name: name.into(),
            hint: table.required("hint").into(),
            link: link.map(Into::into),
            text: text.map(|text| (*text).into()),
            file,
            stages: table.references("stages", &names.stages),
            industries: table.references("industries", &names.industries),
            product_lines: table.references("product_lines", &names.product_lines),
        }
    }

    /// A stage that recommends it is one that it belongs to.
    fn check_stages(&self, table: &Table<'_>, stages: &[Stage]) {
        let strange =
            |stage: &&Stage| stage.materials.contains(&self.key) && !self.stages.contains(&stage.key);
        if self.stages.is_empty() {
            return;
        }
        for stage in stages.iter().filter(strange) {
            let what = format!("「{}」推荐了「{}」，这里的 stages 却没有它", stage.name, self.name);
            table.fault(
                "stages",
                what,
                format!("把 \"{}\" 加进 stages，或者从 process.toml 里去掉", stage.key),
            );
        }
    }
}

impl MaterialFile {
    /// What is wrong with it for one of the platforms, and the cure.
    fn check(&self) -> Result<(), (String, String)> {
        let name = &self.name;
        let is_one_name = Path::new(name).file_name().is_some_and(|own| own == name.as_str());
        if !is_one_name || name.starts_with('.') || name.contains(['/', '\\', '"']) {
            let cure = "只写文件名，文件放在 materials/ 里，比如 file = \"竞品对比表.pdf\"";
            return Err((format!("「{name}」不是一个文件名"), cure.into()));
        }
        let ending = Path::new(name).extension().and_then(|it| it.to_str()).unwrap_or_default();
        let ending = ending.to_ascii_lowercase();
        let most = match &*ending {
            it if PICTURES.contains(&it) => PICTURE_MAX_BYTES,
            it if FILES.contains(&it) => FILE_MAX_BYTES,
            _ => {
                let cure = format!("另存为 PDF；能发的是 {}、{}", FILES.join("、"), PICTURES.join("、"));
                return Err((format!("「{name}」这种文件，企业微信和钉钉不能都发"), cure));
            }
        };
        match std::fs::metadata(&self.path) {
            Ok(found) if !found.is_file() => {
                Err((format!("materials/{name} 不是文件"), "换成一个文件".into()))
            }
            Ok(found) if found.len() < MIN_BYTES => {
                Err((format!("materials/{name} 是空的"), "换成有内容的文件".into()))
            }
            Ok(found) if found.len() > most => {
                let (is, most) = (found.len() >> 20, most >> 20);
                let cure = format!("压到 {most} MB 以内，或者放到网盘，写 link");
                Err((format!("materials/{name} 有 {is} MB，发不出去"), cure))
            }
            Ok(_) => Ok(()),
            Err(_) => Err((format!("materials/ 里没有 {name}"), "把文件放进去，或者改成它现在的名字".into())),
        }
    }
}
