//! `Client::budgets`.

use everruns_sdk::{
    Patch,
    types::{BudgetAction, BudgetStatus, BudgetSubject, CreateBudgetRequest, UpdateBudgetRequest},
};

use crate::script::{ask, asked, line, script};

const BUDGET: &str = r#"{"id":"bdgt_1","currency":"usd","limit":20.5,"balance":7,"status":"paused"}"#;

#[tokio::test]
async fn budgets_of_a_subject_are_listed() {
    let (asked, page) = ask(r#"[{"id":"bdgt_1","subject_type":"agent"}]"#, |client| {
        client.budgets().list(BudgetSubject::Agent, "agent_1")
    })
    .await;
    assert_eq!(asked, "GET /budgets?subject_type=agent&subject_id=agent_1");
    assert_eq!((page.data.len(), &page.data[0].subject_type), (1, &BudgetSubject::Agent));
}

#[tokio::test]
async fn a_budget_is_made_read_changed_filled_and_deleted() {
    let request = CreateBudgetRequest {
        subject_type: "session".into(),
        subject_id: "session_1".to_owned(),
        currency: "usd".to_owned(),
        limit: 20.5,
        ..Default::default()
    };
    let (asked, budget) = ask(BUDGET, |client| client.budgets().create(request)).await;
    let sent = r#"{"subject_type":"session","subject_id":"session_1","currency":"usd","limit":20.5}"#;
    assert_eq!(asked, format!("POST /budgets {sent}"));
    assert_eq!((budget.limit, budget.balance, budget.status), (20.5, 7.0, BudgetStatus::Paused));

    assert_eq!(line(BUDGET, |client| client.budgets().get("bdgt_1")).await, "GET /budgets/bdgt_1");

    let changes = UpdateBudgetRequest { limit: Some(30.0), soft_limit: Patch::Clear, ..Default::default() };
    let asked = line(BUDGET, |client| client.budgets().update("bdgt_1", changes)).await;
    assert_eq!(asked, r#"PATCH /budgets/bdgt_1 {"limit":30.0,"soft_limit":null}"#);

    let asked = line(BUDGET, |client| client.budgets().top_up("bdgt_1", 5.0, Some("more"))).await;
    assert_eq!(asked, r#"POST /budgets/bdgt_1/top-up {"amount":5.0,"description":"more"}"#);
    let asked = line(BUDGET, |client| client.budgets().top_up("bdgt_1", 0.25, None)).await;
    assert_eq!(asked, r#"POST /budgets/bdgt_1/top-up {"amount":0.25}"#);

    assert_eq!(line("", |client| client.budgets().delete("bdgt_1")).await, "DELETE /budgets/bdgt_1");

    let (asked, check) = ask(r#"{"action":"stop","balance":0}"#, |client| client.budgets().check("bdgt_1")).await;
    assert_eq!((&*asked, check.action), ("GET /budgets/bdgt_1/check", BudgetAction::Stop));
}

#[tokio::test]
async fn a_ledger_is_read_page_by_page() {
    let full: &'static str = format!("[{}]", vec![r#"{"id":"l","amount":-1.5}"#; 50].join(",")).leak();
    let (client, transport) = script([(200, full), (200, r#"[{"id":"last"}]"#)]);
    let mut ledger = client.budgets().ledger("bdgt_1").stream();
    let mut ids = Vec::new();
    while let Some(entry) = ledger.next().await {
        ids.push(entry.expect("an entry").id);
    }
    assert_eq!((ids.len(), ids.last().map(String::as_str)), (51, Some("last")));
    let pages = ["GET /budgets/bdgt_1/ledger?limit=50", "GET /budgets/bdgt_1/ledger?offset=50&limit=50"];
    assert_eq!(asked(&transport), pages);
}
