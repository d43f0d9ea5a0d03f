#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::{fs, path::PathBuf};

use tempfile::TempDir;

use super::*;
use crate::{RunAgentError, config::setting::Source};

const KEY: &str = "rau_CANARY";

/// A data folder of its own.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn with(name: &str, content: impl AsRef<[u8]>) -> Self {
        let folder = Self::new();
        folder.write(name, content);
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).expect("written");
        #[cfg(unix)]
        self.set_mode(name, 0o600);
    }

    #[cfg(unix)]
    fn set_mode(&self, name: &str, mode: u32) {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(mode)).expect("changed");
    }

    fn read(&self) -> RunAgentResult<Files> {
        let folder = self.0.path().to_owned();
        Files::read(&Environment::injected(move |name| (name == "RUNAGENT_CACHE_DIR").then(|| folder.clone().into())))
    }

    fn refused(&self) -> RunAgentError {
        self.read().expect_err("it can't be used")
    }
}

fn value<T: Clone>(setting: &Option<Setting<T>>) -> Option<T> {
    setting.as_ref().map(|setting| setting.value.clone())
}

/// The entry that a setting came from.
fn entry<T>(setting: &Option<Setting<T>>) -> Option<&'static str> {
    match &setting.as_ref()?.source {
        Source::File(_, entry) => Some(entry),
        other => panic!("{other}"),
    }
}

#[test]
fn both_spellings_are_read() {
    let snake = r#"{"api_key":"k","api_url":"https://api","base_url":"https://base","timeout":30,"default_agent_id":"a",
        "retry_config":{"max_retries":5,"retry_delay":0.5,"retry_backoff":3}}"#;
    let camel = r#"{"apiKey":"k","apiUrl":"https://api","baseUrl":"https://base","timeout":30,"defaultAgentId":"a",
        "retryConfig":{"maxRetries":5,"retryDelay":0.5,"retryBackoff":3}}"#;
    for text in [snake, camel] {
        let files = Folder::with("config.json", text).read().expect(text);
        assert_eq!(value(&files.api_key).as_deref(), Some("k"));
        assert_eq!(value(&files.api_url).as_deref(), Some("https://api"));
        assert_eq!(value(&files.base_url).as_deref(), Some("https://base"));
        assert_eq!(value(&files.timeout), Some(Duration::from_secs(30)));
        assert_eq!(value(&files.default_agent_id).as_deref(), Some("a"));
        assert_eq!(value(&files.max_retries), Some(5));
        assert_eq!(value(&files.retry_delay), Some(Duration::from_millis(500)));
        assert_eq!(value(&files.retry_backoff), Some(3.0));
    }
    let files = Folder::with("config.json", camel).read().expect("usable");
    assert_eq!((entry(&files.api_key), entry(&files.max_retries)), (Some("apiKey"), Some("retryConfig.maxRetries")));
}

#[test]
fn the_files_are_in_the_home_folder_unless_another_is_named() {
    let home = Folder::new();
    fs::create_dir(home.path(".runagent")).expect("a folder");
    home.write(".runagent/config.json", r#"{"timeout":7}"#);
    let path = home.0.path().to_owned();
    let read = |cache_dir: Option<PathBuf>| {
        let path = path.clone();
        let environment = Environment::injected(move |name| match name {
            "RUNAGENT_CACHE_DIR" => cache_dir.clone().map(Into::into),
            runagent_types::DataFolder::HOME => Some(path.clone().into()),
            _ => None,
        });
        value(&Files::read(&environment).expect("usable").timeout)
    };
    assert_eq!(read(None), Some(Duration::from_secs(7)));
    assert_eq!(read(Some(home.path("elsewhere"))), None);
}

#[test]
fn of_two_entries_for_one_setting_the_documented_one_counts() {
    for (text, retries, key, from) in [
        (r#"{"retryAttempts":7}"#, Some(7), None, Some("retryAttempts")),
        (r#"{"retry_attempts":7}"#, Some(7), None, Some("retry_attempts")),
        (r#"{"retryAttempts":7,"retry_config":{"max_retries":2}}"#, Some(2), None, Some("retry_config.max_retries")),
        (r#"{"retryAttempts":7,"retry_config":{}}"#, Some(7), None, Some("retryAttempts")),
        (r#"{"retryAttempts":7,"retry_config":null}"#, Some(7), None, Some("retryAttempts")),
        (r#"{"retry_config":{"maxRetries":1,"max_retries":2}}"#, Some(2), None, Some("retry_config.max_retries")),
        (r#"{"apiKey":"camel","api_key":"snake"}"#, None, Some("snake"), None),
        (r#"{"apiKey":"camel","api_key":null}"#, None, Some("camel"), None),
        (r#"{"apiKey":"camel","api_key":""}"#, None, None, None),
        (r#"{"api_key":"first","api_key":"last"}"#, None, Some("last"), None),
    ] {
        let files = Folder::with("config.json", text).read().expect(text);
        assert_eq!((value(&files.max_retries), entry(&files.max_retries)), (retries, from), "{text}");
        assert_eq!(value(&files.api_key).as_deref(), key, "{text}");
    }
}

#[test]
fn what_says_nothing_is_no_error() {
    assert_eq!(Files::read(&Environment::injected(|_| None)).expect("no home"), Files::default());
    assert_eq!(Folder::new().read().expect("no file"), Files::default());
    for text in [
        "{}",
        " {} \n",
        "\u{FEFF}{}",
        "{\r\n}\r\n",
        r#"{"api_key":null,"timeout":null,"retry_config":null}"#,
        r#"{"retry_config":{"max_retries":null}}"#,
        r#"{"api_key":"","base_url":""}"#,
        r#"{"unknown":{"deep":[1,2,3]}}"#,
    ] {
        assert_eq!(Folder::with("config.json", text).read().expect(text), Files::default(), "{text}");
    }
    // Neither a folder that is none, nor one in a file.
    let folder = Folder::with("file", "");
    for path in ["missing", "file"] {
        let path = folder.path(path);
        let environment = Environment::injected(move |_| Some(path.clone().into()));
        assert_eq!(Files::read(&environment).expect("nothing there"), Files::default());
    }
}

#[test]
fn a_file_that_can_not_be_used_is_named_with_what_is_wrong() {
    let large = format!("{{\"api_key\":\"{KEY}\",\"x\":\"{}\"}}", "x".repeat(1024 * 1024));
    let deep = format!("{{\"api_key\":\"{KEY}\",\"x\":{}", "[".repeat(100_000));
    let cut = format!("{{\"api_key\":\"{KEY}");
    let huge = "{\"timeout\":1e400}";
    let rows: &[(&str, &str)] = &[
        ("", "is not JSON"),
        (" ", "is not JSON"),
        ("{", "is not JSON"),
        (&cut, "is not JSON"),
        ("{'api_key':'rau_CANARY'}", "is not JSON"),
        ("api_key = rau_CANARY", "is not JSON"),
        (r#"{"api_key":"rau_CANARY",}"#, "is not JSON"),
        (r#"{"api_key":"rau_CANARY"} // mine"#, "is not JSON"),
        ("{\"api_key\":\"rau_CANARY\n\"}", "is not JSON"),
        (r#"{"api_key":"rau_CANARY"}{}"#, "is not JSON"),
        (r#"{"timeout":NaN}"#, "is not JSON"),
        (&deep, "is not JSON"),
        (&large, "larger than 1 MiB"),
        ("[]", "no object"),
        (r#""rau_CANARY""#, "no object"),
        ("null", "no object"),
        ("42", "no object"),
        (r#"{"api_key":42}"#, "api_key"),
        (r#"{"apiKey":["rau_CANARY"]}"#, "apiKey"),
        (r#"{"api_key":{"rau_CANARY":1}}"#, "api_key"),
        (r#"{"api_key":true}"#, "api_key"),
        (r#"{"base_url":1}"#, "base_url"),
        (r#"{"api_url":false}"#, "api_url"),
        (r#"{"defaultAgentId":7}"#, "defaultAgentId"),
        (r#"{"timeout":"30"}"#, "timeout"),
        (r#"{"timeout":"rau_CANARY"}"#, "timeout"),
        (r#"{"timeout":-1}"#, "timeout"),
        (r#"{"timeout":0}"#, "timeout"),
        (r#"{"timeout":1e300}"#, "timeout"),
        (huge, ""),
        (r#"{"timeout":[30]}"#, "timeout"),
        (r#"{"timeout":true}"#, "timeout"),
        (r#"{"retry_config":3}"#, "retry_config"),
        (r#"{"retryConfig":[]}"#, "retryConfig"),
        (r#"{"retry_config":"rau_CANARY"}"#, "retry_config"),
        (r#"{"retry_config":{"max_retries":-1}}"#, "retry_config.max_retries"),
        (r#"{"retry_config":{"max_retries":1.5}}"#, "retry_config.max_retries"),
        (r#"{"retry_config":{"max_retries":"3"}}"#, "retry_config.max_retries"),
        (r#"{"retry_config":{"max_retries":4294967296}}"#, "retry_config.max_retries"),
        (r#"{"retryConfig":{"retryDelay":-0.5}}"#, "retryConfig.retryDelay"),
        (r#"{"retry_config":{"retry_backoff":0.5}}"#, "retry_config.retry_backoff"),
        (r#"{"retryAttempts":-3}"#, "retryAttempts"),
    ];
    for (text, says) in rows {
        let folder = Folder::with("config.json", text);
        let error = folder.refused();
        assert_eq!(*error.code(), runagent_types::ErrorCode::CONFIG_ERROR, "{text:.80}: {error}");
        assert!(error.message().contains(says) && error.suggestion().is_some(), "{text:.80}: {error}");
        assert!(error.message().contains(&*folder.path("config.json").to_string_lossy()), "{text:.80}: {error}");
        assert!(!format!("{error} {error:?} {}", error.report()).contains("CANARY"), "{text:.80}: {error}");
    }
    let error = Folder::with("config.json", b"{\"api_key\":\"rau_CANARY\xFF\"}").refused();
    assert!(error.message().contains("not UTF-8") && !error.message().contains("CANARY"), "{error}");
}

#[test]
fn the_older_file_fills_gaps_only() {
    let user_data =
        r#"{"api_key":"old","base_url":"https://old","user_email":"me@example.com","user_id":3,"timeout":"x"}"#;
    let folder = Folder::with("user_data.json", user_data);
    let files = folder.read().expect("usable");
    assert_eq!(
        (value(&files.api_key).as_deref(), value(&files.base_url).as_deref()),
        (Some("old"), Some("https://old"))
    );
    assert_eq!(files.timeout, None);
    let source = files.api_key.expect("a key").source.to_string();
    assert_eq!(source, format!("{} (api_key)", folder.path("user_data.json").display()));

    folder.write("config.json", r#"{"api_key":"new"}"#);
    let files = folder.read().expect("usable");
    assert_eq!(
        (value(&files.api_key).as_deref(), value(&files.base_url).as_deref()),
        (Some("new"), Some("https://old"))
    );

    folder.write("user_data.json", r#"{"api_key":["rau_CANARY"]}"#);
    let error = folder.refused();
    assert!(error.message().contains("user_data.json") && !error.message().contains("CANARY"), "{error}");
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_not_waited_for() {
    use std::os::unix::{fs::symlink, net::UnixListener};

    let link = |target: &str| {
        let folder = Folder::new();
        symlink(target, folder.path("config.json")).expect("a link");
        folder
    };
    // Links: to a file, to nothing, to themselves, to what is none.
    let folder = link("real.json");
    folder.write("real.json", r#"{"timeout":7}"#);
    assert_eq!(value(&folder.read().expect("a link to a file").timeout), Some(Duration::from_secs(7)));
    assert_eq!(link("missing").read().expect("as missing"), Files::default());
    let looped = link("config.json").refused();
    assert!(looped.message().contains("config.json"), "{looped}");
    for folder in [link("/dev/null"), link("/dev/zero"), link("/"), link("/dev/tty")] {
        // A machine may be without a terminal.
        match folder.read() {
            Ok(files) => assert_eq!(files, Files::default()),
            Err(error) => assert!(error.message().contains("no regular file"), "{error}"),
        }
    }

    let folder = Folder::new();
    fs::create_dir(folder.path("config.json")).expect("a folder");
    assert!(folder.refused().message().contains("no regular file"));
    let folder = Folder::new();
    let _socket = UnixListener::bind(folder.path("config.json")).expect("a socket");
    assert!(folder.refused().message().contains("no regular file"));
    let folder = Folder::new();
    let made = std::process::Command::new("mkfifo").arg(folder.path("config.json")).status();
    assert!(made.expect("mkfifo").success());
    assert!(folder.refused().message().contains("no regular file"));
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_is_told_of() {
    for (text, mode, warns) in [
        (r#"{"api_key":"rau_CANARY"}"#, 0o600, false),
        (r#"{"api_key":"rau_CANARY"}"#, 0o400, false),
        (r#"{"api_key":"rau_CANARY"}"#, 0o644, true),
        (r#"{"apiKey":"rau_CANARY"}"#, 0o640, true),
        (r#"{"api_key":"rau_CANARY"}"#, 0o604, true),
        (r#"{"timeout":3}"#, 0o644, false),
        (r#"{"api_key":null}"#, 0o644, false),
    ] {
        let folder = Folder::with("config.json", text);
        folder.set_mode("config.json", mode);
        let log = log_of(|| {
            folder.read().expect("usable");
        });
        assert_eq!(log.contains("other users can read the API key"), warns, "{text} {mode:o}: {log}");
        assert!(!log.contains("CANARY"), "{log}");
    }
}

#[test]
fn an_unknown_entry_is_told_of_with_the_name_that_was_meant() {
    for (text, says) in [
        (r#"{"api_kye":"rau_CANARY"}"#, "`api_kye` is no setting here: is `api_key` meant?"),
        (r#"{"apikey":"rau_CANARY"}"#, "is `api_key` meant?"),
        (r#"{"ApiKey":"rau_CANARY"}"#, "is `apiKey` meant?"),
        (r#"{"API_KEY":"rau_CANARY"}"#, "is `apiKey` meant?"),
        (r#"{"time_out":1}"#, "is `timeout` meant?"),
        (r#"{"timeouts":1}"#, "is `timeout` meant?"),
        (r#"{"base-url":"x"}"#, "is `base_url` meant?"),
        (r#"{"retry_config":{"max_retires":1}}"#, "is `retry_config.max_retries` meant?"),
        (r#"{"retryConfig":{"retryDelays":1}}"#, "is `retryConfig.retryDelay` meant?"),
        (r#"{"max_retries":1}"#, "`max_retries` is no setting here: is `retry_config.max_retries` meant?"),
        (r#"{"colour":"rau_CANARY"}"#, "`colour` is no setting here\n"),
        (r#"{"x":1}"#, "`x` is no setting here\n"),
        ("{\"a\\nb\":1}", "`ab` is no setting here\n"),
    ] {
        let folder = Folder::with("config.json", text);
        let log = log_of(|| assert_eq!(folder.read().expect(text), Files::default()));
        let log = log.replace(" path=", "\npath=");
        assert!(log.contains("WARN") && log.contains(says), "{text}: {log}");
        assert!(!log.contains("CANARY"), "{log}");
    }
    let known = Folder::with("config.json", r#"{"api_key":"k","timeout":1,"retryAttempts":2}"#);
    assert_eq!(log_of(|| drop(known.read())), "");
}

#[test]
fn a_tilde_that_nothing_expands_is_told_of() {
    let log = log_of(|| {
        let environment = Environment::injected(|name| (name == "RUNAGENT_CACHE_DIR").then(|| "~/.runagent".into()));
        assert_eq!(Files::read(&environment).expect("nothing there"), Files::default());
    });
    assert!(log.contains("RUNAGENT_CACHE_DIR starts with `~`"), "{log}");
}

/// What is logged meanwhile.
fn log_of(run: impl FnOnce()) -> String {
    use std::sync::Mutex;

    let log = Arc::new(Mutex::new(Vec::new()));
    let subscriber = tracing_subscriber::fmt().with_ansi(false).without_time().with_writer({
        let log = log.clone();
        move || Shared(log.clone())
    });
    tracing::subscriber::with_default(subscriber.finish(), run);
    let log = log.lock().expect("no panic").clone();
    String::from_utf8(log).expect("UTF-8")
}

/// A writer that shows what was written.
struct Shared(Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
