use std::time::Duration;

/// What a server takes on at most; [`ServerBuilder`](crate::ServerBuilder) sets it.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// The bytes of a request.
    pub(crate) request_bytes: usize,
    /// The bytes of the line and the headers of a request.
    pub(crate) header_bytes: usize,
    /// The calls that run at the same time.
    pub(crate) calls: usize,
    /// The calls that wait for others to end.
    pub(crate) waiting: usize,
    /// How long they wait.
    pub(crate) wait: Duration,
    /// How long a run takes.
    pub(crate) run_time: Option<Duration>,
    /// The requests to `/v1`, in a window of time.
    pub(crate) rate: Option<(u64, Duration)>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request_bytes: 10 * 1024 * 1024,
            header_bytes: 64 * 1024,
            calls: 64,
            waiting: 0,
            wait: Duration::ZERO,
            run_time: None,
            rate: None,
        }
    }
}
