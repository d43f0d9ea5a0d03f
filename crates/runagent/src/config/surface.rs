//! The two APIs of the platform.

use std::time::Duration;

use runagent_transport::{BaseUrl, InvalidUrl};

/// One of the platform's APIs. Each has an address of its own, and neither address stands in for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Surface {
    /// The RunAgent protocol: runs, streams, and the management of agents.
    Backend,
    /// The documented REST API.
    V1,
}

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// A connection.
    pub(crate) connect: Duration,
    /// A call that runs no agent.
    pub(crate) control: Duration,
    /// A run, from the call to its result.
    pub(crate) run: Duration,
    /// The first frame of a stream.
    pub(crate) first_frame: Duration,
    /// Each further frame of a stream.
    pub(crate) stream_idle: Duration,
    /// A frame or an event of a stream, in bytes.
    pub(crate) frame_bytes: usize,
}

impl Surface {
    pub(crate) const fn default_url(self) -> &'static str {
        match self {
            Self::Backend => "https://backend.run-agent.ai",
            Self::V1 => "https://api.run-agent.ai",
        }
    }

    /// Where every endpoint is.
    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Self::Backend => "/api/v1",
            Self::V1 => "/v1",
        }
    }

    /// The variable that has its address.
    pub(crate) const fn variable(self) -> &'static str {
        match self {
            Self::Backend => "RUNAGENT_BASE_URL",
            Self::V1 => "RUNAGENT_API_URL",
        }
    }

    /// What its address is called in the configuration file, and in what [`explain`](super::Explanation) says.
    pub(crate) const fn setting(self) -> &'static str {
        match self {
            Self::Backend => "base_url",
            Self::V1 => "api_url",
        }
    }

    /// The limits that hold unless others are set. The streams of the RunAgent protocol are WebSockets, whose server may be
    /// silent for as long as an agent thinks; those of the REST API are event streams with a heartbeat.
    pub(crate) const fn limits(self) -> Limits {
        let (run, stream_idle) = match self {
            Self::Backend => (300, 600),
            Self::V1 => (30, 120),
        };
        Limits {
            connect: Duration::from_secs(10),
            control: Duration::from_secs(30),
            run: Duration::from_secs(run),
            first_frame: Duration::from_secs(60),
            stream_idle: Duration::from_secs(stream_idle),
            frame_bytes: 16 * 1024 * 1024,
        }
    }

    /// The base of its endpoints at a URL, which may end with the prefix of either API.
    pub(crate) fn base(self, url: &str) -> Result<BaseUrl, InvalidUrl> {
        let base = BaseUrl::parse(url)?;
        let base = match base.clone().without_suffix(Self::Backend.prefix()) {
            same if same == base => base.without_suffix(Self::V1.prefix()),
            stripped => stripped,
        };
        Ok(base.with_prefix(self.prefix()))
    }
}

#[cfg(test)]
mod tests;
