//! `Client::sessions`.

use everruns_sdk::{
    CreateSessionRequest, Error, Patch, UpdateSessionRequest,
    types::{
        AddParticipantRequest, BudgetAction, CancelStatus, ForkSessionRequest, ParticipantKind, SetSecretsRequest,
        TaskMessageRequest,
    },
};

use crate::script::{ask, line, script};

const SESSION: &str = r#"{"id":"session_1","status":"idle","workspace_id":"wsp_1"}"#;

#[tokio::test]
async fn sessions_are_listed_and_searched() {
    let asked = line(r#"{"data":[]}"#, |client| {
        client
            .sessions()
            .list()
            .filter("agent_id", "agent_1")
            .filter("status", "idle")
            .filter("status", "active")
            .limit(5)
    })
    .await;
    assert_eq!(asked, "GET /sessions?agent_id=agent_1&status=active&limit=5");
    assert_eq!(line(r#"{"data":[]}"#, |client| client.sessions().search("b")).await, "GET /sessions?search=b");
}

#[tokio::test]
async fn a_session_is_made_read_changed_and_deleted() {
    let request = CreateSessionRequest {
        agent_id: "agent_1".to_owned(),
        title: Some("Bees".to_owned()),
        tags: vec!["t".to_owned()],
        ..Default::default()
    };
    let (asked, session) = ask(SESSION, |client| client.sessions().create(request)).await;
    assert_eq!(asked, r#"POST /sessions {"agent_id":"agent_1","title":"Bees","tags":["t"]}"#);
    assert_eq!(session.workspace_id, "wsp_1");
    // An agent that is not named by its id leaves it out.
    let by_name = CreateSessionRequest { agent_name: Some("librarian".to_owned()), ..Default::default() };
    let asked = line(SESSION, |client| client.sessions().create(by_name)).await;
    assert_eq!(asked, r#"POST /sessions {"agent_name":"librarian"}"#);
    assert_eq!(line(SESSION, |client| client.sessions().get("session_1")).await, "GET /sessions/session_1");
    let changes = UpdateSessionRequest { title: Patch::Clear, goal: "Honey".into(), ..Default::default() };
    let asked = line(SESSION, |client| client.sessions().update("session_1", changes)).await;
    assert_eq!(asked, r#"PATCH /sessions/session_1 {"title":null,"goal":"Honey"}"#);
    assert_eq!(line("", |client| client.sessions().delete("session_1")).await, "DELETE /sessions/session_1");
}

#[tokio::test]
async fn the_answer_to_a_cancel_is_kept_and_may_be_empty() {
    for (body, expected) in [
        (r#"{"status":"cancelled","message":"m"}"#, CancelStatus::Cancelled),
        (r#"{"status":"accepted"}"#, CancelStatus::Accepted),
        (r#"{"status":"no_op"}"#, CancelStatus::NoOp),
        ("", CancelStatus::default()),
    ] {
        let (asked, answer) = ask(body, |client| client.sessions().cancel("session_1")).await;
        assert_eq!((&*asked, answer.status), ("POST /sessions/session_1/cancel", expected), "{body}");
    }
}

#[tokio::test]
async fn sessions_are_forked_hidden_pinned_and_exported() {
    let fork = ForkSessionRequest { title: Some("Wasps".to_owned()), ..Default::default() };
    let asked = line(SESSION, |client| client.sessions().fork("session_1", fork)).await;
    assert_eq!(asked, r#"POST /sessions/session_1/fork {"title":"Wasps"}"#);
    let at = "/sessions/session_1";
    assert_eq!(line("", |client| client.sessions().archive("session_1")).await, format!("PUT {at}/archive"));
    assert_eq!(line("", |client| client.sessions().unarchive("session_1")).await, format!("DELETE {at}/archive"));
    assert_eq!(line("", |client| client.sessions().pin("session_1")).await, format!("PUT {at}/pin"));
    assert_eq!(line("", |client| client.sessions().unpin("session_1")).await, format!("DELETE {at}/pin"));
    let (asked, export) = ask("{}\n{}\n", |client| client.sessions().export("session_1", Some("atif"))).await;
    assert_eq!((asked, &*export), (format!("GET {at}/export?format=atif"), &b"{}\n{}\n"[..]));
    assert_eq!(line("", |client| client.sessions().export("session_1", None)).await, format!("GET {at}/export"));
    assert_eq!(line("{}", |client| client.sessions().stats()).await, "GET /sessions/stats");
    let (client, _) = script([(413, r#"{"title":"Too Large","status":413}"#)]);
    assert!(matches!(client.sessions().export("session_1", None).await, Err(Error::Validation(_))));
}

#[tokio::test]
async fn budgets_secrets_and_tasks_of_a_session() {
    let at = "/sessions/session_1";
    let (asked, page) = ask(r#"[{"id":"bdgt_1"}]"#, |client| client.sessions().budgets("session_1")).await;
    assert_eq!((asked, page.data.len()), (format!("GET {at}/budgets"), 1));
    let (asked, check) = ask(r#"{"action":"pause"}"#, |client| client.sessions().budget_check("session_1")).await;
    assert_eq!((asked, check.action), (format!("GET {at}/budget-check"), BudgetAction::Pause));
    let (asked, resumed) = ask(r#"{"resumed_budgets":2}"#, |client| client.sessions().resume("session_1")).await;
    assert_eq!((asked, resumed.resumed_budgets), (format!("POST {at}/resume {{}}"), 2));
    let secrets = SetSecretsRequest { secrets: [("TOKEN".to_owned(), "t0ken".into())].into(), ..Default::default() };
    let (asked, set) = ask(r#"{"count":1}"#, |client| client.sessions().set_secrets("session_1", secrets)).await;
    assert_eq!((asked, set.count), (format!(r#"PUT {at}/storage/secrets {{"secrets":{{"TOKEN":"t0ken"}}}}"#), 1));
    let asked = line(r#"{"data":[]}"#, |client| client.sessions().tasks("session_1").filter("state", "running")).await;
    assert_eq!(asked, format!("GET {at}/tasks?state=running"));
    let asked = line(r#"{"id":"task_1"}"#, |client| client.sessions().cancel_task("session_1", "task_1")).await;
    assert_eq!(asked, format!("POST {at}/tasks/task_1/cancel {{}}"));
}

#[tokio::test]
async fn names_of_secrets_and_those_who_take_part_in_a_session() {
    let at = "/sessions/session_1";
    let (asked, names) = ask(r#"{"data":[{"name":"TOKEN"}]}"#, |client| client.sessions().secrets("session_1")).await;
    assert_eq!((asked, names.data[0].name.as_str()), (format!("GET {at}/storage/secrets"), "TOKEN"));
    let asked = line("", |client| client.sessions().delete_secret("session_1", "A/B")).await;
    assert_eq!(asked, format!("DELETE {at}/storage/secrets/A%2FB"));

    let asked = line(r#"[{"id":"participant_1"}]"#, |client| client.sessions().participants("session_1")).await;
    assert_eq!(asked, format!("GET {at}/participants"));
    let agent = AddParticipantRequest {
        kind: ParticipantKind::Agent,
        agent_id: Some("agent_2".to_owned()),
        ..Default::default()
    };
    let answer = r#"{"id":"participant_2","kind":"agent"}"#;
    let (asked, added) = ask(answer, |client| client.sessions().add_participant("session_1", agent)).await;
    assert_eq!(asked, format!(r#"POST {at}/participants {{"kind":"agent","agent_id":"agent_2"}}"#));
    assert_eq!((added.id.as_str(), added.kind), ("participant_2", ParticipantKind::Agent));
    let asked = line(answer, |client| client.sessions().remove_participant("session_1", "participant_2")).await;
    assert_eq!(asked, format!("DELETE {at}/participants/participant_2"));
}

#[tokio::test]
async fn a_task_is_read_and_answered() {
    let at = "/sessions/session_1/tasks/task_1";
    let answer = r#"{"task":{"id":"task_1"},"messages":[{"id":"message_1"}]}"#;
    let (asked, detail) = ask(answer, |client| client.sessions().task("session_1", "task_1")).await;
    assert_eq!((asked, detail.task.id.as_str(), detail.messages.len()), (format!("GET {at}"), "task_1", 1));
    let reply = TaskMessageRequest { text: Some("Yes.".to_owned()), ..Default::default() };
    let asked =
        line(r#"{"id":"message_2"}"#, |client| client.sessions().message_task("session_1", "task_1", reply)).await;
    assert_eq!(asked, format!(r#"POST {at}/messages {{"text":"Yes."}}"#));
}
