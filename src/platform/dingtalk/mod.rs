//! 钉钉: callbacks, signatures, calls and cards.

pub mod callback;
pub mod sign;
pub mod wire;
