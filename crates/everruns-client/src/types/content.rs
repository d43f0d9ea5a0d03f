//! What a message consists of.

use serde_json::Value;

tagged! {
    /// A part of a message, told apart by its `type`.
    ///
    /// ```
    /// use everruns_sdk::types::ContentPart;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let part: ContentPart = serde_json::from_str(r#"{"type": "text", "text": "Hello"}"#)?;
    /// assert_eq!(part.as_text(), Some("Hello"));
    /// let newer: ContentPart = serde_json::from_str(r#"{"type": "hologram"}"#)?;
    /// assert_eq!((newer.kind(), newer.as_text()), ("hologram", None));
    /// # Ok(())
    /// # }
    /// ```
    pub enum ContentPart by "type" {
        /// Text.
        Text(TextPart) = "text",
        /// An image, in place or by its address.
        Image(ImagePart) = "image",
        /// An image that was uploaded.
        ImageFile(ImageFilePart) = "image_file",
        /// A file that was uploaded (0.50).
        File(FilePart) = "file",
        /// A call that the model makes.
        ToolCall(ToolCallPart) = "tool_call",
        /// What such a call gave.
        ToolResult(ToolResultPart) = "tool_result",
        /// Reasoning that goes back to the model with the next request (0.50).
        Reasoning(ReasoningPart) = "reasoning",
        /// What only the provider understands (0.50).
        ProviderOpaque(ProviderOpaquePart) = "provider_opaque",
    }
}

impl ContentPart {
    /// The text of a [text part](Self::Text).
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(part) => Some(&part.text),
            _ => None,
        }
    }
}

shared! {
    /// Text.
    pub struct TextPart {
        /// The text.
        pub text: String; always,
        /// Where parts of the text come from (0.50).
        pub annotations: Vec<TextAnnotation>,
    }
}

shared! {
    /// Where a piece of a text comes from.
    pub struct TextAnnotation {
        /// Where the piece begins.
        pub start: u64; always,
        /// Where it ends, exclusive.
        pub end: u64; always,
        /// Who made the annotation.
        pub origin: String; always,
        /// What the piece is taken from.
        pub source: AnnotationSource; always,
        /// The id that the origin gave it.
        pub external_id: Option<String>,
        /// What checking it against the source said.
        pub verified: Option<Verification>,
    }
}

shared! {
    /// Whether a source says what a text says.
    pub struct Verification {
        /// Whether it does.
        pub status: VerificationStatus; always,
        /// How sure that is, from 0 to 1.
        pub score: Option<f64>,
    }
}

open_enum! {
    /// Whether a source says what a text says.
    pub enum VerificationStatus {
        /// It does.
        Entailed = "entailed",
        /// It does not.
        Unsupported = "unsupported",
        /// Nobody knows.
        Uncertain = "uncertain",
    }
}

shared! {
    /// A source of a text.
    pub struct AnnotationSource {
        /// Its address.
        pub uri: String; always,
        /// Its title.
        pub title: Option<String>,
        /// The place in it, in its own words.
        pub snippet: Option<String>,
        /// The place in it.
        pub location: Option<Value>,
    }
}

shared! {
    /// An image by its address, or in place with its media type.
    pub struct ImagePart {
        /// Its address.
        pub url: Option<String>,
        /// Its bytes, in base64.
        pub base64: Option<String>,
        /// What the bytes are, such as `image/png`.
        pub media_type: Option<String>,
    }
}

shared! {
    /// An image that was uploaded.
    pub struct ImageFilePart {
        /// The id of the image.
        pub image_id: String; always,
        /// Its name.
        pub filename: Option<String>,
    }
}

shared! {
    /// A file that was uploaded.
    pub struct FilePart {
        /// The id of the file.
        pub file_id: String; always,
        /// Its name.
        pub filename: Option<String>,
    }
}

record! {
    /// A call of a tool.
    pub struct ToolCallPart {
        /// The id of the call.
        pub id: String,
        /// The name of the tool.
        pub name: String,
        /// The arguments, as the schema of the tool says.
        pub arguments: Value,
        /// The call in the form of the provider (0.50).
        pub native: Option<Value>,
    }
}

record! {
    /// What a call of a tool gave: a result or an error.
    pub struct ToolResultPart {
        /// The id of the call.
        pub tool_call_id: String,
        /// The result.
        pub result: Option<Value>,
        /// The error.
        pub error: Option<String>,
    }
}

record! {
    /// Reasoning.
    pub struct ReasoningPart {
        /// The provider whose model reasoned.
        pub provider: String,
        /// The id that the provider gave it.
        pub item_id: Option<String>,
        /// The signature of the provider. Agents do not show it to their users.
        pub signature: Option<String>,
        /// The reasoning, encrypted for the provider. Agents do not show it to their users.
        pub encrypted: Option<String>,
        /// The reasoning, in words.
        pub text: Option<ReasoningText>,
        /// How many tokens it took.
        pub tokens: Option<u64>,
        /// The id of the call that it belongs to.
        pub bound_tool_call_id: Option<String>,
    }
}

record! {
    /// Reasoning in words.
    pub struct ReasoningText {
        /// Which of the others there are.
        pub kind: ReasoningTextKind,
        /// The words of a plain one.
        pub text: Option<String>,
        /// The paragraphs of a summary.
        pub parts: Vec<String>,
    }
}

open_enum! {
    /// How much of its reasoning a provider shows.
    pub enum ReasoningTextKind {
        /// All of it.
        Plain = "plain",
        /// A summary.
        Summary = "summary",
        /// Nothing.
        Redacted = "redacted",
    }
}

record! {
    /// What only the provider understands.
    pub struct ProviderOpaquePart {
        /// The provider.
        pub provider: String,
        /// What it gave.
        pub content: Value,
    }
}
