//! Which model answered.

record! {
    /// A model, by its names.
    pub struct ModelMetadata {
        /// Its id at the provider.
        pub model: String,
        /// Its id on the platform.
        pub model_id: Option<String>,
        /// Its provider.
        pub provider_id: Option<String>,
    }
}
