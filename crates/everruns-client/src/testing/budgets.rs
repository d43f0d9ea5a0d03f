//! `/budgets`.

use http::Method;
use serde_json::{Value, json};

use super::{
    collection::required,
    problem::{Answer, Problem, created, no_content, ok},
    recorded_request::RecordedRequest,
    state::State,
};

impl State {
    pub(super) fn answer_budgets(&mut self, request: &RecordedRequest, segments: &[&str]) -> Answer {
        match (&request.method, segments) {
            (&Method::GET, []) => {
                let same = |row: &&Value, field| request.query(field).is_none_or(|value| row[field] == value);
                let rows = self.budgets.iter().filter(|row| same(row, "subject_type") && same(row, "subject_id"));
                ok(&rows.cloned().collect())
            }
            (&Method::POST, []) => self.create_budget(&request.object()?),
            (&Method::GET, [id]) => ok(self.budgets.get(id)?),
            (&Method::PATCH, [id]) => ok(self.budgets.update(&mut self.clock, id, &request.object()?)?),
            (&Method::DELETE, [id]) => {
                self.budgets.remove(id)?;
                no_content()
            }
            (&Method::POST, [id, "top-up"]) => self.top_up(id, &request.object()?),
            (&Method::GET, [id, "ledger"]) => {
                self.budgets.get(id)?;
                let offset = request.number("offset")?.unwrap_or(0) as usize;
                let limit = request.number("limit")?.unwrap_or(50) as usize;
                let entries = self.ledger.iter().filter(|entry| entry["budget_id"] == *id);
                ok(&entries.skip(offset).take(limit).cloned().collect())
            }
            (&Method::GET, [id, "check"]) => ok(&check(self.budgets.get(id)?)),
            _ => Err(Problem::no_route()),
        }
    }

    fn create_budget(&mut self, body: &Value) -> Answer {
        for field in ["subject_type", "subject_id", "currency"] {
            required(body, field)?;
        }
        let defaults = json!({
            "organization_id": "org_00000000000000000000000000000001",
            "status": "active",
            "balance": body["limit"],
        });
        let row = self.budgets.add(&mut self.clock, defaults, body);
        created(&format!("/v1/budgets/{}", row["id"].as_str().unwrap_or_default()), row)
    }

    fn top_up(&mut self, id: &str, body: &Value) -> Answer {
        let Some(amount) = body["amount"].as_f64() else {
            return Err(Problem::bad_request("amount is not a number"));
        };
        let entry = json!({
            "id": self.clock.id("ledger"),
            "budget_id": id,
            "amount": amount,
            "meter_source": "top_up",
            "description": body["description"],
            "created_at": self.clock.now(),
        });
        let balance = self.budgets.get(id)?["balance"].as_f64().unwrap_or_default();
        let fields = json!({"balance": balance + amount, "status": "active"});
        let row = self.budgets.update(&mut self.clock, id, &fields)?;
        self.ledger.push(entry);
        ok(row)
    }

    /// The budgets of a session.
    pub(super) fn session_budgets(&self, id: &str) -> Vec<&Value> {
        self.budgets.iter().filter(|row| row["subject_type"] == "session" && row["subject_id"] == id).collect()
    }
}

/// What a budget has to say of spending.
pub(super) fn check(budget: &Value) -> Value {
    let is_spent = budget["balance"].as_f64().unwrap_or_default() <= 0.0;
    let action = match budget["status"].as_str() {
        Some("paused") => "pause",
        _ if is_spent => "stop",
        _ => "continue",
    };
    json!({
        "action": action,
        "budget_id": budget["id"],
        "balance": budget["balance"],
        "currency": budget["currency"],
    })
}
