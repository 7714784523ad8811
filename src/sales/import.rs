//! What one row of an imported sheet says, already in our words, and how it becomes a record. What a sheet leaves empty
//! says nothing; what is known already is only changed where that was asked for.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Closing, Contact, Customer, CustomerId, Deal, DealId, FollowUp, MemberId, Money, NextStep, Region,
    StageKey,
};

/// One row.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportRow {
    /// Of a customer.
    Customer(Box<CustomerRow>),
    /// Of a deal.
    Deal(Box<DealRow>),
}

/// What a sheet says of a customer. Empty texts say nothing.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct CustomerRow {
    /// The record that was found to be meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<CustomerId>,
    /// The full name.
    pub name: Box<str>,
    /// The short name.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub short: Box<str>,
    /// Other names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<Box<str>>,
    /// A key of `process.toml`'s industries.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub industry: Box<str>,
    /// A key of `process.toml`'s customer types.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub kind: Box<str>,
    /// Where it is.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub region: Box<str>,
    /// People there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
    /// When it was entered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<DateTime<Utc>>,
}

/// What a sheet says of a deal. Empty texts and `None` say nothing.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct DealRow {
    /// The record that was found to be meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<DealId>,
    /// The customer's full name.
    pub customer: Box<str>,
    /// The customer, where it was known before the import.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<CustomerId>,
    /// What it is called.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub name: Box<str>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<MemberId>,
    /// 协同
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub helpers: Vec<MemberId>,
    /// A key of `process.toml`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<StageKey>,
    /// What it may bring.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// A key of `process.toml`'s product lines.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub product_line: Box<str>,
    /// When it may be signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_close: Option<NaiveDate>,
    /// When it was entered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<DateTime<Utc>>,
    /// When it came to its stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_since: Option<DateTime<Utc>>,
    /// The last follow-up. It is kept as a fact and starts no clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<FollowUp>,
    /// What was agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_step: Option<NextStep>,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closing: Option<Closing>,
}

/// A field in which sheet and record differ, by the word for it; the record's was kept.
pub type Kept = &'static str;

/// A name as it is compared: width, case, blanks and the kind of brackets do not tell companies apart.
pub fn same_name(name: &str) -> String {
    let folded = name.chars().map(|c| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '【' | '〔' => '(',
        '】' | '〕' => ')',
        _ => c,
    });
    let kept = folded.filter(|c| !c.is_whitespace() && !matches!(c, '·' | '・' | '•'));
    kept.flat_map(char::to_lowercase).collect()
}

/// A company's name without what it says of its legal form: what people call it, as far as a program can tell.
fn shortened(name: &str) -> &str {
    const FORMS: [&str; 7] =
        ["有限责任公司", "股份有限公司", "集团有限公司", "有限公司", "股份公司", "集团公司", "公司"];
    let short = FORMS.iter().find_map(|form| name.strip_suffix(form)).unwrap_or(name);
    if short.chars().count() < 2 { name } else { short }
}

/// Takes `said` over where nothing is known, or where it was asked for; else notes the difference.
fn fill(known: &mut Box<str>, said: &str, overwrite: bool, word: Kept, kept: &mut Vec<Kept>) {
    if said.is_empty() || **known == *said {
        return;
    }
    if known.is_empty() || overwrite { *known = said.into() } else { kept.push(word) }
}

impl CustomerRow {
    /// A customer that begins with this row.
    pub fn begin(&self, id: CustomerId, now: DateTime<Utc>) -> Customer {
        let short = if self.short.is_empty() { shortened(&self.name).into() } else { self.short.clone() };
        Customer {
            id,
            name: self.name.clone(),
            short,
            aliases: self.aliases.clone(),
            industry: self.industry.clone(),
            kind: self.kind.clone(),
            region: self.region.clone(),
            contacts: self.contacts.clone(),
            created_at: self.created_at.unwrap_or(now),
            entered_by: None,
        }
    }

    /// Adds what this row knows more, and says in what it differs from what is known. With `overwrite` it differs in
    /// nothing afterwards but the full name, by which it was found.
    pub fn add_to(&self, customer: &mut Customer, overwrite: bool) -> Vec<Kept> {
        let mut kept = Vec::new();
        fill(&mut customer.short, &self.short, overwrite, "简称", &mut kept);
        fill(&mut customer.industry, &self.industry, overwrite, "行业", &mut kept);
        fill(&mut customer.kind, &self.kind, overwrite, "客户类型", &mut kept);
        // A city is the same by its code and by its name.
        let same_city = customer.city().is_some_and(|city| Region::read(&self.region) == Some(city));
        if !same_city {
            fill(&mut customer.region, &self.region, overwrite, "地区", &mut kept);
        }
        for alias in &self.aliases {
            let own = [&customer.name, &customer.short];
            if !own.contains(&alias) && !customer.aliases.contains(alias) {
                customer.aliases.push(alias.clone());
            }
        }
        for contact in &self.contacts {
            match customer.contacts.iter_mut().find(|known| known.name == contact.name) {
                Some(known) => {
                    // A call that is only the name again says nothing.
                    let call = if contact.call == contact.name { "" } else { &contact.call };
                    if known.call == known.name && !call.is_empty() {
                        known.call = call.into();
                    }
                    fill(&mut known.call, call, overwrite, "称呼", &mut kept);
                    fill(&mut known.title, &contact.title, overwrite, "职务", &mut kept);
                    fill(&mut known.part, &contact.part, overwrite, "决策角色", &mut kept);
                    fill(&mut known.phone, &contact.phone, overwrite, "手机", &mut kept);
                }
                None => customer.contacts.push(contact.clone()),
            }
        }
        kept.dedup();
        kept
    }
}

impl DealRow {
    /// A deal that begins with this row, 待盘点: no clock runs before its first touch. `None` without an owner.
    pub fn begin(
        &self,
        id: DealId,
        customer: CustomerId,
        first: &StageKey,
        now: DateTime<Utc>,
    ) -> Option<Deal> {
        let owner = self.owner.clone()?;
        let created_at = self.created_at.unwrap_or(now);
        Some(Deal {
            id,
            customer,
            name: self.name.clone(),
            helpers: self.helpers.iter().filter(|helper| **helper != owner).cloned().collect(),
            owner,
            stage: self.stage.as_ref().unwrap_or(first).clone(),
            amount: self.amount.unwrap_or_default(),
            product_line: self.product_line.clone(),
            expected_close: self.expected_close,
            created_at,
            stage_since: self.stage_since.unwrap_or(created_at),
            last_follow_up: None,
            next_step: self.next_step.clone(),
            promises: Vec::new(),
            recent: self.last.iter().cloned().collect(),
            given: Vec::new(),
            snooze: None,
            warned_lapse: None,
            escalated_lapse: None,
            closing: self.closing.clone(),
        })
    }

    /// Adds what this row knows more, and says in what it differs from what is known. The owner is never changed here:
    /// that is a hand-over, which the new owner hears of. Follow-ups and what was agreed are what the chat says.
    pub fn add_to(&self, deal: &mut Deal, overwrite: bool, now: DateTime<Utc>) -> Vec<Kept> {
        let mut kept = Vec::new();
        fill(&mut deal.name, &self.name, overwrite, "商机名称", &mut kept);
        fill(&mut deal.product_line, &self.product_line, overwrite, "产品线", &mut kept);
        if self.owner.as_ref().is_some_and(|owner| *owner != deal.owner) {
            kept.push("负责人");
        }
        for helper in self.helpers.iter().filter(|helper| **helper != deal.owner) {
            if !deal.helpers.contains(helper) {
                deal.helpers.push(helper.clone());
            }
        }
        if let Some(stage) = self.stage.as_ref().filter(|stage| **stage != deal.stage) {
            if overwrite {
                (deal.stage, deal.stage_since) = (stage.clone(), now);
            } else {
                kept.push("阶段");
            }
        }
        if let Some(amount) = self.amount.filter(|amount| *amount != deal.amount) {
            let unknown = deal.amount == Money::default();
            if unknown || overwrite { deal.amount = amount } else { kept.push("金额") }
        }
        if let Some(day) = self.expected_close.filter(|day| deal.expected_close != Some(*day)) {
            let unknown = deal.expected_close.is_none();
            if unknown || overwrite { deal.expected_close = Some(day) } else { kept.push("预计签单") }
        }
        let outcome = |closing: &Option<Closing>| closing.as_ref().map(|closing| closing.outcome);
        if self.closing.is_some() && outcome(&self.closing) != outcome(&deal.closing) {
            if overwrite { deal.closing.clone_from(&self.closing) } else { kept.push("结果") }
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::{same_name, shortened};

    #[test]
    fn a_company_is_the_same_whatever_its_blanks_and_brackets() {
        assert_eq!(same_name("宏远（宁波）机械 ＡＢ"), same_name("宏远(宁波)机械ab"));
        assert_ne!(same_name("宏远机械"), same_name("宏远机电"));
    }

    #[test]
    fn a_legal_form_is_no_part_of_the_short_name() {
        let short = ["宁波宏远机械制造有限公司", "鑫源食品股份有限公司", "有限公司", "ABC"].map(shortened);
        assert_eq!(short, ["宁波宏远机械制造", "鑫源食品", "有限公司", "ABC"]);
    }
}
