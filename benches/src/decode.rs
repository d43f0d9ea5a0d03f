//! Event stream decoders, without any I/O.

use std::hint::black_box;

use bytes::Bytes;
use eventsource_stream::Eventsource;
use futures::executor::block_on;
use futures::{StreamExt, stream};
use runagent_transport::sse::{Decoder, Item};
use sse_stream::SseByteStream;

use crate::work::unknown;
use crate::{Result, input};

#[derive(Default)]
pub(crate) struct Decoded {
    pub(crate) bytes: u64,
    pub(crate) events: u64,
}

pub(crate) fn run(contender: &str, input: &str, passes: u64) -> Result<Decoded> {
    let chunks = input::chunks(input)?;
    let decode = match contender {
        "ours" => ours,
        "sse-stream" => sse_stream,
        "eventsource-stream" => eventsource_stream,
        _ => return unknown(contender),
    };
    let mut decoded = Decoded::default();
    for _ in 0..passes {
        decoded.events += decode(&chunks)?;
        decoded.bytes += chunks.iter().map(|chunk| chunk.len() as u64).sum::<u64>();
    }
    Ok(decoded)
}

fn ours(chunks: &[Bytes]) -> Result<u64> {
    let mut decoder = Decoder::new();
    let mut events = 0;
    for chunk in chunks {
        decoder.push(chunk.clone());
        while let Some(item) = decoder.next_item() {
            if let Item::Event(event) = item? {
                black_box((&event.kind, &event.data, event.id));
                events += 1;
            }
        }
    }
    Ok(events)
}

/// It hands out blocks: the default type, the last id and the rule that an event has data are left to its user.
fn sse_stream(chunks: &[Bytes]) -> Result<u64> {
    let mut blocks = SseByteStream::new(stream::iter(chunks).map(|chunk| Ok::<_, std::io::Error>(chunk.clone())));
    let mut last_id = String::new();
    let mut events = 0;
    block_on(async {
        while let Some(block) = blocks.next().await {
            let block = block?;
            if let Some(id) = block.id {
                last_id = id;
            }
            if let Some(data) = &block.data {
                black_box((block.event.as_deref().unwrap_or("message"), data, &last_id));
                events += 1;
            }
        }
        Ok(events)
    })
}

fn eventsource_stream(chunks: &[Bytes]) -> Result<u64> {
    let mut stream = stream::iter(chunks).map(|chunk| Ok::<_, std::io::Error>(chunk.clone())).eventsource();
    let mut events = 0;
    block_on(async {
        while let Some(event) = stream.next().await {
            let event = event?;
            black_box((&event.event, &event.data, &event.id));
            events += 1;
        }
        Ok(events)
    })
}
