//! Streams that do not come to their end.

use std::time::Duration;

use runagent::{
    CancelToken, ErrorKind, RunOptions,
    transport::testing::{Reply, cut_off, unending},
    v1::Invoke,
};
use serde_json::json;
use tokio::time::Instant;

use crate::api::{DONE, agent, agent_on, agent_with, chunk, details, drain, events, head, options, refused, reply};

#[tokio::test]
async fn a_stream_that_breaks_off_is_never_complete() {
    let two = format!("{}{}", chunk("a", 0), chunk("b", 1));
    let halved = format!("{two}event: done\ndata: {{\"mess");
    for (body, received) in
        [(events(two.clone()), 2), (events(cut_off(two.clone())), 2), (events(halved), 2), (events(""), 0)]
    {
        let (transport, agent) = agent([body]);
        let mut stream = agent.stream(Invoke::new("q")).await.expect("a stream");
        let (events, error) = drain(&mut stream).await;
        assert_eq!(events.len(), received);
        let error = error.expect("an error");
        assert_eq!((error.code().as_str(), error.kind()), ("STREAM_TRUNCATED", ErrorKind::Stream), "{error}");
        assert!(error.message().contains(&format!("after {received} chunks")), "{error}");
        assert_eq!(details(&error), json!({ "received": received }));
        assert_eq!((error.status(), error.attempts(), error.is_retryable()), (Some(200), 1, false));
        // The agent has run: it is not run again.
        assert_eq!(transport.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_connection_that_is_cut_or_reset_is_no_end() {
    for script in [head().send(chunk("a", 0)).close(), head().send(chunk("a", 0)).reset()] {
        let (server, agent) = agent_on([script]).await;
        let mut stream = agent.stream(Invoke::new("q")).await.expect("a stream");
        let error = drain(&mut stream).await.1.expect("an error");
        assert_eq!(error.code(), "STREAM_TRUNCATED", "{error}");
        assert_eq!(server.connections(), 1, "it is not sent again");
    }
}

#[tokio::test]
async fn text_that_breaks_off_is_there_up_to_the_break() {
    let (_, agent) = agent([events(chunk("Once ", 0))]);
    let mut story = String::new();
    let error = refused(agent.stream(Invoke::new("q")).await.expect("a stream").read_to_string(&mut story).await);
    assert_eq!((error.code().as_str(), story.as_str()), ("STREAM_TRUNCATED", "Once "));
}

#[tokio::test]
async fn an_error_event_is_the_last_item() {
    for (data, code, message, retry_after) in [
        (r#"{"error":"it broke","code":"NO_CREDIT","retry_after":7}"#, "NO_CREDIT", "it broke", Some(7)),
        (r#"{"error":"it broke"}"#, "STREAM_ERROR", "it broke", None),
        (r#"{"error":{"code":"CAPACITY_ERROR","message":"full"}}"#, "CAPACITY_ERROR", "full", None),
        ("it broke", "STREAM_ERROR", "it broke", None),
        ("{}", "STREAM_ERROR", "the server gave no message", None),
    ] {
        let body = format!("{}event: error\ndata: {data}\n\n{}{DONE}", chunk("a", 0), chunk("never", 1));
        let (_, agent) =
            agent([reply(200, &[("content-type", "text/event-stream"), ("x-ratelimit-limit", "5")], body)]);
        let mut stream = agent.stream(Invoke::new("q")).await.expect("a stream");
        let (events, error) = drain(&mut stream).await;
        let error = error.expect("an error");
        assert_eq!((events.len(), error.code().as_str(), error.message()), (1, code, message), "{data}");
        assert_eq!(error.retry_after(), retry_after.map(Duration::from_secs));
        assert_eq!((error.is_retryable(), error.rate_limit().limit), (false, Some(5)));
    }
}

#[tokio::test]
async fn an_event_that_can_not_be_read_is_an_error() {
    for data in ["nope", "[]", "{", r#"{"content":"\ud800"}"#] {
        let (_, agent) = agent([events(format!("{}event: chunk\ndata: {data}\n\n{DONE}", chunk("a", 0)))]);
        let (events, error) = drain(&mut agent.stream(Invoke::new("q")).await.expect("a stream")).await;
        let error = error.expect("an error");
        assert_eq!((events.len(), error.code().as_str()), (1, "DECODE_ERROR"), "{data}");
        assert_eq!(details(&error), json!({ "received": 1 }));
    }
}

#[tokio::test]
async fn an_event_above_the_limit_is_an_error() {
    let body = chunk(&"x".repeat(17 * 1024 * 1024), 0);
    let (_, agent) = agent([events(body)]);
    let (events, error) = drain(&mut agent.stream(Invoke::new("q")).await.expect("a stream")).await;
    let error = error.expect("an error");
    assert_eq!((events.len(), error.code().as_str()), (0, "RESPONSE_TOO_LARGE"));
    assert_eq!(error.kind(), ErrorKind::Limit);
}

/// What comes before the silence, which limits hold, and when the stream is given up.
#[tokio::test(start_paused = true)]
async fn silence_has_a_limit() {
    let call = RunOptions::new;
    let seconds = Duration::from_secs;
    for (body, client, call, limit) in [
        // The first event is late, comments or not.
        (String::new(), options(), call(), 60),
        (": still thinking\n\n".to_owned(), options(), call(), 60),
        (String::new(), options().with_first_frame_timeout(seconds(5)), call(), 5),
        (String::new(), options(), call().with_first_frame_timeout(seconds(7)), 7),
        // A further one.
        (chunk("a", 0), options(), call(), 120),
        (chunk("a", 0), options().with_stream_idle_timeout(seconds(200)), call(), 200),
        (chunk("a", 0), options(), call().with_idle_timeout(seconds(9)), 9),
    ] {
        let transport = runagent::transport::testing::ScriptedTransport::new([events(unending(body))]);
        let agent = agent_with(client.with_transport(transport));
        let mut stream = agent.stream(Invoke::new("q").with_options(call)).await.expect("a stream");
        let begun = Instant::now();
        let error = drain(&mut stream).await.1.expect("an error");
        assert_eq!((error.code().as_str(), error.is_retryable()), ("STREAM_IDLE", false));
        assert_eq!(begun.elapsed(), seconds(limit), "{error}");
        assert_eq!(details(&error), json!({ "received": stream.received() }));
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_silent_too() {
    let (transport, agent) = agent([Reply::silence()]);
    let begun = Instant::now();
    let error = refused(agent.stream(Invoke::new("q")).await);
    assert_eq!((error.code().as_str(), error.is_retryable()), ("STREAM_IDLE", false));
    assert_eq!(begun.elapsed(), Duration::from_secs(60));
    assert_eq!(transport.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_is_no_silent_server() {
    let (_, agent) = agent([events(unending(chunk("a", 0)))]);
    let mut stream = agent.stream(Invoke::new("q")).await.expect("a stream");
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert!(stream.next().await.expect("an event").is_ok());
    tokio::time::sleep(Duration::from_secs(3600)).await;
    let begun = Instant::now();
    assert_eq!(refused(stream.next().await.expect("an item")).code(), "STREAM_IDLE");
    assert_eq!(begun.elapsed(), Duration::from_secs(120));
}

#[tokio::test(start_paused = true)]
async fn a_stream_has_no_limit_in_total_unless_it_is_given_one() {
    for body in [Reply::silence(), events(unending(chunk("a", 0)))] {
        let (_, agent) = agent([body]);
        let limited = Invoke::new("q").with_options(RunOptions::new().with_timeout(Duration::from_secs(10)));
        let begun = Instant::now();
        let error = match agent.stream(limited).await {
            Ok(mut stream) => drain(&mut stream).await.1.expect("an error"),
            Err(error) => error,
        };
        assert_eq!((error.code().as_str(), error.kind()), ("TIMEOUT_ERROR", ErrorKind::Timeout));
        assert_eq!(begun.elapsed(), Duration::from_secs(10));
    }
}

#[tokio::test]
async fn a_token_ends_a_stream_and_its_opening() {
    for body in [Reply::silence(), events(unending(chunk("a", 0)))] {
        let (_, agent) = agent([body]);
        let token = CancelToken::new();
        let call = agent.stream(Invoke::new("q").with_options(RunOptions::new().with_cancel(&token)));
        let reading = async {
            match call.await {
                Ok(mut stream) => drain(&mut stream).await.1.expect("an error"),
                Err(error) => error,
            }
        };
        let (error, ()) = tokio::join!(reading, async { token.cancel() });
        assert_eq!(error.code(), "CANCELLED");
    }
}
