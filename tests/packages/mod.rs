//! What a release offers: each package is made as a release makes it, and installed as its users do.

mod bill;
mod callers;
mod commit;
mod cut;
mod image;
mod installed;
mod manifests;
mod npm;
mod offered;
mod refused;
mod reproducible;
mod signed;
mod wheels;
