//! A logger for programs that have none.

use std::{ffi::OsString, io};

use tracing_subscriber::{EnvFilter, filter::LevelFilter};

const VARIABLE: &str = "RUNAGENT_LOG_LEVEL";
const DEFAULT: LevelFilter = LevelFilter::WARN;

/// Writes the process's logs to its standard error, and returns whether it is this that does so from now on: false when the
/// process has a logger already, which stays.
///
/// `RUNAGENT_LOG_LEVEL` says how much: `error`, `warn` (the default), `info`, `debug`, `trace` or `off`, in any case, or
/// directives such as `warn,runagent=debug` (those of
/// [`EnvFilter`](https://docs.rs/tracing-subscriber/latest/tracing_subscriber/filter/struct.EnvFilter.html#directives)).
/// Any other value is logged as unusable, and the default holds. It never panics.
///
/// It is for programs. A library leaves the choice to the program it is in.
///
/// ```
/// runagent::init_logging();
/// assert!(!runagent::init_logging(), "there is a logger by now");
/// ```
#[allow(clippy::must_use_candidate, reason = "what it does is done, whatever it returns")]
pub fn init_logging() -> bool {
    let (filter, usable) = filter(std::env::var_os(VARIABLE));
    let installed = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).try_init().is_ok();
    if installed && !usable {
        tracing::warn!("{VARIABLE} is neither a level (error, warn, info, debug, trace, off) nor a list of directives");
    }
    installed
}

/// What a value lets through, and whether it can be used.
fn filter(value: Option<OsString>) -> (EnvFilter, bool) {
    let default = || EnvFilter::default().add_directive(DEFAULT.into());
    let Some(value) = value.filter(|value| !value.is_empty()) else { return (default(), true) };
    let text = value.to_str().unwrap_or_default().trim();
    // The parser takes no text at all for `error`.
    if let Some(level) = (!text.is_empty()).then(|| text.parse::<LevelFilter>().ok()).flatten() {
        return (EnvFilter::default().add_directive(level.into()), true);
    }
    // A single word would be the name of a target, and so would a level with a typing error.
    let directives = text.contains(['=', ',', '[']).then(|| EnvFilter::try_new(text));
    match directives {
        Some(Ok(filter)) => (filter, true),
        _ => (default(), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_a_level_or_directives_and_else_the_default_holds() {
        for (value, shown, usable) in [
            ("", "warn", true),
            ("error", "error", true),
            ("WARN", "warn", true),
            ("Info", "info", true),
            ("debug", "debug", true),
            (" trace\n", "trace", true),
            ("off", "off", true),
            ("warn,runagent=debug", "runagent=debug,warn", true),
            ("runagent=trace", "runagent=trace", true),
            ("verbose", "warn", false),
            ("debgu", "warn", false),
            ("runagent=loud", "warn", false),
            ("=,=", "warn", false),
            (" ", "warn", false),
            ("a b", "warn", false),
        ] {
            let (filter, is_usable) = filter(Some(value.into()));
            assert_eq!((filter.to_string().as_str(), is_usable), (shown, usable), "{value:?}");
        }
        let (filter, usable) = filter(None);
        assert_eq!((filter.to_string().as_str(), usable), ("warn", true));
    }

    /// A process has one logger, so this one runs itself again in a process of its own.
    #[test]
    fn the_first_logger_stays_and_a_value_that_is_none_is_told_of() {
        const CHILD: &str = "RUNAGENT_TEST_CHILD";
        if std::env::var_os(CHILD).is_some() {
            assert!(init_logging());
            assert!(!init_logging());
            tracing::info!("INFO-CANARY");
            return;
        }
        let test = "logging::tests::the_first_logger_stays_and_a_value_that_is_none_is_told_of";
        for (value, tells, shows) in [("verbose", true, false), ("info", false, true), ("", false, false)] {
            let output = std::process::Command::new(std::env::current_exe().expect("this program"))
                .args(["--exact", test, "--nocapture"])
                .env(CHILD, "1")
                .env(VARIABLE, value)
                .output()
                .expect("it runs");
            let (said, log) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert!(output.status.success() && said.contains("1 passed"), "{said}");
            assert_eq!(log.contains("RUNAGENT_LOG_LEVEL is neither"), tells, "{value}: {log}");
            assert_eq!(log.contains("INFO-CANARY"), shows, "{value}: {log}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_value_that_is_not_utf8_is_no_panic() {
        use std::os::unix::ffi::OsStringExt as _;

        let (filter, usable) = filter(Some(OsString::from_vec(vec![b'i', 0xFF])));
        assert_eq!((filter.to_string().as_str(), usable), ("warn", false));
    }
}
