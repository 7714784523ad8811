//! `calendar.toml`: working days and hours. The rules themselves live in [`crate::calendar`].

use chrono_tz::Tz;

use super::table::Doc;
use crate::calendar::{Calendar, CalendarError};

pub(super) fn read(doc: &Doc<'_>, zone: Tz) -> Calendar {
    Calendar::new(zone, doc.deserialize()).unwrap_or_else(|error| {
        let (key, what, cure) = match error {
            CalendarError::WorkHours => (
                "work_hours",
                "下班不在上班之后".to_owned(),
                "写成 work_hours = { from = \"09:00\", to = \"18:00\" }".to_owned(),
            ),
            CalendarError::WorkWeek => (
                "work_week",
                "一周没有一天上班".to_owned(),
                "写成 work_week = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]".to_owned(),
            ),
            CalendarError::Both(day) => {
                ("workdays", format!("{day} 既放假又上班"), "从 holidays 和 workdays 里去掉一个".to_owned())
            }
        };
        doc.table().fault(key, what, cure);
        Calendar::default()
    })
}
