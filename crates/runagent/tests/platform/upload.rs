//! The form that brings the code of an agent, over a real connection.

use std::{
    fs::File,
    sync::{Arc, Mutex},
};

use runagent::{
    ApiConfig, CancelToken, ClientOptions, ErrorCode, RunOptions,
    platform::{Archive, Client},
    transport::testing::wire::{Event, Script, WireServer},
};

use crate::cloud::{AGENT, KEY, UPLOAD_DONE, client, refused, scripted};

fn answer(body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
}

fn client_of(server: &WireServer) -> Client {
    let options = ClientOptions::new().with_environment(|_| None).with_max_retries(0);
    Client::new(ApiConfig::new().with_api_key(KEY).with_base_url(server.url("")).with_options(options))
        .expect("a client")
}

/// The form as the official client sends it, with this boundary and this file.
fn captured_form(boundary: &str, zip: &[u8]) -> Vec<u8> {
    let head = format!(
        "--{boundary}\r\n\
         Content-Disposition: form-data; name=\"agent_id\"\r\n\r\n\
         {AGENT}\r\n\
         --{boundary}\r\n\
         Content-Disposition: form-data; name=\"file\"; filename=\"agent_11111111.zip\"\r\n\
         Content-Type: application/zip\r\n\r\n"
    );
    [head.as_bytes(), zip, format!("\r\n--{boundary}--\r\n").as_bytes()].concat()
}

#[tokio::test]
async fn the_form_is_that_of_the_official_client_to_the_byte() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("agent.zip");
    let zip: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    std::fs::write(&path, &zip).expect("a file");
    for archive in [Archive::from_zip(zip.clone()), Archive::from_zip_file(&path)] {
        let server = WireServer::start([Script::new().read_request().send(answer(UPLOAD_DONE))]).await;
        let told = Arc::new(Mutex::new(Vec::new()));
        let tell = told.clone();
        let tell = move |sent, total| tell.lock().expect("no panic").push((sent, total));
        let uploaded = client_of(&server).upload(AGENT, &archive, tell).await.expect("an answer");
        assert_eq!((uploaded.status.as_deref(), uploaded.file_size), (Some("uploaded"), Some(2048)), "{archive:?}");

        let request = &server.requests()[0];
        assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/api/v1/agents/upload"));
        assert_eq!(request.header("authorization"), Some(&*format!("Bearer {KEY}")));
        assert_eq!(request.header("transfer-encoding"), None);
        assert_eq!(request.header("content-length"), Some(&*request.body.len().to_string()));
        let media_type = request.header("content-type").expect("a media type");
        let boundary = media_type.strip_prefix("multipart/form-data; boundary=").expect("a form");
        assert!(request.body == captured_form(boundary, &zip), "{archive:?}");

        let told = told.lock().expect("no panic").clone();
        let total = request.body.len() as u64;
        assert_eq!(told.last(), Some(&(total, total)));
        assert!(told.windows(2).all(|pair| pair[0].0 < pair[1].0) && told.iter().all(|(_, of)| *of == total));
        assert!(told.len() > 10, "it is told piece by piece: {told:?}");
    }
}

#[tokio::test]
async fn the_name_of_the_file_has_the_first_eight_characters_of_the_id() {
    for (id, name) in
        [("a1", "agent_a1.zip"), ("12345678", "agent_12345678.zip"), ("агент-номер", "agent_агент-но.zip")]
    {
        let cloud = scripted([(200, UPLOAD_DONE)]);
        client(&cloud).upload(id, &Archive::from_zip("zip"), |_, _| {}).await.expect("an answer");
        let body = String::from_utf8(cloud.requests()[0].body().to_vec()).expect("text");
        assert!(body.contains(&format!("filename=\"{name}\"")), "{body}");
        assert!(body.contains(&format!("name=\"agent_id\"\r\n\r\n{id}\r\n")), "{body}");
    }
}

#[tokio::test]
async fn an_archive_that_can_not_be_read_is_named_and_nothing_is_sent() {
    let folder = tempfile::tempdir().expect("a folder");
    for path in [folder.path().join("missing.zip"), folder.path().to_owned()] {
        let cloud = scripted([]);
        let error = refused(client(&cloud).upload(AGENT, &Archive::from_zip_file(&path), |_, _| {}).await);
        assert_eq!((error.code(), error.is_retryable()), (&ErrorCode::VALIDATION_ERROR, false));
        assert!(error.message().contains(&*path.to_string_lossy()), "{error}");
        assert!(cloud.requests().is_empty());
    }
}

#[tokio::test]
async fn an_upload_that_is_cancelled_closes_its_connection() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("large.zip");
    // More than a connection holds of what nobody reads.
    const SIZE: u64 = 256 * 1024 * 1024;
    File::create(&path).and_then(|file| file.set_len(SIZE)).expect("a sparse file");
    let server = WireServer::start([Script::new().read_head().stall()]).await;
    let (token, sent) = (CancelToken::new(), Arc::new(Mutex::new(0)));
    let client = client_of(&server).with_options(RunOptions::new().with_cancel(&token));
    let (stop, note) = (token.clone(), sent.clone());
    let progress = move |sent, _| {
        *note.lock().expect("no panic") = sent;
        if sent > 100_000 {
            stop.cancel();
        }
    };
    let error = refused(client.upload(AGENT, &Archive::from_zip_file(&path), progress).await);
    assert_eq!(*error.code(), ErrorCode::CANCELLED);
    let sent = *sent.lock().expect("no panic");
    assert!((100_000..SIZE).contains(&sent), "{sent}");
    server.wait_for(|events| events.contains(&Event::ClientClosed { connection: 0 })).await;
}

#[tokio::test]
async fn an_upload_that_broke_off_is_not_sent_again() {
    let server = WireServer::start([Script::new().read_request().reset(), Script::new().read_request()]).await;
    let options = ClientOptions::new().with_environment(|_| None).with_max_retries(3);
    let config = ApiConfig::new().with_api_key(KEY).with_base_url(server.url("")).with_options(options);
    let client = Client::new(config).expect("a client");
    let error = refused(client.upload(AGENT, &Archive::from_zip("zip"), |_, _| {}).await);
    assert_eq!((error.code(), error.is_retryable()), (&ErrorCode::CONNECTION_ERROR, false));
    assert!(error.suggestion().is_some_and(|text| text.contains("may have been done")), "{error:?}");
    assert_eq!(server.requests().len(), 1);
}
