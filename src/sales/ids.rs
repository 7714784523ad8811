//! Names of things. Records are numbered from the head's counter; what an admin names in a file keeps its key.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "-{}"), self.0)
            }
        }
    };
}

macro_rules! key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The key as it stands in its file.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(key: &str) -> Self {
                Self(key.into())
            }
        }

        impl From<String> for $name {
            fn from(key: String) -> Self {
                Self(key.into())
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

number!(
    /// A customer, shown as `c-12`.
    CustomerId, "c"
);
number!(
    /// A deal, shown as `d-12`.
    DealId, "d"
);
number!(
    /// A meeting, shown as `m-12`.
    MeetingId, "m"
);
number!(
    /// A card that was sent, shown as `k-12`.
    CardId, "k"
);
number!(
    /// An action card, shown as `a-12`.
    ActionCardId, "a"
);
number!(
    /// A picture or a file, shown as `f-12`.
    MediaId, "f"
);
number!(
    /// Words that a rep offered to the script library, shown as `s-12`.
    ScriptOfferId, "s"
);
number!(
    /// An outbox row, shown as `o-12`.
    RowId, "o"
);

key!(
    /// A member's key in `people.toml`.
    MemberId
);
key!(
    /// A team's key in `people.toml`.
    TeamKey
);
key!(
    /// A stage's key in `process.toml`.
    StageKey
);
key!(
    /// A material's key in `materials.toml`.
    MaterialKey
);
key!(
    /// A script's key: its file name in `scripts/` and its heading's key.
    ScriptKey
);
key!(
    /// A platform app's key in `apps.toml`, `{app}` in the callback paths.
    AppKey
);

/// One of the two chat apps.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// 企业微信
    WeCom,
    /// 钉钉
    DingTalk,
}

impl Platform {
    /// The word used in config files, paths and labels.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WeCom => "wecom",
            Self::DingTalk => "dingtalk",
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
