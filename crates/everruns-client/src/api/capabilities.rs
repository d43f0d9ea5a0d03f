//! What agents can be given to do.

use crate::{
    call::Call,
    list::{List, Paging},
    types::{Capability, GuardrailExamples, GuardrailsDryRun, GuardrailsDryRunRequest},
};

resource! {
    /// What agents can be given to do, and guards of what they say and do:
    /// [`Client::capabilities`](crate::Client::capabilities).
    ///
    /// ```
    /// use everruns_sdk::{Client, testing::FakeEverruns, types::{GuardrailStage, GuardrailsDryRunRequest}};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> everruns_sdk::Result<()> {
    /// # let client = Client::builder().api_key("key").transport(FakeEverruns::new()).build();
    /// let examples = client.capabilities().guardrail_examples().await?.examples;
    /// let guard = GuardrailsDryRunRequest {
    ///     config: examples[0].config.clone().into(),
    ///     stage: GuardrailStage::Output,
    ///     text: "The key of the hive is evr_pat_1.".to_owned(),
    ///     ..Default::default()
    /// };
    /// let found = client.capabilities().dry_run_guardrails(guard).await?;
    /// println!("blocked: {}, by {:?}", found.blocked, found.hits);
    /// # Ok(())
    /// # }
    /// ```
    pub struct Capabilities;
}

impl Capabilities {
    /// What there is: `GET /v1/capabilities`. Its [filter](List::filter) is `include_retired`.
    pub fn list(&self) -> List<Capability> {
        List::new(&self.service, &["capabilities"], "list_capabilities", Paging::Offset)
    }

    /// The capabilities with this text in them.
    pub fn search(&self, text: impl Into<String>) -> List<Capability> {
        self.list().search(text)
    }

    /// A capability: `GET /v1/capabilities/{id}`.
    pub fn get(&self, capability_id: &str) -> Call<Capability> {
        self.service.get(&["capabilities", capability_id], "get_capability")
    }

    /// Guards to begin with: `GET /v1/capabilities/guardrails/examples`.
    pub fn guardrail_examples(&self) -> Call<GuardrailExamples> {
        self.service.get(&["capabilities", "guardrails", "examples"], "list_guardrail_examples")
    }

    /// What a guard would do with a text: `POST /v1/capabilities/guardrails/dry-run`.
    pub fn dry_run_guardrails(&self, guard: GuardrailsDryRunRequest) -> Call<GuardrailsDryRun> {
        self.service.post(&["capabilities", "guardrails", "dry-run"], "dry_run_guardrails", &guard)
    }
}
