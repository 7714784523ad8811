//! 企业微信: callbacks, cipher, calls and cards.

pub mod callback;
mod inbound;
pub mod wire;
pub mod xml;
