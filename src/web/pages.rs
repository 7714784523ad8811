//! Pages that messages link to: a material, as one page for the phone.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use pulldown_cmark::{Event, Options, Parser, html};

use super::Front;
use super::links::{Grant, LinkError};

const STYLE: &str = include_str!("page.css");

/// `GET /m/{token}`: the document that a pack links to.
pub(super) async fn material(
    State(front): State<Front>,
    token: Result<Path<String>, PathRejection>,
) -> Response {
    let token = token.map_or_else(|_| String::new(), |Path(token)| token);
    match front.links.verify(&token, "material", front.clock.now()) {
        Ok(grant) => shown(&front, &grant),
        Err(LinkError::Expired) => {
            notice(&front, StatusCode::GONE, "链接过期了", "回机器人「今日」，会给你新的。")
        }
        Err(LinkError::Forged) => unknown(&front),
    }
}

/// A link that is not ours.
pub(super) fn unknown(front: &Front) -> Response {
    notice(front, StatusCode::NOT_FOUND, "打不开", "这个链接不完整，从聊天里再点一次。")
}

fn shown(front: &Front, grant: &Grant) -> Response {
    let config = front.apps.get(&*grant.app).map(|app| app.config.borrow().clone());
    let material = config
        .as_ref()
        .and_then(|config| config.materials.iter().find(|material| material.key.as_str() == &*grant.subject));
    match material.and_then(|material| Some((&material.name, material.text.as_deref()?))) {
        Some((name, text)) => page(front, StatusCode::OK, name, text),
        None => notice(
            front,
            StatusCode::NOT_FOUND,
            "没有这份物料了",
            "管理员可能换了名字。回机器人「今日」看新的。",
        ),
    }
}

/// A page of one sentence and one action.
pub(super) fn notice(front: &Front, status: StatusCode, title: &str, words: &str) -> Response {
    page(front, status, title, &format!("# {title}\n\n{words}"))
}

/// A page of Markdown; HTML within it is shown as text.
fn page(front: &Front, status: StatusCode, title: &str, markdown: &str) -> Response {
    let options = Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS;
    let safe = Parser::new_ext(markdown, options).map(|event| match event {
        Event::Html(html) | Event::InlineHtml(html) => Event::Text(html),
        other => other,
    });
    let mut body = String::new();
    html::push_html(&mut body, safe);
    document(front, status, title, &body)
}

/// Text that stands in HTML.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    html::push_html(&mut escaped, std::iter::once(Event::Text(text.into())));
    escaped.replace('"', "&quot;")
}

/// A page of this HTML.
pub(super) fn document(front: &Front, status: StatusCode, title: &str, body: &str) -> Response {
    // A title with markup in it is text as well.
    let escaped = escaped(title);
    let document = format!(
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{escaped}</title><style>{STYLE}</style><main>{body}</main></html>"
    );
    // Only the simulator's phones may show a page in a frame.
    let frames = if front.under_sim { "http://127.0.0.1:* http://localhost:*" } else { "'none'" };
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' https:; frame-ancestors {frames}"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (status, headers, document).into_response()
}
