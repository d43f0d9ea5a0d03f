//! Limits on what may be spent.

use crate::{
    call::Call,
    list::{List, Paging},
    types::{Budget, BudgetCheck, BudgetSubject, CreateBudgetRequest, LedgerEntry, TopUpRequest, UpdateBudgetRequest},
};

/// How many lines of a ledger are a page: no server is known to give fewer.
const LEDGER_PAGE: u64 = 50;

resource! {
    /// Limits on what may be spent: [`Client::budgets`](crate::Client::budgets). Whether those of a session let it go on is at
    /// [`Sessions::budget_check`](crate::Sessions::budget_check).
    ///
    /// ```
    /// use everruns_sdk::{Client, testing::FakeEverruns, types::{BudgetSubject, CreateBudgetRequest}};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> everruns_sdk::Result<()> {
    /// # let client = Client::builder().api_key("key").transport(FakeEverruns::new()).build();
    /// let budget = client.budgets().create(CreateBudgetRequest {
    ///     subject_type: BudgetSubject::Agent,
    ///     subject_id: "agent_00000000000000000000000000000000".to_owned(),
    ///     currency: "usd".to_owned(),
    ///     limit: 20.0,
    ///     ..Default::default()
    /// }).await?;
    /// let budget = client.budgets().top_up(&budget.id, 5.0, Some("for the long report")).await?;
    /// assert_eq!(budget.balance, 25.0);
    /// # Ok(())
    /// # }
    /// ```
    pub struct Budgets;
}

impl Budgets {
    /// The budgets of a session, an agent or someone: `GET /v1/budgets?subject_type=&subject_id=`.
    pub fn list(&self, subject_type: impl Into<BudgetSubject>, subject_id: impl Into<String>) -> List<Budget> {
        List::new(&self.service, &["budgets"], "list_budgets", Paging::Whole)
            .filter("subject_type", subject_type.into().as_str())
            .filter("subject_id", subject_id)
    }

    /// A budget: `GET /v1/budgets/{id}`.
    pub fn get(&self, budget_id: &str) -> Call<Budget> {
        self.service.get(&["budgets", budget_id], "get_budget")
    }

    /// Makes a budget: `POST /v1/budgets`.
    pub fn create(&self, budget: CreateBudgetRequest) -> Call<Budget> {
        self.service.post(&["budgets"], "create_budget", &budget)
    }

    /// Changes what is set in the request, and leaves the rest: `PATCH /v1/budgets/{id}`.
    pub fn update(&self, budget_id: &str, changes: UpdateBudgetRequest) -> Call<Budget> {
        self.service.patch(&["budgets", budget_id], "update_budget", &changes)
    }

    /// Deletes a budget: `DELETE /v1/budgets/{id}`.
    pub fn delete(&self, budget_id: &str) -> Call<()> {
        self.service.delete(&["budgets", budget_id], "delete_budget")
    }

    /// Adds to what is left of a budget: `POST /v1/budgets/{id}/top-up`. The amount is in the currency of the budget.
    ///
    /// It is not tried again when nobody knows whether it got through.
    pub fn top_up(&self, budget_id: &str, amount: f64, description: Option<&str>) -> Call<Budget> {
        let body = TopUpRequest { amount, description: description.map(str::to_owned) };
        self.service.post(&["budgets", budget_id, "top-up"], "top_up_budget", &body)
    }

    /// What was spent and added: `GET /v1/budgets/{id}/ledger`.
    pub fn ledger(&self, budget_id: &str) -> List<LedgerEntry> {
        let segments = ["budgets", budget_id, "ledger"];
        List::new(&self.service, &segments, "list_budget_ledger", Paging::Offset).limit(LEDGER_PAGE)
    }

    /// Whether the budget lets work go on: `GET /v1/budgets/{id}/check`.
    pub fn check(&self, budget_id: &str) -> Call<BudgetCheck> {
        self.service.get(&["budgets", budget_id, "check"], "check_budget")
    }
}
