//! What differs between the servers that speak the protocol.

use http::{Method, StatusCode};

/// Which server the fake is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Dialect {
    /// The platform, with all of its API.
    Hosted,
    /// An application that serves its own agents, with sessions and the agents' own API only.
    Serve,
}

impl Dialect {
    /// The `retry:` of each frame of a stream, in milliseconds.
    pub(super) const fn retry_hint(self) -> u64 {
        match self {
            Self::Hosted => 500,
            Self::Serve => 1000,
        }
    }

    /// What a session does before its first message.
    pub(super) const fn first_status(self) -> &'static str {
        match self {
            Self::Hosted => "started",
            Self::Serve => "idle",
        }
    }

    /// How a cancellation is answered.
    pub(super) const fn cancelled(self) -> (StatusCode, &'static str) {
        match self {
            Self::Hosted => (StatusCode::OK, "cancelled"),
            Self::Serve => (StatusCode::ACCEPTED, "accepted"),
        }
    }

    /// How a cancellation of nothing is answered.
    pub(super) const fn nothing_to_cancel(self) -> (StatusCode, &'static str) {
        (self.cancelled().0, "no_op")
    }

    /// Whether there is such a route, below the version.
    pub(super) fn has_route(self, method: &Method, segments: &[&str]) -> bool {
        match (self, segments) {
            (Self::Hosted, _) => true,
            (Self::Serve, ["channels", ..]) => true,
            (Self::Serve, ["sessions"]) => method == Method::POST,
            (Self::Serve, ["sessions", _] | ["sessions", _, "events" | "sse"]) => method == Method::GET,
            (Self::Serve, ["sessions", _, "messages" | "cancel" | "question-answers" | "tool-approvals"]) => {
                method == Method::POST
            }
            (Self::Serve, _) => false,
        }
    }
}
