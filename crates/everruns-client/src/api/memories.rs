//! Memories: files that outlive sessions.

use serde_json::json;

use super::MemoryFiles;
use crate::{
    call::Call,
    list::{List, Paging},
    types::{CreateMemoryRequest, Memory, UpdateMemoryRequest},
};

resource! {
    /// Memories, which agents keep files in for later sessions: [`Client::memories`](crate::Client::memories).
    ///
    /// ```
    /// use everruns_sdk::{Client, testing::FakeEverruns, types::CreateMemoryRequest};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> everruns_sdk::Result<()> {
    /// # let client = Client::builder().api_key("key").transport(FakeEverruns::new()).build();
    /// let memory = CreateMemoryRequest { name: "bees".to_owned(), ..Default::default() };
    /// let memory = client.memories().create(memory).await?;
    /// for file in client.memories().files(&memory.id).list("/").await?.data {
    ///     println!("{}", file.path);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub struct Memories;
}

impl Memories {
    /// The memories of the organisation: `GET /v1/memories`.
    pub fn list(&self) -> List<Memory> {
        List::new(&self.service, &["memories"], "list_memories", Paging::Whole)
    }

    /// The memories with this text in them.
    pub fn search(&self, text: impl Into<String>) -> List<Memory> {
        self.list().search(text)
    }

    /// A memory: `GET /v1/memories/{id}`.
    pub fn get(&self, memory_id: &str) -> Call<Memory> {
        self.service.get(&["memories", memory_id], "get_memory")
    }

    /// Makes a memory: `POST /v1/memories`. It is a [`Conflict`](crate::Error::Conflict) when the name is taken.
    pub fn create(&self, memory: CreateMemoryRequest) -> Call<Memory> {
        self.service.post(&["memories"], "create_memory", &memory)
    }

    /// Changes what is set in the request, and leaves the rest: `PATCH /v1/memories/{id}`.
    pub fn update(&self, memory_id: &str, changes: UpdateMemoryRequest) -> Call<Memory> {
        self.service.patch(&["memories", memory_id], "update_memory", &changes)
    }

    /// Deletes a memory: `DELETE /v1/memories/{id}`.
    pub fn delete(&self, memory_id: &str) -> Call<()> {
        self.service.delete(&["memories", memory_id], "delete_memory")
    }

    /// Fetches the files of a memory that has them from a repository: `POST /v1/memories/{id}/sync`.
    pub fn sync(&self, memory_id: &str) -> Call<Memory> {
        self.service.post(&["memories", memory_id, "sync"], "sync_memory", &json!({}))
    }

    /// The files of a memory.
    #[must_use]
    pub fn files(&self, memory_id: impl Into<String>) -> MemoryFiles {
        MemoryFiles::of(self.service.clone(), memory_id.into())
    }
}
