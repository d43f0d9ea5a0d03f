#![doc = include_str!("README.md")]

/// The code in the README of the repository, compiled as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
