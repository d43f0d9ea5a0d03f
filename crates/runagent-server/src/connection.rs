use std::pin::pin;

use axum::Router;
use futures_util::TryFutureExt;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::select;

use crate::shutdown::Participant;
use crate::{idempotency, request_id};

/// Answers the requests of one connection until it ends, or the shutdown begins and the last of them is answered.
pub(crate) async fn serve_connection<T>(io: T, router: Router, header_bytes: usize, mut shutdown: Participant)
where
    T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let service = TowerToHyperService::new(router);
    let service = service_fn(move |request| {
        let takes_key = idempotency::takes_key(&request);
        service.call(request).map_ok(move |response| {
            let response = request_id::with_any_id(response);
            if takes_key { idempotency::with_support(response) } else { response }
        })
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .max_header_size(header_bytes)
        .serve_connection(TokioIo::new(io), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = select! {
        ended = &mut connection => ended,
        () = shutdown.begun() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}
