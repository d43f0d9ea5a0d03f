//! Files that a session starts with.

shared! {
    /// A file that each new session gets.
    ///
    /// ```
    /// use everruns_sdk::types::InitialFile;
    ///
    /// let file = InitialFile::text("/notes.md", "Nothing yet.");
    /// # assert!(!file.is_readonly);
    /// ```
    pub struct InitialFile {
        /// Its path in the workspace, from the root.
        pub path: String; always,
        /// What is in it, as `encoding` says.
        pub content: String; always,
        /// How `content` is written: as text, unless this says otherwise.
        pub encoding: Option<FileEncoding>,
        /// Whether the session may not change it.
        pub is_readonly: bool,
    }
}

impl InitialFile {
    /// A file of text.
    #[must_use]
    pub fn text(path: impl Into<String>, content: impl Into<String>) -> Self {
        Self { path: path.into(), content: content.into(), ..Self::default() }
    }
}

open_enum! {
    /// How the bytes of a file are written.
    pub enum FileEncoding {
        /// As text.
        Text = "text",
        /// In base64.
        Base64 = "base64",
    }
}
