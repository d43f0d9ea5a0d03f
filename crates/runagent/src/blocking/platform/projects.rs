use std::iter::FusedIterator;

use runagent_transport::Pages;

use crate::{RunAgentError, RunAgentResult, blocking::worker::block_on, platform::Project};

/// All projects, one after the other: an iterator that blocks while a page is fetched. An error is the last item.
#[derive(Debug)]
#[must_use = "an iterator does nothing unless it is asked"]
pub struct Projects(pub(super) Pages<Project, RunAgentError>);

impl Iterator for Projects {
    type Item = RunAgentResult<Project>;

    fn next(&mut self) -> Option<Self::Item> {
        block_on(async { self.0.next().await.transpose() }).transpose()
    }
}

impl FusedIterator for Projects {}
