//! `schedule.toml`: messages that go out by the calendar.

use std::collections::HashMap;

use super::fault::did_you_mean;
use super::names::Names;
use super::people::People;
use super::table::Table;
use crate::calendar::{When, WhenError};
use crate::sales::TeamKey;

/// One message that goes out by the calendar.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// Its name, unique: the timer's identity.
    pub name: String,
    /// The message: `group_digest`, `manager_digest`.
    pub message: String,
    /// For which teams; all of them when empty.
    pub teams: Vec<TeamKey>,
    /// When.
    pub when: When,
}

/// The message that needs a group.
const GROUP_DIGEST: &str = "group_digest";

/// The messages that can go out by the calendar.
const MESSAGES: [&str; 2] = [GROUP_DIGEST, "manager_digest"];

pub(super) fn read(root: &Table<'_>, names: &Names, people: &People) -> Vec<Schedule> {
    root.only(&["schedules"]);
    let mut first_lines = HashMap::new();
    let mut schedules = Vec::new();
    for table in root.tables("schedules") {
        let line = table.line_of("name");
        if let Some(first) = first_lines.insert(table.required("name"), line) {
            table.fault("name", format!("名字重复了，第 {first} 行已经有一个"), "换一个名字");
        }
        schedules.extend(Schedule::read(&table, names, people));
    }
    schedules
}

impl Schedule {
    fn read(table: &Table<'_>, names: &Names, people: &People) -> Option<Self> {
        table.only(&["name", "message", "teams", "when"]);
        let message = table.required("message");
        if !message.is_empty() && !MESSAGES.contains(&message) {
            let cure = did_you_mean(message, MESSAGES, format!("可选 {}", MESSAGES.join("、")));
            table.fault("message", format!("没有叫「{message}」的消息"), cure);
        }
        let teams: Vec<TeamKey> = table.references("teams", &names.teams);
        for team in teams.iter().filter_map(|key| people.team(key)).filter(|_| message == GROUP_DIGEST) {
            if !team.has_group() {
                let cure = "在 people.toml 给它加上 wecom_robot、wecom_chat 或 dingtalk_group";
                table.fault("teams", format!("{}没有群，战报没处发", team.name), cure);
            }
        }
        let when = match When::parse(table.required("when")) {
            Ok(when) => when,
            Err(_) if table.text("when").is_none_or(str::is_empty) => return None,
            Err(error) => {
                let (what, cure) = in_chinese(&error);
                table.fault("when", what, cure);
                return None;
            }
        };
        Some(Self { name: table.required("name").into(), message: message.into(), teams, when })
    }
}

/// What is wrong with a time, for an admin.
fn in_chinese(error: &WhenError) -> (String, &'static str) {
    match error {
        WhenError::Form(text) => {
            (format!("时间「{text}」看不懂"), "写成「workdays 18:05」，或者五段 cron「5 18 * * Mon」")
        }
        WhenError::Fields(text, fields) => {
            (format!("「{text}」有 {fields} 段"), "cron 写五段：分 时 日 月 星期，比如「5 18 * * Mon」")
        }
        WhenError::NumberedWeekday(text) => {
            (format!("星期写成了数字「{text}」，各家的数法不一样"), "写英文缩写，比如「Mon-Fri」")
        }
        WhenError::Weekday(text) => (format!("「{text}」不是星期"), "写 Mon、Tue、Wed、Thu、Fri、Sat、Sun"),
        WhenError::DayAndWeekday(text) => (format!("「{text}」又定了几号又定了星期几"), "其中一个写成 *"),
        WhenError::Time(text) => (format!("「{text}」不是几点几分"), "写 24 小时制，比如「18:05」"),
        WhenError::Range(text) => {
            (format!("「{text}」里有数超出了范围"), "分 0-59，时 0-23，日 1-31，月 1-12")
        }
        WhenError::Never(text) => (format!("「{text}」永远等不到那一天"), "换一个那个月有的日子"),
    }
}
