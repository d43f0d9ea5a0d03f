#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use super::*;

#[test]
fn seconds() {
    let huge = "1".repeat(400);
    for (text, expected) in [
        ("30", Some(30_000)),
        ("30.0", Some(30_000)),
        ("0.5", Some(500)),
        (".5", Some(500)),
        ("5.", Some(5_000)),
        ("+5", Some(5_000)),
        ("1e2", Some(100_000)),
        (" 5 ", Some(5_000)),
        ("5\n", Some(5_000)),
        ("0", None),
        ("0.0", None),
        ("-0", None),
        ("-1", None),
        ("-0.5", None),
        ("NaN", None),
        ("inf", None),
        ("-inf", None),
        ("infinity", None),
        ("1e400", None),
        ("1e300", None),
        ("1e-400", None),
        (&huge, None),
        ("10s", None),
        ("5 min", None),
        ("1_000", None),
        ("1,5", None),
        ("0x10", None),
        ("", None),
        (" ", None),
        ("٣", None),
    ] {
        let expected = expected.map(Duration::from_millis);
        assert_eq!((SECONDS.read)(text), expected, "{text:?}");
    }
    // A delay may be none.
    assert_eq!(((DELAY.read)("0"), (DELAY.read)("-1")), (Some(Duration::ZERO), None));
    assert_eq!((SECONDS.read)("1e18").expect("it fits").as_secs(), 1_000_000_000_000_000_000);
}

#[test]
fn counts_factors_switches_and_ports() {
    for (text, expected) in [
        ("0", Some(0)),
        ("3", Some(3)),
        (" 3 ", Some(3)),
        ("4294967295", Some(u32::MAX)),
        ("4294967296", None),
        ("-1", None),
        ("3.0", None),
        ("1e1", None),
        ("1_000", None),
        ("three", None),
        ("", None),
    ] {
        assert_eq!((COUNT.read)(text), expected, "{text:?}");
    }
    for (text, expected) in [
        ("1", Some(1.0)),
        ("2.5", Some(2.5)),
        ("0.9", None),
        ("-2", None),
        ("NaN", None),
        ("inf", None),
        ("1e400", None),
    ] {
        assert_eq!((FACTOR.read)(text), expected, "{text:?}");
    }
    for (text, expected) in [
        ("true", Some(true)),
        ("TRUE", Some(true)),
        ("1", Some(true)),
        ("Yes", Some(true)),
        ("on ", Some(true)),
        ("false", Some(false)),
        ("0", Some(false)),
        ("NO", Some(false)),
        ("off", Some(false)),
        ("", None),
        ("2", None),
        ("y", None),
        ("tru", None),
    ] {
        assert_eq!((SWITCH.read)(text), expected, "{text:?}");
    }
    for (text, expected) in [
        ("1", Some(1)),
        ("8450", Some(8450)),
        ("65535", Some(65535)),
        (" 8450\n", Some(8450)),
        ("0", None),
        ("65536", None),
        ("99999999999", None),
        ("-1", None),
        ("8450.0", None),
        ("abc", None),
        ("0x20", None),
        ("80 81", None),
        (":80", None),
        ("", None),
        ("８０", None),
    ] {
        assert_eq!((PORT.read)(text), expected, "{text:?}");
    }
}
