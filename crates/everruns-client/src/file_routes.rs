//! Where the files of sessions are.

mod detour;

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

pub(crate) use self::detour::Detour;

/// How many sessions are remembered.
const MAX_SESSIONS: usize = 4096;

/// What a client has learned of its server: whether it has the files of sessions with the sessions, or with their workspaces
/// only, as older ones do.
#[derive(Debug, Default)]
pub(crate) struct FileRoutes(Mutex<Learned>);

#[derive(Debug, Default)]
struct Learned {
    root: Option<FileRoot>,
    /// The workspace of each session.
    workspaces: HashMap<String, String>,
}

/// What files are below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileRoot {
    Session,
    Workspace,
}

impl FileRoutes {
    pub(crate) fn root(&self) -> Option<FileRoot> {
        self.lock().root
    }

    fn learn(&self, root: FileRoot) {
        self.lock().root = Some(root);
    }

    fn workspace(&self, session_id: &str) -> Option<String> {
        self.lock().workspaces.get(session_id).cloned()
    }

    fn remember(&self, session_id: &str, workspace_id: &str) {
        let workspaces = &mut self.lock().workspaces;
        if workspaces.len() >= MAX_SESSIONS {
            // They can be asked for again.
            workspaces.clear();
        }
        workspaces.insert(session_id.to_owned(), workspace_id.to_owned());
    }

    fn lock(&self) -> MutexGuard<'_, Learned> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_many_sessions_are_remembered() {
        let routes = FileRoutes::default();
        for number in 0..=MAX_SESSIONS {
            routes.remember(&format!("session_{number}"), "wsp_1");
        }
        assert_eq!(routes.workspace(&format!("session_{MAX_SESSIONS}")).as_deref(), Some("wsp_1"));
        assert!(routes.lock().workspaces.len() <= MAX_SESSIONS);
    }
}
