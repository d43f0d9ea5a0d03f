//! Files of a memory.

use super::FileEncoding;
use crate::wire::Timestamp;

record! {
    /// A file or a folder of a memory, without its content.
    pub struct MemoryFileInfo {
        /// Its path, from the root.
        pub path: String,
        /// Whether it is a folder.
        pub is_directory: bool,
        /// Its size in bytes, 0 for a folder.
        pub size_bytes: u64,
        /// A digest of the content.
        pub content_hash: Option<String>,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was changed last.
        pub updated_at: Timestamp,
    }
}

record! {
    /// A file of a memory with its content.
    pub struct MemoryFile {
        /// Its path, from the root.
        pub path: String,
        /// What is in it, as `encoding` says.
        pub content: String,
        /// How `content` is written.
        pub encoding: FileEncoding,
        /// Its size in bytes.
        pub size_bytes: u64,
        /// A digest of the content.
        pub content_hash: Option<String>,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was changed last.
        pub updated_at: Timestamp,
    }
}

record! {
    /// A file of a memory that a pattern was found in.
    pub struct MemoryGrepResult {
        /// Its path, from the root.
        pub path: String,
        /// Its size in bytes.
        pub size_bytes: u64,
    }
}

request! {
    /// A file or a folder to make.
    pub struct CreateMemoryFileRequest {
        /// What is in it.
        pub content: Option<String>,
        /// How `content` is written: as text, unless this says otherwise.
        pub encoding: Option<FileEncoding>,
        /// Whether it is a folder.
        pub is_directory: Option<bool>,
    }
}

request! {
    /// What to change about a file.
    pub struct UpdateMemoryFileRequest {
        /// What is in it.
        pub content: Option<String>,
        /// How `content` is written: as text, unless this says otherwise.
        pub encoding: Option<FileEncoding>,
    }
}
