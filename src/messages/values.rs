//! The template language as admins get it: MiniJinja with strict names, few filters, and values that cannot become
//! markup (see [`super::guard`]).

use minijinja::value::{Value, ValueKind};
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior};

use super::guard::guard;
use super::shorten::{Unit, shorten};

/// The filters that a template may use.
pub(super) const FILTERS: [&str; 5] = ["count", "first", "join", "length", "short"];

/// The one environment: no globals, no includes, only [`FILTERS`].
pub(super) fn environment() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // Blocks that a template captured (`{% set %}`, macros) are its own text and are not guarded again.
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_formatter(|out, _, value| {
        if value.is_none() || value.is_undefined() {
            return Ok(());
        }
        let text = value.to_string();
        let text = if value.is_safe() { text } else { guard(&text) };
        out.write_str(&text).map_err(|_| ErrorKind::WriteFailure.into())
    });
    environment.add_filter("count", count);
    environment.add_filter("first", minijinja::filters::first);
    environment.add_filter("join", minijinja::filters::join);
    environment.add_filter("length", length);
    environment.add_filter("short", |text: String, max: usize| shorten(&text, max, Unit::Chars));
    environment.add_test("defined", minijinja::tests::is_defined);
    environment
}

/// JSON as the template language's values.
pub(super) fn value_of(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::from(()),
        serde_json::Value::Bool(truth) => Value::from(*truth),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(whole) => Value::from(whole),
            None => Value::from(number.as_f64()),
        },
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Array(items) => items.iter().map(value_of).collect(),
        serde_json::Value::Object(fields) => {
            Value::from_pairs(fields.iter().map(|(key, field)| (key.as_str(), value_of(field))))
        }
    }
}

/// A count that came as a number, as digits or not at all; nothing counts as 0.
fn count(value: &Value) -> i64 {
    if value.kind() == ValueKind::Number {
        return i64::try_from(value.clone()).unwrap_or(0);
    }
    value.as_str().and_then(|digits| digits.trim().parse().ok()).unwrap_or(0)
}

/// How many entries; an empty list may also be left out.
fn length(value: &Value) -> usize {
    if value.is_none() { 0 } else { value.len().unwrap_or(0) }
}
