//! Who acts.

use serde_json::Value;

record! {
    /// Someone or something that acts.
    pub struct Principal {
        /// Its id.
        pub id: String,
        /// What it is.
        pub kind: PrincipalKind,
        /// The id of the user or identity behind it.
        pub subject_id: Option<String>,
        /// More about it.
        pub metadata: Option<Value>,
    }
}

open_enum! {
    /// What acts.
    pub enum PrincipalKind {
        /// A person.
        User = "user",
        /// An end user of an agent (0.50).
        VirtualUser = "virtual_user",
        /// An agent (before 0.50).
        AgentIdentity = "agent_identity",
        /// The platform.
        System = "system",
    }
}
