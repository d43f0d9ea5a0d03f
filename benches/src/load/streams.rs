use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use http::header::{ACCEPT, CONTENT_TYPE, HOST};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use runagent_transport::sse::{Decoder, Item};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_websockets::{ClientBuilder, Message};

use crate::Result;

const PATH: &str = "/api/v1/agents/a/run-stream";
/// Streams are opened over so long, so that their events are spread as those of many users are.
const OPENING: Duration = Duration::from_secs(3);

/// How a stream comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    WebSocket,
    EventStream,
}

/// So many streams at the same time, each with an event every so often for so long.
pub(crate) struct Load {
    pub(crate) streams: u32,
    pub(crate) every: Duration,
    pub(crate) time: Duration,
}

/// What came of them.
#[derive(Default)]
pub(crate) struct Outcome {
    /// Events that did not come, or not in their place.
    pub(crate) wrong: u64,
    pub(crate) took: Duration,
    /// In microseconds, from when an event was due to when it was read.
    delays: Vec<u32>,
}

impl Channel {
    /// Whether the server has it.
    pub(crate) async fn is_served(self, address: &str) -> Result<bool> {
        let mut outcome = Outcome::default();
        Ok(match self {
            Self::WebSocket => true,
            Self::EventStream => match post(address, 1, Duration::ZERO).await {
                Ok(body) => read_events(body, &mut outcome).await.is_ok(),
                Err(_) => false,
            },
        })
    }

    async fn read(self, address: &str, events: u32, every: Duration) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        outcome.delays.reserve(events as usize);
        let ended = match self {
            Self::WebSocket => read_socket(address, events, every, &mut outcome).await,
            Self::EventStream => match post(address, events, every).await {
                Ok(body) => read_events(body, &mut outcome).await,
                Err(error) => Err(error),
            },
        };
        if let Err(error) = ended {
            eprintln!("a stream broke: {error}");
        }
        outcome.wrong += u64::from(events).saturating_sub(outcome.delays.len() as u64);
        Ok(outcome)
    }
}

impl Load {
    pub(crate) fn events(&self) -> u64 {
        u64::from(self.streams) * u64::from(self.events_of_one())
    }

    fn events_of_one(&self) -> u32 {
        (self.time.as_micros() / self.every.as_micros()) as u32
    }

    pub(crate) async fn run(&self, channel: Channel, address: &str) -> Result<Outcome> {
        let (started, mut tasks) = (Instant::now(), JoinSet::new());
        for i in 0..self.streams {
            let (address, events, every) = (address.to_owned(), self.events_of_one(), self.every);
            let opened = tokio::time::Instant::from_std(started + OPENING * i / self.streams);
            tasks.spawn(async move {
                tokio::time::sleep_until(opened).await;
                channel.read(&address, events, every).await
            });
        }
        let mut sum = Outcome::default();
        while let Some(done) = tasks.join_next().await {
            let mut outcome = done??;
            sum.wrong += outcome.wrong;
            sum.delays.append(&mut outcome.delays);
        }
        sum.took = started.elapsed();
        Ok(sum)
    }
}

impl Outcome {
    /// The middle one, the one that a hundredth exceeds, and the longest, in milliseconds.
    pub(crate) fn latencies(&mut self) -> (f64, f64, f64) {
        self.delays.sort_unstable();
        let at = |index: usize| self.delays.get(index).map_or(f64::INFINITY, |delay| f64::from(*delay) / 1e3);
        let count = self.delays.len();
        (at(count / 2), at(count * 99 / 100), at(count.saturating_sub(1)))
    }

    /// Takes a frame; true if it is the last one. A tick is `[number,when it was due]`.
    fn take(&mut self, frame: &str) -> Result<bool> {
        let Some((tick, _)) = frame.split_once('[').and_then(|(_, rest)| rest.split_once(']')) else {
            return match frame {
                _ if frame.contains("stream_started") => Ok(false),
                _ if frame.contains("stream_completed") => Ok(true),
                _ => Err(frame.into()),
            };
        };
        let (number, due) = tick.split_once(',').ok_or(frame)?;
        if number.parse::<usize>()? != self.delays.len() {
            self.wrong += 1;
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros();
        self.delays.push(now.saturating_sub(due.trim().parse()?).try_into()?);
        Ok(false)
    }
}

fn request(events: u32, every: Duration) -> String {
    let kwargs = json!({ "n": events, "every": every.as_millis() });
    json!({ "entrypoint_tag": "ticks_stream", "input_args": [], "input_kwargs": kwargs }).to_string()
}

async fn read_socket(address: &str, events: u32, every: Duration, outcome: &mut Outcome) -> Result {
    let uri: http::Uri = format!("ws://{address}{PATH}").parse()?;
    let (mut socket, _) = ClientBuilder::from_uri(uri).connect().await?;
    socket.send(Message::text(request(events, every))).await?;
    loop {
        let message = socket.next().await.ok_or("it ended early")??;
        if outcome.take(message.as_text().ok_or("no text")?)? {
            return Ok(());
        }
    }
}

async fn post(address: &str, events: u32, every: Duration) -> Result<Incoming> {
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = http::Request::post(PATH)
        .header(HOST, address)
        .header(CONTENT_TYPE, "application/json")
        .header(ACCEPT, "text/event-stream")
        .body(Full::new(Bytes::from(request(events, every))))?;
    let response = sender.send_request(request).await?;
    if response.status() != http::StatusCode::OK {
        return Err(format!("status {}", response.status()).into());
    }
    Ok(response.into_body())
}

async fn read_events(mut body: Incoming, outcome: &mut Outcome) -> Result {
    let mut decoder = Decoder::new();
    loop {
        let frame = body.frame().await.ok_or("it ended early")??;
        let Ok(chunk) = frame.into_data() else { continue };
        decoder.push(chunk);
        while let Some(item) = decoder.next_item() {
            if let Item::Event(event) = item?
                && outcome.take(&event.data)?
            {
                return Ok(());
            }
        }
    }
}
