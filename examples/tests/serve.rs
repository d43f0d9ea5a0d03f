//! The example `serve` as a program: what it says, and how it ends.
//!
//! `cargo test` builds the examples first; `cargo test --test serve` alone does not.
#![cfg(unix)]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Output, Stdio};
use std::thread;

use runagent::{ClientOptions, RunAgentClient, RunAgentClientConfig};
use runagent_server::registry::{Registry, RegistryError};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

fn example() -> Command {
    let test = std::env::current_exe().unwrap();
    let example = test.ancestors().nth(2).unwrap().join("examples").join("serve");
    assert!(example.exists(), "build it first: cargo build --package runagent-examples --example serve");
    let mut command = Command::new(example);
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Killed when a test fails before it has ended.
struct Serving {
    process: Child,
    output: BufReader<std::process::ChildStdout>,
    ready: Value,
}

impl Serving {
    fn start(arguments: &[&str]) -> Self {
        let mut process = example().args(arguments).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        Self { process, output, ready }
    }

    /// Its exit code, and what it wrote on either output after the first line.
    fn end_with(mut self, signal: Signal) -> (Option<i32>, String, String) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
        let mut log = self.process.stderr.take().unwrap();
        let log = thread::spawn(move || {
            let mut text = String::new();
            log.read_to_string(&mut text).map(|_| text)
        });
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        (self.process.wait().unwrap().code(), rest, log.join().unwrap().unwrap())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self) -> String {
        Registry::in_folder(self.0.path()).path().to_str().unwrap().to_owned()
    }

    async fn client(&self, tag: &str) -> RunAgentClient {
        let options = ClientOptions::new().with_registry_folder(self.0.path()).with_environment(|_| None);
        let config = RunAgentClientConfig::new("demo", tag).with_local(true).with_options(options);
        RunAgentClient::new(config).await.unwrap()
    }
}

#[tokio::test]
async fn it_says_where_it_is_and_is_found_until_a_signal_ends_it() {
    let folder = Folder::new();
    let registry = Registry::at(folder.file());
    for signal in [Signal::TERM, Signal::INT] {
        let serving = Serving::start(&["--port", "0", "--registry", &folder.file()]);
        let port = u16::try_from(serving.ready["port"].as_u64().unwrap()).unwrap();
        assert_ne!(port, 0);
        let url = format!("http://127.0.0.1:{port}");
        assert_eq!(serving.ready, json!({"agent_id": "demo", "host": "127.0.0.1", "port": port, "url": url}));
        assert_eq!(registry.find("demo").await.unwrap().port(), port);

        let (code, rest, log) = serving.end_with(signal);
        assert_eq!((code, rest.as_str()), (Some(0), ""), "{log}");
        assert!(log.contains("serving") && log.contains("stopped"), "{log}");
        let stopped = registry.find("demo").await.unwrap_err();
        assert!(matches!(stopped, RegistryError::NotServed { .. }), "{stopped}");
    }
}

#[tokio::test]
async fn every_entrypoint_does_what_its_name_says() {
    let folder = Folder::new();
    let _serving = Serving::start(&["--registry", &folder.file()]);
    for (tag, kwargs, result) in [
        ("echo", vec![("a", json!(1))], json!({"args": [], "kwargs": {"a": 1}})),
        ("greet", vec![("name", json!("Ada"))], json!("Hello, Ada!")),
        ("greet", vec![("name", json!("Ada")), ("punctuation", json!("?"))], json!("Hello, Ada?")),
        ("sleepy", vec![("s", json!(0.001))], json!({"slept": 0.001})),
        ("big", vec![("size", json!(3))], json!("xxx")),
    ] {
        assert_eq!(folder.client(tag).await.run(&kwargs).await.unwrap(), result, "{tag}");
    }
    for (tag, kwargs, message) in [
        ("fail", vec![("msg", json!("no luck"))], "no luck"),
        ("sleepy", vec![("s", json!(-1))], "negative"),
        ("big", vec![("size", json!(u32::MAX))], "at most"),
        ("greet", vec![], "name"),
    ] {
        let error = folder.client(tag).await.run(&kwargs).await.unwrap_err();
        assert!(error.message().contains(message), "{tag}: {error}");
    }
    for (tag, kwargs, received, failure) in [
        ("count_stream", vec![("n", json!(2))], 2, None),
        ("slow_stream", vec![("n", json!(3)), ("delay", json!(0.001))], 3, None),
        ("fast_stream", vec![], 10_000, None),
        ("midfail_stream", vec![("n", json!(2))], 2, Some("midway")),
    ] {
        let mut stream = folder.client(tag).await.run_stream(&kwargs).await.unwrap();
        for i in 0..received {
            assert_eq!(stream.next().await.unwrap().unwrap(), json!({"i": i}), "{tag}");
        }
        match (stream.next().await, failure) {
            (None, None) => {}
            (Some(Err(error)), Some(message)) => assert!(error.message().contains(message), "{tag}: {error}"),
            (end, _) => panic!("{tag}: {end:?}"),
        }
    }
}

#[test]
fn without_a_registry_nothing_is_written() {
    let home = Folder::new();
    let mut command = example();
    command.arg("--no-registry").env("HOME", home.0.path());
    let mut process = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    kill_process(Pid::from_child(&process), Signal::TERM).unwrap();
    assert!(process.wait().unwrap().success());
    assert!(line.contains("demo"), "{line}");
    assert_eq!(std::fs::read_dir(home.0.path()).unwrap().count(), 0);
}

#[test]
fn wrong_arguments_are_told() {
    for (arguments, code, message) in [
        (&["--port", "65536"][..], 2, "65536"),
        (&["--port", "http"], 2, "http"),
        (&["--registry", "f", "--no-registry"], 2, "--no-registry"),
        (&["--no-registry", "--host", "0.0.0.0"], 1, "token"),
        (&["--no-registry", "--token", ""], 1, "token"),
        (&["--registry", "/dev/null/file.db"], 1, "/dev/null"),
    ] {
        let Output { status, stdout, stderr } = example().args(arguments).output().unwrap();
        let stderr = String::from_utf8(stderr).unwrap();
        assert_eq!(status.code(), Some(code), "{arguments:?}: {stderr}");
        assert!(stderr.contains(message), "{arguments:?}: {stderr}");
        assert!(stdout.is_empty());
    }
}
