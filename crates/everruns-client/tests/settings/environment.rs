//! What comes from the environment. It belongs to the whole process, so each case is a process of its own.

use std::{
    ffi::{OsStr, OsString},
    process::Command,
};

use everruns_sdk::{AgentClient, Client};

/// What clients in a process with this environment say of themselves, one a line.
fn clients(environment: &[(&str, &OsStr)]) -> Vec<String> {
    let test = std::env::current_exe().expect("a test");
    let mut command = Command::new(test);
    command.env_clear().envs(environment.iter().copied());
    command.args(["--exact", "environment::in_a_process_of_its_own", "--nocapture"]);
    let output = command.output().expect("it runs");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{text}");
    text.lines().filter_map(|line| line.split_once("says: ")).map(|(_, line)| line.to_owned()).collect()
}

/// It holds in every environment, and the others give it some.
#[test]
#[allow(clippy::print_stdout, reason = "read by the others")]
fn in_a_process_of_its_own() {
    fn say(client: &impl std::fmt::Debug, check: Result<(), everruns_sdk::Error>) {
        let shown = format!("{client:?}");
        let base = shown.split_once("BaseUrl(").and_then(|(_, rest)| rest.split_once(')')).map(|(base, _)| base);
        match check {
            Ok(()) => println!("\nsays: {}", base.expect("a base URL")),
            Err(error) => println!("\nsays: {:.14} {error}", format!("{error:?}")),
        }
        assert!(!shown.contains("CANARY"), "{shown}");
    }
    let client = Client::new("key");
    say(&client, client.check());
    let checked = Client::from_env().map(drop);
    let client = Client::builder().environment().build();
    say(&client, checked);
    let checked = AgentClient::from_env().map(drop);
    let client = AgentClient::builder().environment().build_agent();
    say(&client, checked);
    // Without being asked it is not looked at.
    let client = Client::builder().api_key("key").build();
    say(&client, client.check());
}

const HOSTED: &str = "https://app.everruns.com/api/v1";
const NO_KEY: &str = "Authentication there is no API key: set EVERRUNS_API_KEY, or `api_key`";
const NO_URL: &str = "Config(\"there  there is no URL of an agent: set EVERRUNS_AGENT_URL, or `base_url`";

#[test]
fn what_is_not_set_is_told() {
    assert_eq!(clients(&[]), [HOSTED, NO_KEY, NO_URL, HOSTED]);
    let empty = ["EVERRUNS_API_KEY", "EVERRUNS_API_URL", "EVERRUNS_ORG_ID", "EVERRUNS_AGENT_KEY", "EVERRUNS_AGENT_URL"];
    for nothing in ["", " ", "\n"] {
        let environment: Vec<_> = empty.iter().map(|name| (*name, OsStr::new(nothing))).collect();
        assert_eq!(clients(&environment), [HOSTED, NO_KEY, NO_URL, HOSTED], "{nothing:?}");
    }
}

#[test]
fn what_is_set_is_used() {
    let environment = [
        ("EVERRUNS_API_KEY", "evr_pat_CANARY\n"),
        ("EVERRUNS_API_URL", "https://example.com/api/v1/\n"),
        ("EVERRUNS_ORG_ID", "org_1\n"),
        ("EVERRUNS_AGENT_KEY", "evr_ak_CANARY\r\n"),
        ("EVERRUNS_AGENT_URL", " https://example.com/agent/ "),
    ];
    let environment: Vec<_> = environment.iter().map(|(name, value)| (*name, OsStr::new(value))).collect();
    let example = "https://example.com/api/v1";
    assert_eq!(clients(&environment), [example, example, "https://example.com/agent", HOSTED]);
}

#[test]
fn what_can_not_be_used_is_told_by_its_name() {
    let said = clients(&[
        ("EVERRUNS_API_KEY", OsStr::new("CANARY CANARY")),
        ("EVERRUNS_API_URL", OsStr::new("localhost:3000")),
        ("EVERRUNS_AGENT_URL", OsStr::new("localhost:3000/agent")),
        ("EVERRUNS_AGENT_KEY", OsStr::new("CANARYé")),
    ]);
    assert_eq!(said[0], "http://localhost:3000/v1");
    assert!(
        said[1].starts_with("Authentication the API key holds") && said[1].ends_with("(EVERRUNS_API_KEY)"),
        "{said:?}"
    );
    assert!(
        said[2].starts_with("Authentication the API key holds") && said[2].ends_with("(EVERRUNS_AGENT_KEY)"),
        "{said:?}"
    );

    let key = ("EVERRUNS_API_KEY", OsStr::new("evr_pat_CANARY"));
    let said = clients(&[key, ("EVERRUNS_API_URL", OsStr::new("https://user:CANARY@example.com"))]);
    assert!(said[..2].iter().all(|line| line.contains("a base URL has no user name or password")), "{said:?}");
    let said = clients(&[key, ("EVERRUNS_API_URL", OsStr::new("http://example.com"))]);
    assert!(said[..2].iter().all(|line| line.contains("unencrypted") && line.contains("EVERRUNS_API_URL")), "{said:?}");
    let said = clients(&[key, ("EVERRUNS_ORG_ID", OsStr::new("org_1\nx"))]);
    assert!(said[..2].iter().all(|line| line.contains("the id of the organisation")), "{said:?}");
}

#[cfg(unix)]
#[test]
fn what_is_not_utf_8_is_told_by_its_name() {
    use std::os::unix::ffi::OsStringExt as _;

    let broken = OsString::from_vec(b"CANARY\xff".to_vec());
    let key = ("EVERRUNS_API_KEY", OsStr::new("evr_pat_CANARY"));
    let said = clients(&[
        ("EVERRUNS_API_KEY", &broken),
        ("EVERRUNS_AGENT_URL", OsStr::new("localhost")),
        ("EVERRUNS_AGENT_KEY", &broken),
    ]);
    assert_eq!(said[1], "Authentication EVERRUNS_API_KEY is not UTF-8");
    assert_eq!(said[2], "Authentication EVERRUNS_AGENT_KEY is not UTF-8");
    for name in ["EVERRUNS_API_URL", "EVERRUNS_ORG_ID"] {
        let said = clients(&[key, (name, &broken)]);
        assert!(said[..2].iter().all(|line| line.ends_with(&format!("{name} is not UTF-8"))), "{said:?}");
        // It is no concern of others.
        assert_eq!(said[3], HOSTED);
    }
}
