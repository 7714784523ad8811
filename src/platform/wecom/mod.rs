//! 企业微信: callbacks, cipher, calls and cards.
