//! Servers of the Model Context Protocol that an agent uses.

use std::collections::BTreeMap;

use crate::wire::Secret;

shared! {
    /// A server of the Model Context Protocol: over HTTP, or a command that is spoken to over its input and output.
    ///
    /// ```
    /// use everruns_sdk::types::McpServer;
    ///
    /// let server = McpServer { url: Some("https://mcp.example.com".to_string()), ..Default::default() };
    /// # assert!(server.command.is_none());
    /// ```
    pub struct McpServer {
        /// How it is reached.
        pub transport: Option<McpTransport> = "type",
        /// The entry of a catalogue that it is taken from, such as `catalog:linear` (0.50).
        pub preset: Option<String> = "use",
        /// What it is for (0.50).
        pub description: Option<String>,
        /// Its address.
        pub url: Option<String>,
        /// Headers of each request to it.
        pub headers: BTreeMap<String, Secret>,
        /// How the platform signs in there.
        pub auth_mode: Option<McpAuthMode>,
        /// The provider that it signs in with.
        pub oauth_provider_id: Option<String>,
        /// As whom the platform signs in (0.50).
        pub acts_as: Option<McpActsAs> = "actsAs",
        /// Whether a user who has not signed in is asked to (0.50).
        pub connect_in_chat: Option<McpConnectInChat> = "connectInChat",
        /// What it may ask of the user (0.50).
        pub elicitation_policy: Option<McpElicitation>,
        /// The version of the protocol.
        pub protocol_mode: Option<McpProtocolMode>,
        /// Whether its tools are found by asking it.
        pub tool_discovery: Option<bool>,
        /// Whether the model sees its tools only when it looks for them (0.50).
        pub deferred: Option<bool>,
        /// What its tools do, by name, where that is known (0.50).
        pub tool_labels: BTreeMap<String, McpToolLabel>,
        /// How long a call of a tool may take, in milliseconds (0.50).
        pub tool_timeout_ms: Option<u64>,
        /// The program to run.
        pub command: Option<String>,
        /// The arguments of the program.
        pub args: Vec<String>,
        /// The environment of the program.
        pub env: BTreeMap<String, Secret>,
    }
}

open_enum! {
    /// How a server is reached.
    pub enum McpTransport {
        /// Over HTTP.
        Http = "http",
        /// As a program.
        Stdio = "stdio",
    }
}

open_enum! {
    /// How the platform signs in to a server.
    pub enum McpAuthMode {
        /// Not at all.
        None = "none",
        /// With a key.
        ApiKey = "api_key",
        /// With OAuth (0.50 writes `oauth`, and reads both).
        OAuth = "o_auth" | "oauth",
    }
}

open_enum! {
    /// Which version of the protocol is spoken.
    pub enum McpProtocolMode {
        /// The newest that the server knows.
        Auto = "auto",
        /// That of March 2025.
        Legacy = "legacy" | "2025-03-26",
        /// That of June 2025.
        Stable = "stable" | "2025-06-18",
        /// That of July 2026.
        Rc = "rc" | "2026-07-28",
    }
}

open_enum! {
    /// As whom the platform signs in to a server.
    pub enum McpActsAs {
        /// As nobody.
        None = "none",
        /// As the agent.
        Service = "service",
        /// As the user.
        User = "user",
        /// As the user, or as the agent when nobody is there.
        UserOrService = "user_or_service",
    }
}

open_enum! {
    /// Whether a user who has not signed in is asked to.
    pub enum McpConnectInChat {
        /// They are, and the turn waits.
        Ask = "ask",
        /// They are not, and the call fails.
        Never = "never",
    }
}

open_enum! {
    /// What a server may ask of the user.
    pub enum McpElicitation {
        /// To open an address.
        Url = "url",
        /// That, or to fill in a form.
        UrlAndForm = "url_and_form",
        /// Nothing.
        None = "none",
    }
}

open_enum! {
    /// What a tool of a server does.
    pub enum McpToolLabel {
        /// It changes nothing.
        ReadOnly = "read_only",
        /// It changes something.
        Changes = "changes",
    }
}
