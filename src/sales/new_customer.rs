//! What a rep tells of a new customer: the eight facts that everyone is asked for, and what may be told beside them.

use serde::{Deserialize, Serialize};

use super::Money;

/// A new customer with its first deal (product.md 1.8).
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct NewCustomer {
    /// 公司名称
    pub name: Box<str>,
    /// 行业: a key of `process.toml`; empty where that names none.
    pub industry: Box<str>,
    /// 客户类型: a key of `process.toml`; empty where that names none.
    pub kind: Box<str>,
    /// 地区: a code of GB/T 2260.
    pub region: Box<str>,
    /// 联系人, as the rep wrote: 张建国, 张总.
    pub contact: Box<str>,
    /// 职务, if told.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub title: Box<str>,
    /// 手机, as it is stored.
    pub phone: Box<str>,
    /// 产品线: a key of `process.toml`.
    pub product_line: Box<str>,
    /// 预计金额
    pub amount: Money,
    /// The first follow-up, if told.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub note: Box<str>,
}
