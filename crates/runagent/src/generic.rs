//! Any object in, any object out: `run_generic`.
