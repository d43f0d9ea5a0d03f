//! Runs that go on after the answer.

use std::collections::BTreeMap;

use http::StatusCode;
use runagent_types::{
    ApiError,
    v1::{InvokeOutput, Operation, OperationStatus},
};

use super::Answer;

/// All operations, by id.
#[derive(Default)]
pub(super) struct Operations(BTreeMap<String, Run>);

struct Run {
    outcome: Result<InvokeOutput, ApiError>,
    /// How often somebody has asked.
    asked: u32,
}

impl Operations {
    /// Begins one that will come to this, and tells of it.
    pub(super) fn start(&mut self, outcome: Result<InvokeOutput, ApiError>) -> Vec<u8> {
        let id = format!("op_{}", self.0.len() + 1);
        let begun = Operation::new(&*id, OperationStatus::Pending).with_check_url(check_url(&id)).to_json();
        self.0.insert(id, Run { outcome, asked: 0 });
        begun
    }

    /// How far one is. Each question brings it a step further.
    pub(super) fn ask(&mut self, id: &str) -> Answer {
        let Some(run) = self.0.get_mut(id) else {
            let message = format!("there is no operation {id}");
            return Err((StatusCode::NOT_FOUND, ApiError::new("OPERATION_NOT_FOUND", message)));
        };
        run.asked += 1;
        let mut operation = match (run.asked, &run.outcome) {
            (1, _) => Operation::new(id, OperationStatus::Pending),
            (2, _) => Operation::new(id, OperationStatus::Running),
            (_, Ok(output)) => {
                let mut operation = Operation::new(id, OperationStatus::Completed);
                operation.result = Some(output.clone());
                operation
            }
            (_, Err(error)) => {
                let mut operation = Operation::new(id, OperationStatus::Failed);
                operation.error = Some(error.clone());
                operation
            }
        };
        operation.check_url = Some(check_url(id));
        Ok((StatusCode::OK, operation.to_json().into()))
    }
}

fn check_url(id: &str) -> String {
    format!("/v1/operations/{id}")
}
