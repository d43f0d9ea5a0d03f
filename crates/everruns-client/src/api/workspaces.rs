//! Workspaces.

use crate::{
    call::Call,
    list::{List, Paging},
    types::{CreateWorkspaceRequest, UpdateWorkspaceRequest, Workspace},
};

resource! {
    /// Workspaces, the places for files that sessions share or have for themselves:
    /// [`Client::workspaces`](crate::Client::workspaces). Their files are at
    /// [`Client::workspace_files`](crate::Client::workspace_files).
    pub struct Workspaces;
}

impl Workspaces {
    /// The workspaces of the organisation: `GET /v1/workspaces`.
    pub fn list(&self) -> List<Workspace> {
        List::new(&self.service, &["workspaces"], "list_workspaces", Paging::Whole)
    }

    /// The workspaces with this text in them.
    pub fn search(&self, text: impl Into<String>) -> List<Workspace> {
        self.list().search(text)
    }

    /// A workspace: `GET /v1/workspaces/{id}`.
    pub fn get(&self, workspace_id: &str) -> Call<Workspace> {
        self.service.get(&["workspaces", workspace_id], "get_workspace")
    }

    /// Makes a workspace: `POST /v1/workspaces`. It is a [`Conflict`](crate::Error::Conflict) when the name is taken.
    pub fn create(&self, workspace: CreateWorkspaceRequest) -> Call<Workspace> {
        self.service.post(&["workspaces"], "create_workspace", &workspace)
    }

    /// Changes what is set in the request, and leaves the rest: `PATCH /v1/workspaces/{id}`.
    pub fn update(&self, workspace_id: &str, changes: UpdateWorkspaceRequest) -> Call<Workspace> {
        self.service.patch(&["workspaces", workspace_id], "update_workspace", &changes)
    }

    /// Hides a workspace: `DELETE /v1/workspaces/{id}`.
    pub fn archive(&self, workspace_id: &str) -> Call<()> {
        self.service.delete(&["workspaces", workspace_id], "delete_workspace")
    }
}
