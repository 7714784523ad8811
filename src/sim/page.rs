//! The phones page, embedded: `/` and `/page/…`. Its files are in `page/`; it knows the control API alone.

use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use super::Sim;

const INDEX: &str = include_str!("page/index.html");

const JS: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// Name, type and content of what the page loads.
const FILES: &[(&str, &str, &str)] = &[
    ("api.js", JS, include_str!("page/api.js")),
    ("chips.js", JS, include_str!("page/chips.js")),
    ("clock.js", JS, include_str!("page/clock.js")),
    ("dingtalk.js", JS, include_str!("page/dingtalk.js")),
    ("dom.js", JS, include_str!("page/dom.js")),
    ("icon.svg", SVG, include_str!("page/icon.svg")),
    ("markdown.js", JS, include_str!("page/markdown.js")),
    ("phone.js", JS, include_str!("page/phone.js")),
    ("phones.css", CSS, include_str!("page/phones.css")),
    ("phones.js", JS, include_str!("page/phones.js")),
    ("road.js", JS, include_str!("page/road.js")),
    ("web.js", JS, include_str!("page/web.js")),
    ("wecom.js", JS, include_str!("page/wecom.js")),
];

pub(super) fn router() -> Router<Sim> {
    Router::new().route("/", get(|| async { Html(INDEX) })).route("/page/{file}", get(file))
}

async fn file(Path(name): Path<String>) -> Response {
    match FILES.iter().find(|(known, ..)| *known == name) {
        Some((_, kind, content)) => {
            ([(header::CONTENT_TYPE, *kind), (header::CACHE_CONTROL, "no-cache")], *content).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_page_is_served() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/sim/page");
        for entry in std::fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(name == "index.html" || FILES.iter().any(|(known, ..)| *known == name), "{name}");
        }
    }
}
