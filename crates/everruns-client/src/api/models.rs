//! Language models.

use crate::{
    call::Call,
    list::{List, Paging},
    types::Model,
};

resource! {
    /// Language models that agents may use: [`Client::models`](crate::Client::models).
    pub struct Models;
}

impl Models {
    /// The models of the organisation: `GET /v1/models`. Its [filters](List::filter) are `source`, `service`, `include_stale`
    /// and `favorites_only`.
    pub fn list(&self) -> List<Model> {
        List::new(&self.service, &["models"], "list_models", Paging::Whole)
    }

    /// A model, by its id on the platform: `GET /v1/models/{id}`.
    pub fn get(&self, model_id: &str) -> Call<Model> {
        self.service.get(&["models", model_id], "get_model")
    }
}
