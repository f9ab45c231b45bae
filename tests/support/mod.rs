//! What every test stands on: a private home, real programs with a deadline, and a provider that says what it is told.
//!
//! Nothing here leaves loopback, outlives its test, or reads the machine's own configuration.
#![allow(dead_code, unused_imports, reason = "each room uses a part of it")]

pub mod answer;
pub mod apiserver;
pub mod authlib;
pub mod client;
pub mod etc;
pub mod fault_proxy;
pub mod git_server;
pub mod home;
pub mod http;
pub mod issuer;
pub mod metadata;
pub mod oidc;
pub mod openbao;
pub mod process;
pub mod provider;
pub mod registry;
pub mod request;
pub mod spec;
pub mod tally;
pub mod tls;
pub mod tools;
pub mod typist;
pub mod verdaccio;
pub mod wine;

pub use home::Home;
pub use process::{Output, Server, free_port, run, run_within};
pub use provider::{Answer, Provider, Request};
pub use spec::read_spec;
pub use tally::tally;
pub use tls::Tls;
pub use tools::{need, tool};
pub use typist::Typist;
pub use wine::Windows;
