//! `Client::messages` and `Client::events`.

use everruns_sdk::{
    CreateMessageRequest, MessageOptions,
    types::{AnswerQuestionsRequest, ApprovalDecision, Controls, InputPart, QuestionAnswer, ToolApproval, ToolResult},
};
use serde_json::json;

use crate::script::{ask, asked, line, script};

const MESSAGE: &str = r#"{"id":"message_1","role":"user"}"#;

fn message(content: &str) -> CreateMessageRequest {
    CreateMessageRequest { session_id: "session_1".to_owned(), content: content.to_owned() }
}

#[tokio::test]
async fn a_message_has_its_text_in_parts_on_the_way() {
    let options = MessageOptions {
        content: vec![InputPart::image_file("img_1")],
        controls: Some(Controls { locale: Some("pt-PT".to_owned()), ..Default::default() }),
        client_message_id: Some("mine-1".to_owned()),
        ..Default::default()
    };
    let (client, transport) =
        script([(200, r#"{"data":[{"id":"event_7","type":"x","sequence":7}]}"#), (201, MESSAGE), (201, MESSAGE)]);
    client.messages().create(message("Hello!")).await.expect("sent");
    client.messages().create_with(message(""), options).await.expect("sent");
    let asked = asked(&transport);
    // Where the session is, is asked for once.
    assert!(asked[0].starts_with("GET /sessions/session_1/events?"), "{asked:?}");
    let text = r#"{"message":{"role":"user","content":[{"type":"text","text":"Hello!"}]}}"#;
    assert_eq!(asked[1], format!("POST /sessions/session_1/messages {text}"));
    let parts = r#"{"message":{"role":"user","content":[{"type":"image_file","image_id":"img_1"}]}"#;
    let rest = r#","controls":{"locale":"pt-PT"},"client_message_id":"mine-1"}"#;
    assert_eq!(asked[2], format!("POST /sessions/session_1/messages {parts}{rest}"));
}

#[tokio::test]
async fn messages_are_listed_whatever_they_consist_of() {
    let list = r#"{"data":[{"id":"m","role":"agent","content":[
        {"type":"reasoning","provider":"p"},{"type":"file","file_id":"f"},{"type":"hologram","x":1},
        {"type":"text","text":"Hi"}]}]}"#;
    let (asked, page) = ask(list, |client| client.messages().list("session_1").limit(3)).await;
    assert_eq!(asked, "GET /sessions/session_1/messages?limit=3");
    assert_eq!((page.data[0].content.len(), page.data[0].text()), (4, "Hi".to_owned()));
}

#[tokio::test]
async fn what_an_agent_waits_for_is_given() {
    let at = "POST /sessions/session_1";
    let results = || [ToolResult { tool_call_id: "c".to_owned(), result: Some(json!(7)), ..Default::default() }];
    let asked = line(r#"{"accepted":1}"#, |client| client.messages().tool_results("session_1", results())).await;
    assert_eq!(asked, format!(r#"{at}/tool-results {{"tool_results":[{{"tool_call_id":"c","result":7}}]}}"#));
    let answers = AnswerQuestionsRequest {
        answers: vec![QuestionAnswer { id: "q".to_owned(), selected: vec!["a".to_owned()], ..Default::default() }],
        ..Default::default()
    };
    let asked = line("{}", |client| client.messages().answer_questions("session_1", answers)).await;
    assert_eq!(asked, format!(r#"{at}/question-answers {{"answers":[{{"id":"q","selected":["a"]}}]}}"#));
    let decisions = [ToolApproval { tool_call_id: "c".to_owned(), decision: ApprovalDecision::Allow }];
    let asked = line("{}", |client| client.messages().approve_tools("session_1", decisions)).await;
    assert_eq!(asked, format!(r#"{at}/tool-approvals {{"decisions":[{{"tool_call_id":"c","decision":"allow"}}]}}"#));
}

#[tokio::test(start_paused = true)]
async fn a_session_that_does_not_wait_yet_is_waited_for() {
    let conflict = (409, r#"{"title":"Conflict","status":409}"#);
    let (client, transport) = script([conflict, conflict, (200, r#"{"accepted":0}"#)]);
    client.messages().tool_results("session_1", []).await.expect("taken");
    assert_eq!(transport.requests().len(), 3);
    // Not for ever.
    let (client, transport) = script([conflict; 7]);
    assert!(client.messages().tool_results("session_1", []).await.is_err());
    assert_eq!(transport.requests().len(), 6);
}

#[tokio::test]
async fn events_are_listed_and_counted() {
    let at = "GET /sessions/session_1/events";
    let asked = line(r#"{"data":[]}"#, |client| {
        let list = client.events().list("session_1").after_sequence(7).kind("turn.started").kind("turn.completed");
        list.exclude("llm.generation").limit(10).filter("turn_id", "turn_1")
    })
    .await;
    let query =
        "types=turn.started&types=turn.completed&exclude=llm.generation&limit=10&turn_id=turn_1&after_sequence=7";
    assert_eq!(asked, format!("{at}?{query}"));
    assert_eq!(line("{}", |client| client.events().summary("session_1")).await, format!("{at}/summary"));
}
