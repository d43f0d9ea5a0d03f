//! HTTP, server-sent events and WebSockets for API clients, with honest errors and a pluggable transport.
//!
//! The crate knows HTTP and nothing of agents. Take what you need:
//!
//! | feature | what it brings |
//! |---|---|
//! | none | [`sse`]: an event-stream decoder without I/O (`bytes`, `memchr` and `simdutf8` only) |
//! | `http` (default) | [`Transport`], [`HttpTransport`] with its own connection pool, [`Api`] |
//! | `tls` | https by rustls and *ring*, with the platform's certificate verifier, and HTTP/2 |
//! | `tls-aws-lc` | the same by rustls and AWS-LC, which goes first when both are on |
//! | `rustls` | a rustls configuration of your own, which names its provider of cryptography |
//! | `gzip` | asks for compressed responses, and decodes them as they arrive |
//! | `blocking` | [`blocking`]: calls from code that is not asynchronous |
//! | `multipart` | forms with files ([`multipart::Form`]) as the body of a request |
//! | `ws` | WebSockets over an HTTP/1.1 upgrade, as a [`Socket`] |
//! | `tower` | [`TowerTransport`]: a `tower` service as a [`Transport`], and the other way round |
//! | `tokio` | any Tokio I/O object as a connection of [`HttpTransport`], or as a [`Socket`] |
//! | `test-util` | [`testing`]: a transport that answers from a list, and a server that breaks the rules |
//! | `conformance` | [`conformance`]: tests of the contract, for a [`Transport`] of your own |
//!
//! # Layers
//!
//! [`Api`] makes requests (base URL, encoded path segments, credentials, time limits, [`retry`]) → [`Transport`] carries
//! one attempt of one of them → [`HttpTransport`] does so over hyper. A test puts [`transport_fn`] in the place of the last.
//!
//! # Cancel safety
//!
//! Dropping the future of a call cancels it: the connection is closed, since an HTTP/1.1 request can't be taken back
//! (HTTP/2 resets its stream alone).
//! Whether the server acted on it is unknown from then on. Dropping a [`Body`] that was not read to its end closes the
//! connection too. Methods say where they promise more.
//!
//! # Stability
//!
//! Signatures name only `std`, `bytes`, `http`, `http-body`, `futures-core` and this crate; another crate needs the
//! feature of its name. What [`source`] returns is for people to read; downcasting it is not stable.
//!
//! [`source`]: std::error::Error::source
#![cfg_attr(
    not(all(
        feature = "http",
        feature = "blocking",
        feature = "conformance",
        feature = "multipart",
        feature = "tower"
    )),
    allow(rustdoc::broken_intra_doc_links, reason = "the links need the features")
)]

pub mod sse;

#[cfg(feature = "http")]
mod api;
#[cfg(feature = "http")]
mod api_key;
#[cfg(feature = "http")]
mod base_url;
#[cfg(feature = "blocking")]
pub mod blocking;
#[cfg(feature = "http")]
mod body;
#[cfg(feature = "conformance")]
pub mod conformance;
#[cfg(feature = "http")]
mod credentials;
#[cfg(feature = "http")]
mod error;
#[cfg(feature = "http")]
mod http_transport;
#[cfg(feature = "http")]
mod interceptor;
#[cfg(feature = "http")]
mod location;
#[cfg(feature = "multipart")]
pub mod multipart;
#[cfg(feature = "http")]
mod operation;
#[cfg(feature = "http")]
mod options;
#[cfg(feature = "http")]
mod pages;
#[cfg(feature = "http")]
mod query;
#[cfg(feature = "http")]
mod rate_limit;
#[cfg(feature = "http")]
pub mod retry;
#[cfg(feature = "http")]
pub mod socket;
#[cfg(feature = "http")]
mod telemetry;
#[cfg(feature = "test-util")]
pub mod testing;
#[cfg(feature = "tower")]
mod tower;
#[cfg(feature = "http")]
mod trace_context;
#[cfg(feature = "http")]
mod transport;
mod utf8;

#[cfg(feature = "tokio")]
pub use crate::http_transport::DialTarget;
#[cfg(feature = "tower")]
pub use crate::tower::{TowerTransport, TransportService};
#[cfg(feature = "http")]
pub use crate::{
    api::{Api, ApiBuilder, ApiRequest, Attempts, SocketCredentials},
    api_key::{ApiKey, InvalidApiKey},
    base_url::{BaseUrl, InvalidUrl},
    body::Body,
    credentials::{Credentials, CredentialsFn, credentials_fn},
    error::{Progress, TransportError, TransportErrorKind},
    http_transport::{HttpTransport, HttpTransportBuilder},
    interceptor::{Interceptor, Outcome},
    operation::OperationContext,
    options::CallOptions,
    pages::Pages,
    rate_limit::RateLimit,
    socket::{CloseFrame, Message, Socket, SocketIo, Text},
    trace_context::TraceContext,
    transport::{BoxFuture, Request, Response, Transport, TransportFn, transport_fn},
};
