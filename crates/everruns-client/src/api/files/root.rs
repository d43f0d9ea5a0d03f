//! What files are below.

use crate::{api::file_path::FilePath, file_routes::Detour, service::Service};

/// What files are below.
#[derive(Clone, Debug)]
pub(super) enum Root {
    Session(String),
    Workspace(String),
}

impl Root {
    pub(super) fn segments(&self) -> [&str; 3] {
        match self {
            Self::Session(id) => ["sessions", id, "fs"],
            Self::Workspace(id) => ["workspaces", id, "fs"],
        }
    }

    /// Where else the path may be.
    pub(super) fn detour(&self, service: &Service, path: &FilePath) -> Option<Detour> {
        match self {
            Self::Session(id) => Some(Detour::new(service.clone(), id, &path.below(&[]))),
            Self::Workspace(_) => None,
        }
    }
}
