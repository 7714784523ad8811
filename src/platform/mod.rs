//! The two platforms' wires. Each yields its own inbound values and takes its own outgoing ones; nothing here knows
//! the domain.

pub mod dingtalk;
pub mod envelope;
pub mod wecom;
