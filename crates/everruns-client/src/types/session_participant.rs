//! Who takes part in a session.

use crate::wire::Timestamp;

record! {
    /// Someone who takes part in a session.
    pub struct SessionParticipant requires id {
        /// Its id.
        pub id: String,
        /// The session.
        pub session_id: String,
        /// What it is.
        pub kind: ParticipantKind,
        /// What it does there.
        pub role: ParticipantRole,
        /// Who it is.
        pub principal_id: String,
        /// The agent, where it is one.
        pub agent_id: Option<String>,
        /// The version of the agent.
        pub agent_version_id: Option<String>,
        /// When it joined.
        pub joined_at: Timestamp,
        /// When it left.
        pub left_at: Option<Timestamp>,
    }
}

open_enum! {
    /// What takes part in a session.
    pub enum ParticipantKind {
        /// An agent.
        Agent = "agent",
        /// A person.
        User = "user",
    }
}

open_enum! {
    /// What a participant does.
    pub enum ParticipantRole {
        /// It leads the session.
        Host = "host",
        /// It takes part.
        Member = "member",
    }
}

request! {
    /// Someone to add to a session.
    pub struct AddParticipantRequest {
        /// What it is.
        pub kind: ParticipantKind; always,
        /// The agent, where it is one.
        pub agent_id: Option<String>,
        /// What it does there.
        pub role: Option<ParticipantRole>,
    }
}
