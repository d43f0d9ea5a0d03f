use percent_encoding::percent_decode_str;
use runagent_transport::BaseUrl;

/// Any id is exactly one segment of a path, encoded, which decodes to the id; or it is refused for a reason that holds. Any
/// base URL that is accepted says itself in a form that means the same.
///
/// An input is text: an id, and a base URL at the same time.
pub fn url_path(input: &[u8]) {
    let text = &*String::from_utf8_lossy(input);
    let base = BaseUrl::parse("http://h/api").expect("a URL");
    segment(&base, text);
    if let Ok(base) = BaseUrl::parse(text) {
        assert_eq!(BaseUrl::parse(&base.to_string()).as_ref(), Ok(&base));
        segment(&base, "id");
    }
}

fn segment(base: &BaseUrl, id: &str) {
    let uri = match base.join(&["agents", id, "run"], None) {
        Ok(uri) => uri,
        Err(error) => {
            assert!(is_unfit(id), "{id:?} is refused: {error}");
            assert!(!error.to_string().contains(char::is_control), "{error}");
            return;
        }
    };
    assert!(!is_unfit(id), "{id:?} is accepted");
    assert_eq!((uri.host(), uri.query()), (Some(base.host()), None));
    let path = base.join(&[], None).map_or_else(|_| String::new(), |uri| uri.path().trim_end_matches('/').to_owned());
    let encoded = uri.path().strip_prefix(&path).and_then(|path| path.strip_prefix("/agents/"));
    let encoded = encoded.and_then(|path| path.strip_suffix("/run")).expect("the segments around it");
    let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte);
    assert!(encoded.bytes().all(is_safe) && !matches!(encoded, "." | ".."), "{encoded}");
    assert!(percent_decode_str(encoded).eq(id.bytes()), "{id:?} became {encoded}");
}

/// What servers and proxies would not see as one segment.
fn is_unfit(id: &str) -> bool {
    let decoded = percent_decode_str(id).collect::<Vec<_>>();
    id.is_empty() || id.len() > 256 || id.contains(char::is_control) || matches!(&decoded[..], b"." | b"..")
}
