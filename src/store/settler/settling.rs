//! How settling goes about it: bounds and patience.

use std::time::Duration;

/// How settling goes about it.
#[derive(Clone, Copy, Debug)]
pub struct Settling {
    /// Settles at once when so many bytes wait.
    pub batch: usize,
    /// Commits are refused when so many bytes wait.
    pub bound: usize,
    /// Without commits for so long, what waits is settled.
    pub idle: Duration,
    /// A tree that nobody needed for so long is closed.
    pub close_after: Duration,
    /// Whether it happens at all; a test leaves everything to the journal.
    pub enabled: bool,
}

impl Default for Settling {
    fn default() -> Self {
        Self {
            batch: 8 << 20,
            bound: 64 << 20,
            idle: Duration::from_millis(20),
            close_after: Duration::from_secs(60),
            enabled: true,
        }
    }
}
