//! Links that are made when a row goes out: `material://KEY` in a variable becomes a page that this recipient can open.

use serde_json::Value;

/// How a variable names a page of ours: a material by its key, an action card's evidence by its number.
const PAGES: [&str; 2] = ["material://", "evidence://"];

/// Puts `link` of it in the place of every `material://KEY` and `evidence://NUMBER`, and nothing where there is none: a template leaves
/// an empty link out.
pub(super) fn resolve(vars: &mut Value, link: &dyn Fn(&str) -> Option<String>) {
    match vars {
        Value::String(text) => {
            if PAGES.iter().any(|page| text.starts_with(page)) {
                *text = link(text).unwrap_or_default();
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
        resolve(&mut vars, &|key| {
            (key == "material://quote").then(|| "https://g.example/m/quote".to_owned())
        });
        let wanted = json!({"said": "看 material://a", "materials": [
            {"text": "报价单", "link": "https://g.example/m/quote"}, {"text": "甘特图", "link": ""}]});
        assert_eq!(vars, wanted);
    }
}
