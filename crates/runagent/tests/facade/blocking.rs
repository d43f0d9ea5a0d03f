//! The client without `async`, wherever it is called.

use std::{
    sync::mpsc,
    thread::{self, JoinHandle},
};

use runagent::{
    Call, CancelToken, ErrorCode, RunAgentClientConfig, RunEvent, RunOptions,
    blocking::{RunAgentClient, RunStream},
};
use runagent_transport::testing::wire::{Event, Gate, Script, WireServer, encode_frame, refused_port};
use tokio::sync::oneshot;

use crate::agent::{COMPLETED, KEY, architecture, chunk, ok, opened, options, refused, result};

const TEXT: u8 = 1;
/// More than a task may do in one go before Tokio wants it to yield.
const MANY: i64 = 300;

/// A scripted server on a thread of its own, so that a test may block its thread.
struct Served {
    url: String,
    /// Dropped when the test is done.
    done: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Served {
    fn new<const N: usize>(scripts: [Script; N]) -> Self {
        Self::until(scripts, |_| true)
    }

    /// The server stays until this has become true, or fails the test.
    fn until<const N: usize>(scripts: [Script; N], condition: fn(&[Event]) -> bool) -> Self {
        let (done, is_done) = oneshot::channel::<()>();
        let (tell, url) = mpsc::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let server = WireServer::start(scripts).await;
                tell.send(server.url("")).expect("the test waits for it");
                drop(is_done.await);
                server.wait_for(condition).await;
                assert!(server.connections() <= N, "more connections than scripts");
            });
        });
        Self { url: url.recv().expect("a server"), done: Some(done), thread: Some(thread) }
    }

    fn config(&self, tag: &str) -> RunAgentClientConfig {
        RunAgentClientConfig::new("agent-1", tag).with_api_key(KEY).with_base_url(&self.url).with_options(options())
    }

    fn client(&self, tag: &str) -> RunAgentClient {
        RunAgentClient::connect_lazy(self.config(tag)).expect("a client")
    }

    /// Ends the server; fails the test if it did not see what it should.
    fn finish(mut self) {
        drop(self.done.take());
        self.thread.take().expect("a thread").join().expect("the server saw what it should");
    }
}

/// One connection that answers this many runs, with 0, 1, 2, ...
fn runs(count: i64) -> Script {
    (0..count).fold(Script::new(), |script, n| script.read_request().send(ok(&result(n))))
}

fn many_frames() -> Script {
    let frames = (0..10_000).flat_map(|n| encode_frame(TEXT, true, chunk(n)));
    opened().send(frames.chain(encode_frame(TEXT, true, COMPLETED)).collect::<Vec<u8>>())
}

fn closed_by_client(events: &[Event]) -> bool {
    events.iter().any(|event| matches!(event, Event::WsClose { code: Some(1000), .. }))
}

fn integers(stream: RunStream) -> Vec<i64> {
    stream.map(|chunk| chunk.expect("no error").as_i64().expect("an integer")).collect()
}

/// Everything once, on this thread.
fn exercise() {
    let construction = Script::new().read_request().send(ok(&architecture(&["chat"])));
    let served = Served::new([construction.read_request().send(ok(&result(7))), runs(MANY), many_frames()]);
    let client = RunAgentClient::new(served.config("chat")).expect("a client");
    assert_eq!(client.run(&[]).expect("a result"), 7);
    drop(client);
    let client = served.client("chat");
    for n in 0..MANY {
        assert_eq!(client.run(&[]).expect("a result"), n);
    }
    let chunks = integers(served.client("count_stream").run_stream(&[]).expect("a stream"));
    assert!(chunks.iter().copied().eq(0..10_000));
    served.finish();
}

#[test]
fn it_works_on_a_plain_thread() {
    exercise();
}

#[tokio::test]
async fn it_works_inside_a_runtime_of_one_thread() {
    exercise();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn it_works_inside_a_runtime_of_several_threads() {
    exercise();
    tokio::spawn(async { exercise() }).await.expect("no panic");
}

#[tokio::test]
async fn it_works_where_blocking_is_welcome() {
    tokio::task::spawn_blocking(exercise).await.expect("no panic");
}

#[tokio::test]
async fn it_works_in_drop_inside_a_runtime() {
    struct Farewell(RunAgentClient, mpsc::Sender<serde_json::Value>);
    impl Drop for Farewell {
        fn drop(&mut self) {
            self.1.send(self.0.run(&[]).expect("a result")).expect("the test waits for it");
        }
    }
    let served = Served::new([runs(1)]);
    let (tell, told) = mpsc::channel();
    drop(Farewell(served.client("chat"), tell));
    assert_eq!(told.recv().expect("a result"), 0);
    served.finish();
}

#[test]
fn all_clients_of_the_process_share_one_thread() {
    let served = Served::new([runs(100), runs(100)]);
    let callers: Vec<_> = (0..2)
        .map(|_| {
            let client = served.client("chat");
            thread::spawn(move || (0..100).for_each(|n| assert_eq!(client.run(&[]).expect("a result"), n)))
        })
        .collect();
    for caller in callers {
        caller.join().expect("no panic");
    }
    served.finish();
    #[cfg(target_os = "linux")]
    {
        // The kernel keeps fifteen characters of a name.
        let named = |task: std::io::Result<std::fs::DirEntry>| {
            let name = std::fs::read_to_string(task.expect("a thread").path().join("comm")).unwrap_or_default();
            name.starts_with("runagent-blocki")
        };
        let workers =
            std::fs::read_dir("/proc/self/task").expect("threads").filter_map(|task| named(task).then_some(()));
        assert_eq!(workers.count(), 1);
    }
}

#[test]
fn threads_share_a_client() {
    let served = Served::new([runs(50), runs(50), runs(50), runs(50)]);
    let client = served.client("chat");
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..10).for_each(|_| assert!(client.run(&[]).expect("a result").is_i64())));
        }
    });
    served.finish();
}

#[test]
fn chunks_come_as_they_arrive() {
    let gate = Gate::new();
    let served = Served::until(
        [opened().ws_text(chunk(1)).wait(&gate).ws_text(chunk(2)).ws_text(COMPLETED).expect_ws_close()],
        closed_by_client,
    );
    let mut stream = served.client("count_stream").run_stream(&[]).expect("a stream");
    assert_eq!(stream.invocation_id(), Some("inv-1"));
    assert_eq!(stream.next().expect("a chunk").expect("no error"), 1);
    assert_eq!((stream.received(), stream.total_chunks(), stream.execution_time()), (1, None, None));
    gate.open();
    assert_eq!(stream.next().expect("a chunk").expect("no error"), 2);
    assert!(stream.next().is_none() && stream.next().is_none());
    assert_eq!((stream.received(), stream.total_chunks()), (2, Some(2)));
    assert_eq!(stream.execution_time().map(|time| time.as_millis()), Some(250));
    served.finish();
}

#[test]
fn a_stream_outlives_its_client_and_the_thread_it_came_from() {
    let gate = Gate::new();
    let served = Served::new([opened().ws_text(chunk(1)).wait(&gate).ws_text(chunk(2)).ws_text(COMPLETED)]);
    let client = served.client("count_stream");
    let mut stream = client.run_stream(&[]).expect("a stream");
    assert_eq!(stream.next().expect("a chunk").expect("no error"), 1);
    drop(client);
    gate.open();
    let rest = thread::spawn(move || integers(stream)).join().expect("no panic");
    assert_eq!(rest, [2]);
    served.finish();
}

#[test]
fn dropping_the_iterator_closes_the_connection() {
    let served = Served::until([opened().ws_text(chunk(1)).expect_ws_close().ws_close(1000, "")], closed_by_client);
    let first: Vec<_> = served.client("count_stream").run_stream(&[]).expect("a stream").take(1).collect();
    assert!(matches!(&first[..], [Ok(chunk)] if *chunk == 1), "{first:?}");
    served.finish();
}

#[test]
fn cancelling_waits_for_the_goodbye() {
    let served = Served::until([opened().expect_ws_close().ws_close(1000, "").close()], closed_by_client);
    served.client("count_stream").run_stream(&[]).expect("a stream").cancel();
    served.finish();
}

#[test]
fn a_stream_that_breaks_off_says_so() {
    let served = Served::new([opened().ws_text(chunk(1)).ws_close(1012, "")]);
    let mut stream = served.client("count_stream").run_stream(&[]).expect("a stream");
    assert_eq!(stream.next().expect("a chunk").expect("no error"), 1);
    assert_eq!(*refused(stream.next().expect("an item")).code(), ErrorCode::STREAM_TRUNCATED);
    assert!(stream.next().is_none());
    served.finish();
}

#[test]
fn errors_are_those_of_the_asynchronous_client() {
    let config = || {
        RunAgentClientConfig::new("agent-1", "chat")
            .with_local(true)
            .with_address("127.0.0.1", refused_port())
            .with_options(options())
    };
    assert_eq!(*refused(RunAgentClient::new(config())).code(), ErrorCode::CONNECTION_ERROR);
    let client = RunAgentClient::connect_lazy(config()).expect("a client");
    assert_eq!(*refused(client.run_stream(&[])).code(), ErrorCode::NON_STREAM_ENTRYPOINT);
    let error = refused(client.run(&[]));
    assert!(error.is_retryable(), "{error:?}");
    assert!(!client.health_check().expect("an answer"));
}

#[test]
fn calls_have_types_metadata_and_entrypoints_of_one_connection() {
    let server = Served::new([runs(3)]);
    let client = server.client("chat");
    let output = client.call::<u8>(Call::new().with_arg(1)).expect("an answer");
    assert_eq!((output.value, output.metadata.request_id.as_deref()), (0, Some("r1")));
    let other = client.entrypoint("sum").expect("a tag");
    assert!(other.call_raw(Call::new()).expect("an answer").value.starts_with(b"{"));
    let error = refused(other.call::<bool>(Call::new()));
    assert_eq!(error.code(), &ErrorCode::DECODE_ERROR);
    server.finish();
}

#[test]
fn streams_go_into_what_takes_them() {
    let script = || opened().ws_text(chunk(7)).ws_text(chunk(8)).ws_text(COMPLETED).stall();
    let server = Served::new([script(), script(), script(), script()]);
    let client = server.client("count_stream");
    let stream = || client.call_stream::<i64>(Call::new()).expect("a stream");
    let mut chunks = Vec::new();
    assert_eq!(stream().read_to_end(&mut chunks).expect("no error"), 2);
    assert_eq!(chunks, [7, 8]);
    let events: Vec<_> = stream().into_events().map(|event| event.expect("no error")).collect();
    assert!(matches!(events[..], [RunEvent::Started { .. }, _, _, RunEvent::Completed { total_chunks: Some(2), .. }]));
    let (mut text, mut bytes) = (String::new(), Vec::new());
    client.run_stream(&[]).expect("a stream").read_to_string(&mut text).expect("no error");
    client.run_stream(&[]).expect("a stream").write_to(&mut bytes).expect("no error");
    assert_eq!((text.as_str(), bytes.as_slice()), ("78", &b"78"[..]));
    server.finish();
}

#[test]
fn another_thread_ends_a_call_by_its_token() {
    let gate = Gate::new();
    let server = Served::new([Script::new().read_request().wait(&gate)]);
    let streaming_server = Served::new([opened().wait(&gate)]);
    let token = CancelToken::new();
    let call = || Call::new().with_options(RunOptions::new().with_cancel(&token));

    let mut stream = streaming_server.client("count_stream").call_stream::<i64>(call()).expect("a stream");
    let reading = thread::spawn(move || stream.next());
    let (client, running) = (server.client("chat"), call());
    let running = thread::spawn(move || client.call::<i64>(running));
    token.cancel();
    assert_eq!(refused(running.join().expect("no panic")).code(), &ErrorCode::CANCELLED);
    assert_eq!(refused(reading.join().expect("no panic").expect("an error")).code(), &ErrorCode::CANCELLED);
    // A token that was used opens nothing.
    assert_eq!(
        refused(streaming_server.client("count_stream").call_stream::<i64>(call())).code(),
        &ErrorCode::CANCELLED
    );
    gate.open();
    streaming_server.finish();
}
