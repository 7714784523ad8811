//! What was read in a text, part by part, for admins, tests and scripts: the line that `genjin understand` answers.

use chrono::NaiveDateTime;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::breath;
use super::content::is_sigh;
use super::figures::{Figure, Kind, figures};
use super::names::{Mention, Via, ids};
use super::notes::{Meeting, Note};
use super::numbers::ONE;
use super::objections::{self, Objection};
use super::promises::{Party, Promise};
use super::text::Text;
use super::times::{self, Edge, Present, Reading, Time};
use super::{Action, Command, Context, READ_AT_MOST, Tense, Unclear, Understanding, understand};
use crate::calendar::{Calendar, spoken_weekday};
use crate::sales::{CustomerId, Money};

/// A text's parts. Spans are `[start, end)` in Unicode scalars of the text as it was given.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Breakdown {
    /// Times, each as `{"kind": "instant|date|range|duration", …, "span", "text", "alternatives"}`.
    pub times: Vec<Value>,
    /// Amounts, percents and counts.
    pub numbers: Vec<Value>,
    /// Customers named, as `{"id", "name", "span"}`; several with one span where a name fits several.
    pub customers: Vec<Value>,
    /// The person spoken of.
    pub contact: Option<String>,
    /// The kind of what is mainly told, a key of [`Action`](super::Action): of the meeting that is made, else of the
    /// first deed.
    pub action: Option<&'static str>,
    /// `happened`, `agreed` or `intended`.
    pub tense: Option<&'static str>,
    /// The stage that the deal has come to.
    pub stage_change: Option<String>,
    /// What comes next, in the rep's words.
    pub next_step: Option<String>,
    /// What the customer objects to, the likeliest first, as `{"category", "score"}`; three at most.
    pub objections: Vec<Objection>,
    /// What to answer, the best first, as `{"id", "score"}`; three at most. Filled by whoever knows the library.
    pub scripts: Vec<Value>,
    /// The first competitor named, by key.
    pub competitor: Option<String>,
    /// Product lines named, by key.
    pub products: Vec<String>,
    /// What the deal is worth, or may cost, in yuan.
    pub budget: Option<Value>,
    /// Parts in the customer's decision, as `{"contact", "role"}`.
    pub roles: Vec<Value>,
    /// What the deal waits for, keys of [`Obstacle`](super::Obstacle).
    pub blocked: Vec<&'static str>,
    /// Promises, as `{"by": "us|them", "day", "text"}`.
    pub promises: Vec<Value>,
    /// Whether it carries no information.
    pub empty: bool,
    /// Which records the text makes.
    pub creates: Vec<&'static str>,
    /// What has to be asked, or null.
    pub ask: Option<Value>,
    /// Why each part was read so, for a person.
    pub explain: Vec<String>,
    /// Who speaks in a pasted conversation, in the order of their first words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub speakers: Vec<String>,
    /// Where one text holds several notes, each with its own words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Value>,
}

/// What is read in `text`; `name` gives a customer's own name. Never fails and never panics, whatever the text.
pub fn breakdown(text: &str, ctx: &Context<'_>, name: &dyn Fn(CustomerId) -> Option<String>) -> Breakdown {
    let mentions = breath::mentions(text, ctx);
    let whole = Text::cut(text, READ_AT_MOST);
    let named: Vec<_> = mentions
        .iter()
        .filter(|mention| mention.via != Via::Contact)
        .map(|mention| whole.position(mention.span.start)..whole.position(mention.span.end))
        .collect();
    let masked = whole.masked(&named);
    let present = Present { now: ctx.now, calendar: ctx.calendar };
    let times = times::read(&masked, present);
    // A figure within a time is none: 12.3下午, 5日.
    let apart = |figure: &Figure| {
        !times.iter().any(|time| time.span.start < figure.span.end && figure.span.start < time.span.end)
    };
    let figures: Vec<_> = figures(&masked).into_iter().filter(apart).collect();
    let understood = understand(text, ctx);
    let mut explain: Vec<String> = times.iter().map(|time| explained(&whole, time)).collect();
    explain.extend(figures.iter().map(|figure| {
        format!("「{}」是 {}：{}", whole.raw(figure.span.clone()).trim(), figure_value(figure), figure.why)
    }));
    explain.extend(mentions.iter().map(|mention| named_because(text, mention, name)));
    let mut parts = Breakdown {
        times: times.iter().map(|time| time_json(&whole, time, ctx.calendar)).collect(),
        numbers: figures.iter().map(number_json).collect(),
        customers: mentions
            .iter()
            .map(|mention| {
                let span = [whole.position(mention.span.start), whole.position(mention.span.end)];
                let said = text.get(mention.span.clone()).unwrap_or_default();
                let name = name(mention.id).unwrap_or_else(|| said.to_owned());
                json!({ "id": mention.id, "name": name, "span": span })
            })
            .collect(),
        contact: None,
        action: None,
        tense: None,
        stage_change: None,
        next_step: None,
        objections: Vec::new(),
        scripts: Vec::new(),
        competitor: ctx.names.competitors_in(text).first().map(|named| named.id.to_string()),
        products: Vec::new(),
        budget: None,
        roles: Vec::new(),
        blocked: Vec::new(),
        promises: Vec::new(),
        empty: false,
        creates: Vec::new(),
        ask: None,
        explain,
        speakers: super::chats::read(text, ctx).map_or_else(Vec::new, |(_, speakers)| speakers),
        notes: Vec::new(),
    };
    if objects(&understood) {
        let (objections, words) = objections::read_with_reason(text);
        parts.explain.extend(objection_explained(&objections, &words));
        parts.objections = objections;
    }
    match understood {
        Understanding::Note(note) => parts.take(&note),
        Understanding::Notes(notes) => {
            for note in &notes {
                parts.take(note);
                let inner = breakdown(&note.text, ctx, name);
                parts.notes.push(json!({ "text": note.text, "creates": inner.creates, "times": inner.times,
                    "numbers": inner.numbers, "customers": inner.customers, "contact": inner.contact,
                    "objections": inner.objections,
                    "next_step": inner.next_step, "stage_change": inner.stage_change, "tense": inner.tense }));
            }
        }
        Understanding::Unknown(Unclear::NoSubject) => parts.empty = is_sigh(text),
        Understanding::Command(_)
        | Understanding::Answer(_)
        | Understanding::Courtesy(_)
        | Understanding::Unknown(Unclear::Blank | Unclear::Question) => {}
    }
    parts
}

impl Breakdown {
    fn take(&mut self, note: &Note) {
        let meets = matches!(note.meeting, Meeting::Planned | Meeting::Moved);
        self.contact = self.contact.take().or_else(|| note.contact.clone());
        // Of several notes the one that makes a meeting tells what mattered.
        if (meets && !self.creates.contains(&"meeting")) || self.tense.is_none() {
            self.action = note.action.map(Action::key).or(self.action);
            self.tense = Some(note.tense.key());
            self.next_step = note.next_step.clone().or(self.next_step.take());
        }
        self.action = self.action.or(note.action.map(Action::key));
        self.stage_change = self.stage_change.take().or_else(|| note.stage.as_ref().map(ToString::to_string));
        self.next_step = self.next_step.take().or_else(|| note.next_step.clone());
        for product in &note.products {
            if !self.products.iter().any(|known| **known == **product) {
                self.products.push(product.to_string());
            }
        }
        self.budget = self.budget.take().or_else(|| note.amount.map(yuan));
        self.roles.extend(note.roles.iter().map(|(who, role)| json!({ "contact": who, "role": role })));
        for obstacle in &note.obstacles {
            if !self.blocked.contains(&obstacle.key()) {
                self.blocked.push(obstacle.key());
            }
        }
        let promise = |promise: &Promise| json!({ "by": promise.by, "day": promise.day.map(|day| day.to_string()), "text": promise.text });
        self.promises.extend(note.promises.iter().map(promise));
        self.explain.extend(note_explained(note));
        self.empty = note.empty && (self.empty || self.creates.is_empty());
        let waits = note.promises.iter().any(|promise| promise.day.is_some());
        // 「元旦以后再谈」 names no day.
        let dated = note.when.as_ref().is_some_and(|when| meets || !when.since);
        let made = [
            (meets && note.when.is_some(), "meeting"),
            (true, "follow_up"),
            (!meets && dated || waits, "task"),
            (note.amount.is_some() || note.stage.is_some() || note.outcome.is_some(), "deal_update"),
            (note.newcomer.is_some(), "customer_form"),
        ];
        for (made, kind) in made {
            if made && !self.creates.contains(&kind) {
                self.creates.push(kind);
            }
        }
        if self.ask.is_none() {
            self.ask = shared_name(&note.mentions);
        }
    }
}

/// How a customer was found.
fn named_because(
    text: &str,
    mention: &Mention<CustomerId>,
    name: &dyn Fn(CustomerId) -> Option<String>,
) -> String {
    let said = text.get(mention.span.clone()).unwrap_or_default();
    let why = match mention.via {
        Via::Name => "叫这个名字",
        Via::Alias => "也叫这个",
        Via::Contact => "那里有这个人",
        Via::Misheard => "听起来像，写法不一样",
    };
    let whose = name(mention.id).unwrap_or_else(|| mention.id.to_string());
    format!("「{said}」是 {whose}：{why}")
}

/// What a note says beside times, figures and names, and by what.
fn note_explained(note: &Note) -> Vec<String> {
    let tense = match note.tense {
        Tense::Happened => "已经发生",
        Tense::Agreed => "双方说定",
        Tense::Intended => "我们要做",
    };
    let action =
        note.action.map_or_else(|| "没说是哪类事".to_owned(), |action| format!("是 {}", action.key()));
    let mut lines = vec![format!("这件事{action}，{tense}")];
    lines.extend(note.next_step.iter().map(|step| format!("「{step}」是下一步")));
    lines.extend(note.stage.iter().map(|stage| format!("说到了阶段 {stage}")));
    lines.extend(note.promises.iter().map(|promise| {
        let who = match promise.by {
            Party::Us => "我们答应的",
            Party::Them => "客户答应的",
        };
        format!("「{}」是{who}", promise.text)
    }));
    lines.extend(note.roles.iter().map(|(who, role)| format!("「{who}」是{}", role.part())));
    lines.extend(note.obstacles.iter().map(|obstacle| format!("卡在{}", obstacle.name())));
    lines.extend(note.newcomer.iter().map(|name| format!("「{name}」是新客户")));
    if note.empty {
        lines.push("没有说到具体的事".to_owned());
    }
    lines
}

/// Whole yuan as such, others with their fen.
fn yuan(money: Money) -> Value {
    figure_number(money.0.saturating_mul(ONE / 100))
}

/// Whether a text that was understood so can hold a customer's words.
fn objects(understood: &Understanding) -> bool {
    match understood {
        Understanding::Note(_)
        | Understanding::Notes(_)
        | Understanding::Unknown(Unclear::NoSubject)
        | Understanding::Command(Command::Script { .. }) => true,
        Understanding::Command(_)
        | Understanding::Answer(_)
        | Understanding::Courtesy(_)
        | Understanding::Unknown(Unclear::Blank | Unclear::Question) => false,
    }
}

fn objection_explained(objections: &[Objection], words: &[String]) -> Option<String> {
    if objections.is_empty() {
        return None;
    }
    let kinds: Vec<String> =
        objections.iter().map(|it| format!("{} {:.2}", it.category.name(), it.score)).collect();
    let words: String = words.iter().map(|word| format!("「{word}」")).collect();
    let told = if words.is_empty() { String::new() } else { format!("：{words}") };
    Some(format!("客户的异议是 {}{told}", kinds.join("、")))
}

/// The question for a name that several customers have.
fn shared_name(mentions: &[Mention<CustomerId>]) -> Option<Value> {
    let first = mentions.first()?;
    let same: Vec<_> = mentions.iter().filter(|mention| mention.span == first.span).cloned().collect();
    (same.len() > 1).then(|| json!({ "what": "customer", "options": ids(&same) }))
}

fn time_json(text: &Text<'_>, time: &Time, calendar: &Calendar) -> Value {
    let mut map = reading_json(time.reading, calendar);
    map.insert("span".to_owned(), json!([time.span.start, time.span.end]));
    map.insert("text".to_owned(), json!(text.raw(time.span.clone())));
    let alternatives: Vec<_> =
        time.alternatives.iter().map(|reading| reading_json(*reading, calendar)).collect();
    map.insert("alternatives".to_owned(), json!(alternatives));
    Value::Object(map)
}

fn reading_json(reading: Reading, calendar: &Calendar) -> Map<String, Value> {
    let at = |wall: NaiveDateTime| calendar.local(calendar.instant(wall)).to_rfc3339();
    let edge = |edge: Edge| match edge {
        Edge::Day(day) => day.to_string(),
        Edge::At(wall) => at(wall),
    };
    let value = match reading {
        Reading::Instant(wall) => json!({ "kind": "instant", "at": at(wall) }),
        Reading::Date(day) => json!({ "kind": "date", "date": day.to_string() }),
        Reading::Part(day, window) => {
            json!({ "kind": "date", "date": day.to_string(), "window": window.hours() })
        }
        Reading::Days(first, last) => {
            json!({ "kind": "range", "start": first.to_string(), "end": last.to_string() })
        }
        Reading::Hours(start, end) => json!({ "kind": "range", "start": at(start), "end": at(end) }),
        Reading::By(end) => json!({ "kind": "range", "start": null, "end": edge(end), "relation": "before" }),
        Reading::Since(start) => {
            json!({ "kind": "range", "start": edge(start), "end": null, "relation": "after" })
        }
        Reading::Lasting(length) => {
            json!({ "kind": "duration", "iso": length.iso(), "seconds": length.seconds() })
        }
    };
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn number_json(figure: &Figure) -> Value {
    let (kind, currency) = match figure.kind {
        Kind::Amount(currency) => ("amount", Some(currency.code())),
        Kind::Percent => ("percent", None),
        Kind::Count => ("number", None),
    };
    let mut map = Map::new();
    map.insert("kind".to_owned(), json!(kind));
    if figure.low == figure.high {
        map.insert("value".to_owned(), figure_number(figure.low));
    } else {
        map.insert("min".to_owned(), figure_number(figure.low));
        map.insert("max".to_owned(), figure_number(figure.high));
    }
    if let Some(currency) = currency {
        map.insert("currency".to_owned(), json!(currency));
    }
    if let Some(qualifier) = figure.qualifier {
        map.insert("qualifier".to_owned(), json!(qualifier.key()));
    }
    map.insert("span".to_owned(), json!([figure.span.start, figure.span.end]));
    Value::Object(map)
}

/// A whole number as such, others with their fraction.
fn figure_number(value: i64) -> Value {
    if value % ONE == 0 {
        json!(value / ONE)
    } else {
        json!(decimal(value).parse::<f64>().unwrap_or_default())
    }
}

fn decimal(value: i64) -> String {
    let plain = format!("{}.{:04}", value / ONE, value.unsigned_abs() % ONE.unsigned_abs());
    plain.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn figure_value(figure: &Figure) -> String {
    let unit = match figure.kind {
        Kind::Amount(currency) => format!(" {}", currency.code()),
        Kind::Percent => "%".to_owned(),
        Kind::Count => String::new(),
    };
    if figure.low == figure.high {
        format!("{}{unit}", decimal(figure.low))
    } else {
        format!("{}–{}{unit}", decimal(figure.low), decimal(figure.high))
    }
}

fn explained(text: &Text<'_>, time: &Time) -> String {
    use chrono::Datelike;
    let day = |day: chrono::NaiveDate| format!("{day}（{}）", spoken_weekday(day.weekday()));
    let wall = |at: NaiveDateTime| format!("{} {}", day(at.date()), at.format("%H:%M"));
    let edge = |edge: Edge| match edge {
        Edge::Day(date) => day(date),
        Edge::At(at) => wall(at),
    };
    let read = match time.reading {
        Reading::Instant(at) => wall(at),
        Reading::Date(date) => day(date),
        Reading::Part(date, window) => format!("{} {}", day(date), window.hours().join("–")),
        Reading::Days(first, last) => format!("{} 到 {}", day(first), day(last)),
        Reading::Hours(start, end) => format!("{} 到 {}", wall(start), wall(end)),
        Reading::By(end) => format!("最晚 {}", edge(end)),
        Reading::Since(start) => format!("从 {} 起", edge(start)),
        Reading::Lasting(length) => length.iso(),
    };
    let past = if time.past { "（已发生）" } else { "" };
    let other = if time.alternatives.is_empty() { "" } else { "；也可能是另一种读法" };
    format!("「{}」是 {read}{past}：{}{other}", text.raw(time.span.clone()).trim(), time.why)
}
