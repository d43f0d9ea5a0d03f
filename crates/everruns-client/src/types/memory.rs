//! Memories: files that outlive sessions.

use super::{MemorySource, MemorySourceRequest};
use crate::wire::{Patch, Timestamp};

record! {
    /// Files that agents keep for later sessions, or take from a repository.
    pub struct Memory requires id {
        /// Its id.
        pub id: String,
        /// Its name.
        pub name: String,
        /// What it is for.
        pub description: Option<String>,
        /// Where its files come from.
        pub source: Option<MemorySource>,
        /// The same, in a word.
        pub source_type: String,
        /// Whether its files may not be changed.
        pub is_readonly: bool,
        /// Whether it can be used.
        pub status: MemoryStatus,
        /// How far it is with fetching its files.
        pub sync_status: String,
        /// Why fetching them failed.
        pub last_sync_error: Option<String>,
        /// When they were fetched last.
        pub last_synced_at: Option<Timestamp>,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was changed last.
        pub updated_at: Timestamp,
        /// When it was archived.
        pub archived_at: Option<Timestamp>,
        /// When it was deleted.
        pub deleted_at: Option<Timestamp>,
    }
}

open_enum! {
    /// Whether a memory can be used.
    pub enum MemoryStatus {
        /// It can.
        Active = "active",
        /// It cannot, and lists leave it out.
        Archived = "archived",
        /// It is gone.
        Deleted = "deleted",
    }
}

request! {
    /// A memory to make.
    pub struct CreateMemoryRequest {
        /// Its name.
        pub name: String,
        /// What it is for.
        pub description: Option<String>,
        /// Where its files come from: from whoever writes them, unless this says otherwise.
        pub source: Option<MemorySourceRequest>,
    }
}

request! {
    /// What to change about a memory.
    pub struct UpdateMemoryRequest {
        /// Its name.
        pub name: Option<String>,
        /// What it is for.
        pub description: Patch<String>,
        /// Where its files come from.
        pub source: Option<MemorySourceRequest>,
    }
}
