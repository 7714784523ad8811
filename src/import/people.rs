//! Members of a sheet become a proposal for `people.toml`: who works here is told by the admin's file alone (design:
//! config is the truth for rules), so that an import writes text for it and changes nothing.

use std::fmt::Write as _;

use super::column::{Column, Kind, SheetRow};
use super::fields::{Fields, WORDS_MAX, member};
use super::report::Report;
use super::value::Wrong;
use crate::config::{Config, Member};
use crate::sales::same_name;

/// Adds to the report what `people.toml` lacks.
pub(super) fn plan(rows: &[SheetRow], rules: &Config, report: &mut Report) {
    let mut proposed =
        Proposed { rules, accounts: Vec::new(), keys: Vec::new(), text: String::new(), members: 0 };
    for row in rows.iter().filter(|row| row.kind == Kind::People) {
        let mut fields = Fields::new(row, chrono::NaiveDate::default());
        let is_new = proposed.row(&mut fields);
        match is_new {
            _ if !fields.faults.is_empty() => report.faults.append(&mut fields.faults),
            true => report.new_members += 1,
            false => report.same += 1,
        }
    }
    report.people = (!proposed.text.is_empty()).then_some(proposed.text);
}

struct Proposed<'a> {
    rules: &'a Config,
    accounts: Vec<String>,
    keys: Vec<String>,
    text: String,
    members: usize,
}

impl Proposed<'_> {
    /// Whether the row is of somebody new.
    fn row(&mut self, fields: &mut Fields<'_>) -> bool {
        let people = &self.rules.people;
        let name = fields.needed(Column::PersonName);
        let call = fields.text(Column::PersonCall, WORDS_MAX);
        let wecom = fields.text(Column::WeCom, WORDS_MAX);
        let dingtalk = fields.text(Column::DingTalk, WORDS_MAX);
        let has = |member: &&Member| {
            let is = |own: &Option<String>, said: &str| {
                own.as_ref().is_some_and(|own| !said.is_empty() && same_name(own) == same_name(said))
            };
            is(&member.wecom, &wecom) || is(&member.dingtalk, &dingtalk)
        };
        if people.members.iter().any(|member| has(&member)) {
            return false;
        }
        let said_key = fields.text(Column::PersonKey, WORDS_MAX);
        let key = key(if said_key.is_empty() {
            if wecom.is_empty() { &dingtalk } else { &wecom }
        } else {
            &said_key
        });
        let known = people.members.iter().any(|member| member.id.as_str() == key);
        if known && said_key.is_empty() {
            let what = format!("代号「{key}」已经有人用了");
            fields.fault(
                Column::PersonKey,
                Wrong::new(what, "在「代号」一列写一个没用过的，小写字母、数字和短横线"),
            );
        } else if known {
            return false;
        }
        if wecom.is_empty() && dingtalk.is_empty() {
            let wrong = Wrong::new("两个平台的账号都空着", "在「企业微信账号」或「钉钉账号」里填一个");
            fields.fault(Column::WeCom, wrong);
        } else if key.is_empty() {
            let wrong = Wrong::new("账号里没有字母和数字，起不了代号", "在「代号」一列写一个，比如 wang-lei");
            fields.fault(Column::PersonKey, wrong);
        }
        let accounts =
            [("w", &wecom), ("d", &dingtalk)].map(|(app, account)| format!("{app}{}", same_name(account)));
        let taken = accounts.iter().any(|account| account.len() > 1 && self.accounts.contains(account));
        if taken || self.keys.contains(&key) {
            fields
                .fault(Column::WeCom, Wrong::new("和前面一行是同一个账号或代号", "删掉一行，或者改成不同的"));
        }
        let teams: Vec<(&str, &str)> =
            people.teams.iter().map(|team| (team.key.as_str(), team.name.as_str())).collect();
        let team = fields.keyed(Column::Team, &teams);
        let manager = fields.text(Column::Manager, WORDS_MAX);
        let manager = match (manager.is_empty(), member(&manager, people)) {
            (true, _) => None,
            (false, Ok(member)) => Some(member.id.to_string()),
            (false, Err(wrong)) => {
                fields.fault(Column::Manager, wrong);
                None
            }
        };
        let roles = roles(fields);
        let primary = fields.keyed(Column::Primary, &[("wecom", "企业微信"), ("dingtalk", "钉钉")]);
        if !fields.faults.is_empty() {
            return false;
        }
        let both = !wecom.is_empty() && !dingtalk.is_empty();
        let primary = primary.or_else(|| both.then(|| "wecom".to_owned())).filter(|_| both);
        self.accounts.extend(accounts);
        self.keys.push(key.clone());
        self.members += 1;
        let text = [
            ("key", Some(key)),
            ("name", Some(name)),
            ("call", Some(call).filter(|call| !call.is_empty())),
            ("wecom", Some(wecom).filter(|account| !account.is_empty())),
            ("dingtalk", Some(dingtalk).filter(|account| !account.is_empty())),
            ("primary", primary),
            ("team", team),
            ("manager", manager),
        ];
        self.text.push_str("\n[[members]]\n");
        for (word, value) in text.into_iter().filter_map(|(word, value)| Some((word, value?))) {
            // A string of TOML: quotes and backslashes cannot end it.
            let _written = writeln!(self.text, "{word} = {}", toml::Value::String(value));
        }
        let _written = writeln!(self.text, "roles = {}", toml::Value::from(roles));
        true
    }
}

fn roles(fields: &mut Fields<'_>) -> Vec<String> {
    const KNOWN: [(&str, &[&str]); 3] = [
        ("rep", &["rep", "销售", "业务员", "销售员"]),
        ("manager", &["manager", "带队", "经理", "主管", "销售经理"]),
        ("admin", &["admin", "管理员"]),
    ];
    let mut roles: Vec<String> = Vec::new();
    for said in fields.list(Column::Roles) {
        let folded = same_name(&said);
        match KNOWN.iter().find(|(_, words)| words.contains(&folded.as_str())) {
            Some((role, _)) if roles.iter().all(|known| known != role) => roles.push((*role).into()),
            Some(_) => {}
            None => {
                let wrong = Wrong::new(format!("没有「{said}」这种身份"), "写销售、带队或管理员");
                fields.fault(Column::Roles, wrong);
            }
        }
    }
    if roles.is_empty() {
        roles.push("rep".into());
    }
    roles
}

/// Small letters, digits and dashes of an account: 「WangLei」 is `wang-lei`.
fn key(account: &str) -> String {
    let mut key = String::new();
    let mut small_before = false;
    for c in account.chars() {
        let begins = c.is_ascii_uppercase() && small_before || !c.is_ascii_alphanumeric();
        if begins && !key.is_empty() && !key.ends_with('-') {
            key.push('-');
        }
        if c.is_ascii_alphanumeric() {
            key.push(c.to_ascii_lowercase());
        }
        small_before = c.is_ascii_lowercase();
    }
    key.trim_matches('-').to_owned()
}
