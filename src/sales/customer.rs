//! A company sold to, and the people in it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{CustomerId, MemberId, Region};

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
    /// Where it is: a code of GB/T 2260, see [`Region`]; as it was written where that names no city; empty where nobody
    /// said.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub region: Box<str>,
    /// People there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
    /// When it was entered.
    pub created_at: DateTime<Utc>,
    /// Who entered it; nobody where it came with a sheet or the demo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entered_by: Option<MemberId>,
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
    /// As `language::fields::phone` stores it, or as a sheet had it; empty where nobody said. Never logged, never shown
    /// in groups.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub phone: Box<str>,
}

impl Customer {
    /// Whether everything that a new customer is asked for is known of it (product.md 1.8); the product line and the
    /// amount stand on its deals.
    pub fn is_complete(&self) -> bool {
        let reached =
            self.contacts.iter().any(|contact| !contact.name.is_empty() && !contact.phone.is_empty());
        let told = [&self.name, &self.industry, &self.kind, &self.region];
        reached && told.iter().all(|field| !field.is_empty())
    }

    /// The city where it is, by its code or as it was written.
    pub fn city(&self) -> Option<Region> {
        Region::find(&self.region).or_else(|| Region::read(&self.region))
    }

    /// Where it is, as people say it: 「浙江 宁波」; as it was written where that names no city.
    pub fn region_name(&self) -> String {
        self.city().map_or_else(|| self.region.to_string(), |region| region.name())
    }

    /// Whether `name` is one of its names, however it is spelled: with or without 有限公司, brackets or spaces.
    pub fn is_called(&self, name: &str) -> bool {
        let name = bare(name);
        let own = [&self.name, &self.short].into_iter().chain(&self.aliases);
        !name.is_empty() && own.into_iter().any(|own| bare(own) == name)
    }
}

/// The forms of a company, the longest first.
const FORMS: [&str; 8] =
    ["股份有限公司", "有限责任公司", "集团有限公司", "有限公司", "股份公司", "分公司", "公司", "集团"];
/// What a company does, where its name goes on without.
const TRADES: [&str; 8] = ["制造", "科技", "实业", "工业", "贸易", "商贸", "技术", "设备"];
/// A short name has at least so many characters.
const SHORTEST: usize = 4;

/// A name as it is compared: letters and digits alone, folded, without the form of the company.
fn bare(name: &str) -> String {
    let fold = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c => c,
    };
    let letters: String = name.chars().map(fold).filter(|c| c.is_alphanumeric()).collect();
    without_form(&letters.to_lowercase()).to_owned()
}

fn without_form(name: &str) -> &str {
    let cut = FORMS.iter().find_map(|form| name.strip_suffix(form)).filter(|rest| rest.chars().count() > 1);
    cut.unwrap_or(name)
}

/// How messages call a company: 宏远机械 for 宁波宏远机械制造有限公司.
pub fn short_name(name: &str) -> String {
    let whole: String = name.split(['(', '（']).next().unwrap_or(name).split_whitespace().collect();
    let long_enough = |rest: &&str| rest.chars().count() >= SHORTEST;
    let named = without_form(&whole);
    let placed = Region::of_company(named).map(|region| {
        let rest = named.strip_prefix(region.province).unwrap_or(named).trim_start_matches('省');
        rest.strip_prefix(region.city).unwrap_or(rest).trim_start_matches('市')
    });
    let named = placed.filter(|rest| rest.chars().count() >= 2).unwrap_or(named);
    let cut = TRADES.iter().find_map(|trade| named.strip_suffix(trade)).filter(long_enough);
    cut.unwrap_or(named).to_owned()
}

#[cfg(test)]
mod tests {
    use super::{bare, short_name};

    #[test]
    fn names_that_differ_in_spelling_alone_are_one() {
        for name in [
            "宁波宏远机械制造有限公司",
            "宁波宏远机械制造",
            " 宁波 宏远机械制造 有限公司 ",
            "宁波宏远机械制造股份有限公司",
            "宁波宏远机械制造有限责任公司",
        ] {
            assert_eq!(bare(name), "宁波宏远机械制造", "{name}");
        }
        assert_eq!(bare("ＡＢＣ（中国）有限公司"), bare("abc(中国)有限公司"));
        assert_ne!(bare("宁波宏远机械制造有限公司"), bare("宁波鸿远机械制造有限公司"));
        assert_eq!(bare("公司"), "公司");
        assert_eq!(bare("（）"), "");
    }

    #[test]
    fn companies_are_called_as_reps_call_them() {
        for (name, short) in [
            ("宁波宏远机械制造有限公司", "宏远机械"),
            ("苏州鑫源食品有限公司", "鑫源食品"),
            ("浙江省台州市凯达阀门有限公司", "凯达阀门"),
            ("上海联创自动化设备有限公司", "联创自动化"),
            ("昆山精锐模具有限公司", "昆山精锐模具"),
            ("合肥皖中传动科技有限公司", "皖中传动"),
            ("ABC（中国）有限公司", "ABC"),
            ("华为技术有限公司", "华为技术"),
            ("宁波", "宁波"),
        ] {
            assert_eq!(short_name(name), short, "{name}");
        }
    }
}
