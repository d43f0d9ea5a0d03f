//! The page for people, as a browser gets it.

use runagent_server::{Agent, RunningServer, Server};

use crate::client::{Answer, get, send, serve};

const FILES: [(&str, &str); 10] = [
    ("/", "text/html; charset=utf-8"),
    ("/style.css", "text/css; charset=utf-8"),
    ("/favicon.svg", "image/svg+xml"),
    ("/app.js", "text/javascript; charset=utf-8"),
    ("/element.js", "text/javascript; charset=utf-8"),
    ("/form.js", "text/javascript; charset=utf-8"),
    ("/history.js", "text/javascript; charset=utf-8"),
    ("/json.js", "text/javascript; charset=utf-8"),
    ("/server.js", "text/javascript; charset=utf-8"),
    ("/snippets.js", "text/javascript; charset=utf-8"),
];

fn agent() -> Agent {
    Agent::new("a").entrypoint("quiet", async || ())
}

async fn with_token() -> RunningServer {
    Server::builder(agent()).token("s3cret").bind().await.unwrap().spawn()
}

async fn request(server: &RunningServer, line: &str, headers: &str) -> Answer {
    send(server.address(), &format!("{line} HTTP/1.1\r\nhost: {}{headers}", server.address()), "").await
}

#[tokio::test]
async fn every_file_is_served_with_what_keeps_it_to_itself() {
    let server = serve(agent()).await;
    let mut total = 0;
    for (path, media_type) in FILES {
        let answer = get(server.address(), path).await;
        assert_eq!(answer.status, 200, "{path}");
        for (name, value) in [
            ("content-type", media_type),
            (
                "content-security-policy",
                "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                 base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
            ),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", "no-cache"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
        total += answer.body.len();
    }
    assert!(total < 100 * 1024, "{total} bytes");
}

#[tokio::test]
async fn no_file_names_another_site_or_has_inline_code() {
    let server = serve(agent()).await;
    for (path, _) in FILES {
        let body = get(server.address(), path).await.body;
        // The name of a namespace is no address.
        let body = body.replace("http://www.w3.org/2000/svg", "");
        for foreign in ["http://", "https://", "ws://", "wss://", "\"//", "'//", "@import", " url(", ":url("] {
            assert!(!body.contains(foreign), "{path} has {foreign}");
        }
        // All of these turn text into markup or code.
        for unsafe_use in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"] {
            assert!(!body.contains(unsafe_use), "{path} has {unsafe_use}");
        }
        for inline in [" style=", " onclick=", " onload=", "<style", "<script>"] {
            assert!(!body.contains(inline), "{path} has {inline}");
        }
    }
}

#[tokio::test]
async fn what_the_page_loads_is_there() {
    let server = serve(agent()).await;
    for (path, _) in FILES {
        let body = get(server.address(), path).await.body;
        let quoted = body.split('"').skip(1).step_by(2);
        for name in quoted.filter(|name| [".js", ".css", ".svg"].iter().any(|end| name.ends_with(end))) {
            let loaded = format!("/{}", name.trim_start_matches("./"));
            assert!(FILES.iter().any(|(path, _)| *path == loaded), "{path} loads {name}");
        }
    }
}

#[tokio::test]
async fn there_are_no_other_files() {
    let server = serve(agent()).await;
    for path in [
        "/index.html",
        "/app.js/",
        "//app.js",
        "/APP.JS",
        "/page/app.js",
        "/src/page/app.js",
        "/favicon.ico",
        "/Cargo.toml",
        "/../Cargo.toml",
        "/%2e%2e/Cargo.toml",
        "/..%2fCargo.toml",
        "/app.js/../../Cargo.toml",
        "/etc/passwd",
        "//etc/passwd",
    ] {
        let answer = get(server.address(), path).await;
        assert_eq!((answer.status, answer.body.as_str()), (404, r#"{"detail":"Not Found"}"#), "{path}");
    }
}

#[tokio::test]
async fn the_files_can_only_be_read() {
    let server = serve(agent()).await;
    for (path, media_type) in FILES {
        let head = request(&server, &format!("HEAD {path}"), "").await;
        assert_eq!((head.status, head.header("content-type"), head.body.as_str()), (200, Some(media_type), ""));
        for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
            let answer = request(&server, &format!("{method} {path}"), "").await;
            assert_eq!((answer.status, answer.header("allow")), (405, Some("GET,HEAD")), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_browser_that_has_a_file_is_told_so() {
    let server = serve(agent()).await;
    let mut seen = Vec::new();
    for (path, _) in FILES {
        let etag = get(server.address(), path).await.header("etag").unwrap().to_owned();
        for known in [etag.clone(), format!("\"other\", W/{etag}")] {
            let answer = request(&server, &format!("GET {path}"), &format!("\r\nif-none-match: {known}")).await;
            assert_eq!((answer.status, answer.body.as_str(), answer.header("etag")), (304, "", Some(&*etag)), "{path}");
            assert!(answer.header("content-security-policy").is_some(), "{path}");
        }
        let other = request(&server, &format!("GET {path}"), "\r\nif-none-match: \"other\"").await;
        assert_eq!(other.status, 200, "{path}");
        assert!(!seen.contains(&etag), "{path}");
        seen.push(etag);
    }
}

#[tokio::test]
async fn the_page_needs_the_token_and_what_it_loads_does_not() {
    let server = with_token().await;
    for (path, status) in [("/", 401), ("/?token=wrong", 401), ("/?token=s3cret", 200)] {
        let answer = get(server.address(), path).await;
        assert_eq!(answer.status, status, "{path}");
        // Whoever has the page's bytes does not have the token.
        assert!(!answer.body.contains("s3cret"));
    }
    assert_eq!(request(&server, "GET /", "\r\nauthorization: Bearer s3cret").await.status, 200);
    for (path, _) in &FILES[1..] {
        assert_eq!(get(server.address(), path).await.status, 200, "{path}");
        assert_eq!(request(&server, &format!("HEAD {path}"), "").await.status, 200, "{path}");
        assert_eq!(request(&server, &format!("POST {path}"), "").await.status, 401, "{path}");
        assert_eq!(get(server.address(), &format!("{path}/")).await.status, 401, "{path}");
    }
}

#[tokio::test]
async fn other_sites_get_no_page() {
    let server = serve(agent()).await;
    for headers in
        ["\r\norigin: http://evil.example", "\r\nsec-fetch-site: cross-site", "\r\nsec-fetch-site: same-site"]
    {
        for (path, _) in FILES {
            assert_eq!(request(&server, &format!("GET {path}"), headers).await.status, 403, "{path} {headers}");
        }
    }
    let rebound = send(server.address(), "GET / HTTP/1.1\r\nhost: evil.example", "").await;
    assert_eq!(rebound.status, 403);
}
