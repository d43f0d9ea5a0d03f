//! `Client::images`.

use everruns_sdk::{
    Client, Error,
    testing::FakeEverruns,
    transport::testing::{Reply, ScriptedTransport},
};

use crate::script::{ask, asked, client, line, script};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";
const IMAGE: &str = r#"{"id":"img_1","filename":"bee.png","content_type":"image/png","size_bytes":12}"#;

/// The head and the content of the only part that was sent.
fn part(transport: &ScriptedTransport) -> (String, Vec<u8>) {
    let requests = transport.requests();
    let request = requests.last().expect("a request");
    let kind = request.headers()["content-type"].to_str().expect("text");
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").expect("a form");
    let body = request.body();
    let head_end = body.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    let end = format!("\r\n--{boundary}--\r\n");
    let head = String::from_utf8(body[..head_end].to_vec()).expect("text");
    let head = head.strip_prefix(&format!("--{boundary}\r\n")).expect("a delimiter").to_owned();
    (head, body[head_end + 4..].strip_suffix(end.as_bytes()).expect("the end").to_vec())
}

#[tokio::test]
async fn an_image_is_uploaded_as_what_it_is() {
    for (bytes, name, content_type, file_name) in [
        (PNG, Some("bee.png"), "image/png", "bee.png"),
        (b"\xFF\xD8\xFF\xE0", None, "image/jpeg", "image.jpg"),
        (b"GIF89a", None, "image/gif", "image.gif"),
        (b"RIFF....WEBP", Some("a \"b\"\r\n.webp"), "image/webp", "a %22b%22%0D%0A.webp"),
    ] {
        let (client, transport) = script([(201, IMAGE)]);
        let mut upload = client.images().upload(bytes);
        if let Some(name) = name {
            upload = upload.file_name(name);
        }
        assert_eq!(upload.await.expect("uploaded").id, "img_1");
        let (head, content) = part(&transport);
        let disposition = format!("Content-Disposition: form-data; name=\"file\"; filename=\"{file_name}\"");
        assert_eq!(head, format!("{disposition}\r\nContent-Type: {content_type}"));
        assert_eq!(content, bytes);
        assert!(asked(&transport)[0].starts_with("POST /images --"));
    }
}

#[tokio::test]
async fn the_caller_may_say_what_an_image_is() {
    let (client, transport) = script([(201, IMAGE)]);
    let upload = client.images().upload(&b"whatever"[..]).content_type("image/JPG; x=y").session_id("session_1");
    upload.await.expect("uploaded");
    assert!(part(&transport).0.ends_with("filename=\"image.jpg\"\r\nContent-Type: image/jpeg"));
    assert!(asked(&transport)[0].starts_with("POST /images?session_id=session_1 --"));
}

#[tokio::test]
async fn what_is_no_image_is_not_sent() {
    let (client, transport) = script([]);
    let images = client.images();
    let error = images.upload(&b"<svg>"[..]).await.expect_err("no image");
    assert!(matches!(&error, Error::Config(_)), "{error}");
    let error = images.upload(PNG).content_type("image/bmp").await.expect_err("no such image");
    assert!(matches!(&error, Error::Config(message) if message.contains("image/bmp")), "{error}");
    let error = images.upload_file("/no such file.png").await.expect_err("no file");
    assert!(matches!(&error, Error::Config(message) if message.contains("no such file.png")), "{error}");
    let error = images.upload_file("/no such file.png").content_type("image/png").await.expect_err("no file");
    assert!(matches!(&error, Error::Config(_)), "{error}");
    assert!(asked(&transport).is_empty());
}

#[tokio::test]
async fn a_file_is_uploaded_from_where_it_is() {
    let folder = std::env::temp_dir().join(format!("everruns-image-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("bee.dat");
    std::fs::write(&path, PNG).expect("a file");
    let (client, transport) = script([(201, IMAGE)]);
    client.images().upload_file(&path).await.expect("uploaded");
    std::fs::remove_dir_all(&folder).expect("removed");
    let (head, content) = part(&transport);
    assert!(head.ends_with("filename=\"bee.dat\"\r\nContent-Type: image/png"), "{head}");
    assert_eq!(content, PNG);
}

#[tokio::test]
async fn images_are_listed_read_and_deleted() {
    let (asked, page) =
        ask(r#"[{"id":"0198-dashed","metadata":{"session_id":null}}]"#, |client| client.images().list().offset(2))
            .await;
    assert_eq!((&*asked, &*page.data[0].id), ("GET /images?offset=2&limit=50", "0198-dashed"));

    let answer = http::Response::builder().header("content-type", "image/png").body(PNG.to_vec()).expect("an answer");
    let transport = ScriptedTransport::new([Reply::from(answer), http::Response::new(Vec::new()).into()]);
    let images = client(&transport).images();
    let image = images.get("img_1").await.expect("an image");
    assert_eq!((&*image.content_type, &*image.bytes), ("image/png", PNG));
    assert_eq!(format!("{image:?}"), r#"ImageContent { content_type: "image/png", bytes: 12 }"#);
    assert_eq!(images.thumbnail("img_1").await.expect("a thumbnail").content_type, "");
    assert_eq!(crate::script::asked(&transport), ["GET /images/img_1", "GET /images/img_1/thumbnail"]);

    assert_eq!(line("", |client| client.images().delete("img_1")).await, "DELETE /images/img_1");
}

#[tokio::test]
async fn all_images_are_read_page_by_page() {
    let client = Client::builder().api_key("key").transport(FakeEverruns::new()).build();
    for _ in 0..51 {
        client.images().upload(PNG).await.expect("uploaded");
    }
    let mut images = client.images().list().stream();
    let mut count = 0;
    while let Some(image) = images.next().await {
        assert_eq!(image.expect("an image").content_type, "image/png");
        count += 1;
    }
    assert_eq!(count, 51);
    let id = client.images().list().limit(1).await.expect("a page").data.remove(0).id;
    assert_eq!(client.images().get(&id).await.expect("an image").bytes, PNG);
    client.images().delete(&id).await.expect("deleted");
    assert!(matches!(client.images().get(&id).await, Err(Error::NotFound(_))));
}

/// A plain text is what older servers say.
#[tokio::test]
async fn a_refusal_in_plain_text_is_told() {
    let (client, _) = script([(400, "Unsupported image")]);
    let error = client.images().upload(PNG).await.expect_err("refused");
    assert_eq!(error.to_string(), "Unsupported image (HTTP 400)");
}
