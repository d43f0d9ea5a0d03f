//! Harnesses: what agents have in common.

use serde_json::json;

use crate::{
    call::Call,
    list::{List, Paging},
    types::{CreateHarnessRequest, Harness, HarnessExample, ResourceStats, UpdateHarnessRequest},
};

resource! {
    /// Harnesses, which agents run in and take settings from: [`Client::harnesses`](crate::Client::harnesses).
    pub struct Harnesses;
}

impl Harnesses {
    /// The harnesses of the organisation: `GET /v1/harnesses`.
    pub fn list(&self) -> List<Harness> {
        List::new(&self.service, &["harnesses"], "list_harnesses", Paging::Whole)
    }

    /// The harnesses with this text in them.
    pub fn search(&self, text: impl Into<String>) -> List<Harness> {
        self.list().search(text)
    }

    /// A harness: `GET /v1/harnesses/{id}`.
    pub fn get(&self, harness_id: &str) -> Call<Harness> {
        self.service.get(&["harnesses", harness_id], "get_harness")
    }

    /// Makes a harness: `POST /v1/harnesses`.
    pub fn create(&self, harness: CreateHarnessRequest) -> Call<Harness> {
        self.service.post(&["harnesses"], "create_harness", &harness)
    }

    /// Changes what is set in the request, and leaves the rest: `PATCH /v1/harnesses/{id}`.
    pub fn update(&self, harness_id: &str, changes: UpdateHarnessRequest) -> Call<Harness> {
        self.service.patch(&["harnesses", harness_id], "update_harness", &changes)
    }

    /// Hides a harness: `DELETE /v1/harnesses/{id}`.
    pub fn archive(&self, harness_id: &str) -> Call<()> {
        self.service.delete(&["harnesses", harness_id], "delete_harness")
    }

    /// Makes a copy of a harness: `POST /v1/harnesses/{id}/copy`.
    pub fn copy(&self, harness_id: &str) -> Call<Harness> {
        self.service.post(&["harnesses", harness_id, "copy"], "copy_harness", &json!(null))
    }

    /// Harnesses to begin with: `GET /v1/harness-examples`.
    pub fn examples(&self) -> List<HarnessExample> {
        List::new(&self.service, &["harness-examples"], "list_harness_examples", Paging::Whole)
    }

    /// How much a harness was used: `GET /v1/harnesses/{id}/stats`.
    pub fn stats(&self, harness_id: &str) -> Call<ResourceStats> {
        self.service.get(&["harnesses", harness_id, "stats"], "get_harness_stats")
    }
}
