//! Agents by their own address.

use crate::wire::Secret;

record! {
    /// What an agent says of itself.
    pub struct AgentCard {
        /// Its name.
        pub name: String,
        /// What it is for.
        pub description: Option<String>,
        /// Whether its events can be streamed.
        pub streaming: bool,
        /// What it takes.
        pub input: AgentCardInput,
        /// How callers sign in; not at all, when there is none.
        pub auth: Vec<AgentCardAuth>,
        /// What people may begin with.
        pub conversation_starters: Vec<String>,
        /// Where it is.
        pub links: AgentCardLinks,
    }
}

record! {
    /// What an agent takes.
    pub struct AgentCardInput {
        /// Whether it takes text.
        pub text: bool,
        /// Whether it takes images.
        pub images: bool,
        /// Whether it takes files.
        pub files: bool,
    }
}

record! {
    /// How callers of an agent sign in.
    pub struct AgentCardAuth {
        /// The way.
        pub kind: AgentAuthKind = "type",
        /// Who issues the tokens, for OpenID Connect.
        pub issuer: Option<String>,
    }
}

open_enum! {
    /// A way to sign in to an agent.
    pub enum AgentAuthKind {
        /// With a key of the agent.
        AgentKey = "agent_key",
        /// With OpenID Connect.
        Oidc = "oidc",
        /// With OAuth 2.
        OAuth2 = "oauth2" | "o_auth2",
        /// With a token that the agent gave for one user.
        RuntimeToken = "runtime_token",
        /// With a token of a member of the organisation.
        PersonalAccessToken = "personal_access_token",
    }
}

record! {
    /// Where an agent is.
    pub struct AgentCardLinks {
        /// Its sessions.
        pub sessions: Option<String>,
        /// Its address for AG-UI.
        pub ag_ui: Option<String>,
        /// Its address for A2A.
        pub a2a: Option<String>,
    }
}

request! {
    /// A file that goes with a message: in place or by its address.
    pub struct MessageFile {
        /// Its name.
        pub name: Option<String>,
        /// What it is, such as `application/pdf`.
        pub media_type: Option<String>,
        /// Its bytes, in base64.
        pub data: Option<String>,
        /// Its address.
        pub url: Option<String>,
    }
}

record! {
    /// A token that lets one user call an agent.
    pub struct RuntimeToken {
        /// The token.
        pub access_token: Secret,
        /// What it is, such as `Bearer`.
        pub token_type: String,
        /// How long it is good for, in seconds.
        pub expires_in: u64,
        /// The user it is for.
        pub virtual_user_id: Option<String>,
    }
}
