//! Sessions: conversations with agents.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use serde_json::json;

use crate::{
    call::{Call, bytes, json as document},
    list::{List, Paging},
    types::{
        AddParticipantRequest, Budget, BudgetCheck, CancelResponse, CreateSessionRequest, ForkSessionRequest,
        ResumeResponse, SecretInfo, Session, SessionParticipant, SessionStats, SessionTask, SetSecretsRequest,
        SetSecretsResponse, TaskDetail, TaskMessage, TaskMessageRequest, UpdateSessionRequest,
    },
};

/// The time limit of what carries whole conversations.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(300);

resource! {
    /// Sessions: [`Client::sessions`](crate::Client::sessions).
    ///
    /// ```
    /// use everruns_sdk::{Client, CreateSessionRequest, UpdateSessionRequest, testing::FakeEverruns};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> everruns_sdk::Result<()> {
    /// # let client = Client::builder().api_key("key").transport(FakeEverruns::new()).build();
    /// let session = client.sessions().create(CreateSessionRequest {
    ///     title: Some("Books about bees".to_owned()),
    ///     ..Default::default()
    /// }).await?;
    /// let update = UpdateSessionRequest { title: "Books about wasps".into(), ..Default::default() };
    /// client.sessions().update(&session.id, update).await?;
    /// client.sessions().delete(&session.id).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub struct Sessions;
}

impl Sessions {
    /// The sessions of the organisation: `GET /v1/sessions`. Its [filters](List::filter) are `agent_id`, `status`, `source`,
    /// `mine`, `order`, `archived_only`, `created_after` and `created_before`.
    pub fn list(&self) -> List<Session> {
        List::new(&self.service, &["sessions"], "list_sessions", Paging::Offset)
    }

    /// The sessions with this text in them.
    pub fn search(&self, text: impl Into<String>) -> List<Session> {
        self.list().search(text)
    }

    /// A session: `GET /v1/sessions/{id}`.
    pub fn get(&self, session_id: &str) -> Call<Session> {
        self.service.get(&["sessions", session_id], "get_session")
    }

    /// Makes a session: `POST /v1/sessions`. An event stream of it that is opened later starts at its beginning.
    pub fn create(&self, session: CreateSessionRequest) -> Call<Session> {
        let service = self.service.clone();
        self.service.post(&["sessions"], "create_session", &session).then(move |session: &Session| {
            service.positions().start(&session.id, 0);
        })
    }

    /// Changes what is set in the request, and leaves the rest: `PATCH /v1/sessions/{id}`.
    pub fn update(&self, session_id: &str, changes: UpdateSessionRequest) -> Call<Session> {
        self.service.patch(&["sessions", session_id], "update_session", &changes)
    }

    /// Deletes a session: `DELETE /v1/sessions/{id}`.
    pub fn delete(&self, session_id: &str) -> Call<()> {
        self.service.delete(&["sessions", session_id], "delete_session")
    }

    /// Stops the turn that is running: `POST /v1/sessions/{id}/cancel`. The answer says whether there was one; an empty answer
    /// is one without a status.
    pub fn cancel(&self, session_id: &str) -> Call<CancelResponse> {
        let read = |operation, response: http::Response<Bytes>| {
            if response.body().is_empty() { Ok(CancelResponse::default()) } else { document(operation, response) }
        };
        self.service.call(Method::POST, &["sessions", session_id, "cancel"], "cancel_turn", read)
    }

    /// Makes a session that goes on from here on its own: `POST /v1/sessions/{id}/fork`. It is a
    /// [`Conflict`](crate::Error::Conflict) while a turn is running.
    pub fn fork(&self, session_id: &str, fork: ForkSessionRequest) -> Call<Session> {
        self.service.post(&["sessions", session_id, "fork"], "fork_session", &fork)
    }

    /// Hides a session: `PUT /v1/sessions/{id}/archive`.
    pub fn archive(&self, session_id: &str) -> Call<()> {
        self.service.act(Method::PUT, &["sessions", session_id, "archive"], "archive_session")
    }

    /// Shows a session again: `DELETE /v1/sessions/{id}/archive`.
    pub fn unarchive(&self, session_id: &str) -> Call<()> {
        self.service.delete(&["sessions", session_id, "archive"], "unarchive_session")
    }

    /// Puts a session on top of the user's list: `PUT /v1/sessions/{id}/pin`.
    pub fn pin(&self, session_id: &str) -> Call<()> {
        self.service.act(Method::PUT, &["sessions", session_id, "pin"], "pin_session")
    }

    /// Takes it down again: `DELETE /v1/sessions/{id}/pin`.
    pub fn unpin(&self, session_id: &str) -> Call<()> {
        self.service.delete(&["sessions", session_id, "pin"], "unpin_session")
    }

    /// The messages of a session, one JSON document a line: `GET /v1/sessions/{id}/export`. `format` is `jsonl`, the
    /// default, or `atif`. A session above 50 MiB is a [`Validation`](crate::Error::Validation) error.
    pub fn export(&self, session_id: &str, format: Option<&str>) -> Call<Bytes> {
        let call = self.service.call(Method::GET, &["sessions", session_id, "export"], "export_session", bytes);
        call.any_media_type().timeout(self.service.long_timeout(EXPORT_TIMEOUT)).map(|request| {
            Ok(match format {
                Some(format) => request.query("format", format),
                None => request,
            })
        })
    }

    /// How many sessions there are in each state: `GET /v1/sessions/stats`.
    pub fn stats(&self) -> Call<SessionStats> {
        self.service.get(&["sessions", "stats"], "get_session_stats")
    }

    /// The budgets that a session spends from: `GET /v1/sessions/{id}/budgets`.
    pub fn budgets(&self, session_id: &str) -> List<Budget> {
        List::new(&self.service, &["sessions", session_id, "budgets"], "list_session_budgets", Paging::Whole)
    }

    /// Whether the budgets let a session go on: `GET /v1/sessions/{id}/budget-check`.
    pub fn budget_check(&self, session_id: &str) -> Call<BudgetCheck> {
        self.service.get(&["sessions", session_id, "budget-check"], "check_session_budgets")
    }

    /// Lets a session go on that a budget has paused: `POST /v1/sessions/{id}/resume`.
    pub fn resume(&self, session_id: &str) -> Call<ResumeResponse> {
        self.service.post(&["sessions", session_id, "resume"], "resume_session_budgets", &json!({}))
    }

    /// Gives a session secrets, by their names: `PUT /v1/sessions/{id}/storage/secrets`.
    pub fn set_secrets(&self, session_id: &str, secrets: SetSecretsRequest) -> Call<SetSecretsResponse> {
        self.service.put(&["sessions", session_id, "storage", "secrets"], "batch_set_secrets", &secrets)
    }

    /// The names of a session's secrets: `GET /v1/sessions/{id}/storage/secrets`.
    pub fn secrets(&self, session_id: &str) -> List<SecretInfo> {
        let segments = ["sessions", session_id, "storage", "secrets"];
        List::new(&self.service, &segments, "list_session_secrets", Paging::Whole)
    }

    /// Takes a secret from a session: `DELETE /v1/sessions/{id}/storage/secrets/{name}`, from 0.50 on.
    pub fn delete_secret(&self, session_id: &str, name: &str) -> Call<()> {
        self.service.delete(&["sessions", session_id, "storage", "secrets", name], "delete_session_secret")
    }

    /// Who takes part in a session: `GET /v1/sessions/{id}/participants`.
    pub fn participants(&self, session_id: &str) -> List<SessionParticipant> {
        let segments = ["sessions", session_id, "participants"];
        List::new(&self.service, &segments, "list_session_participants", Paging::Whole)
    }

    /// Lets an agent or a user take part in a session: `POST /v1/sessions/{id}/participants`.
    pub fn add_participant(&self, session_id: &str, participant: AddParticipantRequest) -> Call<SessionParticipant> {
        self.service.post(&["sessions", session_id, "participants"], "add_session_participant", &participant)
    }

    /// Lets a participant leave a session: `DELETE /v1/sessions/{id}/participants/{participant}`.
    pub fn remove_participant(&self, session_id: &str, participant_id: &str) -> Call<SessionParticipant> {
        let segments = ["sessions", session_id, "participants", participant_id];
        self.service.call(Method::DELETE, &segments, "leave_session_participant", document)
    }

    /// What a session does in the background: `GET /v1/sessions/{id}/tasks`. Its [filters](List::filter) are `state` and
    /// `kind`.
    pub fn tasks(&self, session_id: &str) -> List<SessionTask> {
        List::new(&self.service, &["sessions", session_id, "tasks"], "list_session_tasks", Paging::Whole)
    }

    /// A task of a session with its messages: `GET /v1/sessions/{id}/tasks/{task}`.
    pub fn task(&self, session_id: &str, task_id: &str) -> Call<TaskDetail> {
        self.service.get(&["sessions", session_id, "tasks", task_id], "get_session_task")
    }

    /// Says something to a task, such as the answer to what it has asked: `POST /v1/sessions/{id}/tasks/{task}/messages`.
    pub fn message_task(&self, session_id: &str, task_id: &str, message: TaskMessageRequest) -> Call<TaskMessage> {
        let segments = ["sessions", session_id, "tasks", task_id, "messages"];
        self.service.post(&segments, "post_session_task_message", &message)
    }

    /// Stops what a session does in the background: `POST /v1/sessions/{id}/tasks/{task}/cancel`.
    pub fn cancel_task(&self, session_id: &str, task_id: &str) -> Call<SessionTask> {
        let segments = ["sessions", session_id, "tasks", task_id, "cancel"];
        self.service.post(&segments, "cancel_session_task", &json!({}))
    }
}
