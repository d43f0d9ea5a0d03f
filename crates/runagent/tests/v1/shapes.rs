//! What the types promise to the compiler, and how much room they take.

use std::fmt::Debug;

use futures_util::Stream;
use runagent::{
    RunAgentResult, RunOptions,
    transport::testing::Reply,
    v1::{
        AgentClient, AgentInfo, AgentPage, AgentQuery, Client, EventStream, Invocation, Invoke, OperationHandle,
        StreamEvent, TextStream,
    },
};
use serde_json::{Value, json};
use static_assertions::{assert_impl_all, assert_not_impl_any, const_assert};

use crate::api::{agent, client};

assert_impl_all!(Client: Clone, Debug, Send, Sync, Unpin);
assert_impl_all!(AgentClient: Clone, Debug, Send, Sync, Unpin);
assert_impl_all!(OperationHandle: Clone, Debug, Send, Sync, Unpin);
assert_impl_all!(Invoke: Clone, Debug, Default, Send, Sync, Unpin);
assert_impl_all!(Invocation<Value>: Clone, Debug, PartialEq, Send, Sync);
assert_impl_all!(AgentPage: Clone, Debug, PartialEq, Send, Sync);
assert_impl_all!(runagent::Listing<AgentInfo>: Debug, Send, Unpin, Stream<Item = RunAgentResult<AgentInfo>>);
assert_impl_all!(EventStream: Debug, Send, Unpin, Stream<Item = RunAgentResult<StreamEvent>>);
assert_impl_all!(TextStream: Debug, Send, Unpin, Stream<Item = RunAgentResult<String>>);
assert_not_impl_any!(EventStream: Clone);

const_assert!(size_of::<Client>() == size_of::<usize>());
const_assert!(size_of::<EventStream>() <= 320);

#[cfg(feature = "blocking")]
mod blocking {
    use std::{fmt::Debug, iter::FusedIterator};

    use runagent::{
        RunAgentResult,
        blocking::v1::{AgentClient, AgentInfo, Client, EventStream, OperationHandle, StreamEvent, TextStream},
    };
    use static_assertions::assert_impl_all;

    assert_impl_all!(Client: Clone, Debug, Send, Sync, Unpin);
    assert_impl_all!(AgentClient: Clone, Debug, Send, Sync, Unpin);
    assert_impl_all!(OperationHandle: Clone, Debug, Send, Sync, Unpin);
    assert_impl_all!(runagent::blocking::Listing<AgentInfo>: Debug, FusedIterator<Item = RunAgentResult<AgentInfo>>, Send, Unpin);
    assert_impl_all!(EventStream: Debug, FusedIterator<Item = RunAgentResult<StreamEvent>>, Send, Unpin);
    assert_impl_all!(TextStream: Debug, FusedIterator<Item = RunAgentResult<String>>, Send, Unpin);
}

/// What a future may be used for: to be spawned, and kept.
fn spawnable<F: Future + Send + 'static>(future: F) -> usize {
    size_of_val(&future)
}

#[test]
fn the_futures_of_calls_can_be_spawned_and_are_not_large() {
    let (transport, agent) = agent::<Reply>([]);
    let sizes = {
        // What is borrowed here is gone before the futures are.
        let input = json!({"query": "q"});
        [
            spawnable(agent.invoke(Invoke::new("q"))),
            spawnable(agent.invoke_as::<String>(Invoke::new("q"))),
            spawnable(agent.stream(Invoke::new("q"))),
            spawnable(agent.stream_get(Invoke::new("q"))),
            spawnable(agent.batch([Invoke::new("q")])),
            spawnable(agent.batch_with([Invoke::new("q")], RunOptions::new())),
            spawnable(agent.start(Invoke::new("q"))),
            spawnable(agent.run_generic(&input)),
            spawnable(agent.run_generic_stream(&input)),
        ]
    };
    assert!(sizes.iter().all(|size| *size <= 4 * 1024), "{sizes:?} bytes");

    fn sendable<F: Future + Send>(future: F) -> usize {
        size_of_val(&future)
    }
    let (_, client) = client::<Reply>([]);
    let operation = client.operation("op_1").expect("an id");
    let mut agents = client.all_agents();
    let sizes = [
        sendable(client.agents(AgentQuery::new())),
        sendable(agent.get()),
        sendable(agent.health()),
        sendable(operation.status()),
        sendable(operation.wait()),
        sendable(operation.wait_as::<String>()),
        sendable(agents.next()),
    ];
    assert!(sizes.iter().all(|size| *size <= 4 * 1024), "{sizes:?} bytes");
    assert!(transport.requests().is_empty(), "a future does nothing before it is polled");
}
