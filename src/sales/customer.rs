//! A company sold to, and the people in it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::CustomerId;

/// A company sold to.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Customer {
    /// Its number.
    pub id: CustomerId,
    /// The full name.
    pub name: Box<str>,
    /// How reps call it; the name that messages use.
    pub short: Box<str>,
    /// Other names that find it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<Box<str>>,
    /// A key of `process.toml`'s industries.
    pub industry: Box<str>,
    /// A key of `process.toml`'s customer types.
    pub kind: Box<str>,
    /// Where it is, as it was written: 浙江宁波.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub region: Box<str>,
    /// People there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
    /// When it was entered.
    pub created_at: DateTime<Utc>,
}

/// A person at a customer.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Contact {
    /// The full name.
    pub name: Box<str>,
    /// As the rep calls them: 张总.
    pub call: Box<str>,
    /// Their post: 总经理.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub title: Box<str>,
    /// Their part in the decision chain: 决策人, 使用人, 采购.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub part: Box<str>,
    /// Their telephone. Never logged, never shown in groups.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub phone: Box<str>,
}
