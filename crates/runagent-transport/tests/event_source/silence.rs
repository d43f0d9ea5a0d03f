//! The idle timeout.

use std::time::Duration;

use futures_util::FutureExt as _;
use runagent_transport::sse::EventSourceErrorKind;
use tokio::time::{Instant, advance, sleep};

use crate::script::{Answer, Server, last_error, live, next_data, next_report, stream};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test(start_paused = true)]
async fn silence_of_two_minutes_breaks_the_connection() {
    let (writer, open) = live();
    let server = Server::new([open, stream("data: two\n\n")]);
    let mut source = server.builder().report_reconnects(true).build();
    writer.send("id: 1\ndata: one\n\n");
    assert_eq!(next_data(&mut source).await, "one");
    let (error, after) = next_report(&mut source).await;
    assert_eq!(error.kind(), EventSourceErrorKind::Idle);
    assert_eq!(error.to_string(), "the server sent nothing for 120s");
    assert!(writer.is_closed());
    assert_eq!(next_data(&mut source).await, "two");
    let gap = server.gaps()[0];
    assert!(gap >= seconds(120) + after && gap <= seconds(120) + after + Duration::from_millis(2), "{gap:?}");
    assert_eq!(server.requests()[1].header("last-event-id"), Some(&b"1"[..]));
}

#[tokio::test(start_paused = true)]
async fn silence_before_the_answer_counts_too() {
    let server = Server::new([Answer::Silence, stream("data: one\n\n")]);
    let mut source = server.builder().idle_timeout(seconds(5)).report_reconnects(true).build();
    let (error, _) = next_report(&mut source).await;
    assert_eq!(error.kind(), EventSourceErrorKind::Idle);
    assert_eq!(next_data(&mut source).await, "one");
    assert!(server.gaps()[0] >= seconds(6) && server.gaps()[0] <= Duration::from_millis(7002));
}

#[tokio::test(start_paused = true)]
async fn any_byte_counts() {
    let (writer, open) = live();
    let server = Server::new([open]);
    let mut source = server.builder().build();
    tokio::spawn(async move {
        for bytes in [":", " keep", "-alive\n", "\n", ":\n", "data: on", "e\n"] {
            sleep(seconds(119)).await;
            writer.send(bytes);
        }
        writer.send("\n");
        std::future::pending::<()>().await;
    });
    let started = Instant::now();
    assert_eq!(next_data(&mut source).await, "one");
    assert_eq!(started.elapsed(), seconds(7 * 119));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_is_no_silence() {
    let (writer, open) = live();
    let server = Server::new([open]);
    let mut source = server.builder().build();
    writer.send("data: one\n\ndata: two\n\n");
    assert_eq!(next_data(&mut source).await, "one");
    advance(seconds(600)).await;
    assert_eq!(next_data(&mut source).await, "two");

    // The time before it waits again does not count.
    advance(seconds(600)).await;
    assert!(source.next().now_or_never().is_none());
    advance(seconds(119)).await;
    assert!(source.next().now_or_never().is_none());
    writer.send("data: three\n\n");
    assert_eq!(next_data(&mut source).await, "three");

    // What came while nobody looked comes before the timer.
    assert!(source.next().now_or_never().is_none());
    writer.send("data: four\n\n");
    advance(seconds(600)).await;
    assert_eq!(next_data(&mut source).await, "four");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn it_can_be_turned_off() {
    let (writer, open) = live();
    let server = Server::new([open]);
    let mut source = server.builder().idle_timeout(Duration::MAX).build();
    tokio::spawn(async move {
        sleep(seconds(365 * 24 * 3600)).await;
        writer.send("data: one\n\n");
        std::future::pending::<()>().await;
    });
    assert_eq!(next_data(&mut source).await, "one");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_speaks_is_given_up() {
    let (writers, answers): (Vec<_>, Vec<_>) = (0..3).map(|_| live()).unzip();
    let server = Server::new(answers);
    let mut source = server.builder().max_reconnects(2).build();
    let error = last_error(&mut source).await;
    assert_eq!(error.kind(), EventSourceErrorKind::Idle);
    assert_eq!(server.requests().len(), 3);
    drop(writers);
}
