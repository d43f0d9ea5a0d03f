#![doc = include_str!("README.md")]

/// The code in the README of the repository, compiled as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

/// The code in the page on Everruns.
#[cfg(doctest)]
#[doc = include_str!("../docs/everruns.md")]
mod everruns {}
