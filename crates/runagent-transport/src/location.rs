//! Where a reference leads that a server gave: a redirect, a link.

use http::Uri;

/// The target of a reference (RFC 3986, section 5.2), without its fragment: `None` when it is empty, no http or https URL,
/// or has user info.
pub(crate) fn resolve(base: &Uri, reference: &str) -> Option<Uri> {
    let reference = reference.split('#').next().map(str::trim).filter(|reference| !reference.is_empty())?;
    let (scheme, authority) = (base.scheme_str()?, base.authority()?);
    let target = if has_scheme(reference) {
        reference.to_owned()
    } else if reference.starts_with("//") {
        format!("{scheme}:{reference}")
    } else {
        let (path, query) = reference.find('?').map_or((reference, ""), |at| reference.split_at(at));
        let path = match path.strip_prefix('/') {
            Some(_) => path.to_owned(),
            None if path.is_empty() => base.path().to_owned(),
            None => {
                let folder = base.path().rfind('/').map_or("/", |slash| &base.path()[..=slash]);
                format!("{folder}{path}")
            }
        };
        format!("{scheme}://{authority}{path}{query}")
    };
    let target: Uri = target.parse().ok()?;
    let is_http = matches!(target.scheme_str(), Some("http" | "https"));
    let has_host = target.host().is_some_and(|host| !host.is_empty());
    let has_user_info = target.authority().is_some_and(|authority| authority.as_str().contains('@'));
    if !is_http || !has_host || has_user_info {
        return None;
    }
    let query = target.query().map_or_else(String::new, |query| format!("?{query}"));
    let path = format!("{}{query}", without_dots(target.path()));
    let mut parts = target.into_parts();
    parts.path_and_query = Some(path.parse().ok()?);
    Uri::from_parts(parts).ok()
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

/// Whether two URIs have the same scheme, host and port (RFC 6454, section 4).
pub(crate) fn is_same_origin(a: &Uri, b: &Uri) -> bool {
    let host = |uri: &Uri| uri.host().map(str::to_ascii_lowercase);
    a.scheme() == b.scheme() && host(a) == host(b) && port(a).is_some_and(|port_of_a| Some(port_of_a) == port(b))
}

/// The port that is given, else that of the scheme; `None` for one that is none, such as 65536.
fn port(uri: &Uri) -> Option<u16> {
    let authority = uri.authority()?;
    let after_host = authority.as_str().rsplit('@').next()?.strip_prefix(authority.host())?;
    match after_host {
        // RFC 3986, section 3.2.3: an empty port is that of the scheme.
        "" | ":" => Some(if uri.scheme_str() == Some("https") { 443 } else { 80 }),
        _ => authority.port_u16(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved_against_the_request() {
        let base: Uri = "http://host:81/a/b?c=d".parse().expect("a URI");
        for (reference, expected) in [
            ("https://other/x?y#z", Some("https://other/x?y")),
            ("HTTP://other/", Some("http://other/")),
            ("//other:8/x", Some("http://other:8/x")),
            ("//other/x/../y?q=/../", Some("http://other/y?q=/../")),
            ("https://other", Some("https://other/")),
            ("https://other?q", Some("https://other/?q")),
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
            let target = resolve(&base, reference).map(|uri| uri.to_string());
            assert_eq!(target.as_deref(), expected, "{reference:?}");
        }
    }

    #[test]
    fn origins_are_compared_by_what_they_mean() {
        let same = |a: &str, b: &str| is_same_origin(&a.parse().expect("a URI"), &b.parse().expect("a URI"));
        assert!(same("http://Host/a", "http://host:80/b"));
        assert!(same("https://host/", "https://host:443/"));
        assert!(!same("http://host/", "https://host/"));
        assert!(!same("http://host/", "http://host:81/"));
        assert!(same("http://[::1]/", "http://[::1]:80/"));
        assert!(same("http://host/", "http://host:/"));
        assert!(!same("http://81/", "http://81:81/"));
        assert!(same("http://a@host:81/", "http://host:81/"));
        assert!(!same("http://host/", "http://host:65616/"));
        assert!(!same("http://host:65616/", "http://host:65616/"));
        assert!(!same("http://host/", "http://host.example/"));
    }
}
