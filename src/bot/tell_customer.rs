//! 新建客户 in the chat: the same eight facts in any order and in as many messages as it takes, for whom no page can be
//! opened. What was told is kept until the rest comes.

use serde_json::{Value, json};

use super::draft::Draft;
use super::{form_customer, words};
use crate::config::{Config, Member, Named};
use crate::event::{Sender, Tapped};
use crate::language::{Note, fields};
use crate::sales::{Awaiting, Card, CardKind, Money, NewCustomer, Platform, Region};
use crate::state::Deed;

/// So many choices are named; a longer list stands on the page.
const NAMED: usize = 6;
/// A person is called by at most so many characters.
const LONGEST_CONTACT: usize = 5;
/// A bare number of more digits is meant for a phone number.
const SHORTEST_PHONE: usize = 6;
/// What a company's name ends with.
const COMPANIES: [&str; 10] =
    ["公司", "厂", "集团", "股份", "中心", "研究所", "合作社", "商行", "实业", "有限"];

/// 新建客户, with what is known of it.
pub fn begin(draft: &mut Draft<'_>, member: &Member, said: &str, from: &Sender) {
    let mut told = NewCustomer::default();
    gather(draft.state.rules(), &mut told, said, true);
    take(draft, member, told, said, from);
}

/// 「新客户海川阀门，联系人吴总，想看冲压线」: a note that introduces somebody. It becomes the new customer's first one.
pub fn introduce(draft: &mut Draft<'_>, member: &Member, name: &str, note: &Note, from: &Sender) {
    let mut told = NewCustomer::default();
    gather(draft.state.rules(), &mut told, &note.text, false);
    told.name = name.into();
    told.contact = note.contact.as_deref().unwrap_or_default().into();
    told.amount = note.amount.unwrap_or(told.amount);
    told.product_line = note.products.first().cloned().unwrap_or(told.product_line);
    if let Some(region) = Region::of_company(name).filter(|_| told.region.is_empty()) {
        told.region = region.code.into();
    }
    told.note = note.text.as_str().into();
    // Until the rest is told the words stand in the history alone.
    let line = draft.about_workspace(Deed::Drafted).by(&member.id).saying(&note.text);
    draft.line(line);
    take(draft, member, told, "", from);
}

/// What was told of a new customer that is awaited; whether it told anything of one. `free`: it is nothing else.
pub fn go_on(draft: &mut Draft<'_>, member: &Member, said: &str, free: bool, from: &Sender) -> bool {
    let dialogue = draft.state.dialogue(&member.id).filter(|dialogue| dialogue.expires_at > draft.now);
    let Some(Awaiting::Customer(told)) = dialogue.map(|dialogue| &dialogue.awaiting) else { return false };
    let mut told = (**told).clone();
    let number = unread_number(said, &told).is_some();
    let told_any = gather(draft.state.rules(), &mut told, said, free) || number;
    if told_any {
        take(draft, member, told, said, from);
    }
    told_any
}

fn take(draft: &mut Draft<'_>, member: &Member, told: NewCustomer, said: &str, from: &Sender) {
    let rules = draft.state.rules();
    let missing = missing(rules, &told);
    if missing.is_empty() {
        draft.dialogue_mut(&member.id).awaiting = Awaiting::Nothing;
        return form_customer::enter(draft, member, &told, from);
    }
    let example = missing.iter().map(|fact| fact.example()).collect::<Vec<_>>().join("，");
    if from.platform == Platform::WeCom && missing.iter().all(Fact::is_drawn) {
        let asked: Vec<Value> = missing.iter().map(Fact::select).collect();
        let vars = words::vars([
            ("customer", Some(told.name.to_string().into())),
            ("asked", Some(asked.into())),
            ("example", Some(example.into())),
        ]);
        draft.answer_card(from, &member.id, CardKind::NewCustomer, "new_customer_choices", vars);
        return await_rest(draft, member, told);
    }
    let asked: Vec<String> = missing.iter().map(Fact::asked).collect();
    let vars = words::vars([
        ("customer", Some(told.name.to_string().into())),
        ("unread", unread_number(said, &told).map(Into::into)),
        ("known", Some(known(rules, &told).into())),
        ("missing", Some(asked.into())),
        ("example", Some(example.into())),
        ("link", Some(words::page("customer", "").into())),
    ]);
    draft.answer(from, "new_customer", vars);
    await_rest(draft, member, told);
}

/// The drop-downs of a new customer were sent in.
pub fn chosen(draft: &mut Draft<'_>, member: &Member, card: &Card, tapped: &Tapped) {
    let dialogue = draft.state.dialogue(&member.id).filter(|dialogue| dialogue.expires_at > draft.now);
    let Some(Awaiting::Customer(told)) = dialogue.map(|dialogue| &dialogue.awaiting) else {
        return draft.finish(card.id, "过了时间", Some(tapped));
    };
    let (mut told, process) = ((**told).clone(), &draft.state.rules().process);
    for (question, options) in &tapped.chosen {
        let Some(option) = options.first() else { continue };
        let known = |all: &[Named]| all.iter().any(|each| *each.key == **option);
        match &**question {
            INDUSTRY if known(&process.industries) => told.industry = option.clone(),
            KIND if known(&process.customer_types) => told.kind = option.clone(),
            PRODUCT_LINE if known(&process.product_lines) => told.product_line = option.clone(),
            _ => {}
        }
    }
    draft.finish(card.id, "选好了", Some(tapped));
    take(draft, member, told, "", &tapped.from);
}

fn await_rest(draft: &mut Draft<'_>, member: &Member, told: NewCustomer) {
    let expires_at = draft.now + draft.state.rules().workspace.subject_window;
    let dialogue = draft.dialogue_mut(&member.id);
    dialogue.awaiting = Awaiting::Customer(Box::new(told));
    dialogue.expires_at = expires_at;
}

/// The keys of the drop-downs.
const INDUSTRY: &str = "industry";
const KIND: &str = "kind";
const PRODUCT_LINE: &str = "product_line";
/// A drop-down holds so many.
const DRAWN: usize = 10;

/// One of the eight facts, where it is missing.
struct Fact<'r> {
    key: &'static str,
    name: &'static str,
    example: &'static str,
    choices: &'r [Named],
}

impl Fact<'_> {
    /// 「产品线（视觉检测 / 产线数采）」
    fn asked(&self) -> String {
        let options: Vec<&str> = self.choices.iter().map(|choice| choice.name.as_str()).collect();
        match options.len() {
            1..=NAMED => format!("{}（{}）", self.name, options.join(" / ")),
            _ => self.name.to_owned(),
        }
    }

    /// Whether a drop-down can ask for it.
    fn is_drawn(&self) -> bool {
        (1..=DRAWN).contains(&self.choices.len())
    }

    fn select(&self) -> Value {
        let option = |choice: &Named| json!({ "key": choice.key, "text": choice.name });
        let options: Vec<Value> = self.choices.iter().map(option).collect();
        json!({ "key": self.key, "title": self.name, "options": options })
    }

    fn example(&self) -> String {
        self.choices.first().map_or_else(|| self.example.to_owned(), |choice| choice.name.clone())
    }
}

fn missing<'r>(rules: &'r Config, told: &NewCustomer) -> Vec<Fact<'r>> {
    let process = &rules.process;
    let fact = |name, example| Fact { key: "", name, example, choices: &[] };
    let choice = |key, name, choices| Fact { key, name, example: "", choices };
    let all = [
        (told.name.is_empty(), fact("公司名称", "宁波华盛机械有限公司")),
        (
            told.industry.is_empty() && !process.industries.is_empty(),
            choice(INDUSTRY, "行业", &process.industries),
        ),
        (
            told.kind.is_empty() && !process.customer_types.is_empty(),
            choice(KIND, "客户类型", &process.customer_types),
        ),
        (told.region.is_empty(), fact("地区", "宁波")),
        (told.contact.is_empty(), fact("联系人", "赵总")),
        (told.phone.is_empty(), fact("手机", "13812345678")),
        (
            told.product_line.is_empty() && !process.product_lines.is_empty(),
            choice(PRODUCT_LINE, "产品线", &process.product_lines),
        ),
        (told.amount == Money::default(), fact("预计金额", "50万")),
    ];
    all.into_iter().filter(|(is_missing, _)| *is_missing).map(|(_, fact)| fact).collect()
}

/// What was told so far, but for the name, which stands in the title.
fn known(rules: &Config, told: &NewCustomer) -> Vec<String> {
    let process = &rules.process;
    let region = Region::find(&told.region).map_or_else(String::new, |region| region.city.to_owned());
    let amount = if told.amount == Money::default() { String::new() } else { told.amount.to_string() };
    let all = [
        process.industry_name(&told.industry).to_owned(),
        process.customer_type_name(&told.kind).to_owned(),
        region,
        told.contact.to_string(),
        told.phone.to_string(),
        process.product_line_name(&told.product_line).to_owned(),
        amount,
    ];
    all.into_iter().filter(|fact| !fact.is_empty()).collect()
}

/// Takes in what `said` tells; whether it tells anything for sure. A later word wins over an earlier one. `free`: what is
/// left over may be a name, since it says nothing else.
fn gather(rules: &Config, told: &mut NewCustomer, said: &str, free: bool) -> bool {
    let mut sure = false;
    let mut others: Vec<&str> = Vec::new();
    for part in parts(said) {
        if place(rules, told, part) {
            sure = true;
            continue;
        }
        // 「赵总 13812345678」: a space divides where nothing else does.
        for word in part.split_whitespace() {
            if place(rules, told, word) {
                sure = true;
            } else {
                others.push(word);
            }
        }
    }
    if !free && !sure {
        return false;
    }
    for name in others.into_iter().filter_map(fields::name) {
        let chars = name.chars().count();
        if told.contact.is_empty() && chars <= LONGEST_CONTACT && !(told.name.is_empty() && chars > 3) {
            told.contact = name.into();
            sure = true;
        } else if told.name.is_empty() && chars > 3 && !name.contains(['了', '？', '?']) {
            told.name = name.into();
            sure = true;
        }
    }
    if told.region.is_empty()
        && let Some(region) = Region::of_company(&told.name)
    {
        told.region = region.code.into();
    }
    sure
}

/// What stands between marks; a label before a colon says nothing that the fact itself does not.
fn parts(said: &str) -> impl Iterator<Item = &str> {
    let marks = ['，', ',', '、', '；', ';', '\n', '\r', '\t', '|', '/'];
    let parts = said.split(marks).map(|part| part.rsplit(['：', ':']).next().unwrap_or(part).trim());
    parts.filter(|part| !part.is_empty())
}

/// What looks like a phone number and is none that can be read: 「1381234567」.
fn unread_number(said: &str, told: &NewCustomer) -> Option<String> {
    let is_number = |part: &&str| part.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '+'));
    let digits = |part: &&str| part.chars().filter(char::is_ascii_digit).count();
    let words = parts(said).flat_map(str::split_whitespace);
    let number =
        words.filter(is_number).find(|part| digits(part) > SHORTEST_PHONE && fields::phone(part).is_err());
    number.filter(|_| told.phone.is_empty()).map(str::to_owned)
}

/// An amount; a long bare number is a phone number with a slip rather than millions.
fn amount(part: &str) -> Option<Money> {
    let bare = part.chars().all(|c| c.is_ascii_digit());
    fields::amount(part).ok().filter(|_| !bare || part.len() <= SHORTEST_PHONE)
}

/// Puts one part where only it can belong.
fn place(rules: &Config, told: &mut NewCustomer, part: &str) -> bool {
    let process = &rules.process;
    let key = |known: &[Named]| {
        known.iter().find(|entry| entry.name == part).map(|entry| Box::<str>::from(entry.key.as_str()))
    };
    if let Some(industry) = key(&process.industries) {
        told.industry = industry;
    } else if let Some(kind) = key(&process.customer_types) {
        told.kind = kind;
    } else if let Some(line) = key(&process.product_lines) {
        told.product_line = line;
    } else if let Ok(phone) = fields::phone(part) {
        told.phone = phone.into();
    } else if let Some(amount) = amount(part) {
        told.amount = amount;
    } else if let Some(region) = Region::read(part) {
        told.region = region.code.into();
    } else if let Some(name) =
        fields::name(part).filter(|name| COMPANIES.iter().any(|end| name.ends_with(end)))
    {
        told.name = name.into();
    } else {
        return false;
    }
    true
}
