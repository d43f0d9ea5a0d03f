use runagent_types::{ApiError, Envelope, Reply, value_from_slice};
use serde_json::{Value, value::RawValue};

/// Whatever a server answers is an answer, a failure in one line, or an error; and an answer or a failure that we send
/// ourselves arrives as it was sent.
///
/// An input is the body of a response.
pub fn envelope(input: &[u8]) {
    if let Ok(value) = value_from_slice(input) {
        arrives(&value);
    }
    let failure = ApiError::from_body(input);
    is_told(&failure);
    if let Ok(envelope) = Envelope::decode(input) {
        match envelope.into_result() {
            Ok(payload) => {
                let _ = (
                    payload.deserialize::<f64>(),
                    payload.deserialize::<i128>(),
                    payload.deserialize::<Box<RawValue>>(),
                );
                if let Ok(value) = payload.to_value() {
                    arrives(&value);
                }
            }
            Err(failure) => is_told(&failure),
        }
    }
}

fn arrives(value: &Value) {
    let body = Reply::success(value).to_json();
    let envelope = Envelope::decode(&body).expect("an envelope");
    assert_eq!(envelope.into_result().expect("a success").to_value().expect("a value"), *value);
}

fn is_told(failure: &ApiError) {
    assert!(!failure.message.is_empty() && !failure.to_string().contains(char::is_control), "{failure:?}");
    // What an error lacks is filled in on the way: once, so that from then on it is the same.
    let sent = ApiError::from_body(&Reply::failure(failure).to_json());
    assert_eq!(sent.message, failure.message);
    assert!(failure.code.is_none() || sent.code == failure.code, "{failure:?} became {sent:?}");
    assert_eq!(ApiError::from_body(&Reply::failure(&sent).to_json()), sent);
}
