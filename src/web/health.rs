//! Whether the process lives, whether it can take events, and its figures.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::Front;

/// `GET /healthz`: the process lives; with a store that is shut it says so.
pub(super) async fn alive(State(front): State<Front>) -> Response {
    let faults: Vec<String> =
        front.engines.iter().filter_map(|engine| engine.status().borrow().fault.clone()).collect();
    axum::Json(json!({ "alive": true, "faults": faults })).into_response()
}

/// `GET /readyz`: every workspace's store is open.
pub(super) async fn ready(State(front): State<Front>) -> StatusCode {
    if front.engines.iter().all(|engine| engine.status().borrow().open) {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    }
}

/// `GET /metrics`: Prometheus text.
pub(super) async fn metrics(State(front): State<Front>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], front.metrics.render()).into_response()
}
