//! Call deployed AI agents from Rust: async and blocking clients, streams, structured errors.
