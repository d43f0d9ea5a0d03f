//! What a server offers to do next.

record! {
    /// One thing that the caller may do with a resource, or about an error.
    pub struct AllowedAction {
        /// What it means, such as `retry-later` or `unarchive`.
        pub rel: String,
        /// Where to.
        pub href: Option<String>,
        /// The method, such as `POST`.
        pub method: Option<String>,
        /// The name of the operation.
        pub operation_id: Option<String>,
        /// A sentence for people.
        pub hint: Option<String>,
        /// Where the schema of its body is.
        pub schema_ref: Option<String>,
    }
}
