//! The conformance suite, on every transport of the crate and on some that break the contract.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]
#![cfg(feature = "conformance")]

use std::sync::Arc;

use http::{HeaderValue, header::LOCATION};
use runagent_transport::{
    BaseUrl, Body, BoxFuture, DialTarget, HttpTransport, Progress, Request, Response, Socket, Transport,
    TransportError, TransportErrorKind,
    conformance::{self, Outcome, Report},
    transport_fn,
};
use tokio::net::TcpStream;

/// Every rule, of a transport that uses a network and opens WebSockets.
async fn over_a_network(transport: &dyn Transport) {
    let server = conformance::Server::start().await;
    let contract = conformance::contract(transport, server.base_url()).await;
    contract.assert_passed();
    assert!(contract.cases().iter().all(|case| case.outcome == Outcome::Passed), "{contract}");

    let faults = conformance::faults(transport).await;
    faults.assert_passed();
    let skipped = faults.cases().iter().filter(|case| case.outcome != Outcome::Passed).count();
    assert_eq!(skipped, if cfg!(target_os = "linux") { 0 } else { 2 }, "{faults}");
}

/// The contract, of a transport that calls the service in its own process.
async fn in_process(transport: impl Transport) -> Report {
    conformance::contract(&transport, &BaseUrl::parse("https://in-process/base").expect("a URL")).await
}

#[tokio::test]
async fn the_http_transport_keeps_its_contract() {
    over_a_network(&HttpTransport::new()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_does_a_shared_one_on_several_threads() {
    let transport: Arc<dyn Transport> = Arc::new(Arc::new(HttpTransport::new()));
    over_a_network(&transport).await;
}

#[tokio::test]
async fn so_does_one_over_connections_of_the_callers() {
    let dial = |target: DialTarget| async move { TcpStream::connect((target.host(), target.port())).await };
    over_a_network(&HttpTransport::builder().dial_with(dial).build()).await;
}

#[cfg(feature = "tower")]
#[tokio::test]
async fn so_does_a_service_around_it() {
    use runagent_transport::{TowerTransport, TransportService};

    let service = TransportService::new(HttpTransport::new());
    over_a_network(&TowerTransport::new(service).with_sockets(HttpTransport::new())).await;
}

#[tokio::test]
async fn so_does_a_closure_which_opens_no_sockets() {
    let report = in_process(transport_fn(|request| async { Ok(conformance::respond(request).await) })).await;
    report.assert_passed();
    let skipped: Vec<_> =
        report.cases().iter().filter(|case| case.outcome != Outcome::Passed).map(|case| &case.outcome).collect();
    assert!(!skipped.is_empty());
    assert!(
        skipped.iter().all(|outcome| **outcome == Outcome::Skipped("this transport opens no WebSockets".to_owned())),
        "{report}"
    );
}

#[tokio::test]
async fn following_redirects_is_found() {
    let report = in_process(transport_fn(|request| async move {
        let mut uri = request.uri().clone();
        let mut response = conformance::respond(request).await;
        while let (true, Some(location)) = (response.status().is_redirection(), response.headers().get(LOCATION)) {
            let location = location.to_str().expect("a location");
            uri = format!("https://{}{location}", uri.host().expect("a host")).parse().expect("a URI");
            let next = http::Request::get(uri.clone()).body(Body::empty()).expect("a request");
            response = conformance::respond(next).await;
        }
        Ok(response)
    }))
    .await;
    assert_eq!(report.failed(), ["a redirect is not followed"], "{report}");
}

#[tokio::test]
async fn asking_again_after_a_503_is_found() {
    let report = in_process(transport_fn(|request| async move {
        let (head, body) = request.into_parts();
        let body = body.collect(usize::MAX).await?;
        let attempt = || conformance::respond(http::Request::from_parts(head.clone(), Body::from(body.clone())));
        match attempt().await {
            busy if busy.status() == 503 => Ok(attempt().await),
            response => Ok(response),
        }
    }))
    .await;
    assert_eq!(report.failed(), ["a call is one attempt"], "{report}");
}

#[tokio::test]
async fn an_error_in_the_place_of_a_500_is_found() {
    let report = in_process(transport_fn(|request| async {
        let response = conformance::respond(request).await;
        if response.status() == 500 {
            let message = "internal server error";
            return Err(TransportError::new(TransportErrorKind::Closed, Progress::ResponseStarted, message));
        }
        Ok(response)
    }))
    .await;
    assert_eq!(report.failed(), ["any status is a response"], "{report}");
    let why = "GET /base/conformance/status/500: internal server error (Closed, ResponseStarted)";
    assert!(report.to_string().contains(why), "{report}");
}

/// In paused time: a body that is waited for hangs.
#[tokio::test(start_paused = true)]
async fn buffering_a_body_is_found() {
    let report = in_process(transport_fn(|request| async {
        let (head, body) = conformance::respond(request).await.into_parts();
        let body = body.collect(usize::MAX).await?;
        Ok(http::Response::from_parts(head, Body::from(body)))
    }))
    .await;
    // Before its end there is nothing that could be dropped.
    let expected = ["a body comes piece by piece, before it has ended", "dropping the body of a response cancels it"];
    assert_eq!(report.failed(), expected, "{report}");
    assert!(report.to_string().contains("no answer within 10s"), "{report}");
}

#[tokio::test]
async fn credentials_of_its_own_are_found() {
    let report = in_process(transport_fn(|mut request: Request| async {
        request.headers_mut().insert("x-api-key", HeaderValue::from_static("of the transport"));
        Ok(conformance::respond(request).await)
    }))
    .await;
    assert_eq!(report.failed(), ["nothing is added that could be a credential"], "{report}");
}

#[tokio::test]
async fn a_lost_query_is_found() {
    let report = in_process(transport_fn(|mut request: Request| async {
        *request.uri_mut() = request.uri().path().parse().expect("a path");
        Ok(conformance::respond(request).await)
    }))
    .await;
    assert_eq!(report.failed(), ["the query arrives as it was sent"], "{report}");
}

#[tokio::test]
async fn one_value_for_a_repeated_header_is_found() {
    let report = in_process(transport_fn(|request| async {
        let mut response = conformance::respond(request).await;
        let headers = response.headers_mut();
        for name in headers.keys().cloned().collect::<Vec<_>>() {
            let last = headers.get_all(&name).iter().next_back().cloned().expect("a value");
            headers.insert(name, last);
        }
        Ok(response)
    }))
    .await;
    assert_eq!(report.failed(), ["the headers come back as they were sent"], "{report}");
}

/// In paused time: the service waits in vain for its caller to leave.
#[tokio::test(start_paused = true)]
async fn a_call_that_goes_on_when_it_is_dropped_is_found() {
    let report = in_process(transport_fn(|request| async {
        Ok(tokio::spawn(conformance::respond(request)).await.expect("no panic"))
    }))
    .await;
    assert_eq!(report.failed(), ["dropping the future of a call cancels it"], "{report}");
}

#[tokio::test]
async fn mixed_up_answers_are_found() {
    // Each response but the first is that to the call before.
    let previous = tokio::sync::Mutex::new(None);
    let previous = Arc::new(previous);
    let report = in_process(transport_fn(move |request: Request| {
        let previous = previous.clone();
        async move {
            let numbered = request.headers().contains_key("x-call");
            let response = conformance::respond(request).await;
            if !numbered {
                return Ok(response);
            }
            let swapped = previous.lock().await.replace(response);
            Ok(swapped.unwrap_or_else(|| Response::new(Body::empty())))
        }
    }))
    .await;
    assert_eq!(report.failed(), ["50 calls at once are not mixed up"], "{report}");
}

#[tokio::test(start_paused = true)]
async fn a_case_that_hangs_or_panics_stops_no_other() {
    let silent = in_process(transport_fn(|_| std::future::pending())).await;
    let broken = in_process(transport_fn(|_| async { panic!("out of order") })).await;
    for (report, why) in [(&silent, "no answer within 10s"), (&broken, "a panic: out of order")] {
        assert_eq!(report.cases().len(), silent.cases().len());
        for case in report.cases() {
            match &case.outcome {
                Outcome::Failed(found) => assert_eq!(found, why),
                Outcome::Skipped(_) => {}
                other => panic!("{}: {other:?}", case.name),
            }
        }
        assert!(report.failed().len() > 20, "{report}");
    }
    let panic = std::panic::catch_unwind(|| broken.assert_passed()).expect_err("it fails");
    let message = panic.downcast_ref::<String>().expect("a message");
    assert!(message.starts_with("the transport breaks its contract:\nFAILED "), "{message}");
    assert!(message.contains("\nskipped  text messages go both ways "), "{message}");
    assert!(message.ends_with(" failed"), "{message}");
}

/// The HTTP transport, with something wrong.
#[derive(Debug)]
struct Wrong {
    inner: HttpTransport,
    fault: Fault,
}

#[derive(Debug)]
enum Fault {
    /// Sends what was lost once more.
    Retries,
    /// Says of every error that nothing was sent.
    Forgets,
    /// Authenticates handshakes.
    Authenticates,
}

impl Transport for Wrong {
    fn send<'a>(&'a self, request: Request) -> BoxFuture<'a, Result<Response, TransportError>> {
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let body = body.collect(usize::MAX).await?;
            let attempt = || self.inner.send(http::Request::from_parts(head.clone(), Body::from(body.clone())));
            let error = match attempt().await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            match self.fault {
                Fault::Retries if error.kind() == TransportErrorKind::Closed => attempt().await,
                Fault::Forgets => Err(TransportError::new(error.kind(), Progress::NotSent, error.to_string())),
                _ => Err(error),
            }
        })
    }

    fn connect<'a>(&'a self, mut request: http::Request<()>) -> BoxFuture<'a, Result<Socket, TransportError>> {
        if matches!(self.fault, Fault::Authenticates) {
            request.headers_mut().insert("x-token", HeaderValue::from_static("of the transport"));
        }
        self.inner.connect(request)
    }
}

fn wrong(fault: Fault) -> Wrong {
    Wrong { inner: HttpTransport::new(), fault }
}

#[tokio::test]
async fn a_lost_request_that_is_sent_again_is_found() {
    let report = conformance::faults(&wrong(Fault::Retries)).await;
    assert_eq!(report.failed(), ["a lost request is not sent again"], "{report}");
}

#[tokio::test]
async fn a_promise_that_nothing_was_sent_is_checked() {
    let report = conformance::faults(&wrong(Fault::Forgets)).await;
    let expected = [
        "a connection that closes before the answer is Closed, MaybeSent",
        "a connection that closes in the head is Closed, MaybeSent",
        "an answer that is not HTTP is Protocol",
    ];
    assert_eq!(report.failed(), expected, "{report}");
}

#[tokio::test]
async fn credentials_in_a_handshake_are_found() {
    let server = conformance::Server::start().await;
    let report = conformance::contract(&wrong(Fault::Authenticates), server.base_url()).await;
    assert_eq!(report.failed(), ["a handshake adds nothing that could be a credential"], "{report}");
}
