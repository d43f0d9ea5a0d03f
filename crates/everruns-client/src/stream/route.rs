//! Where the events of a session are.

use http::Method;
use runagent_transport::ApiRequest;

use crate::{Result, service::Service};

/// The events of one session, of the management API or of an agent.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) service: Service,
    pub(crate) session_id: String,
    pub(crate) api: Surface,
}

/// Which API it is: the two list events differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Surface {
    /// `limit` means the last so many; there are filters.
    Management,
    /// `limit` means the next so many; what is shown is decided by the channel.
    Agent,
}

/// Which events are wanted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) types: Vec<String>,
    pub(crate) exclude: Vec<String>,
}

impl Route {
    pub(crate) fn request(&self, what: &str, operation: &'static str) -> Result<ApiRequest> {
        self.service.request(Method::GET, &["sessions", &self.session_id, what], operation)
    }
}

impl Filter {
    /// Whether events of this type come.
    pub(crate) fn admits(&self, kind: &str) -> bool {
        let is_kind = |other: &String| other == kind;
        (self.types.is_empty() || self.types.iter().any(is_kind)) && !self.exclude.iter().any(is_kind)
    }

    /// Repeated names: servers take no lists in one value.
    pub(crate) fn apply(&self, mut request: ApiRequest) -> ApiRequest {
        for kind in &self.types {
            request = request.query("types", kind);
        }
        for kind in &self.exclude {
            request = request.query("exclude", kind);
        }
        request
    }
}
