//! What a client with these settings sends.

use everruns_sdk::{
    Client, ClientBuilder, Error,
    transport::testing::{Reply, ScriptedTransport},
};

const SESSION: &str = r#"{"id":"session_1"}"#;

/// The request of a call by a client with these settings, or why there is none.
pub(crate) async fn sent(builder: ClientBuilder) -> Result<http::Request<bytes::Bytes>, Error> {
    let transport = ScriptedTransport::new([Reply::json(200, SESSION)]);
    let client = builder.transport(transport.clone()).build();
    let call = client.sessions().get("session_1").await;
    // What is wrong is known before, in the same words.
    let check = client.check();
    assert_eq!(check.as_ref().err().map(ToString::to_string), call.as_ref().err().map(ToString::to_string));
    call?;
    Ok(transport.requests().remove(0))
}

/// All that can be seen of a client with these settings, and of the error of a call.
pub(crate) async fn shown(builder: ClientBuilder) -> String {
    let builder_shown = format!("{builder:?}");
    let client: Client = builder.transport(ScriptedTransport::new([Reply::json(200, SESSION)])).build();
    let call = client.sessions().get("session_1");
    let call_shown = format!("{call:?}");
    let error = call.await.err();
    let error_shown = error.as_ref().map(|error| format!("{error} {error:?} {error:#?}"));
    format!("{builder_shown} {client:?} {client:#?} {call_shown} {error_shown:?} {:?}", client.check())
}
