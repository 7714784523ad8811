//! A tap on a template card: what was chosen on it, and the code that the tap brings (wecom.md 2.3).

use std::collections::BTreeMap;

use serde_json::Value;

use super::send::issue_code;
use crate::sim::message::{CardRef, Heard, WecomCard};
use crate::sim::shared::Step;

/// What the callback will tell of a tap on `key` of `card`. `selected` is by question, or a list for the only one;
/// what it leaves open is as the card was drawn. Fails in words for who tapped.
pub(crate) fn tap(
    step: &mut Step<'_>,
    at: &CardRef,
    card: &WecomCard,
    (key, menu): (&str, bool),
    selected: Option<&Value>,
) -> Result<Heard, String> {
    let selected = if menu { BTreeMap::new() } else { chosen(&card.card, selected)? };
    let task_id = card.task_id.clone().unwrap_or_default();
    let copies = step.world().tasks.get(&task_id).cloned().unwrap_or_else(|| vec![at.clone()]);
    Ok(Heard::WecomTap {
        key: key.to_owned(),
        menu,
        card_type: card.card["card_type"].as_str().unwrap_or_default().to_owned(),
        response_code: issue_code(step, &task_id, copies),
        task_id,
        selected,
    })
}

/// A question with the options that are chosen as it was drawn.
struct Question<'a> {
    key: &'a str,
    options: Vec<&'a str>,
    drawn: Vec<&'a str>,
}

fn questions(card: &Value) -> Vec<Question<'_>> {
    let selects = card.get("button_selection").into_iter();
    let selects = selects.chain(card["select_list"].as_array().into_iter().flatten());
    let mut questions: Vec<Question<'_>> = selects
        .map(|select| {
            let options = option_ids(select, |_| true);
            let drawn = select["selected_id"].as_str().or(options.first().copied());
            Question { key: key_of(select), drawn: drawn.into_iter().collect(), options }
        })
        .collect();
    if let Some(checkbox) = card.get("checkbox") {
        let drawn = option_ids(checkbox, |option| option["is_checked"].as_bool() == Some(true));
        questions.push(Question { key: key_of(checkbox), options: option_ids(checkbox, |_| true), drawn });
    }
    questions
}

fn key_of(question: &Value) -> &str {
    question["question_key"].as_str().unwrap_or_default()
}

fn option_ids(question: &Value, wanted: impl Fn(&Value) -> bool) -> Vec<&str> {
    let options = question["option_list"].as_array().into_iter().flatten();
    options.filter(|option| wanted(option)).filter_map(|option| option["id"].as_str()).collect()
}

fn chosen(card: &Value, selected: Option<&Value>) -> Result<BTreeMap<String, Vec<String>>, String> {
    let questions = questions(card);
    let mut chosen = BTreeMap::new();
    for question in &questions {
        let said = match selected {
            Some(Value::Object(by_question)) => by_question.get(question.key),
            Some(list) if questions.len() == 1 && !list.is_null() => Some(list),
            Some(Value::Null) | None => None,
            Some(_) => return Err("selected must be by question on this card".to_owned()),
        };
        let ids = match said {
            None => question.drawn.clone(),
            Some(Value::String(id)) => vec![id.as_str()],
            Some(list) => list.as_array().into_iter().flatten().filter_map(Value::as_str).collect(),
        };
        if let Some(unknown) = ids.iter().find(|id| !question.options.contains(id)) {
            return Err(format!("{unknown} is no option of {}", question.key));
        }
        chosen.insert(question.key.to_owned(), ids.into_iter().map(str::to_owned).collect());
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn vote() -> Value {
        json!({"checkbox":{"question_key":"bring","mode":1,"option_list":[
            {"id":"a","text":"竞品对比表","is_checked":true},{"id":"b","text":"报价单","is_checked":false}]}})
    }

    #[test]
    fn what_was_not_said_is_as_drawn() {
        assert_eq!(chosen(&vote(), None).unwrap()["bring"], ["a"]);
        assert_eq!(chosen(&vote(), Some(&json!(["b"]))).unwrap()["bring"], ["b"]);
        assert_eq!(chosen(&vote(), Some(&json!({"bring":["a","b"]}))).unwrap()["bring"], ["a", "b"]);
        assert!(chosen(&vote(), Some(&json!(["c"]))).is_err());
    }
}
