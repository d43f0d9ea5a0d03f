//! What ran here: in the registry, or without one the last of it in memory.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use runagent_registry::{InvocationRecord, RegistryError};
use runagent_types::platform::{Invocation, InvocationPage, InvocationStats, InvocationStatus};

use crate::recorder::Recorder;

/// How many invocations are kept in memory.
const REMEMBERED: usize = 200;
/// How long a reader waits for what was recorded last.
const CATCH_UP: Duration = Duration::from_secs(1);

/// Where the invocations are kept.
#[derive(Debug)]
pub(crate) enum History {
    /// Nowhere.
    Off,
    /// The last ones, in the order in which they began.
    Memory(Mutex<VecDeque<InvocationRecord>>),
    Registry(Recorder),
}

impl History {
    pub(crate) fn in_memory() -> Self {
        Self::Memory(Mutex::default())
    }

    /// Keeps the record of a call that begins, without waiting for anything, and returns it. A call of which nothing will be
    /// kept costs nothing: its record is not made.
    pub(crate) fn begin(&self, record: impl FnOnce() -> InvocationRecord) -> Option<InvocationRecord> {
        match self {
            Self::Off => None,
            Self::Memory(records) => {
                let record = record();
                let mut records = records.lock().unwrap_or_else(PoisonError::into_inner);
                if records.len() == REMEMBERED {
                    records.pop_front();
                }
                records.push_back(record.clone());
                Some(record)
            }
            Self::Registry(recorder) => recorder.begin(record),
        }
    }

    /// Keeps the record of a call that [began](Self::begin) and has ended.
    pub(crate) fn end(&self, record: InvocationRecord) {
        match self {
            Self::Off => {}
            Self::Memory(records) => {
                let mut records = records.lock().unwrap_or_else(PoisonError::into_inner);
                // One that was pending for too long is forgotten by now.
                let known = records.iter_mut().rev().find(|known| known.invocation_id() == record.invocation_id());
                if let Some(known) = known {
                    *known = record;
                }
            }
            Self::Registry(recorder) => recorder.end(record),
        }
    }

    /// The invocations of an agent, the newest first.
    pub(crate) async fn invocations(
        &self,
        agent_id: &str,
        status: Option<&InvocationStatus>,
        limit: Option<u64>,
    ) -> Result<InvocationPage, RegistryError> {
        match self {
            Self::Registry(recorder) => {
                recorder.flush(CATCH_UP).await;
                recorder.registry().invocations(agent_id, status, limit).await
            }
            _ => {
                let limit = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
                let wanted = |invocation: &Invocation| status.is_none_or(|status| invocation.status == *status);
                let invocations = self.remembered(agent_id).into_iter().filter(wanted).take(limit);
                Ok(InvocationPage::new(agent_id, invocations.collect()))
            }
        }
    }

    /// One invocation, of whichever agent.
    pub(crate) async fn invocation(&self, invocation_id: &str) -> Result<Option<Invocation>, RegistryError> {
        match self {
            Self::Registry(recorder) => {
                recorder.flush(CATCH_UP).await;
                recorder.registry().invocation(invocation_id).await
            }
            Self::Off => Ok(None),
            Self::Memory(records) => {
                let records = records.lock().unwrap_or_else(PoisonError::into_inner);
                let found = records.iter().rev().find(|record| record.invocation_id() == invocation_id);
                Ok(found.map(InvocationRecord::to_invocation))
            }
        }
    }

    /// The invocations of an agent in numbers.
    pub(crate) async fn stats(&self, agent_id: &str) -> Result<InvocationStats, RegistryError> {
        if let Self::Registry(recorder) = self {
            recorder.flush(CATCH_UP).await;
            return recorder.registry().invocation_stats(agent_id).await;
        }
        let mut stats = InvocationStats::default();
        agent_id.clone_into(&mut stats.agent_id);
        let mut took = 0.0;
        for invocation in self.remembered(agent_id) {
            stats.total_invocations += 1;
            match invocation.status {
                InvocationStatus::Completed => {
                    stats.completed_invocations += 1;
                    took += invocation.execution_time_ms.unwrap_or_default();
                }
                InvocationStatus::Failed => stats.failed_invocations += 1,
                _ => stats.pending_invocations += 1,
            }
        }
        let completed = stats.completed_invocations;
        Ok(stats.with_means((completed > 0).then(|| took / completed as f64)))
    }

    /// What is in memory of an agent, the newest first.
    fn remembered(&self, agent_id: &str) -> Vec<Invocation> {
        let Self::Memory(records) = self else { return Vec::new() };
        let records = records.lock().unwrap_or_else(PoisonError::into_inner);
        let of_agent = records.iter().rev().filter(|record| record.agent_id() == agent_id);
        of_agent.map(InvocationRecord::to_invocation).collect()
    }
}
