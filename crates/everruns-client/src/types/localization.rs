//! Other languages.

shared! {
    /// The name and description of something in another language (0.50).
    pub struct Localization {
        /// Its name for people.
        pub display_name: Option<String>,
        /// What it is for.
        pub description: Option<String>,
    }
}
