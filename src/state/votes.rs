//! 有用, 没用: what reps found of each script, and what that is worth in its rank.

use serde::{Deserialize, Serialize};

use crate::sales::ScriptKey;

/// What reps said of one script. Also what one event adds to it, as the history's line tells: then of either sign.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ScriptVotes {
    /// Which.
    pub script: ScriptKey,
    /// How often it was 有用.
    #[serde(default)]
    pub useful: i64,
    /// How often it was 没用.
    #[serde(default)]
    pub useless: i64,
}

/// The most that votes may move a script in the rank, in hundredths of a point: more than fitting the stage, less than
/// fitting stage and industry.
const MOST: i64 = 300;

impl ScriptVotes {
    /// Nobody said anything.
    pub fn none(script: ScriptKey) -> Self {
        Self { script, useful: 0, useless: 0 }
    }

    /// Adds what was said later.
    pub fn add(&mut self, later: &Self) {
        self.useful += later.useful;
        self.useless += later.useless;
    }

    /// What it is worth in the rank, in hundredths of a point from −300 to 300: the share of 有用, as if one of each
    /// had been said before, so that a single voice moves little and none moves nothing.
    pub fn worth(&self) -> i64 {
        let (useful, useless) = (self.useful.max(0), self.useless.max(0));
        2 * MOST * (useful + 1) / (useful + useless + 2) - MOST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_worth_nothing_and_one_voice_less_than_many() {
        let worth = |useful, useless| ScriptVotes { script: "a".into(), useful, useless }.worth();
        assert_eq!([worth(0, 0), worth(1, 0), worth(0, 1), worth(0, 2)], [0, 100, -100, -150]);
        assert!(worth(9, 1) > worth(1, 0) && worth(0, 50) > -300 && worth(50, 50) == 0);
    }
}
