//! Pages that somebody fills in: a signed link opens one for one person and one purpose, and what is sent in becomes an
//! event like a word in the chat. The road of a form:
//!
//! `gate` proves the link and its person → the page is drawn with a one-time number → `posted` reads what comes back →
//! its fields are read (what is wrong is told beside the field, and nothing has happened) → the event is committed →
//! the browser is sent on to the answer, which is drawn from the line that the event left. A second tap has the same
//! number, is a repeat to the engine, and is sent on to the same answer.
//!
//! There is no cookie and no session: the address is the key, so that no other site can send anything in.

mod customer;
mod customer_fields;
mod deal;
mod done;
mod facts;
mod gate;
mod note;
mod page;
mod posted;

use axum::Router;
use axum::routing::get;

use super::Front;

/// The routes.
pub(super) fn routes() -> Router<Front> {
    Router::new()
        .route("/f/note/{token}", get(note::show).post(note::take))
        .route("/f/customer/{token}", get(customer::show).post(customer::take))
        .route("/d/{token}", get(deal::show).post(deal::take))
}
