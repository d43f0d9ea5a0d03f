//! A server that answers from a list.

use everruns_sdk::{
    Client, Result,
    transport::testing::{Reply, ScriptedTransport},
};

/// A client whose server gives these answers, one a request.
pub(crate) fn script<const N: usize>(answers: [(u16, &'static str); N]) -> (Client, ScriptedTransport) {
    let transport = ScriptedTransport::new(answers.map(|(status, body)| Reply::json(status, body)));
    (client(&transport), transport)
}

pub(crate) fn client(transport: &ScriptedTransport) -> Client {
    Client::builder()
        .base_url("http://localhost/api")
        .api_key("key")
        .max_retries(0)
        .transport(transport.clone())
        .build()
}

/// What was asked: a line for each request, with what was sent.
pub(crate) fn asked(transport: &ScriptedTransport) -> Vec<String> {
    let line = |request: &http::Request<bytes::Bytes>| {
        let path = request.uri().path_and_query().expect("a path").as_str();
        let path = path.strip_prefix("/api/v1").expect("below the version");
        let line = format!("{} {path} {}", request.method(), String::from_utf8_lossy(request.body()));
        line.trim_end().to_owned()
    };
    transport.requests().iter().map(line).collect()
}

/// Makes one call, to which this is the answer: what was asked, and what the client made of it.
pub(crate) async fn ask<T, F: Future<Output = Result<T>>>(
    answer: &'static str,
    call: impl FnOnce(Client) -> F,
) -> (String, T) {
    let (client, transport) = script([(200, answer)]);
    let got = call(client).await.expect(answer);
    let mut asked = asked(&transport);
    assert_eq!(asked.len(), 1, "{asked:?}");
    (asked.remove(0), got)
}

/// The same for a call of whose answer nothing is of interest.
pub(crate) async fn line<T, F: Future<Output = Result<T>>>(
    answer: &'static str,
    call: impl FnOnce(Client) -> F,
) -> String {
    ask(answer, call).await.0
}
