//! A piece of work and who does it.

use crate::{Result, call, construct, decode, idle, registry, sse, ws};

/// The variable that holds the `host:port` of the binary `server`.
const SERVER_VARIABLE: &str = "BENCH_SERVER";

/// One contender at one kind of work.
pub struct Work {
    kind: String,
    contender: String,
    count: u64,
}

impl Work {
    /// Reads `<kind> <contender> <count>` from the command line.
    ///
    /// # Errors
    ///
    /// When one of them is missing, or the count is no number.
    pub fn from_arguments() -> Result<Self> {
        let mut arguments = std::env::args().skip(1);
        let mut next = || arguments.next().ok_or("usage: <kind> <contender> <count>");
        Ok(Self { kind: next()?, contender: next()?, count: next()?.parse()? })
    }

    /// Does it, and returns how many units it was. On one thread, so that what is counted is the work and not the
    /// scheduler.
    ///
    /// # Errors
    ///
    /// When nobody knows the kind or the contender, or the work fails.
    pub fn run(&self) -> Result<u64> {
        tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(self.dispatch())
    }

    async fn dispatch(&self) -> Result<u64> {
        let (contender, count) = (self.contender.as_str(), self.count);
        match self.kind.split_once(':').unwrap_or((&self.kind, "")) {
            ("decode", input) => Ok(decode::run(contender, input, count)?.bytes),
            ("decode-events", input) => Ok(decode::run(contender, input, count)?.events),
            ("call", agent) => call::run(contender, &server()?, agent, count).await,
            ("sse", _) => sse::run(contender, &server()?, count).await,
            ("ws", _) => ws::run(contender, &server()?, count).await,
            ("idle", _) => idle::run(contender, &server()?, count).await,
            ("construct", _) => construct::run(contender, count),
            ("registry", _) => registry::run(contender, count).await,
            (kind, _) => Err(format!("no work is called `{kind}`").into()),
        }
    }
}

/// The error for a contender that a kind of work does not know.
pub(crate) fn unknown<T>(contender: &str) -> Result<T> {
    Err(format!("no contender is called `{contender}`").into())
}

fn server() -> Result<String> {
    std::env::var(SERVER_VARIABLE).map_err(|_| format!("{SERVER_VARIABLE} is not set: start the server first").into())
}
