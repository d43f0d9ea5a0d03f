//! The query of a request.

use http::{Uri, uri::PathAndQuery};

use crate::base_url::percent_encode;

/// The URI with the query parameter set to `value`, in the place of any of that name.
pub(crate) fn with_parameter(uri: &Uri, name: &str, value: &str) -> Option<Uri> {
    let mut own = String::new();
    percent_encode(&mut own, name);
    let others = uri.query().unwrap_or_default().split('&').filter(|pair| {
        let known = pair.split('=').next().unwrap_or_default();
        !pair.is_empty() && known != name && known != own
    });
    let mut query: Vec<&str> = others.collect();
    own.push('=');
    percent_encode(&mut own, value);
    query.push(&own);
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(format!("{}?{}", uri.path(), query.join("&")).parse().ok()?);
    Uri::from_parts(parts).ok()
}

/// The URI with a query parameter more, at the end.
pub(crate) fn with_another(uri: &Uri, name: &str, value: &str) -> Option<Uri> {
    let mut path = uri.path().to_owned();
    path.push('?');
    if let Some(query) = uri.query().filter(|query| !query.is_empty()) {
        path.push_str(query);
        path.push('&');
    }
    percent_encode(&mut path, name);
    path.push('=');
    percent_encode(&mut path, value);
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::from_maybe_shared(path).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_set_once() {
        for (uri, expected) in [
            ("http://h/p", "http://h/p?after=a%26b%20%E2%80%A6"),
            ("http://h/p?x=1&after=0&y", "http://h/p?x=1&y&after=a%26b%20%E2%80%A6"),
            ("http://h", "http://h/?after=a%26b%20%E2%80%A6"),
        ] {
            let uri = with_parameter(&uri.parse().expect("a URI"), "after", "a&b …").expect("a URI");
            assert_eq!(uri.to_string(), expected);
        }
    }
}
