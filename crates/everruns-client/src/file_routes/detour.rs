//! From the files of a session to those of its workspace.

use std::{collections::HashMap, time::Duration};

use http::StatusCode;
use runagent_transport::{ApiRequest, BoxFuture};
use serde::de::IgnoredAny;

use super::FileRoot;
use crate::{Result, api::Sessions, service::Service};

/// The way of one request for a file of a session: where the server has files with workspaces only, it goes there.
#[derive(Debug)]
pub(crate) struct Detour {
    service: Service,
    session_id: String,
    /// What comes after the root in the address.
    rest: Vec<String>,
    root: FileRoot,
}

impl Detour {
    pub(crate) fn new(service: Service, session_id: &str, rest: &[&str]) -> Self {
        let rest = rest.iter().map(|&segment| segment.to_owned()).collect();
        Self { service, session_id: session_id.to_owned(), rest, root: FileRoot::Session }
    }

    /// The request as the server wants it, as far as that is known. What has to be asked for takes no longer than `left`.
    pub(crate) async fn begin(&mut self, request: ApiRequest, left: Duration) -> Result<ApiRequest> {
        if self.service.file_routes().root() != Some(FileRoot::Workspace) {
            return Ok(request);
        }
        Ok(self.reroute(&request, left).await?.unwrap_or(request))
    }

    /// The request to make after this answer, unless it is the last.
    pub(crate) async fn after(
        &mut self,
        request: &ApiRequest,
        status: StatusCode,
        body: &[u8],
        left: Duration,
    ) -> Result<Option<ApiRequest>> {
        let routes = self.service.file_routes();
        let unknown = is_no_route(status, body);
        if status.is_success() || (self.root == FileRoot::Workspace && status == StatusCode::NOT_FOUND && !unknown) {
            routes.learn(self.root);
        }
        if unknown && self.root == FileRoot::Session && routes.root().is_none() {
            return self.reroute(request, left).await;
        }
        Ok(None)
    }

    /// The request for the file in the workspace, if the session has one.
    async fn reroute(&mut self, request: &ApiRequest, left: Duration) -> Result<Option<ApiRequest>> {
        let Some(workspace_id) = self.workspace(left).await? else { return Ok(None) };
        self.root = FileRoot::Workspace;
        let root = ["workspaces", &workspace_id, "fs"];
        let segments: Vec<&str> = root.into_iter().chain(self.rest.iter().map(String::as_str)).collect();
        Ok(Some(request.clone().path(&segments)))
    }

    /// Boxed, since the call for it is a part of a call.
    fn workspace(&self, left: Duration) -> BoxFuture<'_, Result<Option<String>>> {
        Box::pin(async move {
            let routes = self.service.file_routes();
            if let Some(known) = routes.workspace(&self.session_id) {
                return Ok(Some(known));
            }
            let session = Sessions::of(self.service.clone()).get(&self.session_id).timeout(left).await?;
            if session.workspace_id.is_empty() {
                return Ok(None);
            }
            routes.remember(&self.session_id, &session.workspace_id);
            Ok(Some(session.workspace_id))
        })
    }
}

/// Whether the server has no such route. That there is no such file it says in a document.
fn is_no_route(status: StatusCode, body: &[u8]) -> bool {
    matches!(status, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED)
        && serde_json::from_slice::<HashMap<String, IgnoredAny>>(body).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_is_no_missing_route() {
        for (status, body, expected) in [
            (404, "", true),
            (405, "", true),
            (404, "Not Found", true),
            (404, "<html></html>", true),
            (404, "404", true),
            (404, r#"{"title":"Not Found","status":404}"#, false),
            (404, r#"{"error":"File not found"}"#, false),
            (400, "", false),
            (403, "", false),
            (410, "", false),
            (500, "", false),
            (200, "", false),
        ] {
            let status = StatusCode::from_u16(status).expect("a status");
            assert_eq!(is_no_route(status, body.as_bytes()), expected, "{status} {body:?}");
        }
    }
}
