//! What is an API key, and what is none: wherever it is said, it is told nowhere.

use std::fs;

use runagent::{ClientOptions, ErrorCode, RunAgentClient, RunAgentClientConfig, RunAgentResult};
use serde_json::json;

use crate::agent::{AGENT, options};

/// Where a key can be said.
enum Place {
    Builder,
    Variable,
    File,
}

/// What comes of a key: `Ok` when it can be sent. Nothing that can be read on the way holds it.
fn outcome(place: &Place, key: &str) -> RunAgentResult<()> {
    let config = RunAgentClientConfig::new(AGENT, "chat");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_owned();
    let config = match place {
        Place::Builder => config.with_api_key(key).with_options(options()),
        Place::Variable => {
            let key = key.to_owned();
            let read = move |name: &str| (name == "RUNAGENT_API_KEY").then(|| key.clone().into());
            config.with_options(ClientOptions::new().with_environment(read))
        }
        Place::File => {
            fs::write(path.join("config.json"), json!({ "api_key": key }).to_string()).expect("written");
            let read = move |name: &str| (name == "RUNAGENT_CACHE_DIR").then(|| path.clone().into());
            config.with_options(ClientOptions::new().with_environment(read))
        }
    };
    let mut told = format!("{config:?} {config:#?}");
    let explained = config.explain();
    let result = RunAgentClient::connect_lazy(config);
    match (&explained, &result) {
        (Ok(explanation), Ok(client)) => {
            let json = serde_json::to_string(explanation).expect("JSON");
            told += &format!("{explanation} {explanation:?} {json} {client:?} {client:#?}");
            assert_eq!(explanation.get("api_key").expect("it is listed").value(), "set");
        }
        (Err(one), Err(other)) => {
            assert_eq!(one.to_string(), other.to_string());
            told += &format!("{one} {one:?} {one:#?} {}", one.report());
        }
        _ => panic!("{explained:?} {result:?}"),
    }
    assert!(!told.contains("CANARY"), "{told:.2000}");
    result.map(drop)
}

#[test]
fn keys() {
    let large = format!("CANARY{}", "x".repeat(1024 * 1024));
    let rows = [
        ("rau_CANARY", true),
        ("CANARY-._~+/=", true),
        ("CANARY\"quoted\"", true),
        ("'CANARY'", true),
        ("Bearer:CANARY", true),
        ("CANARY{}[]()<>@,;:\\?", true),
        ("CANARY%0A", true),
        (&large, true),
        ("CANARY\n", true),
        ("CANARY\r\n", true),
        ("CANARY\n\n", false),
        ("CANARY\r", false),
        ("CANARY\r\nX-Injected: 1", false),
        ("CANARY\0", false),
        ("\0CANARY", false),
        ("CANARY\t", false),
        ("CANARY\u{7f}", false),
        ("CANARY ", false),
        (" CANARY", false),
        ("CAN ARY CANARY", false),
        ("Bearer CANARY", false),
        ("CANARYé", false),
        ("CANARY\u{200b}", false),
        ("\u{feff}CANARY", false),
        ("CANARY…", false),
        ("\n", false),
    ];
    for place in [Place::Builder, Place::Variable, Place::File] {
        for (key, usable) in rows {
            let source = match place {
                Place::Builder => "api_key: ",
                Place::Variable => "RUNAGENT_API_KEY: ",
                Place::File => "config.json (api_key): ",
            };
            // A file of that size is none for a configuration.
            if matches!(place, Place::File) && key.len() > 1024 * 1024 {
                continue;
            }
            match outcome(&place, key) {
                Ok(()) => assert!(usable, "{:?}", key.get(..20)),
                Err(error) => {
                    assert!(!usable, "{:?}: {error}", key.get(..20));
                    assert_eq!(*error.code(), ErrorCode::AUTHENTICATION_ERROR);
                    assert!(error.message().contains(source), "{error}");
                }
            }
        }
    }
    // What is said is meant, even when it is empty; elsewhere that is as good as nothing.
    for place in [Place::Builder, Place::Variable, Place::File] {
        assert_eq!(*outcome(&place, "").expect_err("no key").code(), ErrorCode::AUTHENTICATION_ERROR);
    }
}

#[test]
fn without_a_key_only_this_machine_is_called() {
    let config = |url: &str| RunAgentClientConfig::new(AGENT, "chat").with_base_url(url).with_options(options());
    for url in ["http://localhost:8333", "http://127.0.0.1:1", "https://[::1]"] {
        let explanation = config(url).explain().expect(url);
        assert_eq!(explanation.get("api_key").expect("it is listed").value(), "not set");
    }
    for url in ["https://agents.example.com", "https://localhost.example.com", "https://10.0.0.7"] {
        let error = config(url).explain().expect_err(url);
        assert_eq!(*error.code(), ErrorCode::AUTHENTICATION_ERROR);
        assert!(error.suggestion().expect("a suggestion").contains("RUNAGENT_API_KEY"), "{error:?}");
    }
}
