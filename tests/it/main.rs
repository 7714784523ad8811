//! The integration tests: one binary, stories in the users' words.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the failure, also in what tests share")]

mod action_cards;
mod calendar;
mod callbacks;
mod cli;
mod config;
mod control;
mod dingtalk_api;
mod dingtalk_callback;
mod dingtalk_cards;
mod dingtalk_events;
mod envelope_vectors;
mod front;
mod hostile_requests;
mod links;
mod outbox;
mod outbox_plan;
mod pacing;
mod scripted;
mod simulation;
mod stage;
mod stories;
mod bot_said;
mod bot_cards;
mod browser;
mod kill;
mod wecom_api;
mod layers;
mod journal;
mod journal_crash;
mod message_files;
mod messages;
mod language;
mod store_conformance;
mod store_support;
mod sim_clock;
mod sim_control;
mod sim_dingtalk;
mod sim_files;
mod sim_persist;
mod sim_stage;
mod sim_wecom;
mod wecom_callback;
mod wecom_inbound;
