//! Versions of an agent.

use serde_json::Value;

use crate::wire::Timestamp;

record! {
    /// What an agent was at one time.
    pub struct AgentVersion requires id {
        /// Its id.
        pub id: String,
        /// The agent.
        pub agent_id: String,
        /// Its version, such as `1.2.0`.
        pub version: String,
        /// How many versions there are up to it.
        pub version_number: u64,
        /// The first part of the version.
        pub semver_major: u64,
        /// The second part of the version.
        pub semver_minor: u64,
        /// The third part of the version.
        pub semver_patch: u64,
        /// How it came to be.
        pub change_kind: VersionChange,
        /// What changed, in words.
        pub summary: Option<String>,
        /// Whether it is published.
        pub is_published: bool,
        /// The settings as they were made.
        pub authored_config: Value,
        /// The settings with what they take from the harness and the capabilities.
        pub resolved_config: Value,
        /// A digest of the settings.
        pub config_hash: String,
        /// The version before it.
        pub parent_version_id: Option<String>,
        /// The version it was taken from.
        pub source_version_id: Option<String>,
        /// Who made it.
        pub created_by_principal_id: Option<String>,
        /// When it was made.
        pub created_at: Timestamp,
    }
}

open_enum! {
    /// How a version came to be.
    pub enum VersionChange {
        /// The agent was changed.
        Auto = "auto",
        /// Somebody kept it.
        Manual = "manual",
        /// Somebody kept it, as a small change.
        Patch = "patch",
        /// Somebody kept it, as a change.
        Minor = "minor",
        /// Somebody kept it, as a great change.
        Major = "major",
        /// It was imported.
        Import = "import",
        /// An older one was taken back.
        Rollback = "rollback",
        /// It is the first one of a fork.
        Fork = "fork",
    }
}

request! {
    /// A version to keep.
    pub struct CreateAgentVersionRequest {
        /// How great the change is.
        pub change_kind: Option<VersionChange>,
        /// What changed, in words.
        pub summary: Option<String>,
    }
}

request! {
    /// The version that new sessions use.
    pub struct SetDefaultAgentVersionRequest {
        /// Its id.
        pub version_id: String,
    }
}

request! {
    /// An agent to make from a version.
    pub struct ForkAgentVersionRequest {
        /// Its name.
        pub name: String,
        /// Its name for people.
        pub display_name: Option<String>,
        /// What it is for.
        pub description: Option<String>,
    }
}

request! {
    /// How to go back to a version.
    pub struct RollbackAgentVersionRequest {
        /// Whether what there is now is kept as a version.
        pub save_version: Option<bool>,
        /// Why, in words.
        pub summary: Option<String>,
    }
}

record! {
    /// What differs between two versions.
    pub struct AgentVersionDiff {
        /// The one version.
        pub from_version_id: String,
        /// The other.
        pub to_version_id: String,
        /// What differs in the settings as they were made.
        pub authored_diff: Value,
        /// What differs in the settings with what they take from elsewhere.
        pub resolved_diff: Value,
    }
}
