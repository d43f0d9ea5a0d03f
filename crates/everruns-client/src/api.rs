//! The resources of the API, a client for each.

/// A client for one sort of resource.
macro_rules! resource {
    ($(#[$meta:meta])* pub struct $name:ident;) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        pub struct $name {
            service: $crate::service::Service,
        }

        impl $name {
            pub(crate) const fn of(service: $crate::service::Service) -> Self {
                Self { service }
            }
        }
    };
}

pub(crate) mod agents;
pub(crate) mod budgets;
pub(crate) mod capabilities;
pub(crate) mod connections;
pub(crate) mod events;
mod file_path;
pub(crate) mod files;
pub(crate) mod harnesses;
pub(crate) mod images;
pub(crate) mod memories;
pub(crate) mod memory_files;
pub(crate) mod messages;
pub(crate) mod models;
pub(crate) mod sessions;
pub(crate) mod workspaces;

pub use self::{
    agents::Agents,
    budgets::Budgets,
    capabilities::Capabilities,
    connections::Connections,
    events::{EventList, Events},
    files::Files,
    harnesses::Harnesses,
    images::{ImageContent, ImageUpload, Images},
    memories::Memories,
    memory_files::MemoryFiles,
    messages::Messages,
    models::Models,
    sessions::Sessions,
    workspaces::Workspaces,
};
