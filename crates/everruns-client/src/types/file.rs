//! Files of a session or a workspace.

use super::FileEncoding;
use crate::wire::Timestamp;

record! {
    /// A file or a folder, without its content.
    pub struct FileInfo {
        /// Its id.
        pub id: String,
        /// The session it belongs to.
        pub session_id: String,
        /// Its path, from the root.
        pub path: String,
        /// The last segment of the path.
        pub name: String,
        /// Whether it is a folder.
        pub is_directory: bool,
        /// Whether it may not be changed.
        pub is_readonly: bool,
        /// Its size in bytes, 0 for a folder.
        pub size_bytes: u64,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was changed last.
        pub updated_at: Timestamp,
    }
}

record! {
    /// A file with its content.
    pub struct FileContent {
        /// Its id.
        pub id: String,
        /// The session it belongs to.
        pub session_id: String,
        /// Its path, from the root.
        pub path: String,
        /// The last segment of the path.
        pub name: String,
        /// What is in it, as `encoding` says; none in a folder.
        pub content: Option<String>,
        /// How `content` is written.
        pub encoding: FileEncoding,
        /// Whether it is a folder.
        pub is_directory: bool,
        /// Whether it may not be changed.
        pub is_readonly: bool,
        /// Its size in bytes, 0 for a folder.
        pub size_bytes: u64,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was changed last.
        pub updated_at: Timestamp,
    }
}

record! {
    /// What is known of a path.
    pub struct FileStat {
        /// The path, from the root.
        pub path: String,
        /// Its last segment.
        pub name: String,
        /// Whether it is a folder.
        pub is_directory: bool,
        /// Whether it may not be changed.
        pub is_readonly: bool,
        /// Its size in bytes, 0 for a folder.
        pub size_bytes: u64,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was changed last.
        pub updated_at: Timestamp,
    }
}

record! {
    /// Whether a file was deleted.
    pub struct DeleteFileResponse {
        /// Whether there was one.
        pub deleted: bool,
    }
}

request! {
    /// A file or a folder to make.
    pub struct CreateFileRequest {
        /// What is in it.
        pub content: Option<String>,
        /// How `content` is written: as text, unless this says otherwise.
        pub encoding: Option<FileEncoding>,
        /// Whether it is a folder.
        pub is_directory: Option<bool>,
        /// Whether it may not be changed afterwards.
        pub is_readonly: Option<bool>,
    }
}

request! {
    /// What to change about a file.
    pub struct UpdateFileRequest {
        /// What is in it.
        pub content: Option<String>,
        /// How `content` is written: as text, unless this says otherwise.
        pub encoding: Option<FileEncoding>,
        /// What must be in it now for the change to be made (0.50).
        pub expected_content: Option<String>,
        /// How `expected_content` is written (0.50).
        pub expected_encoding: Option<FileEncoding>,
        /// Whether it may not be changed afterwards.
        pub is_readonly: Option<bool>,
    }
}

request! {
    /// A file to move.
    pub struct MoveFileRequest {
        /// Where it is.
        pub src_path: String,
        /// Where it should be.
        pub dst_path: String,
    }
}

request! {
    /// A file to copy.
    pub struct CopyFileRequest {
        /// Where it is.
        pub src_path: String,
        /// Where the copy should be.
        pub dst_path: String,
    }
}

request! {
    /// A path to learn about.
    pub struct StatRequest {
        /// The path.
        pub path: String,
    }
}
