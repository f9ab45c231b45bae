//! keyfob.exe, run under Wine (see `support::wine`): what differs on Windows, and that the callers' languages do not.

mod callers;
mod files;
mod links;
