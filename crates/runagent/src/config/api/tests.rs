#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::{collections::HashMap, fs, sync::Arc};

use runagent_transport::transport_fn;
use runagent_types::ErrorCode;

use super::*;
use crate::RunAgentError;

const VARIABLES: [(&str, &str); 4] = [
    ("RUNAGENT_API_KEY", "from-variable"),
    ("RUNAGENT_BASE_URL", "https://variable.example.com/v1"),
    ("RUNAGENT_API_URL", "https://api-variable.example.com/api/v1"),
    ("RUNAGENT_TIMEOUT", "2.5"),
];

/// A configuration in an environment of its own.
fn config(variables: &[(&str, &str)]) -> ApiConfig {
    let variables: HashMap<String, String> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let options = ClientOptions::new().with_environment(move |name| variables.get(name).map(Into::into));
    ApiConfig::new().with_options(options)
}

fn resolved(config: ApiConfig, surface: Surface) -> ResolvedApi {
    config.resolve(surface).expect("a usable configuration")
}

fn refused(config: ApiConfig, surface: Surface) -> RunAgentError {
    config.resolve(surface).expect_err("it can't be used")
}

#[test]
fn each_api_has_its_own_address_from_every_source() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("UTF-8");
    let file =
        r#"{"api_key":"from-file","base_url":"https://file.example.com","apiUrl":"https://api-file.example.com"}"#;
    fs::write(folder.path().join("config.json"), file).expect("written");
    let in_file = |name: &str| format!("{} ({name})", folder.path().join("config.json").display());
    let files = [("RUNAGENT_CACHE_DIR", path)];
    let key = [("RUNAGENT_API_KEY", "k")];
    for (config, surface, url, source) in [
        (config(&key), Surface::Backend, "https://backend.run-agent.ai/api/v1", "default".to_owned()),
        (config(&key), Surface::V1, "https://api.run-agent.ai/v1", "default".to_owned()),
        (config(&files), Surface::Backend, "https://file.example.com/api/v1", in_file("base_url")),
        (config(&files), Surface::V1, "https://api-file.example.com/v1", in_file("apiUrl")),
        (config(&VARIABLES), Surface::Backend, "https://variable.example.com/api/v1", "RUNAGENT_BASE_URL".to_owned()),
        (config(&VARIABLES), Surface::V1, "https://api-variable.example.com/v1", "RUNAGENT_API_URL".to_owned()),
        (
            config(&VARIABLES).with_base_url("said.example.com/x/v1/"),
            Surface::V1,
            "https://said.example.com/x/v1",
            "builder".to_owned(),
        ),
        (
            config(&VARIABLES).with_base_url("said.example.com/x/v1/"),
            Surface::Backend,
            "https://said.example.com/x/api/v1",
            "builder".to_owned(),
        ),
    ] {
        let resolved = resolved(config, surface);
        let explained = resolved.explanation.get(surface.setting()).expect("it is listed");
        assert_eq!((explained.value(), explained.source()), (url, &*source));
        assert_eq!((resolved.base.to_string(), resolved.connect().base_url()), (url.to_owned(), &resolved.base));
        assert!(resolved.key.is_some() && resolved.connect().has_key());
    }
}

#[test]
fn the_limit_of_a_call_is_the_one_of_the_api_unless_it_is_said() {
    let key = [VARIABLES[0]];
    let seconds = |config, surface| resolved(config, surface).limits.run.as_secs_f64();
    assert_eq!(seconds(config(&key), Surface::Backend), 300.0);
    assert_eq!(seconds(config(&key), Surface::V1), 30.0);
    assert_eq!(seconds(config(&VARIABLES), Surface::V1), 2.5);
    let mut said = config(&VARIABLES);
    said.options = said.options.with_run_timeout(std::time::Duration::from_secs(1));
    assert_eq!(seconds(said, Surface::V1), 1.0);
}

#[test]
fn without_a_key_only_this_machine_is_called() {
    for surface in [Surface::Backend, Surface::V1] {
        for url in ["http://localhost:8000", "http://127.0.0.1:8000/v1", "[::1]:8000"] {
            let resolved = resolved(config(&[]).with_base_url(url), surface);
            assert!(resolved.key.is_none() && !resolved.connect().has_key());
        }
        assert_eq!(*refused(config(&[]), surface).code(), ErrorCode::AUTHENTICATION_ERROR);
        let plain = config(&VARIABLES).with_base_url("http://api.example.com");
        assert_eq!(*refused(plain, surface).code(), ErrorCode::CONFIG_ERROR);
        assert_eq!(*refused(config(&VARIABLES).with_api_key(""), surface).code(), ErrorCode::AUTHENTICATION_ERROR);
    }
}

#[test]
fn it_prints_itself_without_its_secrets() {
    let config = config(&VARIABLES).with_api_key("CANARY");
    let resolved = resolved(config.clone(), Surface::V1);
    let told = format!("{config:?} {resolved:?} {:?} {}", resolved.connect(), resolved.explanation);
    assert!(!told.contains("CANARY") && told.contains("[redacted]"), "{told}");
    let error = refused(config.with_base_url("https://user:CANARY@api.example.com"), Surface::V1);
    assert!(!format!("{error:?}").contains("CANARY"), "{error:?}");
}

#[tokio::test]
async fn its_calls_go_to_the_prefix_with_the_key() {
    let asked = Arc::new(std::sync::Mutex::new(Vec::new()));
    let transport = transport_fn({
        let asked = asked.clone();
        move |request: runagent_transport::Request| {
            let authorization = request.headers()["authorization"].to_str().expect("ASCII").to_owned();
            asked.lock().expect("no panic").push((request.uri().to_string(), authorization));
            async { Ok(http::Response::new("{}".into())) }
        }
    });
    let mut config = config(&[]).with_api_key("key");
    config.options = config.options.with_transport(transport);
    resolved(config, Surface::V1).connect().get(&["agents"]).send().await.expect("an answer");
    let expected = ("https://api.run-agent.ai/v1/agents".to_owned(), "Bearer key".to_owned());
    assert_eq!(*asked.lock().expect("no panic"), [expected]);
}
