//! What is a transport in it keeps the contract of one: the same connections, to the reference service of the suite.

use axum::extract::Request;
use http::StatusCode;
use http_body_util::BodyExt;
use hyper_util::rt::TokioIo;
use runagent_transport::socket::{SocketConfig, handshake};
use runagent_transport::{BaseUrl, Progress, TransportErrorKind, conformance};

use super::*;
use crate::builder::app;
use crate::guard::Guard;
use crate::history::History;
use crate::limits::Limits;

async fn answer(mut request: Request) -> axum::response::Response {
    let upgrade = hyper::upgrade::on(&mut request);
    let handshake = handshake::answer(request.method(), request.headers());
    let closed = |error: axum::Error| {
        TransportError::new(TransportErrorKind::Closed, Progress::MaybeSent, "the client left").with_source(error)
    };
    let response = conformance::respond(request.map(|body| Body::stream(body.map_err(closed)))).await;
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return response.map(axum::body::Body::new);
    }
    tokio::spawn(async {
        if let Ok(io) = upgrade.await {
            conformance::converse(Socket::server(TokioIo::new(io), SocketConfig::new())).await;
        }
    });
    handshake.map(|()| axum::body::Body::empty())
}

#[tokio::test]
async fn it_keeps_the_contract_of_a_transport() {
    let app = Arc::new(app(Vec::new(), Guard { address: ADDRESS, token: None }, Limits::default(), History::Off));
    let transport = InProcess::through(Connections::new(app, Router::new().fallback(answer)));
    let base = BaseUrl::parse("http://in-process").expect("a URL");
    let report = conformance::contract(&transport, &base).await;
    report.assert_passed();
    // Its sockets too: nothing is skipped.
    assert!(report.cases().iter().all(|case| matches!(case.outcome, conformance::Outcome::Passed)), "{report}");
}
