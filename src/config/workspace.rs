//! `workspace.toml`: who we are, and the numbers of our manners.

use chrono::TimeDelta;
use chrono_tz::Tz;

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
