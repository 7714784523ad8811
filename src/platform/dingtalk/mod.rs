//! 钉钉: callbacks, signatures, calls and cards.

pub mod api;
pub mod callback;
mod codes;
pub mod sign;
pub mod wire;
