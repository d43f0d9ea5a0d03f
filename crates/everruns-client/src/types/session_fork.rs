//! Sessions made from others.

request! {
    /// What a fork of a session has of its own; it takes all else from the session.
    pub struct ForkSessionRequest {
        /// The last message that it takes: all of them, unless this says otherwise (0.50).
        pub up_to_message_id: Option<String>,
        /// What it should achieve (0.50).
        pub goal: Option<String>,
        /// Its title.
        pub title: Option<String>,
        /// The agent.
        pub agent_id: Option<String>,
        /// The model.
        pub model_id: Option<String>,
        /// What the agent is told besides its own system prompt.
        pub system_prompt: Option<String>,
        /// The language, a tag of BCP 47.
        pub locale: Option<String>,
        /// Its tags: all of them.
        pub tags: Option<Vec<String>>,
    }
}
