//! What the server sends and takes.
//!
//! Each type is named for what it is, and re-exported here whatever file it is in. Types of the server's answers can grow: they
//! are not written by literals, and keep what they do not know in `extra`. Types of requests are written by literals that end
//! with `..Default::default()`. Enums of words keep a word that they do not know in `Other`, enums of objects keep the JSON of
//! one in `Unknown`.
//!
//! They are written by hand. The description that the platform publishes cannot say which payload an event has, since that
//! depends on a field beside it; it uses one name for two types and copies others under several; it leaves out routes that the
//! server has, closes every set of words, and trails the server by months. What a generator makes of it fails on answers that
//! the server gives today, and would need as many corrections as there are types here. In place of that, a test compares the
//! fields and words of each type here with a list of those of the platform, in both directions.

mod agent;
mod agent_analysis;
mod agent_card;
mod agent_version;
mod allowed_action;
mod approval;
mod budget;
mod budget_period;
mod capability;
mod capability_config;
mod connection;
mod content;
mod controls;
mod file;
mod file_search;
mod guardrail;
mod harness;
mod health_check;
mod image;
mod initial_file;
mod input_part;
mod llm_generation;
mod localization;
mod mcp_server;
mod memory;
mod memory_file;
mod memory_source;
mod message;
mod model;
mod model_metadata;
mod model_profile;
mod network_access;
mod principal;
mod question;
mod session;
mod session_cancel;
mod session_fork;
mod session_participant;
mod session_secrets;
mod starter;
mod stats;
mod task;
mod task_message;
mod token_usage;
mod tool;
mod tool_call;
mod tool_result;
mod workspace;

pub use self::{
    agent::*, agent_analysis::*, agent_card::*, agent_version::*, allowed_action::*, approval::*, budget::*,
    budget_period::*, capability::*, capability_config::*, connection::*, content::*, controls::*, file::*,
    file_search::*, guardrail::*, harness::*, health_check::*, image::*, initial_file::*, input_part::*,
    llm_generation::*, localization::*, mcp_server::*, memory::*, memory_file::*, memory_source::*, message::*,
    model::*, model_metadata::*, model_profile::*, network_access::*, principal::*, question::*, session::*,
    session_cancel::*, session_fork::*, session_participant::*, session_secrets::*, starter::*, stats::*, task::*,
    task_message::*, token_usage::*, tool::*, tool_call::*, tool_result::*, workspace::*,
};
pub use crate::wire::{Secret, Timestamp};
