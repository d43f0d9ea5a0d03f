//! The client against the server: whole turns, streams over connections that are cut, errors, and one agent by its own URL.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use everruns_sdk::types::{ApprovalDecision, QuestionAnswer, SessionStatus};
use everruns_sdk::{
    AgentClient, Client, CreateMessageRequest, CreateSessionRequest, Error, Event, TurnError, TurnStatus,
};
use runagent_transport::{HttpTransport, Transport};
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::cutting::Cutting;
use crate::server::{PATIENCE, Server};

/// A session with this agent.
struct Conversation {
    client: Client,
    session_id: String,
}

impl Conversation {
    async fn with(agent: &str) -> Self {
        Self::over(HttpTransport::new(), agent).await
    }

    async fn over(transport: impl Transport, agent: &str) -> Self {
        let client = Client::builder().base_url(Server::shared().await.url()).transport(transport).build();
        let request = CreateSessionRequest { agent_name: Some(agent.to_owned()), ..Default::default() };
        let session = client.sessions().create(request).await.expect("a session");
        Self { client, session_id: session.id }
    }

    fn message(&self, text: &str) -> CreateMessageRequest {
        CreateMessageRequest { session_id: self.session_id.clone(), content: text.to_owned() }
    }

    /// The text that the loop of the documentation prints, and the text of the completed messages.
    async fn printed(&self, text: &str) -> (String, String) {
        self.client.messages().create(self.message(text)).await.expect("sent");
        let mut stream = self.client.events().stream(&self.session_id).await.expect("open");
        let (mut printed, mut complete) = (String::new(), String::new());
        let read = async {
            while let Some(event) = stream.next().await {
                match event.expect("an event") {
                    Event::OutputMessageDelta { delta, .. } => printed.push_str(&delta),
                    Event::OutputMessageCompleted { message, .. } => complete.push_str(&message.text()),
                    Event::TurnCompleted { .. } => break,
                    _ => {}
                }
            }
        };
        timeout(PATIENCE, read).await.expect("in time");
        (printed, complete)
    }
}

#[tokio::test]
async fn the_loop_of_the_documentation_prints_the_whole_text() {
    for agent in ["echo", "lorem", "dicer"] {
        let conversation = Conversation::with(agent).await;
        for round in 1..=5 {
            let (printed, complete) = conversation.printed("Hello").await;
            assert!(!printed.is_empty(), "{agent}, round {round}");
            assert_eq!(printed, complete, "{agent}, round {round}");
        }
    }
}

#[tokio::test]
async fn a_model_that_is_asked_again_loses_no_text() {
    let conversation = Conversation::with("echo").await;
    let (printed, complete) = conversation.printed("[[llmsim:broken-stream]]").await;
    assert!(printed.ends_with(complete.as_str()), "{printed:?} does not end with {complete:?}");
}

#[tokio::test]
async fn tools_run_on_the_server_and_one_fails() {
    let conversation = Conversation::with("dicer").await;
    let tools = Arc::new(Mutex::new(HashMap::new()));
    let seen = Arc::clone(&tools);
    let turn = conversation.client.turn(conversation.message("Roll.")).on_event(move |event| {
        if let Event::ToolCompleted { tool_call_id, success, .. } = event {
            seen.lock().expect("whole").insert(tool_call_id.clone(), *success);
        }
    });
    let outcome = turn.timeout(PATIENCE).await.expect("an outcome");
    assert_eq!(outcome.status, TurnStatus::Completed);
    assert!(!outcome.text.is_empty());
    let tools = tools.lock().expect("whole");
    assert_eq!((tools.get("call_a"), tools.get("call_b")), (Some(&true), Some(&false)), "{tools:?}");
}

#[tokio::test]
async fn questions_are_answered_and_approvals_decided() {
    let conversation = Conversation::with("asker").await;
    let turn = conversation.client.turn(conversation.message("Deploy.")).on_question(async |request| {
        let question = &request.questions[0];
        assert_eq!(question.id, "target");
        assert_eq!(question.options.len(), 2);
        vec![QuestionAnswer::selected("target", ["staging"])]
    });
    assert_eq!(turn.timeout(PATIENCE).await.expect("an outcome").text, "Deploying as you asked.");

    for (decision, expected) in [(ApprovalDecision::Allow, true), (ApprovalDecision::Reject, false)] {
        let conversation = Conversation::with("approver").await;
        let deleted = Arc::new(Mutex::new(false));
        let seen = Arc::clone(&deleted);
        let turn = conversation
            .client
            .turn(conversation.message("Delete it."))
            .on_approval(move |request| {
                assert_eq!((request.tool.as_str(), &request.arguments["id"]), ("delete_record", &"r1".into()));
                let decision = decision.clone();
                async move { decision }
            })
            .on_event(move |event| {
                if let Event::ToolCompleted { tool_name, success: true, .. } = event
                    && tool_name == "delete_record"
                {
                    *seen.lock().expect("whole") = true;
                }
            });
        assert_eq!(turn.timeout(PATIENCE).await.expect("an outcome").text, "Handled the record.");
        assert_eq!(*deleted.lock().expect("whole"), expected);
    }
}

#[tokio::test]
async fn a_turn_that_waits_for_nobody_is_an_error_and_no_hang() {
    for (agent, tool) in [("asker", "ask_user"), ("approver", "approve_tool_call")] {
        let conversation = Conversation::with(agent).await;
        let error = conversation.client.turn(conversation.message("Go.")).timeout(PATIENCE).await.expect_err("waiting");
        let Error::Turn(TurnError::Waiting { calls }) = &error else { panic!("{error:?}") };
        assert_eq!(calls[0].name, tool);
        let session = conversation.client.sessions().get(&conversation.session_id).await.expect("a session");
        assert_eq!(session.status, SessionStatus::WaitingForToolResults);
    }
}

#[tokio::test]
async fn turns_that_fail_and_turns_that_are_cancelled_end() {
    for (agent, code) in [("failer", "processing_error"), ("authfail", "provider_misconfigured")] {
        let conversation = Conversation::with(agent).await;
        let error = conversation.client.turn(conversation.message("Go.")).timeout(PATIENCE).await.expect_err("failed");
        assert_eq!(error.code(), Some(code), "{error}");
    }

    let conversation = Conversation::with("slowtool").await;
    let started = Arc::new(Notify::new());
    let tell = Arc::clone(&started);
    let turn = conversation.client.turn(conversation.message("Go.")).timeout(PATIENCE).on_event(move |event| {
        if matches!(event, Event::ToolStarted { .. }) {
            tell.notify_one();
        }
    });
    let cancel = async {
        started.notified().await;
        conversation.client.sessions().cancel(&conversation.session_id).await.expect("cancelled")
    };
    let (outcome, _) = tokio::join!(turn, cancel);
    assert!(matches!(outcome.expect("an outcome").status, TurnStatus::Cancelled { .. }));
}

/// 70 s without an event, of which the server's heartbeats are the only sign of life.
#[tokio::test]
async fn a_turn_that_says_nothing_for_long_keeps_its_connection() {
    let conversation = Conversation::with("silent").await;
    let turn = conversation.client.turn(conversation.message("Think.")).timeout(Duration::from_secs(120));
    assert!(!turn.await.expect("an outcome").text.is_empty());
}

#[tokio::test]
async fn connections_that_are_cut_lose_nothing() {
    for after in [200, 700, 1500, 2500, 4000, 8000] {
        let transport = Cutting::after(after);
        let conversation = Conversation::over(transport.clone(), "lorem").await;
        let (printed, complete) = conversation.printed("Hello").await;
        assert_eq!(printed, complete, "cut after {after} bytes");
        let events = conversation.client.events().stream(&conversation.session_id).from_start();
        let mut events = events.until_turn_ends().await.expect("open");
        let mut sequences = Vec::new();
        while let Some(event) = events.next().await {
            sequences.extend(event.expect("an event").sequence());
        }
        assert!(sequences.is_sorted(), "{sequences:?}");
        assert!(transport.cuts() > 0, "cut after {after} bytes: {} cuts", transport.cuts());
    }
}

#[tokio::test]
async fn events_are_listed_and_counted() {
    let conversation = Conversation::with("echo").await;
    let outcome = conversation.client.turn(conversation.message("Hello")).timeout(PATIENCE).await.expect("an outcome");
    assert_eq!(outcome.text, "Echo: Hello");
    let mut all = conversation.client.events().list(&conversation.session_id).stream();
    let mut kinds = Vec::new();
    while let Some(event) = all.next().await {
        let event = event.expect("an event");
        assert!(!matches!(event, Event::Unknown { .. }), "{event:?}");
        kinds.push(event.kind().to_owned());
    }
    assert_eq!(kinds.first().map(String::as_str), Some("input.message"));
    let last = conversation.client.events().list(&conversation.session_id).limit(1).await.expect("a page");
    assert!(last.total.is_some(), "{last:?}");
}

#[tokio::test]
async fn refusals_have_their_variants() {
    let conversation = Conversation::with("echo").await;
    let client = &conversation.client;
    let unknown = client.sessions().get("session_00000000000000000000000000000000").await.expect_err("unknown");
    assert!(matches!(unknown, Error::NotFound(_)), "{unknown:?}");
    let stream = client.events().stream("session_00000000000000000000000000000000").from_start().await;
    assert!(matches!(stream, Err(Error::NotFound(_))), "{stream:?}");
    let message = CreateMessageRequest { session_id: "../agents".to_owned(), content: "x".to_owned() };
    let escaped = client.messages().create(message).await.expect_err("no session");
    assert!(escaped.status().is_some_and(|status| status.is_client_error()), "{escaped:?}");

    let server = Server::start(&["evr_pat_right"]).await;
    let wrong = Client::builder().base_url(server.url()).api_key("evr_pat_wrong").build();
    let error = wrong.sessions().create(CreateSessionRequest::default()).await.expect_err("refused");
    assert!(matches!(error, Error::Authentication(_)), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("evr_pat_wrong"));
    // The bare form is what this server does not take.
    let bare = Client::builder().base_url(server.url()).api_key("evr_pat_right").bare_key(true).build();
    assert!(matches!(bare.sessions().create(CreateSessionRequest::default()).await, Err(Error::Authentication(_))));
    let right = Client::builder().base_url(server.url()).api_key("evr_pat_right").build();
    right.sessions().create(CreateSessionRequest::default()).await.expect("a session");
}

#[tokio::test]
async fn one_agent_by_its_own_url() {
    let url = format!("{}/v1/channels/asker", Server::shared().await.url());
    let agent = AgentClient::builder().base_url(url).build_agent();
    let card = agent.card().await.expect("a card");
    assert_eq!((card.name.as_str(), card.streaming), ("asker", true));
    let session = agent.create_session(Some("Deployment")).await.expect("a session");
    let message = CreateMessageRequest { session_id: session.id.clone(), content: "Deploy.".to_owned() };
    let turn = agent.turn(message).on_question(async |_| vec![QuestionAnswer::selected("target", ["staging"])]);
    assert_eq!(turn.timeout(PATIENCE).await.expect("an outcome").text, "Deploying as you asked.");
    let known = agent.session(&session.id).await.expect("the session");
    assert_eq!(known.title.as_deref(), Some("Deployment"));
    let mut sessions = agent.sessions().stream();
    let mut found = false;
    while let Some(listed) = sessions.next().await {
        found |= listed.expect("a session").id == session.id;
    }
    assert!(found);
}
