//! Messages of a session.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{ContentPart, Controls, InputPart, MessageFile};
use crate::wire::Timestamp;

#[cfg(test)]
mod tests;

record! {
    /// A message of a session.
    pub struct Message {
        /// Its id.
        pub id: String,
        /// The session it belongs to, where the server says so.
        pub session_id: Option<String>,
        /// The number of the event that carried it, where the server says so.
        pub sequence: Option<u64>,
        /// Who wrote it.
        pub role: MessageRole,
        /// What it consists of.
        pub content: Vec<ContentPart>,
        /// Whether it is an answer or a remark on the way to it.
        pub phase: Option<Phase>,
        /// Who said which of the two it is (0.50).
        pub phase_source: Option<String>,
        /// The settings of the turn that it started.
        pub controls: Option<Controls>,
        /// What the sender attached.
        pub metadata: Map<String, Value>,
        /// Who wrote it, on a platform outside.
        pub external_actor: Option<ExternalActor>,
        /// When it was written.
        pub created_at: Timestamp,
        /// What the model thought, in servers before reasoning was a part of the content.
        pub thinking: Option<String>,
        /// The signature of the provider under `thinking`.
        pub thinking_signature: Option<String>,
    }
}

impl Message {
    /// The text: that of all its text parts, one after the other.
    ///
    /// ```
    /// use everruns_sdk::types::Message;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let json = r#"{"content": [{"type": "text", "text": "Hello, "}, {"type": "text", "text": "world"}]}"#;
    /// let message: Message = serde_json::from_str(json)?;
    /// assert_eq!(message.text(), "Hello, world");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn text(&self) -> String {
        self.content.iter().filter_map(ContentPart::as_text).collect()
    }
}

open_enum! {
    /// Who wrote a message.
    pub enum MessageRole {
        /// The platform.
        System = "system",
        /// The user.
        User = "user",
        /// The agent.
        Agent = "agent" | "assistant",
        /// A tool.
        ToolResult = "tool_result",
    }
}

open_enum! {
    /// What a message of an agent is to its turn.
    pub enum Phase {
        /// A remark on the way.
        Commentary = "commentary" | "Commentary",
        /// The answer.
        FinalAnswer = "final_answer" | "FinalAnswer",
    }
}

shared! {
    /// Someone on a platform outside, such as a chat.
    pub struct ExternalActor {
        /// The id there.
        pub actor_id: String; always,
        /// The name there.
        pub actor_name: Option<String>,
        /// The platform.
        pub source: String; always,
        /// More about them.
        pub metadata: BTreeMap<String, String>,
    }
}

/// A message to send: text, to a session.
///
/// ```
/// use everruns_sdk::types::CreateMessageRequest;
///
/// let request = CreateMessageRequest {
///     session_id: "session_01".to_string(),
///     content: "What is the weather in Lisbon?".to_string(),
/// };
/// # assert_eq!(request.session_id, "session_01");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "made by a literal of these two; all else is in `MessageOptions`")]
pub struct CreateMessageRequest {
    /// The session.
    pub session_id: String,
    /// The text.
    pub content: String,
}

/// What else a message may say.
///
/// ```
/// use everruns_sdk::types::{Controls, InputPart, MessageOptions};
///
/// let options = MessageOptions {
///     content: vec![InputPart::image_url("https://example.com/cat.png")],
///     controls: Some(Controls { locale: Some("pt-PT".to_string()), ..Default::default() }),
///     ..Default::default()
/// };
/// # assert_eq!(options.content.len(), 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(clippy::exhaustive_structs, reason = "made by a literal that ends with `..Default::default()`")]
pub struct MessageOptions {
    /// What follows the text, or, when that is empty, stands in its place.
    pub content: Vec<InputPart>,
    /// Files that go with it, to an agent by its own URL; what the server makes of each is a part of the message.
    pub files: Vec<MessageFile>,
    /// Who wrote it: the user, unless this says otherwise.
    pub role: Option<MessageRole>,
    /// The settings of the turn.
    pub controls: Option<Controls>,
    /// What to attach.
    pub metadata: Map<String, Value>,
    /// Tags of the message.
    pub tags: Vec<String>,
    /// Who wrote it, on a platform outside.
    pub external_actor: Option<ExternalActor>,
    /// The participant of the session that should answer.
    pub addressed_participant_id: Option<String>,
    /// An id of the caller's own, by which the server knows a message that it has already (0.50).
    pub client_message_id: Option<String>,
    /// An id of the caller's own for this request (0.50).
    pub request_id: Option<String>,
}

request! {
    /// What the server takes for a message.
    pub struct InputMessage {
        /// Who wrote it.
        pub role: MessageRole,
        /// What it consists of.
        pub content: Vec<InputPart>; always,
    }
}

/// The body of the request that makes a message.
#[derive(Serialize)]
pub(crate) struct MessageBody<'a> {
    message: InputMessage,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    files: &'a [MessageFile],
    #[serde(skip_serializing_if = "Option::is_none")]
    controls: Option<&'a Controls>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    metadata: &'a Map<String, Value>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    tags: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    external_actor: Option<&'a ExternalActor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    addressed_participant_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_message_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

impl InputMessage {
    /// What a user says: text, and what follows it. Text that is empty is left out when something follows.
    pub(crate) fn new(text: &str, rest: &[InputPart], role: Option<&MessageRole>) -> Self {
        let text = (!text.is_empty() || rest.is_empty()).then(|| InputPart::text(text));
        Self {
            role: role.cloned().unwrap_or(MessageRole::User),
            content: text.into_iter().chain(rest.iter().cloned()).collect(),
        }
    }
}

impl CreateMessageRequest {
    /// What goes over the wire.
    pub(crate) fn body<'a>(&self, options: &'a MessageOptions) -> MessageBody<'a> {
        MessageBody {
            message: InputMessage::new(&self.content, &options.content, options.role.as_ref()),
            files: &options.files,
            controls: options.controls.as_ref(),
            metadata: &options.metadata,
            tags: &options.tags,
            external_actor: options.external_actor.as_ref(),
            addressed_participant_id: options.addressed_participant_id.as_deref(),
            client_message_id: options.client_message_id.as_deref(),
            request_id: options.request_id.as_deref(),
        }
    }
}
