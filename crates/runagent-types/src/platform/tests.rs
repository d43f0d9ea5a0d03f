use serde_json::{Value, json};

use super::*;
use crate::Reply;

fn read<T: DeserializeOwned>(body: &Value) -> T {
    decode(body.to_string().as_bytes()).unwrap_or_else(|error| panic!("{body}: {error}")).unwrap()
}

#[test]
fn an_envelope_may_be_there_or_not() {
    for body in [
        json!({"valid": true, "user_id": "u1"}),
        json!({"success": true, "data": {"valid": true, "user_id": "u1"}, "error": null}),
        json!({"status": "success", "data": {"valid": true, "user_id": "u1", "more": [1]}}),
    ] {
        let token: TokenValidation = read(&body);
        assert_eq!((token.valid, token.user_id.as_deref()), (true, Some("u1")), "{body}");
    }
}

#[test]
fn what_the_server_refuses_is_an_error() {
    for (body, code) in [
        (
            json!({"success": false, "error": {"code": "RESOURCE_ALREADY_EXISTS", "message": "m"}}),
            "RESOURCE_ALREADY_EXISTS",
        ),
        (
            json!({"status": "error", "error": {"code": "INSUFFICIENT_PERMISSIONS", "message": "m"}}),
            "INSUFFICIENT_PERMISSIONS",
        ),
        (json!({"error": {"code": "X", "message": "m"}}), "X"),
    ] {
        let error = decode::<MetadataUploaded>(body.to_string().as_bytes()).unwrap().unwrap_err();
        assert_eq!(error, ApiError::new(code.to_owned(), "m"), "{body}");
    }
}

#[test]
fn members_that_are_missing_null_or_mistyped_are_absent() {
    for body in [
        json!({}),
        json!({"valid": null, "user_id": null, "reason": null}),
        json!({"valid": "yes", "user_id": 5, "user_email": [], "user_tier": {}}),
    ] {
        assert_eq!(read::<TokenValidation>(&body), TokenValidation::default(), "{body}");
    }
    let page: InvocationPage = read(&json!({"invocations": [{"invocation_id": "i"}, {
        "invocation_id": "i", "agent_id": 1, "input_data": null, "output_data": null, "error_detail": {},
        "request_timestamp": 5, "execution_time_ms": "fast", "status": 7, "client_info": [], "more": 1
    }], "total_count": -1}));
    assert_eq!(page.total_count, None);
    assert_eq!(page.invocations, vec![Invocation::new("i", InvocationStatus::default()); 2]);

    assert_eq!(read::<ServerInfo>(&json!({"port": 70000, "endpoints": [], "message": 1})), ServerInfo::default());
    assert_eq!(read::<Uploaded>(&json!({"file_size": -1, "agent_id": null})), Uploaded::default());
    assert_eq!(read::<AgentStarted>(&json!({"network_info": "x", "endpoint": null})), AgentStarted::default());
    assert_eq!(
        read::<MetadataUploaded>(&json!({"entrypoint_ids": {}, "entrypoints_created": "2"})),
        MetadataUploaded::default()
    );
    let stats: InvocationStats =
        read(&json!({"stats": {"agent_id": "a", "total_invocations": 1.5, "success_rate": null}}));
    assert_eq!(stats, InvocationStats { agent_id: "a".to_owned(), ..InvocationStats::default() });
}

#[test]
fn an_answer_about_something_else_is_none_of_ours() {
    for body in
        ["[]", "null", "\"x\"", "[[]]", r#"{"success":true,"data":null}"#, r#"{"data":[]}"#, r#"{"invocations":null}"#]
    {
        assert!(!decode::<InvocationPage>(body.as_bytes()).unwrap_err().is_malformed(), "{body}");
    }
    assert!(decode::<Invocation>(br#"{"agent_id":"a"}"#).is_err());
    assert!(decode::<InvocationStats>(br#"{"total_invocations":1}"#).is_err());
    for body in ["", "<html></html>", "{", r#"{"max_agents":NaN}"#] {
        assert!(decode::<AgentLimits>(body.as_bytes()).unwrap_err().is_malformed(), "{body}");
    }
}

#[test]
fn a_limit_is_a_count_or_minus_one_or_unknown() {
    for (max_agents, expected) in [
        (json!(5), Some(AgentLimit::AtMost(5))),
        (json!(0), Some(AgentLimit::AtMost(0))),
        (json!(u64::MAX), Some(AgentLimit::AtMost(u64::MAX))),
        (json!(-1), Some(AgentLimit::Unlimited)),
        (json!(-2), None),
        (json!(1.5), None),
        (json!("5"), None),
        (json!(null), None),
    ] {
        let limits: AgentLimits = read(&json!({"max_agents": max_agents}));
        assert_eq!(limits.max_agents, expected, "{max_agents}");
        assert_eq!(read::<AgentLimits>(&serde_json::to_value(&limits).unwrap()), limits);
    }
    assert_eq!(read::<AgentLimits>(&json!({})), AgentLimits::default());
    assert!(!AgentLimit::AtMost(0).allows(0));
}

#[test]
fn projects_keep_what_is_beside_them() {
    let data = json!({"projects": [{"id": "p", "name": "Main", "is_default": true, "agents": 2}, {"id": 7}], "page": 1, "pages": 2});
    let page: ProjectPage = read(&json!({"success": true, "data": data}));
    assert_eq!(page.projects[0].name.as_deref(), Some("Main"));
    assert_eq!((page.projects[1].id.as_str(), &page.projects[1].other["id"]), ("", &json!(7)));
    assert_eq!(Value::Object(page.other.clone()), json!({"page": 1, "pages": 2}));
    let body = Reply::success_data(&page).unwrap().to_json();
    assert_eq!(decode(&body).unwrap(), Ok(page));
    let odd: ProjectPage = read(&json!({"projects": ["p"], "empty": []}));
    assert_eq!((odd.projects, odd.other.len()), (Vec::new(), 2));
}

#[test]
fn an_upload_is_what_the_python_client_sends() {
    let body = json!({
        "agent_id": "a1",
        "agent_metadata": {
            "file_structure": ["main.py", "runagent.config.json"],
            "auth_settings": {"type": "none"},
            "env_vars": {"INTEROP_FLAG": "from-config"}
        },
        "config": {"agent_name": "interop-agent", "framework": "default"},
        "project_id": "default",
        "overwrite": false
    });
    let read = MetadataUpload::from_slice(body.to_string().as_bytes()).unwrap();
    let mut metadata = AgentMetadata {
        file_structure: vec!["main.py".to_owned(), "runagent.config.json".to_owned()],
        ..AgentMetadata::default()
    };
    metadata.env_vars.insert("INTEROP_FLAG".to_owned(), json!("from-config"));
    let Value::Object(config) = body["config"].clone() else { panic!() };
    let built = MetadataUpload::new("a1", config).with_agent_metadata(metadata);
    assert_eq!(read, built);
    assert_eq!(serde_json::from_slice::<Value>(&built.to_json()).unwrap(), body);
    let other = built.with_project_id("proj-1").with_overwrite(true);
    assert_eq!(MetadataUpload::from_slice(&other.to_json()).unwrap(), other);

    for body in [
        r#"{"agent_id":"a","agent_metadata":{}}"#,
        r#"{"agent_id":"a","agent_metadata":{"env_vars":null},"config":null,"project_id":null,"overwrite":null}"#,
    ] {
        let least = MetadataUpload::from_slice(body.as_bytes()).unwrap();
        assert_eq!((least.project_id.as_str(), least.overwrite), ("default", false), "{body}");
    }
    for body in ["{}", r#"{"agent_id":"a"}"#, r#"["a",{}]"#, r#"{"agent_id":1,"agent_metadata":{}}"#, "5"] {
        assert!(!MetadataUpload::from_slice(body.as_bytes()).unwrap_err().is_malformed(), "{body}");
    }
}

#[test]
fn debug_of_an_upload_keeps_its_secrets() {
    let mut upload = MetadataUpload::new("a1", serde_json::Map::new());
    upload.config.insert("env_vars".to_owned(), json!({"TOKEN": "hunter2"}));
    upload.agent_metadata.env_vars.insert("TOKEN".to_owned(), json!("hunter2"));
    upload.agent_metadata.auth_settings = json!({"type": "api_key", "key": "hunter2"});
    for shown in [format!("{upload:?}"), format!("{:#?}", upload.agent_metadata)] {
        assert!(shown.contains("TOKEN") && !shown.contains("hunter2"), "{shown}");
    }
}

#[test]
fn replies_arrive_as_they_were_sent() {
    let uploaded = Uploaded { agent_id: "a".to_owned(), file_size: Some(2048), ..Uploaded::default() };
    let body = Reply::success_data(&uploaded).unwrap().to_json();
    assert_eq!(decode(&body).unwrap(), Ok(uploaded));
    let started: AgentStarted =
        read(&json!({"success": true, "data": {"endpoint": "/agents/a/run", "network_info": {"ip": "::1"}}}));
    let body = Reply::success_data(&started).unwrap().to_json();
    assert_eq!(decode(&body).unwrap(), Ok(started));
}
