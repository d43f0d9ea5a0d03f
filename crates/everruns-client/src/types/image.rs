//! Images that are uploaded.

use serde_json::Value;

use crate::wire::Timestamp;

record! {
    /// An image that was uploaded.
    pub struct Image requires id {
        /// Its id; older servers write it as a UUID.
        pub id: String,
        /// Its name.
        pub filename: String,
        /// What it is, such as `image/png`.
        pub content_type: String,
        /// Its size in bytes.
        pub size_bytes: u64,
        /// More about it, in lists.
        pub metadata: Option<Value>,
        /// When it was uploaded.
        pub created_at: Timestamp,
    }
}
