//! A test suite for every [`Transport`]: does it keep the contract that callers rely on?
//!
//! [`contract`] calls a reference service through the transport, and [`faults`] lets it meet servers that refuse it, break
//! off, or talk nonsense. Each gives a [`Report`] of all its cases: one that fails, panics or hangs stops no other.
//!
//! The service comes in two forms: a [`Server`] on loopback, for transports that use a network, and the functions it is
//! made of, [`respond`] and [`converse`], for a transport that hands requests to something in its own process.
//!
//! ```
//! use runagent_transport::{HttpTransport, conformance};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let server = conformance::Server::start().await;
//! conformance::contract(&HttpTransport::new(), server.base_url()).await.assert_passed();
//! # }
//! ```
//!
//! A transport without a network hosts the service itself:
//!
//! ```
//! use runagent_transport::{BaseUrl, conformance, transport_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let transport = transport_fn(|request| async { Ok(conformance::respond(request).await) });
//! let report = conformance::contract(&transport, &BaseUrl::parse("http://in-process")?).await;
//! report.assert_passed();
//! println!("{report}");
//! # Ok(())
//! # }
//! ```
//!
//! If it opens WebSockets too, it asks [`respond`] with the request of the handshake, and gives [`converse`] the other end
//! of the socket when the answer is 101; any other answer refuses the handshake.
//!
//! The suite runs inside a Tokio runtime with time and, for [`Server`] and [`faults`], I/O; a network needs Tokio's real
//! clock, since a paused one skips ahead while bytes are on their way.

#![allow(clippy::expect_used, reason = "test support: a test fails by panicking")]

mod cancellation;
mod case;
mod echo;
mod faults;
mod pieces;
mod report;
mod requests;
mod responses;
mod server;
mod service;
mod socket_faults;
mod sockets;
mod subject;
mod visits;

use self::{case::Case, subject::Subject};
pub use self::{
    report::{CaseReport, Outcome, Report},
    server::Server,
    service::{converse, respond},
};
use crate::{BaseUrl, Transport};

/// Calls the reference service at `base_url` through the transport: requests, responses, cancellation, and WebSockets if
/// the transport opens any.
///
/// # Cancel safety
///
/// Dropping the future ends the case that runs, and the suite.
pub async fn contract(transport: &dyn Transport, base_url: &BaseUrl) -> Report {
    let subject = Subject::new(transport, base_url);
    let groups =
        [requests::cases(subject), responses::cases(subject), cancellation::cases(subject), sockets::cases(subject)];
    run(groups.into_iter().flatten()).await
}

/// Lets a transport that uses a network meet [scripted servers](crate::testing::wire) that do not answer as they should.
/// It must go to loopback directly, without a proxy, and speak HTTP/1.1 there.
///
/// # Cancel safety
///
/// Dropping the future ends the case that runs, and the suite.
pub async fn faults(transport: &dyn Transport) -> Report {
    run(faults::cases(transport).into_iter().chain(socket_faults::cases(transport))).await
}

/// One case after the other: two of them at once would share the connections of the transport.
async fn run(cases: impl Iterator<Item = Case<'_>>) -> Report {
    let mut report = Report::default();
    for case in cases {
        report.push(case.run().await);
    }
    report
}
