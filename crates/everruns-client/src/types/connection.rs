//! Accounts elsewhere that agents may use.

use crate::wire::{Secret, Timestamp};

record! {
    /// An account that the caller has connected.
    pub struct Connection {
        /// Where the account is, such as `github`.
        pub provider: String,
        /// How it is signed in to, such as `api_key`.
        pub connection_type: String,
        /// The name of the caller there.
        pub provider_username: Option<String>,
        /// What agents may do with it.
        pub scopes: Option<String>,
        /// When it was connected.
        pub connected_at: Timestamp,
    }
}

request! {
    /// An account to connect, by its key.
    pub struct ConnectRequest {
        /// The key.
        pub api_key: Secret,
    }
}
