//! 测算: what a deal brings back, by its industry's model: filled from the deal and from what the rep said, the rest by common
//! values, which are named. Worded as the customer may read it; figures said behind it change it, 发 sends it alone.

use serde_json::{Value, json};

use super::deals::{self, Which};
use super::draft::Draft;
use super::{questions, words};
use crate::config::{Config, Member, RoiInput, RoiModel, RoiPart};
use crate::event::Sender;
use crate::language::{Measured, Measures, measures};
use crate::sales::{Card, CardKind, CustomerId, Deal, DealId, MaterialKey, Money, Quantity, Subject};
use crate::state::State;

/// So many assumed figures stand in the example of how to say better ones.
const EXAMPLES: usize = 2;

/// Of a text that changes figures so many characters may be none.
const UNREAD: usize = 10;

/// What an estimate is made of.
#[derive(Clone, Copy)]
struct Basis<'s> {
    deal: Option<&'s Deal>,
    model: &'s RoiModel,
    /// By the input's name, in ten-thousandths.
    said: &'s [(Box<str>, i64)],
}

/// 测算 …: on the deal that is meant, or on none where nobody is named and none is at hand.
pub fn asked(
    draft: &mut Draft<'_>,
    member: &Member,
    customers: &[CustomerId],
    said: &str,
    text: &str,
    from: &Sender,
) {
    match deals::meant(draft, member, customers) {
        // 「测算 恒大」: nobody is called so.
        _ if customers.is_empty() && names_somebody(draft.state, said) => questions::none(draft, said, from),
        Which::One(deal) => of_deal(draft, member, deal, said, from),
        Which::Several(offered) => deals::ask(draft, member, text, None, offered, from),
        Which::None => {
            let mut named = customers.iter().flat_map(|id| draft.state.deals_of_customer(*id));
            let seen = named.find(|deal| deal.is_open() && draft.state.sees(member, deal));
            let customer = customers.first().and_then(|id| draft.state.customer(*id));
            match (seen, customer) {
                (Some(deal), _) => of_deal(draft, member, deal.id, said, from),
                (None, Some(customer)) => questions::none(draft, &customer.short, from),
                (None, None) => answer(draft, member, None, said, from),
            }
        }
    }
}

/// Whether `said` has words but no figure that any model knows.
fn names_somebody(state: &State, said: &str) -> bool {
    let told = |model: &RoiModel| !measures(said, &measured(model)).found.is_empty();
    !said.is_empty() && !said.chars().any(|c| c.is_ascii_digit()) && !state.rules().roi.iter().any(told)
}

/// 测算 on this deal, which is spoken of from now on.
pub fn of_deal(draft: &mut Draft<'_>, member: &Member, deal: DealId, said: &str, from: &Sender) {
    let at = draft.now;
    draft.dialogue_mut(&member.id).subject = Some(Subject { deal, at });
    answer(draft, member, Some(deal), said, from);
}

fn answer(draft: &mut Draft<'_>, member: &Member, deal: Option<DealId>, said: &str, from: &Sender) {
    let state = draft.state;
    let deal = deal.and_then(|id| state.deal(id));
    let customer = deal.and_then(|deal| state.customer(deal.customer));
    let industry = customer.map_or("", |customer| &customer.industry);
    let line = deal.map_or("", |deal| &deal.product_line);
    let Some(model) = state.rules().roi_model(industry, line) else {
        let industry = state.rules().process.industry_name(industry);
        draft.answer(from, "roi_none", words::vars([("industry", Some(industry.into()))]));
        return;
    };
    let Measures { found, rest } = measures(said, &measured(model));
    let said = named(model, &found);
    show(draft, member, Basis { deal, model, said: &said }, &rest, from);
}

/// Figures alone, said behind an estimate: it is worked out again with them. Whether they were.
pub fn changed(
    draft: &mut Draft<'_>,
    member: &Member,
    card: Option<&Card>,
    text: &str,
    from: &Sender,
) -> bool {
    work_in(draft, member, card, (text, 0), from)
}

/// The same of a text that means nothing else: a few words that no figure is called by are told.
pub fn changed_partly(
    draft: &mut Draft<'_>,
    member: &Member,
    card: Option<&Card>,
    text: &str,
    from: &Sender,
) -> bool {
    work_in(draft, member, card, (text, UNREAD), from)
}

fn work_in(
    draft: &mut Draft<'_>,
    member: &Member,
    card: Option<&Card>,
    (text, unread): (&str, usize),
    from: &Sender,
) -> bool {
    let state = draft.state;
    let Some(Basis { deal, model, said }) = card.and_then(|card| shown(state, card)) else { return false };
    let Measures { found, rest } = measures(text, &measured(model));
    if found.is_empty() || rest.chars().count() > unread {
        return false;
    }
    let mut all = said.to_vec();
    for (name, value) in named(model, &found) {
        all.retain(|(known, _)| *known != name);
        all.push((name, value));
    }
    show(draft, member, Basis { deal, model, said: &all }, &rest, from);
    true
}

/// 发 behind an estimate: the words for the customer alone. Whether one was shown last.
pub fn send(draft: &mut Draft<'_>, card: Option<&Card>, from: &Sender) -> bool {
    let state = draft.state;
    let Some(basis) = card.and_then(|card| shown(state, card)) else { return false };
    let vars = vars(state, basis, "");
    draft.answer(from, "roi_bare", vars);
    true
}

/// What the card's estimate was made of, while its model is there.
fn shown<'s>(state: &'s State, card: &'s Card) -> Option<Basis<'s>> {
    let CardKind::Estimate { deal, model, said } = &card.kind else { return None };
    let model = state.rules().roi.iter().find(|known| known.key == **model)?;
    Some(Basis { deal: deal.and_then(|id| state.deal(id)), model, said })
}

fn show(draft: &mut Draft<'_>, member: &Member, basis: Basis<'_>, unread: &str, from: &Sender) {
    let vars = vars(draft.state, basis, unread);
    let kind = CardKind::Estimate {
        deal: basis.deal.map(|deal| deal.id),
        model: basis.model.key.as_str().into(),
        said: basis.said.to_vec(),
    };
    draft.answer_list(from, &member.id, kind, "roi", vars);
}

/// A model's inputs, as they may be said.
fn measured(model: &RoiModel) -> Vec<Measured<'_>> {
    model
        .inputs
        .iter()
        .map(|input| Measured {
            names: std::iter::once(&input.name).chain(&input.words).map(String::as_str).collect(),
            unit: &input.unit,
        })
        .collect()
}

fn named(model: &RoiModel, found: &[(usize, i64)]) -> Vec<(Box<str>, i64)> {
    let name = |place: usize| model.inputs.get(place).map(|input| input.name.as_str().into());
    found.iter().filter_map(|(place, value)| Some((name(*place)?, *value))).collect()
}

impl Basis<'_> {
    fn value(&self, input: &RoiInput) -> Quantity {
        let said = self.said.iter().find(|(name, _)| **name == *input.name);
        let said = said.map(|(_, value)| Quantity::from_ten_thousandths(*value));
        said.or_else(|| self.of_deal(input)).unwrap_or(input.default)
    }

    /// What the deal knows of it.
    fn of_deal(&self, input: &RoiInput) -> Option<Quantity> {
        let amount = self.deal.filter(|_| input.from_amount)?.amount;
        (amount.0 > 0).then(|| Quantity::from_fen(amount.0))
    }

    fn is_assumed(&self, input: &RoiInput) -> bool {
        self.of_deal(input).is_none() && !self.said.iter().any(|(name, _)| **name == *input.name)
    }
}

fn vars(state: &State, basis: Basis<'_>, unread: &str) -> Value {
    let Basis { deal, model, .. } = basis;
    let figures = model.worked_out(|input| basis.value(input));
    let saving = model.figure_of(&figures, &model.saving).filter(|saving| saving.is_positive());
    let payback = saving.and_then(|_| model.figure_of(&figures, &model.payback));
    let parts = |part: RoiPart| -> Value {
        let lines = model.lines.iter().filter(|line| line.part == Some(part));
        let said = lines.filter_map(|line| {
            let figure = model.figure_of(&figures, &line.name).filter(|figure| figure.is_positive())?;
            Some(json!({ "name": line.name, "value": spoken(figure, &line.unit) }))
        });
        said.collect()
    };
    let unit_of = |name: &str| model.lines.iter().find(|line| line.name == name).map(|line| &*line.unit);
    let inputs = model.inputs.iter().filter(|input| input.name != model.invest);
    let inputs: Value = inputs
        .map(|input| json!({ "name": input.name, "value": spoken(basis.value(input), &input.unit) }))
        .collect();
    let invest = model.inputs.iter().find(|input| input.name == model.invest);
    let invest = invest.map(|input| spoken(basis.value(input), &input.unit));
    let assumed: Vec<&RoiInput> = model.inputs.iter().filter(|input| basis.is_assumed(input)).collect();
    let assumed_names: Vec<&str> = assumed.iter().map(|input| input.name.as_str()).collect();
    words::vars([
        ("customer", deal.map(|deal| words::customer(state, deal).into())),
        ("model", Some(model.name.as_str().into())),
        ("invest", invest.map(Into::into)),
        ("saved", Some(parts(RoiPart::Saved))),
        ("spent", Some(parts(RoiPart::Spent))),
        ("saving", saving.map(|saving| spoken(saving, unit_of(&model.saving).unwrap_or("元")).into())),
        ("payback", payback.map(|months| in_time(months, unit_of(&model.payback)).into())),
        ("inputs", Some(inputs)),
        ("assumed", Some(assumed_names.into())),
        ("example", Some(example(basis, &assumed).into())),
        ("unread", Some(unread.into())),
    ])
}

/// How to say better figures: 「省人 4 人工 6700」, of what was assumed, else of anything.
fn example(basis: Basis<'_>, assumed: &[&RoiInput]) -> String {
    let any: Vec<&RoiInput> = basis.model.inputs.iter().collect();
    let of = if assumed.is_empty() { &any[..] } else { assumed };
    let invest = |input: &&&RoiInput| input.name != basis.model.invest || of.len() <= EXAMPLES;
    let said = of.iter().filter(invest).take(EXAMPLES).map(|input| {
        let value = basis.value(input).to_string().replace(',', "");
        let percent = if input.unit == "%" { "%" } else { "" };
        format!("{} {value}{percent}", input.name)
    });
    said.collect::<Vec<_>>().join(" ")
}

/// How long until the money is back: 「约 11 个月」.
fn in_time(length: Quantity, unit: Option<&str>) -> String {
    format!("约 {} {}", length.rounded_up(), unit.unwrap_or_default())
}

/// A figure as people say it: 「80 万」「6,700 元/月」「60%」「4 人」.
fn spoken(value: Quantity, unit: &str) -> String {
    let (base, per) =
        unit.split_once('/').map_or((unit, String::new()), |(base, per)| (base, format!("/{per}")));
    match (base, value.fen()) {
        ("元", Some(fen)) => format!("{}{per}", Money(fen)),
        ("%", _) => format!("{value}%"),
        _ => format!("{value} {unit}"),
    }
}

/// Whether one of these materials explains an estimate, so that 测算 is worth offering.
pub fn is_offered<'m>(rules: &Config, mut materials: impl Iterator<Item = &'m MaterialKey>) -> bool {
    materials.any(|key| rules.roi.iter().any(|model| model.material.as_ref() == Some(key)))
}
