//! 钉钉: callbacks, signatures, calls and cards.
