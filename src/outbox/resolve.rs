//! Links that are made when a row goes out: `material://KEY` in a variable becomes a page that this recipient can open.

use serde_json::Value;

/// How a variable names a material.
const MATERIAL: &str = "material://";

/// Puts `link` of its key in the place of every `material://KEY`, and nothing where there is none: a template leaves
/// an empty link out.
pub(super) fn resolve(vars: &mut Value, link: &dyn Fn(&str) -> Option<String>) {
    match vars {
        Value::String(text) => {
            if let Some(key) = text.strip_prefix(MATERIAL) {
                *text = link(key).unwrap_or_default();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| resolve(item, link)),
        Value::Object(fields) => fields.values_mut().for_each(|field| resolve(field, link)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::resolve;

    #[test]
    fn material_becomes_its_link_or_nothing() {
        let mut vars = json!({"said": "看 material://a", "materials": [
            {"text": "报价单", "link": "material://quote"}, {"text": "甘特图", "link": "material://gone"}]});
        resolve(&mut vars, &|key| (key == "quote").then(|| format!("https://g.example/m/{key}")));
        let wanted = json!({"said": "看 material://a", "materials": [
            {"text": "报价单", "link": "https://g.example/m/quote"}, {"text": "甘特图", "link": ""}]});
        assert_eq!(vars, wanted);
    }
}
