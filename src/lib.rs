//! The floor plan: the modules in reading order. A file imports only what stands earlier in this list.

#![forbid(unsafe_code)]

pub mod cli;
pub mod command;
pub mod credential;
pub mod error;
pub mod find;
pub mod grant;
pub mod http;
pub mod obtain;
pub mod protocol;
pub mod run;
pub mod source;
pub mod spec;
pub mod target;
pub mod time;
pub mod unlock;
pub mod world;
