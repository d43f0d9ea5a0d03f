#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::{env, ffi::OsString, process::Command};

use super::*;
use crate::ClientOptions;

const KEY: &str = "RUNAGENT_API_KEY";
const URL: &str = "RUNAGENT_BASE_URL";

/// A remote agent in this environment.
fn in_environment(variables: &[(&str, &str)]) -> RunAgentClientConfig {
    let variables: HashMap<String, OsString> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    let options = ClientOptions::new().with_environment(move |name| variables.get(name).cloned());
    RunAgentClientConfig::new("agent-1", "chat").with_options(options)
}

/// The URL and the key that a configuration comes to.
fn resolved(config: RunAgentClientConfig) -> (String, Option<String>) {
    let resolved = Resolved::new(config).expect("a usable configuration");
    let base = match resolved.place {
        Place::Remote(base) | Place::Local(base) => base.to_string(),
        #[cfg(feature = "db")]
        Place::Registry(folder) => folder.display().to_string(),
        #[cfg(not(feature = "db"))]
        Place::Registry(_) => panic!("this build has no registry"),
    };
    (base, resolved.connection.key.map(|key| key.expose().to_owned()))
}

fn refused(config: RunAgentClientConfig) -> RunAgentError {
    Resolved::new(config).expect_err("it can't be used")
}

#[test]
fn what_is_said_goes_before_the_environment_and_that_before_the_default() {
    let both = [(KEY, "from-env"), (URL, "https://env.example.com")];
    for (config, base, key) in [
        (in_environment(&both[..1]), "https://backend.run-agent.ai/api/v1", "from-env"),
        (in_environment(&both), "https://env.example.com/api/v1", "from-env"),
        (in_environment(&both).with_api_key("said"), "https://env.example.com/api/v1", "said"),
        (
            in_environment(&both).with_base_url("https://said.example.com"),
            "https://said.example.com/api/v1",
            "from-env",
        ),
        (in_environment(&[]).with_api_key("said"), "https://backend.run-agent.ai/api/v1", "said"),
        // Empty counts as unset.
        (in_environment(&[(KEY, "from-env"), (URL, "")]), "https://backend.run-agent.ai/api/v1", "from-env"),
        // A file or a paste leaves a line break.
        (in_environment(&[(KEY, "from-env\n")]), "https://backend.run-agent.ai/api/v1", "from-env"),
        // The address of the other API of the platform is another matter.
        (
            in_environment(&[(KEY, "k"), ("RUNAGENT_API_URL", "https://api.example.com")]),
            "https://backend.run-agent.ai/api/v1",
            "k",
        ),
    ] {
        assert_eq!(resolved(config), (base.to_owned(), Some(key.to_owned())));
    }
    for variables in [&[][..], &[(KEY, "")]] {
        assert_eq!(*refused(in_environment(variables)).code(), ErrorCode::AUTHENTICATION_ERROR);
    }
    // What is said is meant, even when it is empty.
    assert_eq!(*refused(in_environment(&both).with_api_key("")).code(), ErrorCode::AUTHENTICATION_ERROR);
    assert_eq!(*refused(in_environment(&both).with_base_url("")).code(), ErrorCode::CONFIG_ERROR);
}

#[test]
fn a_setting_from_the_environment_is_named_when_it_is_wrong() {
    for (variables, code) in [
        ([(KEY, "k"), (URL, "http://agents.example.com")], ErrorCode::CONFIG_ERROR),
        ([(KEY, "k"), (URL, "ftp://agents.example.com")], ErrorCode::CONFIG_ERROR),
        ([(URL, "https://agents.example.com"), (KEY, "a b")], ErrorCode::AUTHENTICATION_ERROR),
    ] {
        let error = refused(in_environment(&variables));
        assert_eq!(*error.code(), code);
        assert!(error.message().contains(variables[1].0), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_utf8_is_an_error() {
    use std::os::unix::ffi::OsStringExt;

    for name in [KEY, URL] {
        let read = move |asked: &str| match asked {
            asked if asked == name => Some(OsString::from_vec(vec![b'k', 0xFF])),
            KEY => Some("k".into()),
            _ => None,
        };
        let options = ClientOptions::new().with_environment(read);
        let error = refused(RunAgentClientConfig::new("agent-1", "chat").with_options(options));
        assert_eq!(*error.code(), ErrorCode::CONFIG_ERROR);
        assert!(error.message().contains(name), "{error}");
    }
}

#[test]
fn a_local_agent_needs_no_key_and_no_base_url() {
    let local = |variables| in_environment(variables).with_local(true);
    for (host, base) in [
        ("127.0.0.1", "http://127.0.0.1:8450/api/v1"),
        ("localhost", "http://localhost:8450/api/v1"),
        ("::1", "http://[::1]:8450/api/v1"),
        (" 10.0.0.7 ", "http://10.0.0.7:8450/api/v1"),
    ] {
        let config = local(&[(URL, "https://env.example.com")]).with_address(host, 8450);
        assert_eq!(resolved(config.with_base_url("https://said.example.com")), (base.to_owned(), None));
    }
    let config = local(&[(KEY, "from-env")]).with_address("127.0.0.1", 8450);
    assert_eq!(resolved(config).1.as_deref(), Some("from-env"));
    let config = local(&[]).with_address("127.0.0.1", 8450).with_api_key("a b");
    assert_eq!(*refused(config).code(), ErrorCode::AUTHENTICATION_ERROR);
}

#[cfg(feature = "db")]
#[test]
fn the_folder_of_the_registry_is_said_or_in_the_environment() {
    let local = |variables| in_environment(variables).with_local(true);
    let both = [("RUNAGENT_CACHE_DIR", "cache"), ("HOME", "home"), ("USERPROFILE", "home")];
    assert_eq!(resolved(local(&both)).0, "cache");
    let home = PathBuf::from("home").join(".runagent");
    assert_eq!(resolved(local(&both[1..])).0, home.display().to_string());
    let mut config = local(&both);
    config.options = config.options.with_registry_folder("said");
    assert_eq!(resolved(config).0, "said");
    assert_eq!(*refused(local(&[])).code(), ErrorCode::REGISTRY_ERROR);
}

/// The environment of a process can't be changed in a test, so this one runs itself again in a process that has another.
#[test]
fn without_another_one_the_environment_is_that_of_the_process() {
    const CHILD: &str = "RUNAGENT_TEST_CHILD";
    if env::var_os(CHILD).is_some() {
        let config = RunAgentClientConfig::new("agent-1", "chat");
        let expected = ("https://process.example.com/api/v1".to_owned(), Some("from-process".to_owned()));
        assert_eq!(resolved(config), expected);
        return;
    }
    // Whoever runs this test may have files that say something else.
    let folder = tempfile::tempdir().expect("a folder");
    let name = format!("{}::without_another_one_the_environment_is_that_of_the_process", module_path!());
    let name = name.split_once("::").expect("a crate").1;
    let output = Command::new(env::current_exe().expect("this program"))
        .args(["--exact", name])
        .env(CHILD, "1")
        .env("RUNAGENT_CACHE_DIR", folder.path())
        .env(KEY, "from-process")
        .env(URL, "https://process.example.com")
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}
