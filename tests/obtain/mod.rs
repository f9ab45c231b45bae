//! The order of events against a world that is not there, and above all what does not happen.

mod bases;
mod callers;
mod chains;
mod clocks;
mod deadline;
mod decide;
mod failures;
mod hints;
mod kept_token;
mod life;
mod order;
mod present;
mod refused;
mod renewal;
mod resolved;
mod rotated;
mod skew;
mod specs;
mod static_token;
mod tries;
mod uncached;
mod waiting;
pub mod world;
