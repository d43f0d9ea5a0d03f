//! Files of sessions and workspaces.

use bytes::Bytes;

use super::wait;
use crate::{
    Page, Result,
    types::{
        CreateFileRequest, DeleteFileResponse, FileContent, FileInfo, FileStat, GrepRequest, GrepResult,
        UpdateFileRequest,
    },
};

/// The files of a session or a workspace: see [`everruns_sdk::Files`](crate::Files).
#[derive(Clone, Debug)]
pub struct Files(pub(super) crate::Files);

impl Files {
    /// What is in a folder.
    ///
    /// # Errors
    ///
    /// See [`list`](crate::Files::list).
    pub fn list(&self, path: &str) -> Result<Page<FileInfo>> {
        wait(self.0.list(path))
    }

    /// What is in a folder and in all folders below.
    ///
    /// # Errors
    ///
    /// See [`list_recursive`](crate::Files::list_recursive).
    pub fn list_recursive(&self, path: &str) -> Result<Page<FileInfo>> {
        wait(self.0.list_recursive(path))
    }

    /// A file with its content.
    ///
    /// # Errors
    ///
    /// See [`read`](crate::Files::read).
    pub fn read(&self, path: &str) -> Result<FileContent> {
        wait(self.0.read(path))
    }

    /// Makes a file.
    ///
    /// # Errors
    ///
    /// See [`create`](crate::Files::create).
    pub fn create(&self, path: &str, file: CreateFileRequest) -> Result<FileContent> {
        wait(self.0.create(path, file))
    }

    /// Makes a folder.
    ///
    /// # Errors
    ///
    /// See [`create_directory`](crate::Files::create_directory).
    pub fn create_directory(&self, path: &str) -> Result<FileContent> {
        wait(self.0.create_directory(path))
    }

    /// Makes a file of any bytes.
    ///
    /// # Errors
    ///
    /// See [`upload`](crate::Files::upload).
    pub fn upload(&self, path: &str, content: impl AsRef<[u8]>) -> Result<FileContent> {
        wait(self.0.upload(path, content))
    }

    /// Gives a file that is there other bytes.
    ///
    /// # Errors
    ///
    /// See [`replace`](crate::Files::replace).
    pub fn replace(&self, path: &str, content: impl AsRef<[u8]>) -> Result<FileContent> {
        wait(self.0.replace(path, content))
    }

    /// Changes what is set in the request, and leaves the rest.
    ///
    /// # Errors
    ///
    /// See [`update`](crate::Files::update).
    pub fn update(&self, path: &str, changes: UpdateFileRequest) -> Result<FileContent> {
        wait(self.0.update(path, changes))
    }

    /// Deletes a file or an empty folder.
    ///
    /// # Errors
    ///
    /// See [`delete`](crate::Files::delete).
    pub fn delete(&self, path: &str) -> Result<DeleteFileResponse> {
        wait(self.0.delete(path))
    }

    /// Deletes a folder with all that is in it.
    ///
    /// # Errors
    ///
    /// See [`delete_recursive`](crate::Files::delete_recursive).
    pub fn delete_recursive(&self, path: &str) -> Result<DeleteFileResponse> {
        wait(self.0.delete_recursive(path))
    }

    /// Gives a file or a folder another path.
    ///
    /// # Errors
    ///
    /// See [`move_to`](crate::Files::move_to).
    pub fn move_to(&self, from: &str, to: &str) -> Result<FileContent> {
        wait(self.0.move_to(from, to))
    }

    /// Makes a copy of a file.
    ///
    /// # Errors
    ///
    /// See [`copy`](crate::Files::copy).
    pub fn copy(&self, from: &str, to: &str) -> Result<FileContent> {
        wait(self.0.copy(from, to))
    }

    /// The lines that a pattern is found in, file by file.
    ///
    /// # Errors
    ///
    /// See [`grep`](crate::Files::grep).
    pub fn grep(&self, pattern: GrepRequest) -> Result<Page<GrepResult>> {
        wait(self.0.grep(pattern))
    }

    /// What a path is, without its content.
    ///
    /// # Errors
    ///
    /// See [`stat`](crate::Files::stat).
    pub fn stat(&self, path: &str) -> Result<FileStat> {
        wait(self.0.stat(path))
    }

    /// The bytes of a file.
    ///
    /// # Errors
    ///
    /// See [`download`](crate::Files::download).
    pub fn download(&self, path: &str) -> Result<Bytes> {
        wait(self.0.download(path))
    }
}
