//! Workspaces: the files of sessions.

use crate::wire::{Patch, Timestamp};

record! {
    /// A place for files, which sessions share or have for themselves.
    pub struct Workspace requires id {
        /// Its id.
        pub id: String,
        /// Its name.
        pub name: String,
        /// What it is for.
        pub description: Option<String>,
        /// Whether it can be used.
        pub status: WorkspaceStatus,
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
    /// Whether a workspace can be used.
    pub enum WorkspaceStatus {
        /// It can.
        Active = "active",
        /// It cannot, and lists leave it out.
        Archived = "archived",
        /// It is gone.
        Deleted = "deleted",
    }
}

request! {
    /// A workspace to make.
    pub struct CreateWorkspaceRequest {
        /// Its name.
        pub name: String,
        /// What it is for.
        pub description: Option<String>,
    }
}

request! {
    /// What to change about a workspace.
    pub struct UpdateWorkspaceRequest {
        /// Its name.
        pub name: Option<String>,
        /// What it is for.
        pub description: Patch<String>,
        /// Whether it can be used.
        pub status: Option<WorkspaceStatus>,
    }
}
