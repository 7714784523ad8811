//! A JSON object as a strict platform reads it: known names, right types. The platforms turn a [`Bad`] into their
//! own refusals. `null` counts as missing.

use serde_json::{Map, Value};

/// What is wrong with which field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bad {
    /// The field with its way from the root, such as `text.content`.
    pub path: String,
    pub why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    Unknown,
    Missing,
    Type,
}

/// An object and the way to it.
pub(crate) struct Fields<'a> {
    pub map: &'a Map<String, Value>,
    path: String,
}

impl<'a> Fields<'a> {
    /// The root of a request, which must be an object.
    pub(crate) fn root(value: &'a Value) -> Result<Self, Bad> {
        Self::at(value, String::new())
    }

    /// An object below the root; `path` is the way to it.
    pub(crate) fn at(value: &'a Value, path: String) -> Result<Self, Bad> {
        match value {
            Value::Object(map) => Ok(Self { map, path }),
            _ => Err(Bad { path, why: Why::Type }),
        }
    }

    /// Refuses fields that are not among `names`.
    pub(crate) fn only(&self, names: &[&str]) -> Result<(), Bad> {
        match self.map.keys().find(|key| !names.contains(&key.as_str())) {
            None => Ok(()),
            Some(key) => Err(self.bad(key, Why::Unknown)),
        }
    }

    pub(crate) fn bad(&self, name: &str, why: Why) -> Bad {
        Bad { path: self.way(name), why }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    pub(crate) fn value(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    /// A string; empty if it is missing.
    pub(crate) fn text(&self, name: &str) -> Result<&'a str, Bad> {
        match self.value(name) {
            None => Ok(""),
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(self.bad(name, Why::Type)),
        }
    }

    /// A string that must be there and hold something.
    pub(crate) fn needed(&self, name: &str) -> Result<&'a str, Bad> {
        match self.text(name)? {
            "" => Err(self.bad(name, Why::Missing)),
            text => Ok(text),
        }
    }

    /// A whole number; a numeric string passes, as on the real platforms.
    pub(crate) fn int(&self, name: &str) -> Result<Option<i64>, Bad> {
        let number = match self.value(name) {
            None => return Ok(None),
            Some(Value::Number(number)) => number.as_i64(),
            Some(Value::String(text)) => text.parse().ok(),
            Some(_) => None,
        };
        number.map(Some).ok_or_else(|| self.bad(name, Why::Type))
    }

    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Bad> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(self.bad(name, Why::Type)),
        }
    }

    pub(crate) fn object(&self, name: &str) -> Result<Option<Fields<'a>>, Bad> {
        self.value(name).map(|value| Fields::at(value, self.way(name))).transpose()
    }

    /// A list of objects; empty if it is missing.
    pub(crate) fn objects(&self, name: &str) -> Result<Vec<Fields<'a>>, Bad> {
        let items = self.items(name)?;
        items.iter().map(|item| Fields::at(item, self.way(name))).collect()
    }

    /// A list of strings; empty if it is missing.
    pub(crate) fn texts(&self, name: &str) -> Result<Vec<&'a str>, Bad> {
        let items = self.items(name)?;
        items.iter().map(|item| item.as_str().ok_or_else(|| self.bad(name, Why::Type))).collect()
    }

    fn items(&self, name: &str) -> Result<&'a [Value], Bad> {
        match self.value(name) {
            None => Ok(&[]),
            Some(Value::Array(items)) => Ok(items),
            Some(_) => Err(self.bad(name, Why::Type)),
        }
    }

    fn way(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
}
