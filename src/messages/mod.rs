//! What the bot says: from a template and its values to the best form of each platform.
//!
//! [`Templates`] reads `message-templates/` and renders one neutral [`Message`] (pure); [`forms`] fill it into what a
//! platform can carry and keep its limits; [`preview`] shows both to an admin. The outbox calls the first two, the
//! `genjin preview` command and the console the last. No value ever becomes markup: see `guard`.

mod check;
pub mod forms;
mod guard;
pub mod limits;
mod message;
mod nearest;
mod pages;
pub mod preview;
mod render;
mod resolve;
mod shipped;
mod shorten;
mod template;
mod templates;
mod text;
mod values;

pub use crate::event::Fault;
pub use message::{Audience, Block, Button, Form, Message, Select, Style, Tick};
pub use pages::{PageError, Pages};
pub use preview::preview;
pub use render::RenderError;
pub use resolve::resolve;
pub use shorten::{Unit, shorten};
pub use template::{ButtonSpec, FrontMatter, LONGEST_CUSTOMER, OnDoubt, Sample, Template, Urgency, Variable};
pub use templates::Templates;
pub use text::Text;
