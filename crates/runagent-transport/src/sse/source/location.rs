//! Where a redirect leads.

use http::Uri;

/// The target of a `Location` (RFC 9110, section 10.2.2): `None` when it is empty, no http or https URL, or has user
/// info.
pub(super) fn resolve(base: &Uri, location: &str) -> Option<Uri> {
    let location = location.split('#').next().map(str::trim).filter(|location| !location.is_empty())?;
    let (scheme, authority) = (base.scheme_str()?, base.authority()?);
    let target = if has_scheme(location) {
        location.to_owned()
    } else if location.starts_with("//") {
        format!("{scheme}:{location}")
    } else {
        let (path, query) = location.find('?').map_or((location, ""), |at| location.split_at(at));
        let path = match path.strip_prefix('/') {
            Some(_) => without_dots(path),
            None if path.is_empty() => base.path().to_owned(),
            None => {
                let folder = base.path().rfind('/').map_or("/", |slash| &base.path()[..=slash]);
                without_dots(&format!("{folder}{path}"))
            }
        };
        format!("{scheme}://{authority}{path}{query}")
    };
    let target: Uri = target.parse().ok()?;
    let is_http = matches!(target.scheme_str(), Some("http" | "https"));
    let has_host = target.host().is_some_and(|host| !host.is_empty());
    let has_user_info = target.authority().is_some_and(|authority| authority.as_str().contains('@'));
    (is_http && has_host && !has_user_info).then_some(target)
}

/// Whether a reference starts with a scheme (RFC 3986, section 3.1).
fn has_scheme(reference: &str) -> bool {
    let end = reference.find([':', '/', '?']).unwrap_or(reference.len());
    reference[end..].starts_with(':')
}

/// The path without `.` and `..` (RFC 3986, section 5.2.4).
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let segments = path.split('/').skip(1);
    for segment in segments.clone() {
        match segment {
            "." => {}
            ".." => drop(kept.pop()),
            segment => kept.push(segment),
        }
    }
    let is_folder = matches!(segments.last(), Some("." | ".."));
    if is_folder {
        kept.push("");
    }
    format!("/{}", kept.join("/"))
}

/// Whether two URIs have the same scheme, host and port.
pub(super) fn is_same_origin(a: &Uri, b: &Uri) -> bool {
    let host = |uri: &Uri| uri.host().map(str::to_ascii_lowercase);
    let port = |uri: &Uri| uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
    a.scheme() == b.scheme() && host(a) == host(b) && port(a) == port(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved_against_the_request() {
        let base: Uri = "http://host:81/a/b?c=d".parse().expect("a URI");
        for (location, expected) in [
            ("https://other/x?y#z", Some("https://other/x?y")),
            ("HTTP://other/", Some("http://other/")),
            ("//other:8/x", Some("http://other:8/x")),
            ("/x/y?z", Some("http://host:81/x/y?z")),
            ("x", Some("http://host:81/a/x")),
            ("?q=/../", Some("http://host:81/a/b?q=/../")),
            ("../x", Some("http://host:81/x")),
            ("../../../x/./y/..", Some("http://host:81/x/")),
            ("/a//b/../c", Some("http://host:81/a//c")),
            ("x:y", None),
            ("./x:y", Some("http://host:81/a/x:y")),
            (" /x ", Some("http://host:81/x")),
            ("", None),
            (" ", None),
            ("#top", None),
            ("ftp://other/", None),
            ("javascript:alert(1)", None),
            ("http://", None),
            ("http:///x", None),
            ("//", None),
            ("http://user:secret@other/", None),
            ("/a b", None),
        ] {
            let target = resolve(&base, location).map(|uri| uri.to_string());
            assert_eq!(target.as_deref(), expected, "{location:?}");
        }
    }

    #[test]
    fn origins_are_compared_by_what_they_mean() {
        let same = |a: &str, b: &str| is_same_origin(&a.parse().expect("a URI"), &b.parse().expect("a URI"));
        assert!(same("http://Host/a", "http://host:80/b"));
        assert!(same("https://host/", "https://host:443/"));
        assert!(!same("http://host/", "https://host/"));
        assert!(!same("http://host/", "http://host:81/"));
        assert!(!same("http://host/", "http://host.example/"));
    }
}
