//! `workspace.toml`: who we are, and the numbers of our manners.

use chrono::TimeDelta;
use chrono_tz::Tz;

use super::fault::did_you_mean;
use super::table::Table;

/// The workspace itself.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// What the company is called.
    pub name: String,
    /// The company's zone; `Asia/Shanghai` unless said otherwise.
    pub timezone: Tz,
    /// How long before a meeting its pack goes out (15 minutes).
    pub pack_lead: TimeDelta,
    /// How long a meeting lasts when nobody said (60 minutes).
    pub meeting_length: TimeDelta,
    /// How long after a meeting's end its outcome is asked for (30 minutes).
    pub outcome_delay: TimeDelta,
    /// How long what was spoken of last wins a choice, and a prompt waits for its answer (30 minutes).
    pub subject_window: TimeDelta,
    /// How many pushes a person gets a day at the most (6); answers do not count.
    pub pushes_a_day: u32,
    /// Whether a note that says nothing resets the clock (true).
    pub empty_note_counts: bool,
}

impl Workspace {
    pub(super) fn read(table: &Table<'_>) -> Self {
        table.only(&[
            "name",
            "timezone",
            "pack_lead_minutes",
            "meeting_minutes",
            "outcome_delay_minutes",
            "subject_minutes",
            "pushes_a_day",
            "empty_note_counts",
        ]);
        let minutes =
            |key, range, default| TimeDelta::minutes(table.number(key, range).unwrap_or(default).into());
        Self {
            name: table.required("name").into(),
            timezone: read_zone(table),
            pack_lead: minutes("pack_lead_minutes", 1..=240, 15),
            meeting_length: minutes("meeting_minutes", 5..=480, 60),
            outcome_delay: minutes("outcome_delay_minutes", 0..=240, 30),
            subject_window: minutes("subject_minutes", 1..=240, 30),
            pushes_a_day: table.number("pushes_a_day", 1..=50).unwrap_or(6),
            empty_note_counts: table.flag("empty_note_counts", true),
        }
    }
}

fn read_zone(table: &Table<'_>) -> Tz {
    let Some(name) = table.text("timezone") else { return Tz::Asia__Shanghai };
    name.parse().unwrap_or_else(|_| {
        let known = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
        let cure = did_you_mean(name, known, "写成 IANA 的名字，比如「Asia/Shanghai」");
        table.fault("timezone", format!("没有叫「{name}」的时区"), cure);
        Tz::Asia__Shanghai
    })
}
