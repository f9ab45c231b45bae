//! pnpm as a caller: its `tokenHelper` word by word, and pnpm against Verdaccio, a registry that checks its own tokens.

mod protocol;
mod real;
mod verdaccio;
