//! Files of memories.

use bytes::Bytes;
use http::Method;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    file_path::FilePath,
    files::{CONTENT_TIMEOUT, file, listing},
};
use crate::{
    Page, Result,
    call::{Call, Read, bytes, done, json},
    service::Service,
    types::{
        CreateMemoryFileRequest, GrepRequest, MemoryFile, MemoryFileInfo, MemoryGrepResult, StatRequest,
        UpdateMemoryFileRequest,
    },
};

/// The files of a memory: [`Memories::files`](crate::Memories::files). Paths are as in [`Files`](crate::Files).
#[derive(Clone, Debug)]
pub struct MemoryFiles {
    service: Service,
    memory_id: String,
}

impl MemoryFiles {
    pub(crate) const fn of(service: Service, memory_id: String) -> Self {
        Self { service, memory_id }
    }

    /// What is in a folder; the path of the root is `/` or empty: `GET /v1/memories/{id}/fs/{path}`.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`](crate::Error::Decode) when the path is that of a file.
    pub fn list(&self, path: &str) -> Call<Page<MemoryFileInfo>> {
        self.call(Method::GET, FilePath::folder(path), "list_memory_files", listing)
    }

    /// A file with its content: `GET /v1/memories/{id}/fs/{path}`.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`](crate::Error::Decode) when the path is that of a folder.
    pub fn read(&self, path: &str) -> Call<MemoryFile> {
        self.long(self.call(Method::GET, FilePath::file(path), "read_memory_file", file))
    }

    /// Makes a file or a folder: `POST /v1/memories/{id}/fs/{path}`. It is a [`Conflict`](crate::Error::Conflict) when there is
    /// one already.
    pub fn create(&self, path: &str, file: CreateMemoryFileRequest) -> Call<MemoryFileInfo> {
        self.long(self.send(Method::POST, FilePath::file(path), "create_memory_file", &file))
    }

    /// Changes what is set in the request, and leaves the rest: `PUT /v1/memories/{id}/fs/{path}`.
    pub fn update(&self, path: &str, changes: UpdateMemoryFileRequest) -> Call<MemoryFile> {
        self.long(self.send(Method::PUT, FilePath::file(path), "update_memory_file", &changes))
    }

    /// Deletes a file or an empty folder: `DELETE /v1/memories/{id}/fs/{path}`.
    pub fn delete(&self, path: &str) -> Call<()> {
        self.call(Method::DELETE, FilePath::file(path), "delete_memory_file", done)
    }

    /// Deletes a folder with all that is in it: `DELETE /v1/memories/{id}/fs/{path}?recursive=true`.
    pub fn delete_recursive(&self, path: &str) -> Call<()> {
        self.delete(path).map(|request| Ok(request.query("recursive", "true")))
    }

    /// The bytes of a file: `GET /v1/memories/{id}/fs/_/download/{path}`.
    pub fn download(&self, path: &str) -> Call<Bytes> {
        let path = FilePath::file(path).map(|path| FilePath::action("download", Some(path)));
        self.long(self.call(Method::GET, path, "download_memory_file", bytes)).any_media_type()
    }

    /// The files that a pattern is found in: `POST /v1/memories/{id}/fs/_/grep`.
    pub fn grep(&self, pattern: GrepRequest) -> Call<Page<MemoryGrepResult>> {
        self.send(Method::POST, Ok(FilePath::action("grep", None)), "grep_memory_files", &pattern)
    }

    /// What a path is, without its content: `POST /v1/memories/{id}/fs/_/stat`.
    pub fn stat(&self, path: &str) -> Call<MemoryFileInfo> {
        let path = FilePath::file(path);
        let body = path.as_ref().map(FilePath::to_text).unwrap_or_default();
        let action = path.map(|_| FilePath::action("stat", None));
        self.send(Method::POST, action, "stat_memory_file", &StatRequest { path: body })
    }

    fn call<T>(&self, method: Method, path: Result<FilePath>, operation: &'static str, read: Read<T>) -> Call<T> {
        let root = ["memories", self.memory_id.as_str(), "fs"];
        let request = path.and_then(|path| self.service.request(method, &path.below(&root), operation));
        Call::new(request, operation, self.service.timeout(), read)
    }

    fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: Result<FilePath>,
        operation: &'static str,
        body: &impl Serialize,
    ) -> Call<T> {
        self.call(method, path, operation, json).body(body)
    }

    /// The same with the time that whole files take.
    fn long<T>(&self, call: Call<T>) -> Call<T> {
        call.timeout(self.service.long_timeout(CONTENT_TIMEOUT))
    }
}
