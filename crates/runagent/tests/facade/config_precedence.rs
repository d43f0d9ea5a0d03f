//! Of several places that say something, which one counts, and that it is named.

use std::{collections::HashMap, fs, time::Duration};

use runagent::{ClientOptions, ErrorCode, Explanation, RunAgentClientConfig};
use tempfile::TempDir;

use crate::agent::AGENT;

const ALL_VARIABLES: [(&str, &str); 4] = [
    ("RUNAGENT_API_KEY", "from-variable"),
    ("RUNAGENT_BASE_URL", "https://variable.example.com"),
    ("RUNAGENT_TIMEOUT", "2.5"),
    ("RUNAGENT_MAX_RETRIES", "2"),
];
const CONFIG: &str = r#"{"api_key":"from-config","base_url":"https://config.example.com","timeout":3,
    "retry_config":{"max_retries":4,"retry_delay":0.5,"retry_backoff":3.5}}"#;
const USER_DATA: &str =
    r#"{"api_key":"from-user-data","base_url":"https://user-data.example.com","user_email":"a@b.c"}"#;

/// A machine: its variables and its files.
struct Machine {
    folder: TempDir,
    variables: HashMap<String, String>,
}

impl Machine {
    fn new(variables: &[(&str, &str)], config: Option<&str>, user_data: Option<&str>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, content) in [("config.json", config), ("user_data.json", user_data)] {
            if let Some(content) = content {
                fs::write(folder.path().join(name), content).expect("written");
            }
        }
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { folder, variables }
    }

    fn options(&self) -> ClientOptions {
        let (variables, folder) = (self.variables.clone(), self.folder.path().to_owned());
        ClientOptions::new().with_environment(move |name| match name {
            "RUNAGENT_CACHE_DIR" => Some(folder.clone().into()),
            _ => variables.get(name).map(Into::into),
        })
    }

    fn config(&self) -> RunAgentClientConfig {
        RunAgentClientConfig::new(AGENT, "chat").with_options(self.options())
    }

    /// What `explain` names as the source of an entry of a file of this machine.
    fn file(&self, name: &str, entry: &str) -> String {
        format!("{} ({entry})", self.folder.path().join(name).display())
    }
}

fn assert_says(explanation: &Explanation, name: &str, value: &str, source: &str) {
    let setting = explanation.get(name).unwrap_or_else(|| panic!("{name} is not explained: {explanation}"));
    assert_eq!((setting.value(), setting.source()), (value, source), "{name}");
}

#[test]
fn builder_then_variable_then_file_then_older_file_then_default() {
    let key = || ("RUNAGENT_API_KEY", "k");
    let everything = Machine::new(&ALL_VARIABLES, Some(CONFIG), Some(USER_DATA));
    let files = Machine::new(&[], Some(CONFIG), Some(USER_DATA));
    let older = Machine::new(&[], None, Some(USER_DATA));
    let nothing = Machine::new(&[key()], None, None);

    let options = everything.options();
    let options = options.with_run_timeout(Duration::from_secs(1)).with_max_retries(1);
    let options = options.with_retry_delay(Duration::from_millis(10)).with_retry_backoff(1.5);
    let said = everything.config().with_base_url("https://said.example.com").with_api_key("said");
    let said = said.with_options(options).explain().expect("usable");
    for (name, value) in [
        ("base_url", "https://said.example.com/api/v1"),
        ("api_key", "set"),
        ("run_timeout", "1s"),
        ("max_retries", "1"),
        ("retry_delay", "10ms"),
        ("retry_backoff", "1.5"),
    ] {
        assert_says(&said, name, value, "builder");
    }

    let variables = everything.config().explain().expect("usable");
    let config = |entry| everything.file("config.json", entry);
    for (name, value, source) in [
        ("base_url", "https://variable.example.com/api/v1", "RUNAGENT_BASE_URL"),
        ("api_key", "set", "RUNAGENT_API_KEY"),
        ("run_timeout", "2.5s", "RUNAGENT_TIMEOUT"),
        ("max_retries", "2", "RUNAGENT_MAX_RETRIES"),
        // No variable has these.
        ("retry_delay", "500ms", &*config("retry_config.retry_delay")),
        ("retry_backoff", "3.5", &*config("retry_config.retry_backoff")),
    ] {
        assert_says(&variables, name, value, source);
    }

    let from_files = files.config().explain().expect("usable");
    for (name, value, entry) in [
        ("base_url", "https://config.example.com/api/v1", "base_url"),
        ("api_key", "set", "api_key"),
        ("run_timeout", "3s", "timeout"),
        ("max_retries", "4", "retry_config.max_retries"),
        ("retry_delay", "500ms", "retry_config.retry_delay"),
        ("retry_backoff", "3.5", "retry_config.retry_backoff"),
    ] {
        assert_says(&from_files, name, value, &files.file("config.json", entry));
    }

    let from_older = older.config().explain().expect("usable");
    assert_says(
        &from_older,
        "base_url",
        "https://user-data.example.com/api/v1",
        &older.file("user_data.json", "base_url"),
    );
    assert_says(&from_older, "api_key", "set", &older.file("user_data.json", "api_key"));
    assert_says(&from_older, "run_timeout", "300s", "default");

    let defaults = nothing.config().explain().expect("usable");
    assert_says(&defaults, "api_key", "set", "RUNAGENT_API_KEY");
    for (name, value) in [
        ("base_url", "https://backend.run-agent.ai/api/v1"),
        ("local", "false"),
        ("user_id", "none"),
        ("persistent_memory", "false"),
        ("extra_params", "none"),
        ("connect_timeout", "10s"),
        ("control_timeout", "30s"),
        ("run_timeout", "300s"),
        ("first_frame_timeout", "60s"),
        ("stream_idle_timeout", "600s"),
        ("max_retries", "3"),
        ("retry_delay", "1s"),
        ("retry_backoff", "2.0"),
        ("max_response_bytes", "67108864"),
        ("max_frame_bytes", "16777216"),
        ("plaintext_key", "false"),
        ("transport", "http"),
        ("proxy", "by the environment"),
        ("ca_pem", "none"),
        ("user_agent", concat!("runagent-rust/", env!("CARGO_PKG_VERSION"))),
    ] {
        assert_says(&defaults, name, value, "default");
    }
}

#[test]
fn what_only_the_builder_says_is_explained_too() {
    let machine = Machine::new(&ALL_VARIABLES, None, None);
    let options = machine.options().with_connect_timeout(Duration::from_secs(1)).with_control_timeout(Duration::MAX);
    let options =
        options.with_first_frame_timeout(Duration::from_secs(2)).with_stream_idle_timeout(Duration::from_secs(3));
    let options = options.with_max_response_bytes(4).with_max_frame_bytes(5).with_plaintext_key(true).with_no_proxy();
    let options = options.with_user_agent("mine/1.0").with_header("x-team", "first").with_header("X-Team", "CANARY");
    let options = options.with_api(|api| api);
    let config = machine.config().with_user_id("ada").with_persistent_memory(true).with_options(options);
    let config = config.with_extra_params([("password".to_owned(), "CANARY".into())].into());
    let explanation = config.explain().expect("usable");
    for (name, value) in [
        ("agent_id", AGENT),
        ("entrypoint_tag", "chat"),
        ("user_id", "ada"),
        ("persistent_memory", "true"),
        ("extra_params", "1 set"),
        ("connect_timeout", "1s"),
        ("control_timeout", "no limit"),
        ("first_frame_timeout", "2s"),
        ("stream_idle_timeout", "3s"),
        ("max_response_bytes", "4"),
        ("max_frame_bytes", "5"),
        ("plaintext_key", "true"),
        ("proxy", "off"),
        ("user_agent", "mine/1.0"),
        ("header x-team", "hidden"),
        ("api", "changed by a function"),
    ] {
        assert_says(&explanation, name, value, "builder");
    }
    assert!(!explanation.to_string().contains("CANARY"));
    assert_eq!(explanation.to_string().matches("x-team").count(), 1, "{explanation}");
}

#[test]
fn the_address_of_the_other_api_is_another_matter() {
    let variables = [("RUNAGENT_API_KEY", "k"), ("RUNAGENT_API_URL", "https://v1.example.com")];
    let machine = Machine::new(&variables, Some(r#"{"api_url":"https://v1-config.example.com"}"#), None);
    let explanation = machine.config().explain().expect("usable");
    assert_says(&explanation, "base_url", "https://backend.run-agent.ai/api/v1", "default");
}

#[test]
fn a_variable_that_can_not_be_used_is_an_error_unless_something_else_counts() {
    let good = [("RUNAGENT_API_KEY", "k")];
    for (name, values, wanted) in [
        (
            "RUNAGENT_TIMEOUT",
            &["CANARY", "0", "-1", "NaN", "inf", "1e400", "10s", "1_000", " "][..],
            "a number of seconds",
        ),
        ("RUNAGENT_MAX_RETRIES", &["CANARY", "-1", "3.0", "1e1", "three", " "][..], "a whole number"),
        ("RUNAGENT_BASE_URL", &["ftp://CANARY@h", "https://h?CANARY", " "][..], ""),
    ] {
        for value in values {
            let machine = Machine::new(&[good[0], (name, *value)], None, None);
            let error = machine.config().explain().expect_err(value);
            assert_eq!(*error.code(), ErrorCode::CONFIG_ERROR, "{value}");
            assert!(error.message().contains(name) && error.message().contains(wanted), "{value}: {error}");
            assert!(!format!("{error:?} {}", error.report()).contains("CANARY"), "{error:?}");

            let options = machine.options().with_run_timeout(Duration::from_secs(1)).with_max_retries(1);
            let said = machine.config().with_base_url("https://said.example.com").with_options(options);
            assert!(said.explain().is_ok(), "{name}={value} does not count");
        }
        let machine = Machine::new(&[good[0], (name, "")], None, None);
        assert!(machine.config().explain().is_ok(), "{name} is empty, so it is unset");
    }
}

#[test]
fn a_file_that_can_not_be_used_is_an_error_of_every_client() {
    let machine = Machine::new(&ALL_VARIABLES, Some(r#"{"timeout":"CANARY"}"#), None);
    let local = machine.config().with_local(true).with_address("127.0.0.1", 8450);
    for config in [machine.config(), local] {
        let error = runagent::RunAgentClient::connect_lazy(config).expect_err("it can't be used");
        assert_eq!(*error.code(), ErrorCode::CONFIG_ERROR);
        assert!(error.message().contains("timeout in ") && error.message().contains("config.json"), "{error}");
        assert!(!format!("{error:?}").contains("CANARY"), "{error:?}");
    }
}

#[test]
fn the_agent_can_come_from_the_environment() {
    let from = |variables: &[(&str, &str)], config: Option<&str>| {
        let machine = Machine::new(variables, config, None);
        let folder = machine.folder.path().to_owned();
        RunAgentClientConfig::from_environment(move |name| match name {
            "RUNAGENT_CACHE_DIR" => Some(folder.clone().into()),
            _ => machine.variables.get(name).map(Into::into),
        })
    };
    let all = [
        ("RUNAGENT_AGENT_ID", "agent-7"),
        ("RUNAGENT_ENTRYPOINT_TAG", "greet"),
        ("RUNAGENT_LOCAL", "YES"),
        ("RUNAGENT_HOST", "127.0.0.1"),
        ("RUNAGENT_PORT", "8450"),
        ("RUNAGENT_USER_ID", "ada"),
        ("RUNAGENT_PERSISTENT_MEMORY", "1"),
        ("RUNAGENT_TIMEOUT", "7"),
    ];
    let config = from(&all, None).expect("usable");
    let expected = RunAgentClientConfig::new("agent-7", "greet").with_local(true).with_address("127.0.0.1", 8450);
    let expected = expected.with_user_id("ada").with_persistent_memory(true);
    assert_eq!(
        format!("{:?}", RunAgentClientConfig { options: ClientOptions::new(), ..config.clone() }),
        format!("{expected:?}")
    );
    // A client made from it reads the same environment.
    assert_says(&config.explain().expect("usable"), "run_timeout", "7s", "RUNAGENT_TIMEOUT");

    let default_agent = Some(r#"{"defaultAgentId":"agent-8"}"#);
    assert_eq!(from(&all[1..2], default_agent).expect("usable").agent_id, "agent-8");
    assert_eq!(from(&all[..2], default_agent).expect("usable").agent_id, "agent-7");
    for (variables, config, says) in [
        (&all[1..], None, "RUNAGENT_AGENT_ID is not set"),
        (&all[1..], Some("{}"), "RUNAGENT_AGENT_ID is not set"),
        (&all[..1], None, "RUNAGENT_ENTRYPOINT_TAG is not set"),
        (&[all[0], all[1], ("RUNAGENT_LOCAL", "maybe")], None, "RUNAGENT_LOCAL is not true or false"),
        (
            &[all[0], all[1], ("RUNAGENT_PERSISTENT_MEMORY", "2")],
            None,
            "RUNAGENT_PERSISTENT_MEMORY is not true or false",
        ),
        (&[all[0], all[1], ("RUNAGENT_PORT", "70000")], None, "RUNAGENT_PORT is not a port"),
    ] {
        let error = from(variables, config).expect_err(says);
        assert_eq!(*error.code(), ErrorCode::CONFIG_ERROR);
        assert!(error.message().contains(says) && error.suggestion().is_some(), "{error:?}");
    }
}
