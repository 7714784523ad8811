//! The eight facts of a new customer as they come from its form: each read, or told beside its field what is wrong.

use std::collections::BTreeMap;

use super::posted::Posted;
use crate::config::{Named, Process};
use crate::language::fields::{self, NoAmount, NoPhone};
use crate::sales::{Money, NewCustomer, Region};

/// The longest first follow-up, in characters.
const LONGEST_NOTE: usize = 2_000;
/// The longest post, in characters.
const LONGEST_TITLE: usize = 20;

/// What is wrong, by field.
pub(super) type Faults = BTreeMap<&'static str, String>;

/// Reads the form under these rules.
///
/// # Errors
/// What is wrong with which field, all of it.
pub(super) fn read(posted: &Posted, process: &Process) -> Result<NewCustomer, Faults> {
    let mut reader = Reader { posted, faults: Faults::new() };
    let name =
        reader.name("name", "写公司全名，比如「宁波华盛机械有限公司」", "写两个字以上、60 个字以内的公司名");
    let new = NewCustomer {
        industry: reader.choice("industry", &process.industries, "选一个行业，话术和物料按它来挑"),
        kind: reader.choice("kind", &process.customer_types, "选一个客户类型"),
        region: reader.region(&name),
        contact: reader.name("contact", "写联系人，「张总」也行", "写两个字以上的称呼，「张总」也行").into(),
        title: reader.short("title", LONGEST_TITLE).into(),
        phone: reader.phone().into(),
        product_line: reader.choice("product_line", &process.product_lines, "选一条产品线"),
        amount: reader.amount(),
        note: reader.short("note", LONGEST_NOTE).into(),
        name: name.into(),
    };
    if reader.faults.is_empty() { Ok(new) } else { Err(reader.faults) }
}

struct Reader<'p> {
    posted: &'p Posted,
    faults: Faults,
}

impl Reader<'_> {
    fn fault(&mut self, field: &'static str, words: impl Into<String>) {
        self.faults.insert(field, words.into());
    }

    fn name(&mut self, field: &'static str, missing: &str, wrong: &str) -> String {
        let said = self.posted.text(field);
        fields::name(said).unwrap_or_else(|| {
            self.fault(field, if said.is_empty() { missing } else { wrong });
            String::new()
        })
    }

    /// One of the admin's words; nothing where there are none to choose from.
    fn choice(&mut self, field: &'static str, known: &[Named], missing: &str) -> Box<str> {
        let said = self.posted.text(field);
        if !known.is_empty() && !known.iter().any(|entry| entry.key == said) {
            self.fault(field, missing);
            return "".into();
        }
        if known.is_empty() { "".into() } else { said.into() }
    }

    /// A code, a city as people say it, or the city that the company's name begins with.
    fn region(&mut self, company: &str) -> Box<str> {
        let said = self.posted.text("region");
        let told = Region::find(said).or_else(|| Region::read(said));
        let told = if said.is_empty() { Region::of_company(company) } else { told };
        told.map_or_else(
            || {
                self.fault("region", "选客户所在的城市");
                "".into()
            },
            |region| region.code.into(),
        )
    }

    fn phone(&mut self) -> String {
        let said = self.posted.text("phone");
        fields::phone(said).unwrap_or_else(|why| {
            let words = match why {
                NoPhone::Unknown if said.is_empty() => "写手机号，座机带区号也行".to_owned(),
                NoPhone::MobileOf(several) => format!("手机号是 11 位，这里有 {several} 位"),
                NoPhone::NoAreaCode => "座机前面加上区号，比如 0574-87651234".to_owned(),
                NoPhone::Unknown => "对一下号码：手机 11 位，座机带区号，比如 0574-87651234".to_owned(),
            };
            self.fault("phone", words);
            String::new()
        })
    }

    fn amount(&mut self) -> Money {
        let said = self.posted.text("amount");
        fields::amount(said).unwrap_or_else(|why| {
            let words = match why {
                NoAmount::NotANumber if said.is_empty() => "写个大概的数，比如 50万".to_owned(),
                NoAmount::NotANumber => "金额要填数字，比如 50万".to_owned(),
                NoAmount::NoUnit => format!("{said} 是元还是万？写成 {said}万 或 {said}元"),
                NoAmount::OutOfRange => "对一下金额：要大于 0，100 亿以内".to_owned(),
            };
            self.fault("amount", words);
            Money::default()
        })
    }

    /// What may be left out, on whatever lines, no longer than this.
    fn short(&mut self, field: &'static str, most: usize) -> String {
        let said = self.posted.text(field);
        let chars = said.chars().count();
        if chars > most {
            self.fault(field, format!("写了 {chars} 个字，最多 {most} 个"));
        }
        said.to_owned()
    }
}
