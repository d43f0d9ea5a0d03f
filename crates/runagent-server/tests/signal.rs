//! `serve` ends with the signals that end a program. The only test of its process, since it signals the process.
#![cfg(unix)]

use std::time::Duration;

use futures_util::FutureExt;
use runagent_registry::{Registry, RegistryError};
use runagent_server::{Agent, Server};
use rustix::process::{Signal, getpid, kill_process};
use tokio::time::timeout;

#[tokio::test]
async fn serve_ends_with_sigterm_and_takes_the_agent_out_of_the_registry() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::in_folder(folder.path());
    for signal in [Signal::TERM, Signal::INT] {
        let server = Server::builder(Agent::new("a")).registry(registry.clone()).bind().await.unwrap();
        let mut serving = Box::pin(server.serve());
        // The first poll takes the signals over.
        assert!((&mut serving).now_or_never().is_none());
        registry.find("a").await.unwrap();
        kill_process(getpid(), signal).unwrap();
        timeout(Duration::from_secs(20), serving).await.unwrap().unwrap();
        let stopped = registry.find("a").await.unwrap_err();
        assert!(matches!(stopped, RegistryError::NotServed { .. }), "{stopped}");
    }
}
