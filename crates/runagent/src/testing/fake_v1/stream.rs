//! The events of a stream.

use runagent_transport::sse::{Event, Item};
use runagent_types::{
    ApiError,
    v1::{InvokeRequest, StreamEvent},
};

/// The bytes of a stream with these chunks, or with an error.
pub(super) fn encode(request: &InvokeRequest, outcome: Result<Vec<String>, ApiError>) -> Vec<u8> {
    let session_id = request.session_id.clone().unwrap_or_else(|| "session-1".to_owned());
    let start = StreamEvent::Start { message: None, session_id: Some(session_id) };
    let rest = match outcome {
        Ok(chunks) => {
            let chunk = |(index, content)| StreamEvent::Chunk { content, index: Some(index) };
            let done = StreamEvent::Done { message: None, usage: None, execution_time: None };
            (0..).zip(chunks).map(chunk).chain([done]).collect()
        }
        Err(error) => vec![StreamEvent::Error(error)],
    };
    let mut bytes = Vec::new();
    for event in [start].into_iter().chain(rest) {
        let event = Item::Event(Event::new(event.data()).with_kind(event.event_name().to_owned()));
        // Only a name of several lines is refused, and these are words.
        let _ = event.encode(&mut bytes);
    }
    bytes
}
