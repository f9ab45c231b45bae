//! The AWS SDKs as callers: `credential_process` word by word, and the aws CLI and botocore against moto, which checks signatures.

pub(crate) mod moto;
mod protocol;
mod real;
mod signed;
