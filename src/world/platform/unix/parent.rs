//! The program that called this one.

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod other;

#[cfg(any(target_os = "linux", target_os = "android"))]
pub use linux::find;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub use other::find;
