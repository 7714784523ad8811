//! A template and its values become a [`Message`]. Pure: the same in, the same out.

use minijinja::Environment;
use serde_json::{Map, Value};
use thiserror::Error;

use super::guard;
use super::message::{Button, Form, Message, Select, Style, Tick, Written};
use super::template::{Template, empty, item_fields};
use super::text::web_address;
use super::values::value_of;
use crate::sales::Platform;

/// Why a message could not be made.
#[derive(Debug, Error)]
pub enum RenderError {
    /// There is no such message.
    #[error("no message is called {key}")]
    Unknown {
        /// What was asked for.
        key: String,
    },
    /// A variable that may not be empty was not given.
    #[error("message {key} needs the variable {variable}")]
    Missing {
        /// The message.
        key: String,
        /// The variable.
        variable: String,
    },
    /// The body could not be carried out with these values.
    #[error("the body of message {key} cannot be carried out")]
    Body {
        /// The message.
        key: String,
        /// Where and why.
        source: minijinja::Error,
    },
    /// The first line is not a title.
    #[error("message {key} came out without a title")]
    Untitled {
        /// The message.
        key: String,
    },
}

/// Fills `template` with `given`.
pub(super) fn message(
    environment: &Environment<'static>,
    template: &Template,
    given: &Value,
    platform: Platform,
) -> Result<Message, RenderError> {
    let key = || template.key.clone();
    let values = Value::Object(complete(template, given)?);
    let body = template.body(platform);
    let rendered = environment
        .render_named_str(&body.file, &body.source, value_of(&values))
        .map_err(|source| RenderError::Body { key: key(), source })?;
    let written = match template.head.form {
        Form::Bare => Written::bare(&rendered),
        Form::Card | Form::Text | Form::Markdown => {
            Written::read(&rendered).ok_or_else(|| RenderError::Untitled { key: key() })?
        }
    };
    Ok(Message {
        key: key(),
        form: template.head.form,
        audience: template.head.audience,
        title: written.title,
        body: written.body,
        checklist: checklist(template, &values),
        selects: selects(template, &values),
        buttons: buttons(template, &values),
        listed: template.head.choices_listed,
        grey: written.grey,
        done: None,
    })
}

/// The declared variables alone, those not given empty, list items with all their fields.
fn complete(template: &Template, given: &Value) -> Result<Map<String, Value>, RenderError> {
    let mut values = Map::new();
    for (name, variable) in &template.head.variables {
        let mut value = match given.get(name) {
            Some(value) if !value.is_null() => value.clone(),
            _ if variable.optional => empty(variable),
            _ => {
                return Err(RenderError::Missing { key: template.key.clone(), variable: name.clone() });
            }
        };
        let fields = item_fields(&variable.sample);
        for item in value.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
            for field in &fields {
                if !item.contains_key(*field) {
                    item.insert((*field).to_owned(), Value::Null);
                }
            }
        }
        values.insert(name.clone(), value);
    }
    Ok(values)
}

fn buttons(template: &Template, values: &Value) -> Vec<Button> {
    if let Some(choices) = &template.head.choices {
        return items(values, choices)
            .map(|item| Button {
                key: word(item, "key"),
                text: word(item, "text"),
                url: None,
                style: Style::Plain,
            })
            .collect();
    }
    let fixed = template.head.buttons.iter().filter(|button| wanted(button.when.as_deref(), values));
    let fixed = fixed.filter_map(|button| {
        let url = match &button.url {
            Some(variable) => Some(web_address(values.get(variable)?.as_str()?)?),
            None => None,
        };
        Some(Button { key: button.key.clone(), text: button.text.clone(), url, style: button.style })
    });
    fixed.collect()
}

/// Whether the variable that a button waits for says anything; what waits for none is always there.
fn wanted(when: Option<&str>, values: &Value) -> bool {
    match when.map(|variable| values.get(variable).unwrap_or(&Value::Null)) {
        None => true,
        Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(items)) => !items.is_empty(),
        Some(Value::Bool(true) | Value::Number(_) | Value::Object(_)) => true,
    }
}

fn checklist(template: &Template, values: &Value) -> Vec<Tick> {
    let Some(variable) = &template.head.checklist else { return Vec::new() };
    items(values, variable)
        .map(|item| Tick {
            key: word(item, "key"),
            text: word(item, "text"),
            done: item.get("done").and_then(Value::as_bool).unwrap_or(false),
            link: item.get("link").and_then(Value::as_str).and_then(web_address),
        })
        .collect()
}

fn selects(template: &Template, values: &Value) -> Vec<Select> {
    let Some(variable) = &template.head.selects else { return Vec::new() };
    let select = |item: &Value| Select {
        key: word(item, "key"),
        title: word(item, "title"),
        options: items(item, "options").map(|option| (word(option, "key"), word(option, "text"))).collect(),
    };
    items(values, variable).map(select).filter(|select| !select.options.is_empty()).collect()
}

fn items<'a>(values: &'a Value, variable: &str) -> impl Iterator<Item = &'a Value> {
    values.get(variable).and_then(Value::as_array).into_iter().flatten()
}

fn word(item: &Value, field: &str) -> String {
    match item.get(field) {
        Some(Value::String(word)) => guard::one_line(word),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}
