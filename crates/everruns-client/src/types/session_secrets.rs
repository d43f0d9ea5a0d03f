//! Secrets of a session.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::wire::{Secret, Timestamp};

request! {
    /// Secrets for a session, which its tools may use.
    ///
    /// ```
    /// use everruns_sdk::types::SetSecretsRequest;
    ///
    /// let request = SetSecretsRequest {
    ///     secrets: [("SERVICE_TOKEN".to_string(), "t0ken".into())].into(),
    ///     ..Default::default()
    /// };
    /// assert!(!format!("{request:?}").contains("t0ken"));
    /// ```
    pub struct SetSecretsRequest {
        /// The secrets, by name.
        pub secrets: BTreeMap<String, Secret>; always,
        /// Where each of them may go, by name (0.50).
        pub bindings: BTreeMap<String, SecretBinding>,
    }
}

request! {
    /// Where a secret may go (0.50).
    pub struct SecretBinding {
        /// To which address.
        pub url: String,
        /// How it goes into a request there.
        pub auth: Value,
    }
}

record! {
    /// What became of the secrets.
    pub struct SetSecretsResponse {
        /// How many were set.
        pub count: u64,
    }
}

record! {
    /// A secret of a session, without its value.
    pub struct SecretInfo {
        /// Its name.
        pub name: String,
        /// When it was first set.
        pub created_at: Timestamp,
        /// When it was last set.
        pub updated_at: Timestamp,
    }
}
