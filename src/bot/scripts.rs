//! 话术: what to answer to a customer's objection, and the words alone, so that one long press forwards them.

use serde_json::{Value, json};

use super::draft::Draft;
use super::{estimates, objections, pack, questions, ranking, script_kinds, warn, words};
use crate::config::{self, Competitor, Config, Material, Member, Script};
use crate::event::Sender;
use crate::language::{Names as _, Via};
use crate::sales::{Card, CardId, CardKind, CustomerId, Deal, DealId, MaterialKey, ScriptKey, StageKey};
use crate::state::{ScriptVotes, State};

/// An answer shows so many.
const SHOWN: usize = 3;
/// So many materials stand beside them.
const ATTACHED: usize = 2;
/// A rep's own telling begins so, and is not quoted as the customer's words.
const REPORTS: [&str; 4] = ["客户", "对方", "他们", "人家"];

/// What is asked for, and for which deal.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    pub ask: &'a str,
    pub deal: Option<&'a Deal>,
}

/// 话术 …, a customer's objection, or a script's word: the best answers for the deal's stage and industry; without
/// any words the kinds that there are.
pub fn script(draft: &mut Draft<'_>, member: &Member, ask: &str, customers: &[CustomerId], from: &Sender) {
    let state = draft.state;
    let named = customers
        .iter()
        .flat_map(|id| state.deals_of_customer(*id))
        .find(|deal| deal.is_open() && state.sees(member, deal));
    let deal = named.or_else(|| spoken_of(draft, member));
    let ask = without_names(state, ask, customers);
    if ask.is_empty() {
        return script_kinds::list(draft, member, deal, from);
    }
    let asked = Asked { ask: &ask, deal };
    if !ranking::begin(draft, member, asked, from) {
        answer(draft, member, asked, &[], from);
    }
}

/// The deal that was spoken of, or stood on a card, within the window.
fn spoken_of<'s>(draft: &Draft<'s>, member: &Member) -> Option<&'s Deal> {
    let state = draft.state;
    let dialogue = state.dialogue(&member.id)?;
    let said = dialogue.subject.as_ref().map(|subject| subject.at);
    let shown = dialogue.card.and_then(|id| state.card(id)).map(|card| card.at);
    let window = state.rules().workspace.subject_window;
    let fresh = said.max(shown).is_some_and(|at| draft.now - at <= window);
    questions::at_hand(draft, member).filter(|deal| fresh && deal.is_open())
}

/// 「太贵 宏远」 asks about 太贵.
fn without_names(state: &State, ask: &str, customers: &[CustomerId]) -> String {
    let mark = |c: char| c.is_whitespace() || "，。,.：:、；;".contains(c);
    let mut rest = ask.to_owned();
    let mut names = state.names().customers_in(ask);
    names.retain(|name| name.via != Via::Contact && customers.contains(&name.id));
    names.sort_by_key(|name| std::cmp::Reverse(name.span.start));
    names.dedup_by_key(|name| name.span.start);
    for name in names {
        let alone = |at: Option<char>| at.is_none_or(mark);
        let (before, after) = (ask.get(..name.span.start), ask.get(name.span.end..));
        let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
        // 「宏远嫌贵」 is a sentence, and stays one.
        if alone(before.chars().next_back()) && alone(after.chars().next()) {
            rest.replace_range(name.span, "");
        }
    }
    rest.trim_matches(mark).to_owned()
}

/// The stage and the industry that scripts shall fit.
pub fn place<'s>(state: &'s State, deal: Option<&'s Deal>) -> Option<(&'s StageKey, &'s str)> {
    let first = state.rules().process.stages.first().map(|stage| &stage.key);
    let stage = deal.map(|deal| &deal.stage).or(first)?;
    let customer = deal.and_then(|deal| state.customer(deal.customer));
    Some((stage, customer.map_or("", |customer| &customer.industry)))
}

/// All that answer, best first.
pub fn fitting<'s>(state: &'s State, asked: Asked<'_>) -> Vec<&'s Script> {
    let Some((stage, industry)) = place(state, asked.deal) else { return Vec::new() };
    let rules = state.rules();
    let useful = |key: &ScriptKey| state.votes(key).map_or(0, ScriptVotes::worth);
    config::answers(state.scripts(), &objections::heard(rules, asked.ask), stage, industry, useful)
}

/// Shows the best three that were not shown `before`.
pub fn answer(draft: &mut Draft<'_>, member: &Member, asked: Asked<'_>, before: &[ScriptKey], from: &Sender) {
    answer_in(draft, member, asked, &[], before, from);
}

/// The same in this order; what is not in it follows in its own.
pub fn answer_in(
    draft: &mut Draft<'_>,
    member: &Member,
    asked: Asked<'_>,
    order: &[ScriptKey],
    before: &[ScriptKey],
    from: &Sender,
) {
    let state = draft.state;
    let mut answers = fitting(state, asked);
    answers.sort_by_key(|script| order.iter().position(|key| *key == script.key).unwrap_or(usize::MAX));
    answers.retain(|script| !before.contains(&script.key));
    if answers.is_empty() {
        return script_kinds::none(draft, member, asked, !before.is_empty(), from);
    }
    let more = answers.len() > SHOWN;
    answers.truncate(SHOWN);
    let vars = vars(state, asked, &answers, more);
    let scripts = answers.iter().map(|script| script.key.clone()).collect();
    let kind = CardKind::Scripts {
        deal: asked.deal.map(|deal| deal.id),
        scripts,
        ask: asked.ask.into(),
        before: before.to_vec(),
        sent: Vec::new(),
        judged: Vec::new(),
    };
    draft.answer_card(from, &member.id, kind, "script", vars);
}

fn vars(state: &State, asked: Asked<'_>, answers: &[&Script], more: bool) -> Value {
    let rules = state.rules();
    let Asked { ask, deal } = asked;
    let customer = deal.and_then(|deal| state.customer(deal.customer));
    let contact = words::contact(customer);
    let items = answers.iter().enumerate().map(|(n, script)| {
        json!({ "n": n + 1, "name": script.name, "say": words::spoken_to(&script.say, contact.as_deref()) })
    });
    let items: Vec<Value> = items.collect();
    let is_kind = rules.objections.categories.iter().any(|category| category.name == ask);
    let objection = answers.first().map_or(ask, |script| script.objection.as_str());
    let spoken = if is_kind && !objection.is_empty() { objection } else { ask };
    let rival = rules.objections.competitors.iter().find(|rival| rival.names().any(|name| name == ask));
    let materials = answers.iter().filter_map(|script| script.material.as_ref());
    words::vars([
        ("ask", Some(spoken.into())),
        ("told", REPORTS.iter().any(|it| spoken.starts_with(it)).then_some(true.into())),
        ("rival", rival.map(|rival| rival.name.as_str().into())),
        ("customer", deal.map(|deal| words::customer(state, deal).into())),
        ("stage", deal.map(|deal| words::stage(rules, &deal.stage).into())),
        ("industry", customer.map(|customer| rules.process.industry_name(&customer.industry).into())),
        ("second", (answers.len() > 1).then_some(true.into())),
        ("third", (answers.len() > 2).then_some(true.into())),
        ("more", more.then_some(true.into())),
        ("answers", Some(items.into())),
        ("attached", Some(attached(rules, answers).into())),
        ("roi", estimates::is_offered(rules, materials).then_some(true.into())),
    ])
}

/// The materials that belong to the answers, each once.
fn attached(rules: &Config, answers: &[&Script]) -> Vec<Value> {
    let shown = |(n, material): (usize, &Material)| json!({ "n": n + 1, "name": material.name, "link": pack::link(&material.key) });
    materials_of(rules, answers).into_iter().map(shown).collect()
}

fn materials_of<'r>(rules: &'r Config, answers: &[&Script]) -> Vec<(usize, &'r Material)> {
    let mut seen = Vec::new();
    let numbered = answers.iter().enumerate().filter_map(|(n, script)| Some((n, script.material.as_ref()?)));
    let first = numbered.filter(|(_, key)| {
        let new = !seen.contains(key);
        seen.push(*key);
        new
    });
    let known =
        first.filter_map(|(n, key)| Some((n, rules.materials.iter().find(|material| material.key == *key)?)));
    known.take(ATTACHED).collect()
}

/// The materials that stand beside a card's scripts, in their order.
pub fn materials_beside(rules: &Config, scripts: &[ScriptKey]) -> Vec<MaterialKey> {
    let find = |key: &ScriptKey| rules.scripts.iter().find(|script| script.key == *key);
    let answers: Vec<&Script> = scripts.iter().filter_map(find).collect();
    materials_of(rules, &answers).into_iter().map(|(_, material)| material.key.clone()).collect()
}

/// How many scripts there are against a competitor that `text` names, and which that is.
pub fn rival_in<'s>(state: &'s State, text: &str) -> Option<(&'s Competitor, usize)> {
    let rival = state.rules().objections.competitor_in(text)?;
    let against = |script: &&Script| script.competitors.contains(&rival.key);
    let count = state.scripts().filter(against).count();
    (count > 0).then_some((rival, count))
}

/// Whether the whole text asks for scripts: a script's word, a competitor's name, and where the kinds were listed
/// one of those.
pub fn is_word(state: &State, text: &str, card: Option<&Card>) -> bool {
    let text = text.trim();
    let listed = card.is_some_and(|card| matches!(card.kind, CardKind::ScriptKinds { .. }));
    state.scripts().any(|script| script.word == text)
        || rival_in(state, text).is_some_and(|(rival, _)| rival.names().any(|name| name == text))
        || (listed && state.rules().objections.categories.iter().any(|category| category.name == text))
}

/// 发, 发2: the words for the customer alone, of the scripts shown last or of the newest warning.
pub fn send_script(
    draft: &mut Draft<'_>,
    member: &Member,
    card: Option<&Card>,
    number: Option<u8>,
    from: &Sender,
) {
    let place = usize::from(number.unwrap_or(1)).saturating_sub(1);
    if let Some(Card { id, kind: CardKind::Scripts { .. }, .. }) = card {
        if !send(draft, *id, place, from) {
            let n = number.unwrap_or(1).to_string();
            draft.answer(from, "number_none", words::vars([("n", Some(n.into()))]));
        }
        return;
    }
    let deal = card.and_then(|card| draft.state.deal(card.kind.deal()?));
    match deal.or_else(|| questions::at_hand(draft, member)).and_then(|deal| opener(draft, deal, place)) {
        Some(say) => bare(draft, say, from),
        None => drop(draft.answer(from, "help", words::vars([]))),
    }
}

fn opener(draft: &Draft<'_>, deal: &Deal, place: usize) -> Option<String> {
    let state = draft.state;
    if place == 0 {
        return warn::opener(state, deal);
    }
    let customer = state.customer(deal.customer);
    let openers = state.rules().openers(&deal.stage, customer.map_or("", |customer| &customer.industry));
    Some(words::spoken_to(&openers.get(place)?.say, words::contact(customer).as_deref()))
}

/// The words of a card's script alone; whether there still is such a script. 有用 is said of it from now on.
pub fn send(draft: &mut Draft<'_>, card: CardId, place: usize, from: &Sender) -> bool {
    let Some(CardKind::Scripts { deal, scripts, .. }) = draft.state.card(card).map(|card| &card.kind) else {
        return false;
    };
    let Some(say) = scripts.get(place).and_then(|key| said(draft.state, *deal, key)) else { return false };
    bare(draft, say, from);
    if let Some(CardKind::Scripts { scripts, sent, .. }) = draft.card_mut(card).map(|card| &mut card.kind) {
        let key = scripts[place].clone();
        sent.retain(|known| *known != key);
        sent.push(key);
    }
    true
}

/// A script's words as they are said to the deal's customer.
fn said(state: &State, deal: Option<DealId>, key: &ScriptKey) -> Option<String> {
    let script = state.script(key)?;
    let customer = deal.and_then(|id| state.customer(state.deal(id)?.customer));
    Some(words::spoken_to(&script.say, words::contact(customer).as_deref()))
}

fn bare(draft: &mut Draft<'_>, say: String, from: &Sender) {
    draft.answer(from, "script_bare", words::vars([("say", Some(say.into()))]));
}

/// 换一组: the next three for the same; whether scripts are what was shown last.
pub fn others(draft: &mut Draft<'_>, member: &Member, card: Option<&Card>, from: &Sender) -> bool {
    let Some(CardKind::Scripts { deal, scripts, ask, before, .. }) = card.map(|card| &card.kind) else {
        return false;
    };
    let deal = deal.and_then(|id| draft.state.deal(id));
    let seen: Vec<ScriptKey> = before.iter().chain(scripts).cloned().collect();
    answer(draft, member, Asked { ask, deal }, &seen, from);
    true
}

/// 全部: the scripts shown last, whole.
pub fn whole(draft: &mut Draft<'_>, card: &Card, from: &Sender) {
    let CardKind::Scripts { deal, scripts, .. } = &card.kind else { return };
    let state = draft.state;
    let name = |key: &ScriptKey| state.script(key).map(|script| &script.name);
    let line = |(n, key): (usize, &ScriptKey)| {
        Some(Value::from(format!("{} {}：{}", n + 1, name(key)?, said(state, *deal, key)?)))
    };
    let lines: Vec<Value> = scripts.iter().enumerate().filter_map(line).collect();
    let title = format!("{} 种接法，回 发1 只给你一句", lines.len());
    draft.answer(from, "all", words::vars([("title", Some(title.into())), ("lines", Some(lines.into()))]));
}
