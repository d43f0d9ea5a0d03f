//! The connection to one server, shared by all that a client gives.

use std::{sync::Arc, time::Duration};

use http::{HeaderName, HeaderValue, Method};
use runagent_transport::{Api, ApiRequest};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Error, Result,
    call::{Call, Read, done, json},
    error::Problem,
    file_routes::FileRoutes,
    positions::Positions,
};

const END_USER: HeaderName = HeaderName::from_static("end-user");

/// The API, or why there is none.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    inner: Arc<Inner>,
    /// In whose name an agent is called.
    end_user: Option<HeaderValue>,
}

#[derive(Debug)]
struct Inner {
    /// A client is made without an error, so that of its settings is that of each call.
    api: Result<Api, Unusable>,
    timeout: Duration,
    /// Whether the caller has set the time limit.
    own_timeout: bool,
    positions: Positions,
    file_routes: FileRoutes,
}

/// What is wrong with the settings.
#[derive(Debug)]
pub(crate) enum Unusable {
    Key(String),
    Setting(String),
}

impl From<String> for Unusable {
    fn from(message: String) -> Self {
        Self::Setting(message)
    }
}

impl Service {
    pub(crate) fn new(api: Result<Api, Unusable>, timeout: Duration, own_timeout: bool) -> Self {
        let inner =
            Inner { api, timeout, own_timeout, positions: Positions::default(), file_routes: FileRoutes::default() };
        Self { inner: Arc::new(inner), end_user: None }
    }

    /// The same in the name of a customer.
    pub(crate) fn for_end_user(&self, id: HeaderValue) -> Self {
        Self { inner: Arc::clone(&self.inner), end_user: Some(id) }
    }

    pub(crate) fn api(&self) -> Result<&Api> {
        self.inner.api.as_ref().map_err(|unusable| match unusable {
            Unusable::Key(message) => Error::Authentication(Problem::of_key(message.clone())),
            Unusable::Setting(message) => Error::Config(message.clone()),
        })
    }

    /// How far the events of each session were read.
    pub(crate) fn positions(&self) -> &Positions {
        &self.inner.positions
    }

    /// Where the files of sessions are.
    pub(crate) fn file_routes(&self) -> &FileRoutes {
        &self.inner.file_routes
    }

    /// The time limit of a call that has none of its own.
    pub(crate) fn timeout(&self) -> Duration {
        self.inner.timeout
    }

    /// The time limit of a call that carries much, unless the caller has set one.
    pub(crate) fn long_timeout(&self, timeout: Duration) -> Duration {
        if self.inner.own_timeout { self.inner.timeout } else { timeout }
    }

    /// A request for which nothing is set but its operation.
    pub(crate) fn request(&self, method: Method, segments: &[&str], operation: &'static str) -> Result<ApiRequest> {
        let request = self.api()?.request(method, segments).operation(operation);
        Ok(match &self.end_user {
            Some(id) => request.header(END_USER, id.clone()),
            None => request,
        })
    }

    /// A call without a body.
    pub(crate) fn call<T>(&self, method: Method, segments: &[&str], operation: &'static str, read: Read<T>) -> Call<T> {
        Call::new(self.request(method, segments, operation), operation, self.timeout(), read)
    }

    /// A call with a JSON document.
    pub(crate) fn call_with<T>(
        &self,
        method: Method,
        segments: &[&str],
        operation: &'static str,
        body: &impl Serialize,
        read: Read<T>,
    ) -> Call<T> {
        self.call(method, segments, operation, read).body(body)
    }

    /// What is there.
    pub(crate) fn get<T: DeserializeOwned>(&self, segments: &[&str], operation: &'static str) -> Call<T> {
        self.call(Method::GET, segments, operation, json)
    }

    /// Something new, or something to be done.
    pub(crate) fn post<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        operation: &'static str,
        body: &impl Serialize,
    ) -> Call<T> {
        self.call_with(Method::POST, segments, operation, body, json)
    }

    /// A change.
    pub(crate) fn patch<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        operation: &'static str,
        body: &impl Serialize,
    ) -> Call<T> {
        self.call_with(Method::PATCH, segments, operation, body, json)
    }

    /// Something new in the place of the old.
    pub(crate) fn put<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        operation: &'static str,
        body: &impl Serialize,
    ) -> Call<T> {
        self.call_with(Method::PUT, segments, operation, body, json)
    }

    /// Something that is gone afterwards.
    pub(crate) fn delete(&self, segments: &[&str], operation: &'static str) -> Call<()> {
        self.act(Method::DELETE, segments, operation)
    }

    /// Something to be done, of which there is nothing to tell.
    pub(crate) fn act(&self, method: Method, segments: &[&str], operation: &'static str) -> Call<()> {
        self.call(method, segments, operation, done)
    }
}
