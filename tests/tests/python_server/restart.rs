//! A server that comes back at another address.

use runagent_server::{Agent, AgentError, Input, Server};
use runagent_testkit::python_server::PythonServer;
use serde_json::json;

use crate::server::{client, collect};

#[tokio::test]
async fn a_client_finds_its_agent_again_and_runs_it_once() {
    let mut server = PythonServer::start().await;
    let (run, stream) = (client(&server, "count_run"), client(&server, "counted_stream"));
    let label = [("label", json!("moved"))];
    run.run(&label).await.unwrap();
    collect(stream.run_stream(&label).await.unwrap()).await;
    assert_eq!(server.executions("moved"), 2);

    let old = server.port();
    server.restart_on_other_port().await;
    assert_eq!(run.run(&label).await.unwrap(), "moved");
    assert_eq!(server.executions("moved"), 3);
    let (chunks, error) = collect(stream.run_stream(&label).await.unwrap()).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!((chunks.len(), server.executions("moved")), (3, 4));

    // Meanwhile somebody else listens at the second address, and the agent moves once more.
    let second = server.port();
    server.kill().await;
    let usurper = Agent::new("usurper").entrypoint("count_run", async |_: Input| Ok::<_, AgentError>("not me"));
    let usurper = Server::builder(usurper).address("127.0.0.1", second).bind().await.unwrap().spawn();
    server.restart_on_other_port().await;
    assert_ne!(old, second);
    assert_eq!(run.run(&label).await.unwrap(), "moved");
    let (_, error) = collect(stream.run_stream(&label).await.unwrap()).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(server.executions("moved"), 6);
    assert!(run.health_check().await.unwrap());
    usurper.shutdown().await.unwrap();
}
