//! What the agent says.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;

use super::EventStream;
use crate::{Error, Event, Result, error::TurnError};

/// The text of the agent's messages, piece by piece, up to the end of the turn: a [`Stream`].
///
/// The pieces of one message, one after the other, are its text, even where the server lost some on the way. Messages are
/// separated by an empty line. A message that a guardrail replaced is followed by what stands in its place.
///
/// It ends with `None` after the turn; a turn that failed is [`Error::Turn`] before that, and so is one that waits for the
/// caller: for the result of a tool, for a decision, or for the answer to a question. [`Client::turn`](crate::Client::turn)
/// can give these.
///
/// ```
/// use everruns_sdk::{Client, CreateMessageRequest, testing::FakeEverruns};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> everruns_sdk::Result<()> {
/// # let fake = FakeEverruns::new().with_agent("assistant", |_| "Hello there!");
/// # let client = Client::builder().api_key("key").transport(fake).build();
/// # let session = client.sessions().create(everruns_sdk::CreateSessionRequest {
/// #     agent_id: client.agents().list().await?.data[0].id.clone(), ..Default::default() }).await?;
/// let message = CreateMessageRequest { session_id: session.id.clone(), content: "Hello!".to_owned() };
/// client.messages().create(message).await?;
/// let mut text = client.events().stream(&session.id).await?.into_text();
/// while let Some(piece) = text.next().await {
///     print!("{}", piece?);
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "a stream does nothing unless it is polled"]
pub struct TextStream {
    events: EventStream,
    /// The message that the last piece was of.
    message_id: Option<String>,
    ended: bool,
}

impl TextStream {
    pub(super) fn of(events: EventStream) -> Self {
        Self { events: events.until_turn_ends(), message_id: None, ended: false }
    }

    /// The next piece.
    ///
    /// # Errors
    ///
    /// [`Error::Turn`] when the turn brings no answer; else those of the [`EventStream`]. Nothing follows an error.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: no text is lost.
    pub async fn next(&mut self) -> Option<Result<String>> {
        std::future::poll_fn(|cx| self.poll_piece(cx)).await
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<String>>> {
        while !self.ended {
            let Some(event) = ready!(self.events.poll_event(cx)) else { break };
            let piece = match event {
                Ok(event) => self.piece(event).transpose(),
                Err(error) => Some(Err(error)),
            };
            self.ended = matches!(piece, Some(Err(_)));
            if piece.is_some() {
                return Poll::Ready(piece);
            }
        }
        Poll::Ready(None)
    }

    fn piece(&mut self, event: Event) -> Result<Option<String>> {
        match event {
            Event::OutputMessageDelta { message_id, delta, .. } => Ok(Some(self.separated(message_id, delta))),
            Event::OutputMessageReplaced { replacement, .. } => Ok(Some(self.separated(String::new(), replacement))),
            Event::ToolCallRequested { tool_calls, .. } => Err(Error::Turn(TurnError::Waiting { calls: tool_calls })),
            Event::TurnFailed { turn_id, error, error_code, .. } => {
                Err(Error::Turn(TurnError::Failed { turn_id, message: error, code: error_code }))
            }
            _ => Ok(None),
        }
    }

    /// The piece, after an empty line if it is of another message than the last.
    fn separated(&mut self, message_id: String, piece: String) -> String {
        match self.message_id.replace(message_id) {
            Some(last) if Some(&last) != self.message_id.as_ref() => format!("\n\n{piece}"),
            _ => piece,
        }
    }
}

impl Stream for TextStream {
    type Item = Result<String>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_piece(cx)
    }
}

impl fmt::Debug for TextStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TextStream").field(&self.events).finish()
    }
}
