//! 话术: what to answer to a customer's objection, and the words alone, so that one long press forwards them.

use serde_json::{Value, json};

use super::draft::Draft;
use super::{questions, warn, words};
use crate::config::{Config, Member, Script};
use crate::event::Sender;
use crate::sales::{Card, CardKind, CustomerId, Deal, DealId, ScriptKey, StageKey};

/// An answer shows so many.
const SHOWN: usize = 3;
/// A rep's own telling begins so, and is not quoted as the customer's words.
const REPORTS: [&str; 4] = ["客户", "对方", "他们", "人家"];
/// So many words are named when none fits.
const NAMED: usize = 4;

/// 话术 …, a customer's objection, or a script's word: the best answers for the deal's stage and industry.
pub fn script(draft: &mut Draft<'_>, member: &Member, ask: &str, customers: &[CustomerId], from: &Sender) {
    let (state, rules) = (draft.state, draft.state.rules());
    let named =
        customers.iter().flat_map(|id| state.deals_of_customer(*id)).find(|deal| deal.is_with(&member.id));
    let deal = named.or_else(|| questions::at_hand(draft, member));
    let customer = deal.and_then(|deal| state.customer(deal.customer));
    let first = rules.process.stages.first().map(|stage| &stage.key);
    let Some(stage) = deal.map(|deal| &deal.stage).or(first) else { return };
    let industry = customer.map_or("", |customer| &customer.industry);
    let answers = best(rules, ask, stage, industry);
    if answers.is_empty() {
        let words: Vec<&str> =
            rules.objections(stage, industry).iter().map(|script| script.word.as_str()).take(NAMED).collect();
        let vars = words::vars([("said", Some(ask.into())), ("words", Some(words.join(" · ").into()))]);
        draft.answer(from, "script_none", vars);
        return;
    }
    let contact = words::contact(customer);
    let say = |script: &Script| words::spoken_to(&script.say, contact.as_deref());
    let items = answers.iter().enumerate();
    let items: Vec<Value> =
        items.map(|(n, script)| json!({ "n": n + 1, "name": script.name, "say": say(script) })).collect();
    let attach = answers.iter().find_map(|script| script.material.as_ref());
    let attach = attach.and_then(|key| rules.materials.iter().find(|material| material.key == *key));
    let asked = answers.first().map_or(ask, |script| if ask.is_empty() { &script.objection } else { ask });
    let vars = words::vars([
        ("ask", Some(asked.into())),
        ("told", REPORTS.iter().any(|it| asked.starts_with(it)).then_some(true.into())),
        ("stage", deal.map(|deal| words::stage(rules, &deal.stage).into())),
        ("industry", customer.map(|customer| rules.process.industry_name(&customer.industry).into())),
        ("answers", Some(items.into())),
        ("attach", attach.map(|material| material.name.as_str().into())),
    ]);
    let scripts = answers.iter().map(|script| script.key.clone()).collect();
    let kind = CardKind::Scripts { deal: deal.map(|deal| deal.id), scripts };
    draft.answer_list(from, &member.id, kind, "script", vars);
}

/// The script whose word this is comes first, then those whose words occur in it; all objections when nothing was asked.
fn best<'r>(rules: &'r Config, ask: &str, stage: &StageKey, industry: &str) -> Vec<&'r Script> {
    let mut answers: Vec<&Script> = match ask {
        "" => rules.objections(stage, industry),
        said => rules.find_script(said, stage, industry).into_iter().collect(),
    };
    for script in rules.answers(ask, stage, industry) {
        if !answers.iter().any(|known| known.key == script.key) {
            answers.push(script);
        }
    }
    answers.truncate(SHOWN);
    answers
}

/// Whether the whole text is a script's word: 停产.
pub fn is_word(rules: &Config, text: &str) -> bool {
    rules.scripts.iter().any(|script| script.word == text.trim())
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
    if let Some(CardKind::Scripts { deal, scripts }) = card.map(|card| &card.kind) {
        let sent = scripts.get(place).is_some_and(|key| send(draft, *deal, key, from));
        if !sent {
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

/// One script's words alone; whether there still is such a script.
pub fn send(draft: &mut Draft<'_>, deal: Option<DealId>, key: &ScriptKey, from: &Sender) -> bool {
    let state = draft.state;
    let Some(script) = state.rules().scripts.iter().find(|script| script.key == *key) else { return false };
    let customer = deal.and_then(|id| state.customer(state.deal(id)?.customer));
    bare(draft, words::spoken_to(&script.say, words::contact(customer).as_deref()), from);
    true
}

fn bare(draft: &mut Draft<'_>, say: String, from: &Sender) {
    draft.answer(from, "script_bare", words::vars([("say", Some(say.into()))]));
}
