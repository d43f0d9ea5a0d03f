//! The list of events.

use everruns_sdk::Client;
use runagent_transport::testing::{Reply, ScriptedTransport};

#[tokio::test]
async fn a_server_that_gives_everything_again_gives_each_event_once() {
    let event =
        |sequence| format!(r#"{{"id":"event_{sequence}","type":"turn.started","sequence":{sequence},"data":{{}}}}"#);
    // In the wrong order, too.
    let all = format!(r#"{{"data":[{},{},{}]}}"#, event(3), event(1), event(2));
    let transport = ScriptedTransport::new([Reply::json(200, all.clone()), Reply::json(200, all)]);
    let client = Client::builder().api_key("key").transport(transport).build();
    let mut events = client.events().list("session_1").stream();
    let mut sequences = Vec::new();
    while let Some(event) = events.next().await {
        sequences.extend(event.expect("an event").sequence());
    }
    assert_eq!(sequences, [1, 2, 3]);
}
