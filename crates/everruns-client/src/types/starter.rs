//! What people may begin with.

shared! {
    /// A first message that is suggested (0.50).
    pub struct Starter {
        /// The message.
        pub text: String; always,
        /// Its icon, by name.
        pub icon: Option<String>,
    }
}

impl From<&str> for Starter {
    fn from(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }
}
