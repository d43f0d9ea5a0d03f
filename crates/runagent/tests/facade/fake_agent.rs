//! The agent in memory that applications test with.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
    time::Duration,
};

use runagent::{ErrorCode, RunAgentClient, RunAgentClientConfig, RunAgentError, RunAgentResult, testing::FakeAgent};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::agent::{AGENT, details, drain, lazy, refused, remote};

fn client(agent: &FakeAgent, tag: &str) -> RunAgentClient {
    let options = agent.clone().into_options().with_environment(|_| None).with_max_retries(0);
    lazy(remote(tag).with_options(options))
}

/// What a panic says, if there is one.
fn complaint(work: impl FnOnce()) -> Option<String> {
    let panic = catch_unwind(AssertUnwindSafe(work)).err()?;
    let text = panic.downcast_ref::<String>().cloned();
    Some(text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default())
}

/// What the last handle says when it goes.
fn give_up(agent: FakeAgent) -> String {
    complaint(|| drop(agent)).expect("the agent complains")
}

#[tokio::test]
async fn expectations_are_met_in_their_order_and_by_what_they_ask_for() {
    let agent = FakeAgent::new(AGENT)
        .expect_run("chat", |call| call.args(json!([1])).returns("by args"))
        .expect_run("chat", |call| call.kwargs(json!({"a": 1, "b": 2})).returns("by kwargs"))
        .expect_run("chat", |call| {
            call.matching(|call| call.args.len() == 2).matching(|call| call.args[1] == 2).returns("by conditions")
        })
        .expect_run("chat", |call| call.times(2).returns("any"))
        .expect_run("chat", |call| call);
    let client = client(&agent, "chat");
    for (args, kwargs, expected) in [
        (vec![json!(0)], vec![], json!("any")),
        (vec![], vec![("b", json!(2)), ("a", json!(1))], json!("by kwargs")),
        (vec![json!(1), json!(2)], vec![], json!("by conditions")),
        (vec![json!(1)], vec![], json!("by args")),
        // Those are used up by now.
        (vec![json!(1)], vec![], json!("any")),
        (vec![json!(1)], vec![], Value::Null),
    ] {
        assert_eq!(client.run_with_args(&args, &kwargs).await.expect("an answer"), expected);
    }
    agent.verify();
}

#[tokio::test]
async fn a_condition_may_look_at_the_calls_before() {
    let agent = FakeAgent::new(AGENT);
    // A client keeps the agent, and a condition must not keep it for ever.
    let seen = agent.clone().on_run("chat", |_, _| Ok(json!("later")));
    let earlier = Arc::new(Mutex::new(Some(seen)));
    let asked = earlier.clone();
    let agent = agent.expect_run("chat", move |call| {
        call.matching(move |_| asked.lock().expect("no panic").as_ref().is_some_and(|agent| agent.calls().is_empty()))
            .returns("first")
    });
    let client = client(&agent, "chat");
    assert_eq!(client.run(&[]).await.expect("an answer"), "first");
    assert_eq!(client.run(&[]).await.expect("an answer"), "later");
    drop(earlier.lock().expect("no panic").take());
    agent.verify();
}

#[tokio::test]
async fn an_expectation_that_is_not_met_is_told_with_the_line_of_the_test() {
    let line = line!() + 2;
    let agent = FakeAgent::new(AGENT)
        .expect_run("chat", |call| call.kwargs(json!({"name": "Ada"})).times(2).returns("Hello"))
        .expect_stream("count_stream", |call| call.args(json!([3])).matching(|_| true).chunks([1]));
    client(&agent, "chat").run(&[("name", json!("Ada"))]).await.expect("an answer");
    let expected = format!(
        "agent agent-1 was not called as the test expects:\n  \
         {file}:{line}:10: expected 2 × run of `chat`, kwargs {{\"name\":\"Ada\"}}, came 1\n  \
         {file}:{next}:10: expected 1 × stream of `count_stream`, args [3], and what the test asks of it, came 0\n\
         These calls came:\n  1. run of `chat`, args [], kwargs {{\"name\":\"Ada\"}}",
        file = file!(),
        next = line + 1,
    );
    assert_eq!(complaint(|| agent.verify()), Some(expected.clone()));
    // A clone that goes is not the last one.
    assert_eq!(complaint(|| drop(agent.clone())), None);
    assert_eq!(give_up(agent), expected);
}

#[test]
fn verifying_panics_at_the_line_of_the_test() {
    let seen = Arc::new(Mutex::new(None));
    let (place, here) = (seen.clone(), std::thread::current().id());
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        // Other tests panic at the same time.
        if std::thread::current().id() == here {
            *place.lock().expect("no panic") = panic.location().map(|location| location.line());
        }
        before(panic);
    }));
    let agent = FakeAgent::new(AGENT).expect_run("chat", |call| call);
    let line = line!() + 1;
    let complaint = complaint(|| agent.verify()).expect("a complaint");
    assert!(complaint.ends_with("\nNo call came."), "{complaint}");
    assert_eq!(*seen.lock().expect("no panic"), Some(line));
    std::mem::forget(agent);
}

#[tokio::test]
async fn a_call_that_nobody_expects_fails_on_both_sides() {
    let agent = FakeAgent::new(AGENT)
        .expect_run("chat", |call| call.kwargs(json!({"name": "Ada"})).returns("Hello"))
        .expect_stream("count_stream", |call| call.chunks([1]));
    let chat = client(&agent, "chat");
    chat.run(&[("name", json!("Ada"))]).await.expect("an answer");
    let count = client(&agent, "count_stream");
    drain(&mut count.run_stream(&[]).await.expect("a stream")).await;
    agent.verify();

    let one_too_many = refused(chat.run(&[("name", json!("Ada"))]).await);
    let other_arguments = refused(chat.run(&[("name", json!("Bob"))]).await);
    let stream = refused(count.run_stream(&[("n", json!("CANARY"))]).await);
    for (error, says) in
        [(one_too_many, "no such run of `chat`"), (other_arguments, "run"), (stream, "no such stream of")]
    {
        assert_eq!((error.code(), error.is_retryable()), (&ErrorCode::CONFIG_ERROR, false), "{error:?}");
        assert!(error.message().contains(says) && !error.message().contains("CANARY"), "{error}");
    }
    let unknown = refused(client(&agent, "other").run(&[]).await);
    assert_eq!(*unknown.code(), ErrorCode::ENTRYPOINT_NOT_FOUND);
    assert_eq!(details(&unknown)["available_tags"], json!(["chat", "count_stream"]));

    drop((chat, count));
    let complaint = give_up(agent);
    for line in [
        "\n  nobody expected a run of `chat`, args [], kwargs {\"name\":\"Ada\"}\n",
        "\n  nobody expected a run of `chat`, args [], kwargs {\"name\":\"Bob\"}\n",
        "\n  nobody expected a stream of `count_stream`, args [], kwargs {\"n\":\"CANARY\"}\n",
        "\n  nobody expected a run of `other`, args [], kwargs {}\nThese calls came:\n  1. run of `chat`",
        "\n  2. stream of `count_stream`",
        "\n  6. run of `other`",
    ] {
        assert!(complaint.contains(line), "{line}: {complaint}");
    }
}

#[tokio::test]
async fn an_agent_without_expectations_has_none_to_miss() {
    let agent = FakeAgent::new(AGENT).on_run("chat", |_, _| Ok(json!(1)));
    assert_eq!(*refused(client(&agent, "other").run(&[]).await).code(), ErrorCode::ENTRYPOINT_NOT_FOUND);
    agent.verify();
    assert_eq!(agent.calls().len(), 1);
}

#[test]
fn the_last_handle_checks_unless_the_test_fails_already() {
    let expecting = || FakeAgent::new(AGENT).expect_run("chat", |call| call);
    // Without a clone, the client has the last one.
    let only = lazy(remote("chat").with_options(expecting().into_options()));
    assert!(complaint(|| drop(only)).expect("a complaint").contains("came 0"));
    let complaint = complaint(|| {
        let _agent = expecting();
        panic!("the test itself");
    });
    assert_eq!(complaint.as_deref(), Some("the test itself"));
}

#[tokio::test]
async fn calls_are_recorded_with_what_a_test_may_ask_of_them() {
    let agent = FakeAgent::new(AGENT).on_run("chat", |_, _| Ok(json!(1))).on_stream("count_stream", |_, _| Vec::new());
    let options = agent.clone().into_options().with_environment(|_| None).with_api(|api| {
        api.header(http::HeaderName::from_static("idempotency-key"), http::HeaderValue::from_static("key-1"))
    });
    let config = |tag| remote(tag).with_options(options.clone());
    let run = lazy(config("chat").with_user_id("u-1").with_persistent_memory(true));
    run.run_with_args(&[json!(1)], &[("a", json!([true]))]).await.expect("an answer");
    let mut stream = lazy(config("count_stream")).run_stream(&[]).await.expect("a stream");
    assert!(stream.next().await.is_none());
    assert!(run.health_check().await.expect("an answer"));

    let calls = agent.calls();
    assert_eq!(calls.len(), 2, "health is no call: {calls:?}");
    assert_eq!((calls[0].tag.as_str(), calls[0].streams), ("chat", false));
    assert_eq!((&calls[0].args, &calls[0].kwargs["a"]), (&vec![json!(1)], &json!([true])));
    assert_eq!((calls[0].user_id.as_deref(), calls[0].persistent_memory), (Some("u-1"), true));
    assert_eq!(
        calls[0].to_string(),
        r#"run of `chat`, args [1], kwargs {"a":[true]} as user "u-1" with persistent memory"#
    );
    assert_eq!((calls[1].tag.as_str(), calls[1].streams), ("count_stream", true));
    assert_eq!((calls[1].user_id.as_deref(), calls[1].persistent_memory), (None, false));
    for call in &calls {
        assert_eq!(call.header("Idempotency-Key"), Some("key-1"));
        assert_eq!((call.header("authorization"), call.header("x-other")), (None, None));
        assert!(!format!("{call:?}").contains("rau_"), "{call:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_fails_in_every_way_in_which_runs_fail() {
    let agent = FakeAgent::new(AGENT)
        .expect_run("chat", |call| {
            call.fails(RunAgentError::new("NO_CREDIT", "none").with_suggestion("Pay.").with_details(json!({"used": 5})))
        })
        .expect_run("chat", |call| call.responds(429, &[("retry-after", "7")], "slow down"))
        .expect_run("chat", |call| call.responds(503, &[], ""))
        .expect_run("chat", |call| call.responds(401, &[], r#"{"detail":"Invalid key"}"#))
        .expect_run("chat", |call| call.responds(404, &[], r#"{"detail":"Not Found"}"#))
        .expect_run("chat", |call| call.responds(500, &[], ""))
        .expect_run("chat", |call| call.responds(200, &[], "<html>"))
        .expect_run("chat", |call| call.refuses())
        .expect_run("chat", |call| call.breaks_off())
        .expect_run("chat", |call| call.falls_silent())
        .on_run("chat", |_, _| Ok(json!("well again")));
    let client = client(&agent, "chat");
    let first = refused(client.run(&[]).await);
    assert_eq!((first.code().as_str(), first.message(), first.suggestion()), ("NO_CREDIT", "none", Some("Pay.")));
    assert_eq!(details(&first), json!({"used": 5}));
    for (code, retryable) in [
        (ErrorCode::RATE_LIMIT_ERROR, true),
        (ErrorCode::SERVER_ERROR, false),
        (ErrorCode::AUTHENTICATION_ERROR, false),
        (ErrorCode::AGENT_NOT_FOUND_REMOTE, false),
        (ErrorCode::SERVER_ERROR, false),
        (ErrorCode::DECODE_ERROR, false),
        (ErrorCode::CONNECTION_ERROR, true),
        (ErrorCode::CONNECTION_ERROR, false),
        (ErrorCode::TIMEOUT_ERROR, false),
    ] {
        let error = refused(client.run(&[]).await);
        assert_eq!((error.code(), error.is_retryable()), (&code, retryable), "{error:?}");
    }
    assert_eq!(client.run(&[]).await.expect("an answer"), "well again");
    agent.verify();
}

#[tokio::test(start_paused = true)]
async fn some_failures_and_then_none_are_what_retrying_is_for() -> RunAgentResult<()> {
    let agent = FakeAgent::new(AGENT)
        .expect_run("chat", |call| call.times(2).responds(429, &[("retry-after", "5")], ""))
        .expect_run("chat", |call| call.refuses())
        .expect_run("chat", |call| call.returns(1));
    let options = agent.clone().into_options().with_environment(|_| None);
    let since = Instant::now();
    assert_eq!(lazy(remote("chat").with_options(options)).run(&[]).await?, 1);
    assert!(since.elapsed() >= Duration::from_secs(10), "{:?}", since.elapsed());
    assert_eq!(agent.calls().len(), 4);
    agent.verify();
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_in_every_way_in_which_streams_end() {
    let agent = FakeAgent::new(AGENT)
        .expect_stream("count_stream", |call| call.chunks([1]).then_wait(Duration::from_secs(5)).chunks([2]))
        .expect_stream("count_stream", |call| call)
        .expect_stream("count_stream", |call| call.chunks([1]).fails(RunAgentError::new("STREAM_ERROR", "boom")))
        .expect_stream("count_stream", |call| call.fails(RunAgentError::new("NO_CREDIT", "none")))
        .expect_stream("count_stream", |call| call.chunks([1, 2]).breaks_off())
        .expect_stream("count_stream", |call| call.chunks([1]).falls_silent())
        .on_stream("count_stream", |_, _| vec![json!(9)]);
    let client = client(&agent, "count_stream");
    for (chunks, code, seconds) in [
        (vec![1, 2], None, 5),
        (vec![], None, 0),
        (vec![1], Some("STREAM_ERROR"), 0),
        (vec![], Some("NO_CREDIT"), 0),
        (vec![1, 2], Some("STREAM_TRUNCATED"), 0),
        (vec![1], Some("STREAM_IDLE"), 600),
        (vec![9], None, 0),
    ] {
        let since = Instant::now();
        let mut stream = client.run_stream(&[]).await.expect("a stream");
        let (got, error) = drain(&mut stream).await;
        assert_eq!(got, chunks);
        assert_eq!(error.as_ref().map(|error| error.code().as_str()), code, "{error:?}");
        assert_eq!(since.elapsed(), Duration::from_secs(seconds));
        assert_eq!(stream.total_chunks(), code.is_none().then_some(chunks.len() as u64));
    }
    agent.verify();
}

#[tokio::test(start_paused = true)]
async fn leaving_a_silent_stream_takes_no_time() {
    let agent = FakeAgent::new(AGENT).expect_stream("count_stream", |call| call.falls_silent());
    let stream = client(&agent, "count_stream").run_stream(&[]).await.expect("a stream");
    let since = Instant::now();
    stream.cancel().await;
    assert_eq!(since.elapsed(), Duration::ZERO);
}

#[tokio::test]
async fn the_architecture_lists_what_is_expected_and_what_is_answered() {
    let agent = FakeAgent::new(AGENT)
        .on_run("b", |_, _| Ok(json!(1)))
        .expect_run("c", |call| call)
        .expect_run("a", |call| call)
        .expect_run("b", |call| call)
        .expect_stream("a_stream", |call| call);
    let architecture = client(&agent, "a").get_agent_architecture().await.expect("an answer");
    assert_eq!(architecture.tags().collect::<Vec<_>>(), ["a", "b", "c", "a_stream"]);
    for tag in ["a", "b", "c"] {
        client(&agent, tag).run(&[]).await.expect(tag);
    }
    client(&agent, "a_stream").run_stream(&[]).await.expect("a stream");
}

#[tokio::test]
async fn what_an_agent_computes_may_look_at_its_calls() {
    let agent = FakeAgent::new(AGENT);
    let calls = agent.clone();
    let agent = agent.on_run("chat", move |_, _| Ok(json!(calls.calls().len())));
    assert_eq!(client(&agent, "chat").run(&[]).await.expect("an answer"), 1);
}

#[test]
fn an_expectation_that_makes_no_sense_is_refused_where_it_is_written() {
    let agent = || FakeAgent::new(AGENT);
    for (attempt, says) in [
        (complaint(|| drop(agent().expect_run("chat", |call| call.args(json!({}))))), "are a JSON array, and not {}"),
        (
            complaint(|| drop(agent().expect_run("chat", |call| call.kwargs(json!([]))))),
            "are a JSON object, and not []",
        ),
        (complaint(|| drop(agent().expect_run("chat", |call| call.times(0)))), "leave it out"),
        (complaint(|| drop(agent().expect_run("chat", |call| call.responds(99, &[], "")))), "can't be"),
        (complaint(|| drop(agent().expect_run("chat", |call| call.responds(200, &[("a b", "")], "")))), "can't be"),
        (
            complaint(|| drop(agent().expect_stream("c_stream", |call| call.breaks_off().chunks([1])))),
            "BreaksOff ends a stream",
        ),
        (
            complaint(|| drop(agent().expect_stream("c_stream", |call| call.falls_silent().breaks_off()))),
            "Silence ends a stream",
        ),
    ] {
        assert!(attempt.as_ref().is_some_and(|text| text.contains(says)), "{says}: {attempt:?}");
    }
}

#[cfg(feature = "blocking")]
#[test]
fn the_blocking_client_takes_it_too() {
    let agent = FakeAgent::new(AGENT)
        .expect_run("chat", |call| call.returns("Hello"))
        .expect_stream("count_stream", |call| call.chunks([1]).then_wait(Duration::from_millis(1)).breaks_off());
    let client = |tag| {
        let options = agent.clone().into_options().with_environment(|_| None);
        runagent::blocking::RunAgentClient::new(remote(tag).with_options(options)).expect("a client")
    };
    assert_eq!(client("chat").run(&[]).expect("an answer"), "Hello");
    let items: Vec<_> = client("count_stream").run_stream(&[]).expect("a stream").collect();
    assert_eq!(items.len(), 2);
    assert_eq!(items[0].as_ref().expect("a chunk"), &json!(1));
    assert_eq!(*items[1].as_ref().expect_err("an end").code(), ErrorCode::STREAM_TRUNCATED);
    agent.verify();
}

/// The environment is that of a process, so this one runs itself again in a process of its own.
#[test]
fn the_machine_that_a_test_runs_on_does_not_matter() {
    const CHILD: &str = "RUNAGENT_TEST_CHILD";
    if std::env::var_os(CHILD).is_some() {
        let options = || FakeAgent::new(AGENT).into_options();
        let config = RunAgentClientConfig::new(AGENT, "chat").with_api_key("key");
        assert!(config.clone().with_options(options()).explain().is_ok());
        let here = options().with_environment(|name| std::env::var_os(name));
        assert_eq!(refused(config.with_options(here).explain()).code(), &ErrorCode::CONFIG_ERROR);
        return;
    }
    let home = tempfile::tempdir().expect("a folder");
    std::fs::write(home.path().join("config.json"), "garbage").expect("written");
    let output = std::process::Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "fake_agent::the_machine_that_a_test_runs_on_does_not_matter", "--nocapture"])
        .env(CHILD, "1")
        .env("RUNAGENT_CACHE_DIR", home.path())
        .env("RUNAGENT_BASE_URL", "ftp://nowhere")
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}
