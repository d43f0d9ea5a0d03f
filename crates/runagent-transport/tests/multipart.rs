//! Forms with files.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]
#![cfg(feature = "multipart")]

use std::{
    error::Error as _,
    fs,
    io::{self, ErrorKind, Write as _},
    path::Path,
    sync::{Arc, Mutex},
};

use http::{HeaderValue, Method, header::CONTENT_TYPE};
use runagent_transport::{
    Api, BaseUrl, HttpTransport, Progress, TransportError, TransportErrorKind,
    multipart::Form,
    testing::{
        Reply, ScriptedTransport,
        wire::{Event, Script, WireServer},
    },
};

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const BINARY: HeaderValue = HeaderValue::from_static("application/octet-stream");
const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

fn over_a_script(replies: impl IntoIterator<Item = Reply>) -> (Api, ScriptedTransport) {
    let script = ScriptedTransport::new(replies);
    let base = BaseUrl::parse("https://api.example.com").expect("a URL");
    (Api::builder(base, script.clone()).build(), script)
}

fn over_a_wire(server: &WireServer) -> Api {
    Api::builder(BaseUrl::parse(&server.url("")).expect("a URL"), HttpTransport::new()).build()
}

async fn upload(api: &Api, form: Form) -> Result<http::Response<bytes::Bytes>, TransportError> {
    api.request(Method::POST, &["files"]).multipart(form).send().await
}

/// The boundary of a media type.
fn boundary(media_type: &str) -> &str {
    let boundary = media_type.strip_prefix("multipart/form-data; boundary=").expect("a boundary");
    assert!(boundary.len() == 32 && boundary.bytes().all(|byte| byte.is_ascii_hexdigit()), "{boundary}");
    boundary
}

/// The body that a form becomes, with `B` for its boundary.
async fn encoded(form: Form) -> String {
    let (api, script) = over_a_script([Reply::json(200, "")]);
    upload(&api, form).await.expect("an answer");
    let request = &script.requests()[0];
    let media_type = request.headers()[CONTENT_TYPE].to_str().expect("text").to_owned();
    String::from_utf8(request.body().to_vec()).expect("text").replace(boundary(&media_type), "B")
}

/// Each call of a callback: how much was sent, of how much.
type Told = Arc<Mutex<Vec<(u64, u64)>>>;

fn journal(form: Form) -> (Form, Told) {
    let told = Told::default();
    let log = told.clone();
    (form.progress(move |sent, total| log.lock().expect("no panic").push((sent, total))), told)
}

fn file(folder: &Path, content: &[u8]) -> std::path::PathBuf {
    let path = folder.join("file");
    fs::write(&path, content).expect("a file");
    path
}

#[tokio::test]
async fn the_parts_are_on_the_wire_byte_for_byte() {
    let server = WireServer::start([Script::new().read_request().send(OK)]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let form = Form::new()
        .text("purpose", "know\nledge")
        .file("file", "a.txt", TEXT, "one\r\ntwo")
        .text("empty", "")
        .file_at("file", "b.bin", BINARY, file(folder.path(), b"\0\xff\r\n--"))
        .file("nothing", "", BINARY, "");
    upload(&over_a_wire(&server), form).await.expect("an answer");

    let request = &server.requests()[0];
    let boundary = boundary(request.header("content-type").expect("a type"));
    let mut expected = Vec::new();
    for (disposition, content_type, content) in [
        ("name=\"purpose\"", None, &b"know\nledge"[..]),
        ("name=\"file\"; filename=\"a.txt\"", Some("text/plain; charset=utf-8"), b"one\r\ntwo"),
        ("name=\"empty\"", None, b""),
        ("name=\"file\"; filename=\"b.bin\"", Some("application/octet-stream"), b"\0\xff\r\n--"),
        ("name=\"nothing\"; filename=\"\"", Some("application/octet-stream"), b""),
    ] {
        let content_type = content_type.map_or_else(String::new, |it| format!("\r\nContent-Type: {it}"));
        let head = format!("--{boundary}\r\nContent-Disposition: form-data; {disposition}{content_type}\r\n\r\n");
        expected.extend_from_slice(head.as_bytes());
        expected.extend_from_slice(content);
        expected.extend_from_slice(b"\r\n");
    }
    expected.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    assert_eq!(request.body.escape_ascii().to_string(), expected.escape_ascii().to_string());
    assert_eq!(request.header("content-length"), Some(expected.len().to_string().as_str()));
    assert_eq!(request.header("transfer-encoding"), None);
}

#[tokio::test]
async fn no_name_breaks_out_of_its_quotes() {
    for (name, expected) in [
        ("a", "a"),
        ("a\"; filename=\"b", "a%22; filename=%22b"),
        ("a\r\nContent-Type: x", "a%0D%0AContent-Type: x"),
        ("a\nb\rc", "a%0Ab%0Dc"),
        ("50%22 'x' \\", "50%22 'x' \\"),
        ("d\u{e9}j\u{e0} \u{1f980}", "d\u{e9}j\u{e0} \u{1f980}"),
        ("", ""),
    ] {
        let body = encoded(Form::new().text(name, "v").file("f", name, TEXT, "v")).await;
        let text = format!("--B\r\nContent-Disposition: form-data; name=\"{expected}\"\r\n\r\nv\r\n");
        let file = format!("--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"{expected}\"\r\n");
        assert_eq!(body, format!("{text}{file}Content-Type: text/plain; charset=utf-8\r\n\r\nv\r\n--B--\r\n"));
    }
}

#[tokio::test]
async fn a_form_without_parts_is_its_end() {
    assert_eq!(encoded(Form::default()).await, "--B--\r\n");
}

#[tokio::test]
async fn boundaries_differ_and_nothing_shows_the_content() {
    let form = || Form::new().text("CANARY", "CANARY").file("f", "CANARY", TEXT, "CANARY");
    let (api, script) = over_a_script([Reply::json(200, ""), Reply::json(200, "")]);
    assert_eq!(format!("{:?}", form()), "Form { parts: 2, .. }");
    for _ in 0..2 {
        let request = api.request(Method::POST, &["files"]).multipart(form());
        assert!(!format!("{request:?}").contains("CANARY"));
        request.send().await.expect("an answer");
    }
    let requests = script.requests();
    assert_ne!(requests[0].headers()[CONTENT_TYPE], requests[1].headers()[CONTENT_TYPE]);
}

#[tokio::test]
async fn a_large_file_goes_in_pieces_and_the_progress_adds_up() {
    const SIZE: usize = 1_000_000;
    let content: Vec<u8> = (0..SIZE).map(|at| u8::try_from(at % 251).expect("small")).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let path = file(folder.path(), &content);
    for form in [Form::new().file_at("f", "f", BINARY, path), Form::new().file("f", "f", BINARY, content.clone())] {
        let server = WireServer::start([Script::new().read_request().send(OK)]).await;
        let (form, told) = journal(form.text("after", "x"));
        upload(&over_a_wire(&server), form).await.expect("an answer");
        let request = &server.requests()[0];
        assert!(request.body.windows(SIZE).any(|window| window == content), "another content");

        let told = told.lock().expect("no panic");
        let total = request.body.len() as u64;
        assert!(told.iter().all(|(_, of)| *of == total));
        let sent: Vec<_> = std::iter::once(0).chain(told.iter().map(|(sent, _)| *sent)).collect();
        assert!(sent.windows(2).all(|pair| pair[1] > pair[0] && pair[1] - pair[0] <= 65_536), "{sent:?}");
        assert_eq!((sent.last(), told.len()), (Some(&total), 16 + 4));
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_sends_all_of_it_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let form = Form::new().text("a", "1").file_at("f", "f", TEXT, file(folder.path(), b"content"));
    let (form, told) = journal(form);
    let (api, script) = over_a_script([Reply::json(429, ""), Reply::json(200, "")]);
    upload(&api, form).await.expect("an answer");
    let requests = script.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].body(), requests[1].body());
    assert_eq!(requests[0].headers()[CONTENT_TYPE], requests[1].headers()[CONTENT_TYPE]);

    let told = told.lock().expect("no panic");
    let (first, second) = told.split_at(told.len() / 2);
    assert_eq!(
        (first, first.last()),
        (second, Some(&(requests[0].body().len() as u64, requests[0].body().len() as u64)))
    );
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_sends_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, cause) in
        [(folder.path().join("missing"), ErrorKind::NotFound), (folder.path().to_owned(), ErrorKind::Other)]
    {
        let (api, script) = over_a_script([Reply::json(200, "")]);
        let error = upload(&api, Form::new().text("a", "1").file_at("f", "f", TEXT, &path)).await.expect_err("no file");
        assert_eq!(
            (error.kind(), error.progress(), error.attempts()),
            (TransportErrorKind::Request, Progress::NotSent, 1)
        );
        assert_eq!(error.to_string(), format!("the file {path:?} can't be read"));
        let io = error.source().and_then(|source| source.downcast_ref::<io::Error>());
        assert_eq!(io.map(io::Error::kind), Some(cause));
        assert_eq!(script.requests().len(), 0);
    }
}

#[test]
fn a_file_needs_a_runtime_and_the_rest_does_not() {
    let (api, _) = over_a_script([Reply::json(200, "")]);
    let form = Form::new().file("f", "f", TEXT, "content");
    let file = form.clone().file_at("g", "g", TEXT, "/nowhere");
    let error = futures_util::FutureExt::now_or_never(upload(&api, file)).expect("at once").expect_err("no runtime");
    assert_eq!(error.kind(), TransportErrorKind::Unsupported);
    let sent = futures_util::FutureExt::now_or_never(upload(&api, form)).expect("at once");
    assert_eq!(sent.expect("an answer").status(), 200);
}

#[tokio::test]
async fn a_file_that_becomes_shorter_breaks_the_request_off() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = file(folder.path(), &[b'x'; 200_000]);
    let shortened = path.clone();
    let server = WireServer::start([Script::new().read_head().stall(), Script::new().read_head()]).await;
    let form = Form::new().file_at("f", "f", BINARY, path).progress(move |sent, _| {
        if sent > 65_536 {
            let file = fs::OpenOptions::new().write(true).open(&shortened).expect("the file");
            file.set_len(100_000).expect("a shorter file");
        }
    });
    // With a method that may be sent again: not this one.
    let call = over_a_wire(&server).request(Method::PUT, &["files"]).multipart(form);
    let error = call.send().await.expect_err("too short");
    assert_eq!(
        (error.kind(), error.progress(), error.attempts()),
        (TransportErrorKind::Request, Progress::MaybeSent, 1)
    );
    assert!(error.to_string().ends_with("became shorter while it was sent"), "{error}");
    server.wait_for(|events| events.contains(&Event::ClientClosed { connection: 0 })).await;
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn what_is_appended_meanwhile_is_not_sent() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = file(folder.path(), &[b'x'; 100_000]);
    let grown = fs::OpenOptions::new().append(true).open(&path).expect("the file");
    let server = WireServer::start([Script::new().read_request().send(OK)]).await;
    let form = Form::new().file_at("f", "f", BINARY, path.clone()).progress(move |_, _| {
        (&grown).write_all(b"yyyy").expect("a longer file");
    });
    upload(&over_a_wire(&server), form).await.expect("an answer");
    assert!(fs::metadata(path).expect("the file").len() > 100_000);
    let body = &server.requests()[0].body;
    assert_eq!(body.iter().filter(|byte| **byte == b'x').count(), 100_000);
    assert!(!body.windows(4).any(|window| window == b"yyyy"));
}
