//! 钉钉: callbacks, signatures, calls and cards.

pub mod sign;
