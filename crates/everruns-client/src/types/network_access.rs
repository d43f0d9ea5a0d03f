//! Which hosts an agent may reach.

shared! {
    /// Patterns of addresses: `example.com`, `*.example.com` with all below it, or a prefix such as `https://example.com/api/`.
    pub struct NetworkAccess {
        /// The only ones that may be reached; any, when there are none.
        pub allowed: Vec<String>,
        /// Those that may not be reached, even when they are allowed.
        pub blocked: Vec<String>,
    }
}
