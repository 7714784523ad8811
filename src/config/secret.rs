//! Secrets and the environment. A secret stands in a file as `${NAME}` or `file:PATH`, never as itself, and is held
//! as a [`SecretString`], which no `Debug` shows.

use std::path::Path;

use secrecy::SecretString;

use super::table::Table;

/// A variable of the environment; `None` when it is unset or empty.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Where secrets come from.
#[derive(Clone, Copy)]
pub(super) struct Secrets<'a> {
    /// `file:PATH` begins here.
    pub(super) folder: &'a Path,
    /// Looks a variable up.
    pub(super) env: &'a dyn Fn(&str) -> Option<String>,
    /// Whether an unset variable is an empty secret instead of a fault.
    pub(super) allow_unset: bool,
}

impl Secrets<'_> {
    /// The secret under `key`, empty after a fault.
    pub(super) fn required(&self, table: &Table<'_>, key: &str) -> SecretString {
        self.resolve(table, key, table.required(key))
    }

    /// The secret under `key`, if it is written.
    pub(super) fn optional(&self, table: &Table<'_>, key: &str) -> Option<SecretString> {
        table.text(key).map(|raw| self.resolve(table, key, raw))
    }

    fn resolve(&self, table: &Table<'_>, key: &str, raw: &str) -> SecretString {
        let name = raw.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
        if let Some(name) = name {
            match (self.env)(name).filter(|value| !value.is_empty()) {
                Some(value) => return value.into(),
                None if self.allow_unset => {}
                None => table.fault(
                    key,
                    format!("环境变量 {name} 没有设置"),
                    format!("启动之前设好 {name}，或者改成 \"file:路径\""),
                ),
            }
        } else if let Some(path) = raw.strip_prefix("file:") {
            match std::fs::read_to_string(self.folder.join(path)) {
                Ok(value) if !value.trim().is_empty() => return value.trim().into(),
                Ok(_) => table.fault(key, format!("{path} 是空的"), "把密钥放进这个文件"),
                Err(_) => table.fault(key, format!("读不到 {path}"), "看看路径对不对，从本文件夹算起"),
            }
        } else if !raw.is_empty() {
            table.fault(
                key,
                format!("{key} 直接写了密钥"),
                "改成 \"${环境变量名}\" 或 \"file:路径\"，再把旧密钥换掉",
            );
        }
        SecretString::default()
    }
}
