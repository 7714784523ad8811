//! Genjin (跟进) runs a sales team's follow-up discipline inside WeCom and DingTalk.
//!
//! Everything that happens is an [`event::Event`]; everything the bot does about it is one outcome, committed
//! before anyone is answered. The road of a message:
//!
//! `web::callbacks` receives a request → `platform` verifies, decrypts and parses it → `engine` drains what waits:
//! for each event `bot::decide` (pure) says what changes, `state` applies it, `store` makes the whole drain durable
//! with one sync → only then the reply goes out → `outbox` hands the committed messages to `messages`, which fill
//! them into the platform's forms, and to `platform`, which sends them; results come back as events.

pub mod clock;
pub mod calendar;
pub mod event;
pub mod sales;
pub mod config;
pub mod language;
pub mod state;
pub mod bot;
pub mod engine;
pub mod store;
pub mod messages;
pub mod outbox;
pub mod platform;
pub mod sheet;
pub mod import;
pub mod export;
pub mod web;
pub mod control;
pub mod sim;
pub mod app;
pub mod cli;
