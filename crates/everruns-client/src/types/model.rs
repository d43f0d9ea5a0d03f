//! Language models.

use super::AllowedAction;
use super::ModelProfile;
use crate::wire::Timestamp;

record! {
    /// A model that agents may use, with its provider.
    pub struct Model requires id {
        /// Its id on the platform.
        pub id: String,
        /// Its id at the provider.
        pub model_id: String,
        /// Its name for people.
        pub display_name: String,
        /// What it can do, in words such as `chat`.
        pub capabilities: Vec<String>,
        /// Its provider.
        pub provider_id: String,
        /// The name of the provider.
        pub provider_name: String,
        /// What the provider is, such as `openai`.
        pub provider_type: String,
        /// Who made the model.
        pub model_vendor: Option<ModelVendor>,
        /// What is known of it.
        pub profile: Option<ModelProfile>,
        /// How the platform came to know it.
        pub source: ModelSource,
        /// Whether it may be used.
        pub enabled: bool,
        /// Whether the provider answers.
        pub healthy: bool,
        /// Whether it is among the favourites.
        pub is_favorite: bool,
        /// When it was added.
        pub created_at: Timestamp,
        /// When it was changed last.
        pub updated_at: Timestamp,
        /// What may be done with it now.
        pub allowed_actions: Vec<AllowedAction>,
        /// Its address in the API.
        pub self_url: Option<String>,
        /// Its address for people.
        pub view_url: Option<String>,
        /// Its path in the pages for people.
        pub ui_link: Option<String>,
    }
}

open_enum! {
    /// How the platform came to know a model.
    pub enum ModelSource {
        /// Somebody added it.
        Manual = "manual",
        /// The provider has it.
        Discovered = "discovered",
        /// It comes with the platform.
        Predefined = "predefined",
    }
}

open_enum! {
    /// Who made a model.
    pub enum ModelVendor {
        /// OpenAI.
        OpenAi = "openai",
        /// Anthropic.
        Anthropic = "anthropic",
        /// Google.
        Google = "google",
        /// NVIDIA.
        Nvidia = "nvidia",
        /// Alibaba.
        Qwen = "qwen",
        /// Microsoft.
        Microsoft = "microsoft",
        /// MiniMax.
        MiniMax = "minimax",
        /// Moonshot AI.
        Moonshot = "moonshot",
        /// xAI.
        XAi = "xai",
        /// Mistral AI (0.50).
        Mistral = "mistral",
        /// Meta (0.50).
        Meta = "meta",
        /// Typesafe (0.50).
        Typesafe = "typesafe",
        /// The simulator.
        LlmSim = "llmsim",
    }
}
