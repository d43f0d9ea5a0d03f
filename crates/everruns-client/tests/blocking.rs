//! The client without `await`, on every sort of thread.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]
#![cfg(feature = "blocking")]

use std::{sync::mpsc, thread};

use everruns_sdk::{
    CreateAgentRequest, CreateMessageRequest, CreateSessionRequest, Error, Event, TurnStatus,
    blocking::{Client, Listing, wait},
    testing::FakeEverruns,
    types::{CreateFileRequest, UpdateFileRequest},
};
use static_assertions::assert_impl_all;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

fn client() -> Client {
    let fake = FakeEverruns::new().with_agent("librarian", |turn| format!("You said: {}", turn.text));
    everruns_sdk::Client::builder().api_key("key").transport(fake).build().into()
}

fn session(client: &Client) -> String {
    let agent = client.agents().list().next().expect("an agent").expect("an agent");
    let session = CreateSessionRequest { agent_id: agent.id, ..Default::default() };
    client.sessions().create(session).expect("a session").id
}

/// A conversation, and what was said.
fn converse(client: &Client) -> String {
    let session_id = session(client);
    let message = CreateMessageRequest { session_id: session_id.clone(), content: "Hello!".to_owned() };
    client.messages().create(message).expect("sent");
    let text = client.events().stream(&session_id).expect("a stream").into_text();
    text.collect::<Result<String, _>>().expect("text")
}

#[test]
fn it_works_on_a_plain_thread() {
    let client = client();
    assert_eq!(converse(&client), "You said: Hello!");
    let other = thread::spawn(move || converse(&client));
    assert_eq!(other.join().expect("no panic"), "You said: Hello!");
}

#[tokio::test]
async fn it_works_inside_a_runtime_and_on_its_threads_for_work_that_blocks() {
    let client = client();
    assert_eq!(converse(&client), "You said: Hello!");
    let other = client.clone();
    let text = tokio::task::spawn_blocking(move || converse(&other)).await.expect("no panic");
    assert_eq!(text, "You said: Hello!");
    // And the asynchronous client that it was made from goes on.
    let agents = everruns_sdk::Client::from(client).agents().list().await.expect("a page");
    assert_eq!(agents.data.len(), 1);
}

#[test]
fn it_works_while_something_is_dropped() {
    struct Guard(Client, String, mpsc::Sender<bool>);
    impl Drop for Guard {
        fn drop(&mut self) {
            let deleted = self.0.sessions().delete(&self.1).is_ok();
            self.2.send(deleted).expect("somebody listens");
        }
    }
    let client = client();
    let id = session(&client);
    let (sender, receiver) = mpsc::channel();
    drop(Guard(client.clone(), id.clone(), sender.clone()));
    assert_eq!(receiver.recv(), Ok(true));
    assert!(matches!(client.sessions().get(&id), Err(Error::NotFound(_))));

    // By a runtime that is shut down.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().expect("a runtime");
    let guard = Guard(client.clone(), session(&client), sender);
    runtime.spawn(async move {
        let _guard = guard;
        std::future::pending::<()>().await;
    });
    drop(runtime);
    assert_eq!(receiver.recv(), Ok(true));
}

#[test]
fn a_turn_is_waited_for() {
    let client = client();
    let message = CreateMessageRequest { session_id: session(&client), content: "Hello!".to_owned() };
    let outcome = client.turn(message.clone()).expect("an answer");
    assert_eq!((&*outcome.text, outcome.status), ("You said: Hello!", TurnStatus::Completed));
    let outcome = wait(client.as_async().turn(message)).expect("an answer");
    assert_eq!(outcome.text, "You said: Hello!");
}

#[test]
fn events_come_one_after_the_other() {
    let client = client();
    let session_id = session(&client);
    client.turn(CreateMessageRequest { session_id: session_id.clone(), content: "Hello!".to_owned() }).expect("a turn");

    let subscribe = client.as_async().events().stream(&session_id).from_start().until_turn_ends();
    let mut events: everruns_sdk::blocking::EventStream = wait(subscribe).expect("a stream").into();
    let last = events.by_ref().last().expect("events").expect("an event");
    assert!(matches!(last, Event::TurnCompleted { .. }), "{last}");
    assert!(events.sequence() >= last.sequence());
    assert!(events.next().is_none());

    let kept: Vec<_> = client.events().list(&session_id).collect::<Result<_, _>>().expect("events");
    assert_eq!(kept[0].sequence(), Some(1));
}

#[test]
fn lists_are_iterators() {
    let client = client();
    for number in 0..120 {
        let agent = CreateAgentRequest { name: format!("agent-{number}"), ..Default::default() };
        client.agents().create(agent).expect("an agent");
    }
    assert_eq!(client.agents().list().filter(Result::is_ok).count(), 121);
    assert_eq!(client.agents().search("librarian").count(), 1);
    let by_thirty = Listing::from(client.as_async().agents().list().limit(30).stream());
    assert_eq!(by_thirty.count(), 121);
    let page = wait(client.as_async().agents().list().limit(5)).expect("a page");
    assert_eq!((page.data.len(), page.total), (5, Some(121)));
}

#[test]
fn files_and_images_are_sent_and_read() {
    let client = client();
    let files = client.files(session(&client));
    files.create("a.md", CreateFileRequest { content: Some("Bees.".to_owned()), ..Default::default() }).expect("made");
    let changes = UpdateFileRequest { content: Some("Wasps.".to_owned()), ..Default::default() };
    files.update("a.md", changes).expect("changed");
    assert_eq!(files.download("a.md").expect("bytes"), "Wasps.");
    assert_eq!(files.list("/").expect("a list").data.len(), 1);
    assert!(matches!(files.read("../a.md"), Err(Error::Config(_))));

    let id = client.images().upload(PNG).expect("uploaded").id;
    assert_eq!(client.images().get(&id).expect("an image").bytes, PNG);
    assert_eq!(client.images().list().count(), 1);

    let path = std::env::temp_dir().join(format!("everruns-blocking-{}.png", std::process::id()));
    std::fs::write(&path, PNG).expect("a file");
    let uploaded = client.images().upload_file(&path);
    std::fs::remove_file(&path).expect("removed");
    assert_eq!(uploaded.expect("uploaded").size_bytes, 8);
}

#[test]
fn errors_are_those_of_the_calls() {
    let client = Client::from(everruns_sdk::Client::builder().build());
    assert!(matches!(client.agents().get("agent_1"), Err(Error::Authentication(_))));
    let error = client.agents().list().next().expect("an error").expect_err("an error");
    assert!(matches!(error, Error::Authentication(_)), "{error:?}");
    assert_impl_all!(Client: Send, Sync, Clone);
    assert_impl_all!(everruns_sdk::blocking::EventStream: Send);
    assert_impl_all!(Listing<everruns_sdk::types::Agent>: Send);
}
