#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use super::*;

#[test]
fn the_prefix_of_either_api_at_the_end_makes_room_for_the_right_one() {
    for (url, backend, v1) in [
        ("https://h", "https://h/api/v1", "https://h/v1"),
        ("h/", "https://h/api/v1", "https://h/v1"),
        ("https://h/api/v1", "https://h/api/v1", "https://h/v1"),
        ("https://h/api/v1//", "https://h/api/v1", "https://h/v1"),
        ("https://h/v1/", "https://h/api/v1", "https://h/v1"),
        ("h:8000/v1", "https://h:8000/api/v1", "https://h:8000/v1"),
        ("localhost:8000/v1", "http://localhost:8000/api/v1", "http://localhost:8000/v1"),
        ("https://h/nested/path/api/v1", "https://h/nested/path/api/v1", "https://h/nested/path/v1"),
        ("https://h/nested/v1", "https://h/nested/api/v1", "https://h/nested/v1"),
        ("https://h/nested//v1", "https://h/nested/api/v1", "https://h/nested/v1"),
        // No prefix, only like one.
        ("https://h/xv1", "https://h/xv1/api/v1", "https://h/xv1/v1"),
        ("https://v1", "https://v1/api/v1", "https://v1/v1"),
        ("https://h/v1/x", "https://h/v1/x/api/v1", "https://h/v1/x/v1"),
        ("https://h/api/v12", "https://h/api/v12/api/v1", "https://h/api/v12/v1"),
    ] {
        let base = |surface: Surface| surface.base(url).expect(url).to_string();
        assert_eq!((base(Surface::Backend), base(Surface::V1)), (backend.to_owned(), v1.to_owned()), "{url}");
    }
}

#[test]
fn each_api_has_an_address_a_prefix_and_limits_of_its_own() {
    for (surface, url, seconds) in [
        (Surface::Backend, "https://backend.run-agent.ai/api/v1", 300),
        (Surface::V1, "https://api.run-agent.ai/v1", 30),
    ] {
        assert_eq!(surface.base(surface.default_url()).expect("a URL").to_string(), url);
        assert_eq!(surface.limits().run, Duration::from_secs(seconds));
    }
}
