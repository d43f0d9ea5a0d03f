//! What the types promise to the compiler, and how much room they take.

use std::{error::Error, fmt::Debug};

use futures_util::Stream;
use runagent::{
    Architecture, ClientOptions, ErrorCode, ErrorDetails, Report, RunAgentClient, RunAgentClientConfig, RunAgentError,
    RunAgentResult, RunStream,
};
use serde_json::Value;
use static_assertions::{assert_impl_all, assert_not_impl_any, const_assert};

use crate::{
    agent::{lazy, remote},
    memory::Memory,
};

assert_impl_all!(RunAgentClient: Clone, Debug, Send, Sync, Unpin);
assert_impl_all!(RunAgentClientConfig: Clone, Debug, Default, Send, Sync, Unpin);
assert_impl_all!(ClientOptions: Clone, Debug, Default, Send, Sync, Unpin);
assert_impl_all!(RunStream: Debug, Send, Unpin, Stream<Item = RunAgentResult<Value>>);
assert_not_impl_any!(RunStream: Clone);
assert_impl_all!(RunAgentError: Debug, Error, Send, Sync, Unpin);
assert_impl_all!(ErrorDetails: Debug, Send, Sync, Unpin);
assert_impl_all!(ErrorCode: Clone, Debug, Eq, Send, Sync);
assert_impl_all!(Architecture: Clone, Debug, Send, Sync);
assert_impl_all!(Report<'static>: Debug, std::fmt::Display);

const_assert!(size_of::<RunAgentError>() <= 96);
const_assert!(size_of::<RunAgentClient>() == size_of::<usize>());
const_assert!(size_of::<RunStream>() <= 256);

#[cfg(feature = "blocking")]
mod blocking {
    use std::{fmt::Debug, iter::FusedIterator};

    use runagent::{
        RunAgentResult,
        blocking::{RunAgentClient, RunStream},
    };
    use serde_json::Value;
    use static_assertions::assert_impl_all;

    assert_impl_all!(RunAgentClient: Clone, Debug, Send, Sync, Unpin);
    assert_impl_all!(RunStream: Debug, FusedIterator<Item = RunAgentResult<Value>>, Send, Unpin);
}

/// What a future may be used for: to be spawned, and kept.
fn spawnable<F: Future + Send + 'static>(future: F) -> usize {
    size_of_val(&future)
}

#[test]
fn the_futures_of_calls_can_be_spawned_and_are_not_large() {
    let memory = Memory::default();
    let client = lazy(remote("chat").with_options(memory.options()));
    let sizes = {
        // What is borrowed here is gone before the futures are.
        let (name, args) = (String::from("n"), vec![Value::Null]);
        let kwargs = [(name.as_str(), Value::Null)];
        [
            spawnable(client.run(&kwargs)),
            spawnable(client.run_with_args(&args, &kwargs)),
            spawnable(client.run_stream(&kwargs)),
            spawnable(client.run_stream_with_args(&args, &kwargs)),
            spawnable(RunAgentClient::new(remote("chat"))),
        ]
    };
    assert!(sizes.iter().all(|size| *size <= 1536), "{sizes:?} bytes");

    fn sendable<F: Future + Send>(_: F) {}
    sendable(client.health_check());
    sendable(client.health());
    sendable(client.get_agent_architecture());
    assert!(memory.asked().is_empty(), "a future does nothing before it is polled");
}
