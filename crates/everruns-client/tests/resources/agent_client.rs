//! `AgentClient`.

use everruns_sdk::{
    AgentClient, CreateMessageRequest,
    transport::testing::{Reply, ScriptedTransport},
    types::{AnswerQuestionsRequest, ApprovalDecision, ToolApproval},
};

const SESSION: &str = r#"{"id":"session_1","status":"running"}"#;

#[tokio::test]
async fn one_agent_is_called_below_its_own_url() {
    let answers = [
        (200, r#"{"name":"librarian"}"#),
        (201, SESSION),
        (200, r#"{"data":[{"id":"session_1"}],"next_page_token":"p2"}"#),
        (200, SESSION),
        (201, r#"{"id":"message_1"}"#),
        (200, r#"{"status":"no_op"}"#),
        (200, r#"{"data":[]}"#),
        (200, "{}"),
        (200, "{}"),
        (200, r#"{"access_token":"t"}"#),
    ];
    let transport = ScriptedTransport::new(answers.map(|(status, body)| Reply::json(status, body)));
    let builder = AgentClient::builder().base_url("http://localhost/v1/channels/librarian").api_key("evr_ak_1");
    let agent = builder.transport(transport.clone()).build_agent();

    agent.card().await.expect("a card");
    agent.create_session(Some("Bees")).await.expect("a session");
    let page = agent.sessions().limit(1).page_token("p1").await.expect("a page");
    assert_eq!(page.next_page_token.as_deref(), Some("p2"));
    agent.session("session_1").await.expect("a session");
    let message = CreateMessageRequest { session_id: "session_1".to_owned(), content: "Hello!".to_owned() };
    agent.send_message(message, Default::default()).await.expect("sent");
    agent.cancel("session_1").await.expect("cancelled");
    agent.events("session_1").after_sequence(3).limit(500).await.expect("events");
    agent.answer_questions("session_1", AnswerQuestionsRequest::default()).await.expect("answered");
    let decisions = [ToolApproval { tool_call_id: "c".to_owned(), decision: ApprovalDecision::RejectAlways }];
    agent.approve_tools("session_1", decisions).await.expect("decided");
    let token = agent.for_end_user("customer").expect("an id").runtime_token().await.expect("a token");
    assert_eq!(token.access_token.expose(), "t");

    let requests = transport.requests();
    let lines: Vec<String> = requests
        .iter()
        .map(|request| {
            let path = request.uri().path_and_query().expect("a path").as_str();
            let path = path.strip_prefix("/v1/channels/librarian").expect("below the agent");
            format!("{} {path} {}", request.method(), String::from_utf8_lossy(request.body())).trim_end().to_owned()
        })
        .collect();
    let at = "/sessions/session_1";
    let said = r#"{"message":{"role":"user","content":[{"type":"text","text":"Hello!"}]}}"#;
    let decided = r#"{"decisions":[{"tool_call_id":"c","decision":"reject_always"}]}"#;
    assert_eq!(
        lines,
        [
            "GET".to_owned(),
            r#"POST /sessions {"title":"Bees"}"#.to_owned(),
            "GET /sessions?limit=1&page_token=p1".to_owned(),
            format!("GET {at}"),
            format!("POST {at}/messages {said}"),
            format!("POST {at}/cancel"),
            format!("GET {at}/events?limit=500&after_sequence=3"),
            format!(r#"POST {at}/question-answers {{"answers":[]}}"#),
            format!("POST {at}/tool-approvals {decided}"),
            "POST /runtime-auth {}".to_owned(),
        ]
    );
    for request in &requests {
        assert_eq!(request.headers()["authorization"], "Bearer evr_ak_1");
        assert!(!request.headers().contains_key("x-org-id"));
    }
    for (at, request) in requests.iter().enumerate() {
        assert_eq!(request.headers().contains_key("idempotency-key"), matches!(at, 1 | 4), "{at}");
    }
}
