//! Proxies, played by scripted sockets.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]
#![cfg(feature = "http")]

use std::{error::Error, net::SocketAddr, time::Duration};

use runagent_transport::{
    Body, HttpTransport, HttpTransportBuilder, Progress, Request, Transport, TransportError, TransportErrorKind,
    testing::wire::{Event, Gate, Script, WireServer, refused_port},
};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const WANTED: &str = "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";

fn get(url: &str) -> Request {
    http::Request::get(url).body(Body::empty()).expect("a request")
}

/// Reads one variable from the environment, and no other.
fn with_variable(name: &'static str, value: String) -> HttpTransportBuilder {
    HttpTransport::builder().environment(move |asked| (asked == name).then(|| value.clone().into()))
}

fn with_password(proxy: SocketAddr) -> String {
    format!("http://user:hunter2@{proxy}")
}

/// The chain of an error in both forms, which never holds what opens the proxy.
fn report(error: &TransportError) -> String {
    let mut report = format!("{error}\n{error:?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        report += &format!("\n{error}");
        cause = error.source();
    }
    for secret in ["hunter2", "dXNlcjpodW50ZXIy"] {
        assert!(!report.contains(secret), "{report}");
    }
    report
}

async fn failure(transport: &HttpTransport, url: &str) -> TransportError {
    let error = transport.send(get(url)).await.expect_err("no way through");
    assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Connect, Progress::NotSent), "{error:?}");
    error
}

#[tokio::test]
async fn requests_to_http_targets_name_them_to_the_proxy() {
    let proxy = WireServer::start([Script::new().read_request().send(OK).read_request().send(OK)]).await;
    let transport = with_variable("HTTP_PROXY", with_password(proxy.addr())).build();
    for url in ["http://agent.example/a%20b?c=d", "http://agent.example"] {
        let response = transport.send(get(url)).await.expect("an answer");
        assert_eq!(response.into_body().collect(64).await.expect("a body"), "ok");
    }
    let requests = proxy.requests();
    assert_eq!(requests[0].target, "http://agent.example/a%20b?c=d");
    assert_eq!(requests[1].target, "http://agent.example/");
    for request in &requests {
        assert_eq!(request.header("host"), Some("agent.example"));
        assert_eq!(request.header("proxy-authorization"), Some("Basic dXNlcjpodW50ZXIy"));
    }
    assert_eq!(proxy.connections(), 1);
}

#[tokio::test]
async fn targets_on_loopback_are_reached_past_every_proxy() {
    let server =
        WireServer::start([Script::new().read_request().send(OK), Script::new().read_request().send(OK)]).await;
    let dead = format!("http://127.0.0.1:{}", refused_port());
    for transport in [with_variable("ALL_PROXY", dead.clone()), HttpTransport::builder().proxy(dead)] {
        let response = transport.build().send(get(&server.url("/"))).await.expect("an answer");
        assert_eq!(response.status(), 200);
    }
    assert!(server.requests().iter().all(|request| request.target == "/"));
}

#[tokio::test]
async fn a_proxy_that_wants_another_password_is_named() {
    let proxy = WireServer::start_repeating(Script::new().read_request().send(WANTED)).await;
    let transport = with_variable("ALL_PROXY", with_password(proxy.addr())).build();
    for url in ["http://agent.example/", "https://agent.example/"] {
        let error = failure(&transport, url).await;
        let expected = format!("the proxy http://{} (ALL_PROXY) refused the user name and password", proxy.addr());
        assert!(error.to_string().starts_with(&expected), "{error}");
        report(&error);
    }
    let transport = HttpTransport::builder().proxy(proxy.url("")).build();
    for url in ["http://agent.example/", "https://agent.example/"] {
        let message = failure(&transport, url).await.to_string();
        assert!(message.contains("(HttpTransportBuilder::proxy) wants a user name and password"), "{message}");
    }
}

#[tokio::test]
async fn a_proxy_that_opens_no_tunnel_is_named_with_its_answer() {
    let answers = [
        ("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", "it answered 403 Forbidden"),
        ("HTTP/1.1 502 Bad Gateway\r\n\r\n", "it answered 502 Bad Gateway"),
        ("HTTP/1.1 302 Found\r\nlocation: http://portal.example/\r\n\r\n", "it answered 302 Found"),
        ("no proxy at all\r\n\r\n", "ended the connection instead of opening one"),
        ("", "ended the connection instead of opening one"),
    ];
    for (answer, expected) in answers {
        let proxy = WireServer::start([Script::new().read_request().send(answer).close()]).await;
        let transport = with_variable("https_proxy", with_password(proxy.addr())).build();
        let error = failure(&transport, "https://agent.example:8443/").await;
        let message = error.to_string();
        assert!(message.contains(expected) && message.contains("(https_proxy)"), "{message}");
        report(&error);

        let request = &proxy.requests()[0];
        assert_eq!((request.method.as_str(), request.target.as_str()), ("CONNECT", "agent.example:8443"));
        assert_eq!(request.header("host"), Some("agent.example:8443"));
        assert_eq!(request.header("proxy-authorization"), Some("Basic dXNlcjpodW50ZXIy"));
    }
}

#[tokio::test]
async fn a_dead_proxy_is_no_refusal_of_the_target() {
    let dead = SocketAddr::from(([127, 0, 0, 1], refused_port()));
    let transport = with_variable("ALL_PROXY", with_password(dead)).build();
    for url in ["http://agent.example/", "https://agent.example/"] {
        let error = failure(&transport, url).await;
        assert_eq!(error.to_string(), format!("no connection to the proxy http://{dead} (ALL_PROXY)"));
        report(&error);
    }
}

#[tokio::test]
async fn a_proxy_that_says_nothing_is_given_up() {
    let gate = Gate::new();
    let proxy = WireServer::start([Script::new().read_request().wait(&gate)]).await;
    let transport = with_variable("HTTPS_PROXY", with_password(proxy.addr()));
    let transport = transport.connect_timeout(Duration::from_millis(100)).build();
    let error = transport.send(get("https://agent.example/")).await.expect_err("no answer");
    assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Timeout, Progress::NotSent));
    let route = format!("https://agent.example through the proxy http://{} (HTTPS_PROXY)", proxy.addr());
    assert!(error.to_string().contains(&route), "{error}");
    report(&error);
    gate.open();
    proxy.wait_for(|events| events.contains(&Event::ClientClosed { connection: 0 })).await;
}

#[tokio::test]
async fn a_setting_that_is_no_proxy_fails_the_calls_that_need_it() {
    let transport = with_variable("HTTP_PROXY", "socks5://user:hunter2@proxy.example".into()).build();
    let error = transport.send(get("http://agent.example/")).await.expect_err("no http proxy");
    assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Unsupported, Progress::NotSent));
    assert!(report(&error).contains("HTTP_PROXY"));
}

#[test]
fn a_password_is_shown_by_no_setting() {
    let builder = with_variable("HTTP_PROXY", "http://user:hunter2@p".into()).proxy("http://user:hunter2@p");
    let shown = format!("{builder:?} {:?}", builder.clone().build());
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[cfg(feature = "ws")]
#[tokio::test]
async fn sockets_go_through_a_tunnel_also_to_http_targets() {
    use runagent_transport::Message;
    let script = Script::new().read_head().send("HTTP/1.1 200 OK\r\n\r\n").read_head().upgrade().ws_text("hello");
    let proxy = WireServer::start([script]).await;
    let transport = with_variable("HTTP_PROXY", with_password(proxy.addr())).build();
    let request = http::Request::get("ws://agent.example/run").body(()).expect("a request");
    let mut socket = transport.connect(request).await.expect("a socket");
    let message = socket.recv().await.expect("a message").expect("no error");
    assert!(matches!(&message, Message::Text(text) if &**text == "hello"), "{message:?}");

    let requests = proxy.requests();
    assert_eq!((requests[0].method.as_str(), requests[0].target.as_str()), ("CONNECT", "agent.example:80"));
    assert_eq!((requests[1].target.as_str(), requests[1].header("host")), ("/run", Some("agent.example")));
    assert_eq!(requests[1].header("proxy-authorization"), None, "the target must not see what opens the proxy");
}
