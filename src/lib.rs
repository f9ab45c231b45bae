//! The modules in reading order. A module imports only modules that come before it in this list.

#![forbid(unsafe_code)]

pub mod time;

pub mod text;

pub mod version;

pub mod target;

pub mod credential;

pub mod http;

pub mod source;

pub mod grant;

pub mod spec;

pub mod code;

pub mod protocol;

pub mod world;

pub mod error;

pub mod find;

pub mod unlock;

pub mod obtain;

pub mod tool;

pub mod command;

pub mod cli;

pub mod run;
