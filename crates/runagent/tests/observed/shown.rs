//! What an error shows.

use std::{error::Error, fmt::Write as _};

use runagent::RunAgentError;

/// Everything that can be read in an error.
pub(crate) fn everything(error: &RunAgentError) -> String {
    let json = serde_json::to_string(error).expect("an error has a JSON form");
    let mut text = format!("{error}\n{error:?}\n{error:#?}\n{}\n{json}\n", error.report());
    let mut source = error.source();
    while let Some(cause) = source {
        writeln!(text, "{cause} {cause:?} {cause:#?}").expect("a string takes everything");
        source = cause.source();
    }
    text
}
