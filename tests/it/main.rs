//! The integration tests: one binary, stories in the users' words.
