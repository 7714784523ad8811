//! `schedule.toml`: messages that go out by the calendar.

use crate::calendar::When;
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
