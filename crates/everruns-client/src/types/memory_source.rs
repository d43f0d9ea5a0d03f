//! Where the files of a memory come from.

tagged! {
    /// Where the files of a memory come from, told apart by its `provider`.
    pub enum MemorySource by "provider" {
        /// From whoever writes them.
        Manual(ManualSource) = "manual",
        /// From a repository at GitHub.
        GitHub(GitHubSource) = "github",
        /// From a git repository.
        Git(GitSource) = "git",
    }
}

tagged! {
    /// Where the files of a memory should come from, told apart by its `type`.
    ///
    /// ```
    /// use everruns_sdk::types::{GitHubSource, MemorySourceRequest};
    ///
    /// let source = MemorySourceRequest::from(GitHubSource {
    ///     repository: "owner/name".to_string(),
    ///     branch: Some("main".to_string()),
    ///     ..Default::default()
    /// });
    /// assert_eq!(source.kind(), "github");
    /// ```
    pub enum MemorySourceRequest by "type" {
        /// From a repository at GitHub.
        GitHub(GitHubSource) = "github",
        /// From a git repository.
        Git(GitSource) = "git",
    }
}

record! {
    /// Files that are written by hand or by agents.
    pub struct ManualSource {}
}

shared! {
    /// A repository at GitHub.
    pub struct GitHubSource {
        /// The repository, as `owner/name`.
        pub repository: String; always,
        /// The branch: the main one, unless this says otherwise.
        pub branch: Option<String>,
        /// The folder in it.
        pub root_folder: Option<String>,
        /// How often to fetch it, in seconds.
        pub sync_interval_secs: Option<u64>,
    }
}

shared! {
    /// A git repository.
    pub struct GitSource {
        /// Its address.
        pub url: String; always,
        /// The branch: the main one, unless this says otherwise.
        pub branch: Option<String>,
        /// The folder in it.
        pub root_folder: Option<String>,
        /// How often to fetch it, in seconds.
        pub sync_interval_secs: Option<u64>,
    }
}
