//! Pages of other origins, which must not reach the agent.

use std::sync::atomic::Ordering;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use serde_json::json;
use tokio::net::TcpListener;

use crate::agent::serve;
use crate::tab::Tab;

/// Every way to call the agent that a page has; each says how it went.
const ATTEMPTS: &str = r#"
(async (server) => {
    const run = `${server}/api/v1/agents/greeter-7f3a/run`;
    const socket = `${server.replace("http", "ws")}/api/v1/agents/greeter-7f3a/run-stream`;
    const body = '{"entrypoint_tag": "count", "input_args": [], "input_kwargs": {}}';
    const streamed = body.replace("count", "count_stream");
    const json = { "content-type": "application/json" };
    const settled = (promise) => promise.then((value) => `done: ${value}`, () => "refused");
    const heard = (source, good, bad) => new Promise((resolve) => {
        for (const event of good) source.addEventListener(event, ({ data }) => resolve(`heard ${event} ${data ?? ""}`));
        for (const event of bad) source.addEventListener(event, () => resolve("refused"));
    });
    const image = new Image();
    image.src = run;
    const ws = new WebSocket(socket);
    ws.onopen = () => ws.send(streamed);
    const events = new EventSource(`${server}/v1/agents/greeter-7f3a/stream`);
    const frame = document.createElement("iframe");
    frame.name = "sink";
    document.body.append(frame);
    const form = document.createElement("form");
    Object.assign(form, { method: "POST", action: run, enctype: "text/plain", target: "sink" });
    const field = document.createElement("input");
    // In this encoding the body is `name=value`, which makes it JSON.
    [field.name, field.value] = [body.replace("}}", '}, "x": "'), '"}'];
    form.append(field);
    document.body.append(form);
    const posted = new Promise((resolve) => (frame.onload = () => resolve("sent")));
    form.submit();
    navigator.sendBeacon(run, new Blob([body], { type: "text/plain" }));
    const attempts = {
        "fetch no-cors": settled(fetch(run, { method: "POST", mode: "no-cors", body }).then(({ type }) => type)),
        "fetch": settled(fetch(run, { method: "POST", headers: json, body }).then((answer) => answer.text())),
        "fetch of the page": settled(fetch(server).then((answer) => answer.text())),
        "WebSocket": heard(ws, ["message"], ["error", "close"]),
        "EventSource": heard(events, ["open", "message"], ["error"]),
        "image": heard(image, ["load"], ["error"]),
        "form": posted,
    };
    // Each is begun before the first is waited for, so that no event is missed.
    const answers = {};
    for (const [name, attempt] of Object.entries(attempts)) answers[name] = await attempt;
    events.close();
    return answers;
})
"#;

/// A page of its own origin, without any policy.
async fn other_site() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let page = Router::new().route("/", get(async || Html("<!doctype html><title>Other</title><body>")));
    tokio::spawn(async move { axum::serve(listener, page).await });
    port
}

#[tokio::test]
async fn a_page_of_another_origin_cannot_run_the_agent() {
    let (server, strings) = serve().await;
    let port = other_site().await;
    // The first is of the same site in the browser's eyes, the second is not.
    for origin in [format!("http://127.0.0.1:{port}/"), format!("http://localhost:{port}/")] {
        let mut tab = Tab::new().await;
        tab.go(&origin).await;
        tab.until("document.title === 'Other'").await;
        let answers = tab.value(&format!("({ATTEMPTS})({})", json!(server.base_url()))).await;
        for name in ["fetch", "fetch of the page", "WebSocket", "EventSource", "image"] {
            assert_eq!(answers[name], "refused", "{name} from {origin}: {answers}");
        }
        // What these two were told is nothing for them to see.
        assert_eq!((&answers["fetch no-cors"], &answers["form"]), (&json!("done: opaque"), &json!("sent")), "{origin}");
        assert_eq!(strings.calls.load(Ordering::SeqCst), 0, "{origin}");
    }
}

#[tokio::test]
async fn a_page_of_another_origin_cannot_frame_the_page() {
    let (server, _strings) = serve().await;
    let port = other_site().await;
    let mut tab = Tab::new().await;
    tab.go(&format!("http://127.0.0.1:{port}/")).await;
    tab.until("document.title === 'Other'").await;
    let frame = "(server) => new Promise((resolve) => { const frame = document.createElement('iframe'); \
                 frame.onload = () => resolve(frame.contentWindow.length); frame.src = server; document.body.append(frame); })";
    tab.value(&format!("({frame})({})", json!(server.base_url()))).await;
    let complaints = tab.complaints().await.join("\n");
    assert!(complaints.contains("403"), "{complaints}");
}

#[tokio::test]
async fn a_page_of_the_same_origin_can() {
    let (server, strings) = serve().await;
    let mut tab = Tab::open(&server.base_url()).await;
    let own = r#"(async () => {
        const body = '{"entrypoint_tag": "count", "input_args": [], "input_kwargs": {}}';
        const path = "/api/v1/agents/greeter-7f3a/run";
        const ran = await (await fetch(path, {
            method: "POST", headers: { "content-type": "application/json" }, body,
        })).json();
        const socket = new WebSocket(new URL(`${path}-stream`, location.href.replace("http", "ws")));
        socket.onopen = () => socket.send(body.replace("count", "count_stream"));
        const frames = [];
        await new Promise((resolve) => {
            socket.onmessage = ({ data }) => frames.push(JSON.parse(data).status ?? "data");
            socket.onclose = resolve;
        });
        const posted = await (await fetch(`${path}-stream`, {
            method: "POST", headers: { "content-type": "application/json", accept: "text/event-stream" },
            body: body.replace("count", "count_stream"),
        })).text();
        const source = new EventSource("/v1/agents/greeter-7f3a/stream");
        const events = [];
        await new Promise((resolve) => {
            for (const name of ["start", "chunk", "error", "done"]) source.addEventListener(name, () => events.push(name));
            source.addEventListener("done", resolve);
            source.onerror = resolve;
        });
        source.close();
        return { run: ran.success, frames, posted: posted.split("counted").length - 1, events };
    })()"#;
    assert_eq!(
        tab.value(own).await,
        json!({
            "run": true,
            "frames": ["stream_started", "data", "stream_completed"],
            "posted": 1,
            "events": ["start", "chunk", "done"],
        }),
    );
    assert_eq!(strings.calls.load(Ordering::SeqCst), 4);
    tab.is_content().await;
}
