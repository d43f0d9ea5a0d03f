//! Which trace a request says that it belongs to.

use http::{HeaderName, HeaderValue};
use runagent_transport::{Socket, SocketCredentials, TraceContext};

use super::script::{header, lost, ok, scripted};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

fn context() -> Option<TraceContext> {
    TraceContext::new(0xa, 0xb, true).map(|context| context.with_tracestate(HeaderValue::from_static("v=1")))
}

const SENT: &str = "00-0000000000000000000000000000000a-000000000000000b-01";

#[tokio::test(start_paused = true)]
async fn every_attempt_and_every_handshake_carries_it() {
    let replies = [lost(), ok(), Socket::scripted([]).into()];
    let (api, script) = scripted(replies, |api| api.trace_context(context));
    api.get(&["x"]).send().await.expect("an answer");
    api.get(&["s"]).connect(SocketCredentials::Header).await.expect("a socket");
    assert_eq!(header(&script, TRACEPARENT), [SENT; 3]);
    assert_eq!(header(&script, TRACESTATE), ["v=1"; 3]);
}

#[tokio::test]
async fn a_request_keeps_its_own_and_no_trace_is_no_header() {
    const OWN: &str = "00-0000000000000000000000000000000c-000000000000000d-00";
    let (api, script) = scripted([ok()], |api| api.trace_context(context));
    api.get(&["x"]).header(TRACEPARENT, HeaderValue::from_static(OWN)).send().await.expect("an answer");
    assert_eq!(
        (header(&script, TRACEPARENT), header(&script, TRACESTATE)),
        (vec![OWN.to_owned()], vec![String::new()])
    );

    let (api, script) = scripted([ok()], |api| api.trace_context(|| None));
    api.get(&["x"]).send().await.expect("an answer");
    assert_eq!(header(&script, TRACEPARENT), [""]);
}
