//! A JSON object as 钉钉 writes it: keys in varying case, numbers as text, objects as strings.
//!
//! The three readers look everything up through this, so that none of them fails on a form that only some tenants
//! or clients send. Nesting is limited by `serde_json`, length by the caller.

use serde_json::{Map, Value};

use crate::platform::callback::CallbackError;

/// A JSON object.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    pub(super) fn parse(json: &[u8]) -> Result<Self, CallbackError> {
        serde_json::from_slice(json).map(Self).map_err(|_| CallbackError::Malformed("JSON"))
    }

    /// These fields, and those of `others` whose names are not among them.
    pub(super) fn or(mut self, others: &Map<String, Value>) -> Self {
        for (key, value) in others {
            if self.get(key).is_none() {
                self.0.insert(key.clone(), value.clone());
            }
        }
        self
    }

    /// The value of `key` as spelled, else in another case; null is absent.
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        let other_case =
            || self.0.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value);
        self.0.get(key).or_else(other_case).filter(|value| !value.is_null())
    }

    /// A text or number that is not empty.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.get(key).and_then(scalar).filter(|text| !text.is_empty())
    }

    /// A list of texts, also if there is only one and no list.
    pub(super) fn list(&self, key: &str) -> Vec<String> {
        self.get(key).map(scalars).unwrap_or_default()
    }

    /// An object, also if it comes as a string of JSON.
    pub(super) fn object(&self, key: &str) -> Option<Self> {
        match self.get(key)? {
            Value::Object(map) => Some(Self(map.clone())),
            Value::String(json) => Self::parse(json.as_bytes()).ok(),
            _ => None,
        }
    }

    /// The objects in a list; whatever else is in it is left out.
    pub(super) fn objects(&self, key: &str) -> Vec<Self> {
        let list = self.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        list.iter().filter_map(Value::as_object).cloned().map(Self).collect()
    }

    /// Each key with its values as texts, in the order of keys.
    pub(super) fn flattened(&self) -> Vec<(String, Vec<String>)> {
        self.0.iter().map(|(key, value)| (key.clone(), scalars(value))).collect()
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The texts in a value; what has no plain form is kept as its JSON.
fn scalars(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().flat_map(scalars).collect(),
        plain => vec![scalar(plain).unwrap_or_else(|| plain.to_string())],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(json: &str) -> Fields {
        Fields::parse(json.as_bytes()).unwrap()
    }

    #[test]
    fn keys_are_found_in_any_case_but_first_as_spelled() {
        let fields = fields(r#"{"UserId":"a","userid":"b","Timestamp":1,"nothing":null}"#);
        assert_eq!(fields.text("userid").as_deref(), Some("b"));
        assert_eq!(fields.text("timeStamp").as_deref(), Some("1"));
        assert_eq!(fields.text("nothing"), None);
    }

    #[test]
    fn values_are_read_in_each_form_that_is_sent() {
        let fields =
            fields(r#"{"ids":["a",2,[true]],"id":"a","inner":"{\"x\":1}","bad":"{","mixed":[{"x":2},3]}"#);
        assert_eq!(fields.list("ids"), ["a", "2", "true"]);
        assert_eq!(fields.list("id"), ["a"]);
        assert_eq!(fields.object("inner").and_then(|inner| inner.text("x")).as_deref(), Some("1"));
        assert!(fields.object("bad").is_none());
        assert_eq!(fields.objects("mixed").len(), 1);
    }

    #[test]
    fn json_that_is_no_object_or_too_deep_is_refused() {
        for json in ["", "[]", "\"x\"", "{", "{\"a\":1}x", &"{\"a\":".repeat(100_000), &"[".repeat(100_000)] {
            assert_eq!(Fields::parse(json.as_bytes()).err(), Some(CallbackError::Malformed("JSON")));
        }
    }
}
