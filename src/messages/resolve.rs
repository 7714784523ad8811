//! Links that are made when a message is drawn: `material://KEY` or `page://PURPOSE/SUBJECT` in a variable becomes a page
//! that this recipient can open.

use serde_json::Value;

/// How a variable names a page.
const SCHEMES: [&str; 2] = ["material://", "page://"];

/// Puts `link` in the place of every text that names a page, and nothing where there is none: a template leaves an
/// empty link out.
pub fn resolve(vars: &mut Value, link: &dyn Fn(&str) -> Option<String>) {
    match vars {
        Value::String(text) => {
            if SCHEMES.iter().any(|scheme| text.starts_with(scheme)) {
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
    fn page_becomes_its_link_or_nothing() {
        let mut vars = json!({"said": "看 material://a", "link": "page://note/d-1", "materials": [
            {"text": "报价单", "link": "material://quote"}, {"text": "甘特图", "link": "material://gone"}]});
        resolve(&mut vars, &|page| match page {
            "material://quote" => Some("https://g.example/m/quote".into()),
            "page://note/d-1" => Some("https://g.example/f/note/x".into()),
            _ => None,
        });
        let wanted = json!({"said": "看 material://a", "link": "https://g.example/f/note/x", "materials": [
            {"text": "报价单", "link": "https://g.example/m/quote"}, {"text": "甘特图", "link": ""}]});
        assert_eq!(vars, wanted);
    }
}
