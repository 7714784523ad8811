//! 企业微信: callbacks, cipher, calls and cards.

pub mod api;
pub mod callback;
mod codes;
mod inbound;
pub mod wire;
pub mod xml;
