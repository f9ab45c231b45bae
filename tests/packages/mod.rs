//! What a release offers: each package is made as a release makes it, and installed as its users do.

mod commit;
mod cut;
mod manifests;
mod npm;
mod offered;
mod reproducible;
mod wheels;
