//! The two platforms' wires. Each yields [`inbound::Inbound`] values and takes its own outgoing ones; nothing here
//! knows the domain.

pub mod callback;
pub mod dingtalk;
pub mod embeddings;
pub mod envelope;
pub mod error;
pub mod http;
pub mod inbound;
pub mod pace;
mod token;
pub mod upload;
pub mod wecom;
