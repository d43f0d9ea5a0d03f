use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use runagent_registry::{Address, Registration};
use tempfile::TempDir;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use super::*;

/// Far above what anything takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// Counts the warnings of a thread.
#[derive(Clone, Default)]
struct Warnings(Arc<AtomicUsize>);

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::WARN
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Warnings {
    fn listen() -> (Self, tracing::subscriber::DefaultGuard) {
        let warnings = Self::default();
        let guard = tracing::subscriber::set_default(warnings.clone());
        (warnings, guard)
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

async fn registry() -> (TempDir, Registry) {
    let folder = tempfile::tempdir().expect("a folder");
    let registry = Registry::in_folder(folder.path());
    let address = Address::new("127.0.0.1", 8450).expect("an address");
    registry.register(&Registration::new("a", "/srv/a", address)).await.expect("a row");
    (folder, registry)
}

fn run(n: usize) -> InvocationRecord {
    InvocationRecord::run("a", format!("i{n}"), "e").completed("1", Duration::from_millis(1))
}

async fn recorded(registry: &Registry) -> u64 {
    registry.invocation_stats("a").await.expect("a registry").total_invocations
}

#[tokio::test]
async fn records_beyond_the_bound_are_dropped_with_one_warning() {
    let (_folder, registry) = registry().await;
    let recorder = Arc::new(Recorder::new(registry.clone()));
    let (warnings, _guard) = Warnings::listen();
    for n in 0..MAX_RECORDS + 100 {
        recorder.keep(run(n));
    }
    assert_eq!(warnings.count(), 1);
    let work = tokio::spawn({
        let recorder = Arc::clone(&recorder);
        async move { recorder.work().await }
    });
    assert_eq!(recorder.close(PATIENCE).await, 100);
    assert_eq!(recorded(&registry).await, MAX_RECORDS as u64);

    // There is room again.
    recorder.keep(run(MAX_RECORDS + 100));
    assert_eq!(recorder.close(PATIENCE).await, 100);
    assert_eq!((recorded(&registry).await, warnings.count()), (MAX_RECORDS as u64 + 1, 1));
    work.abort();
}

#[tokio::test]
async fn bytes_beyond_the_bound_are_dropped() {
    let (_folder, registry) = registry().await;
    let recorder = Recorder::new(registry);
    let large = "x".repeat(1024 * 1024);
    for n in 0..20 {
        recorder.keep(run(n).with_input(large.clone()));
    }
    let held = recorder.queue().records.len();
    assert_eq!((held, recorder.queue().dropped), (15, 5));
    // A small one still fits.
    recorder.keep(run(20));
    assert_eq!(recorder.queue().records.len(), 16);
}

#[tokio::test]
async fn what_the_registry_does_not_take_is_dropped_with_one_warning() {
    let (folder, registry) = registry().await;
    let recorder = Arc::new(Recorder::new(registry.clone()));
    let (warnings, _guard) = Warnings::listen();
    let work = tokio::spawn({
        let recorder = Arc::clone(&recorder);
        async move { recorder.work().await }
    });
    let away = folder.path().join("away");
    std::fs::rename(registry.path(), &away).expect("it moves");
    for n in 0..3 {
        recorder.keep(run(n));
        assert_eq!(recorder.close(PATIENCE).await, n as u64 + 1);
    }
    assert_eq!(warnings.count(), 1);
    std::fs::rename(&away, registry.path()).expect("it moves back");
    recorder.keep(run(3));
    assert_eq!(recorder.close(PATIENCE).await, 3);
    assert_eq!(recorded(&registry).await, 1);
    work.abort();
}

#[tokio::test]
async fn what_waits_at_the_end_is_lost_and_told() {
    let (_folder, registry) = registry().await;
    let recorder = Recorder::new(registry);
    recorder.keep(run(0));
    // Nobody works, so the time passes.
    assert_eq!(recorder.close(Duration::from_millis(1)).await, 1);
}

#[tokio::test]
async fn the_end_of_a_call_takes_the_place_of_its_start() {
    let (_folder, registry) = registry().await;
    let recorder = Recorder::new(registry);
    for n in 0..100 {
        recorder.keep(InvocationRecord::run("a", format!("i{n}"), "e").with_input("x".repeat(100)));
        recorder.keep(run(n));
    }
    let queue = recorder.queue();
    assert_eq!((queue.records.len(), queue.taken), (100, 100));
    assert!(queue.records.iter().all(InvocationRecord::is_ended));
    assert_eq!(queue.bytes, queue.records.iter().map(InvocationRecord::size).sum::<usize>());
}
