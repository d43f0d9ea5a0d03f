use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::Result;

/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// The entrypoint `echo` of an agent, called with the least that HTTP takes.
#[derive(Clone)]
pub(crate) struct Target {
    address: String,
    request: String,
}

/// What calls came to.
#[derive(Default)]
pub(crate) struct Calls {
    latencies: Vec<Duration>,
    took: Duration,
    /// What the server took for them.
    pub(crate) cpu: Duration,
}

impl Target {
    pub(crate) fn new(address: impl Into<String>, agent_id: &str) -> Self {
        let address = address.into();
        let body = r#"{"entrypoint_tag":"echo","input_args":[1,"two"],"input_kwargs":{"name":"Ada","score":0.5}}"#;
        let request = format!(
            "POST /api/v1/agents/{agent_id}/run HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        Self { address, request }
    }

    /// One call on a connection of its own.
    pub(crate) async fn once(&self) -> Result {
        let mut stream = TcpStream::connect(&self.address).await?;
        exchange(&mut stream, self.request.as_bytes(), &mut Vec::new()).await
    }

    /// Calls on so many connections for so long, on each one after the other.
    pub(crate) async fn call(&self, connections: usize, time: Duration) -> Result<Calls> {
        let (started, mut tasks) = (Instant::now(), JoinSet::new());
        for _ in 0..connections {
            let target = self.clone();
            tasks.spawn(async move { target.repeat(started + time).await });
        }
        let mut latencies = Vec::new();
        while let Some(done) = tasks.join_next().await {
            latencies.append(&mut done??);
        }
        Ok(Calls { latencies, took: started.elapsed(), cpu: Duration::ZERO })
    }

    async fn repeat(&self, end: Instant) -> Result<Vec<Duration>> {
        let mut stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        let (mut latencies, mut buffer) = (Vec::new(), Vec::new());
        let mut now = Instant::now();
        while now < end {
            exchange(&mut stream, self.request.as_bytes(), &mut buffer).await?;
            latencies.push(now.elapsed());
            now = Instant::now();
        }
        Ok(latencies)
    }
}

/// Sends a request and reads its answer, which must be one of success.
async fn exchange(stream: &mut TcpStream, request: &[u8], buffer: &mut Vec<u8>) -> Result {
    stream.write_all(request).await?;
    buffer.clear();
    loop {
        if tokio::time::timeout(PATIENCE, stream.read_buf(buffer)).await?? == 0 {
            return Err("the server hung up".into());
        }
        let text = std::str::from_utf8(buffer)?;
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).ok_or("no length")?;
        if body.len() < length.parse()? {
            continue;
        }
        let succeeded = head.starts_with("HTTP/1.1 200") && body.contains(r#""success":true"#);
        return if succeeded { Ok(()) } else { Err(text.into()) };
    }
}

impl Calls {
    pub(crate) fn sum(rounds: Vec<Self>) -> Self {
        let mut sum = Self::default();
        for mut round in rounds {
            sum.latencies.append(&mut round.latencies);
            sum.took += round.took;
            sum.cpu += round.cpu;
        }
        sum.latencies.sort_unstable();
        sum
    }

    /// Calls a second.
    pub(crate) fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.seconds()
    }

    pub(crate) fn seconds(&self) -> f64 {
        self.took.as_secs_f64()
    }

    pub(crate) fn p99_ms(&self) -> f64 {
        self.latencies.get(self.latencies.len() * 99 / 100).map_or(0.0, Duration::as_secs_f64) * 1e3
    }

    /// The CPU time that the server took for one of them, in microseconds.
    pub(crate) fn cpu_us(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.latencies.len() as f64
    }
}
