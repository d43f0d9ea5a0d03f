use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use runagent_registry::{Address, Registration};
use tempfile::TempDir;
use tokio::task::JoinHandle;
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

fn start(n: usize) -> InvocationRecord {
    InvocationRecord::run("a", format!("i{n}"), "e")
}

fn ended(start: InvocationRecord) -> InvocationRecord {
    start.completed("1", Duration::from_millis(1))
}

/// Makes a call, and says whether it was taken.
fn call(recorder: &Recorder, n: usize) -> bool {
    let begun = recorder.begin(|| start(n));
    let taken = begun.is_some();
    begun.into_iter().for_each(|start| recorder.end(ended(start)));
    taken
}

fn work(recorder: &Arc<Recorder>) -> JoinHandle<()> {
    let recorder = Arc::clone(recorder);
    tokio::spawn(async move { recorder.work().await })
}

async fn recorded(registry: &Registry) -> u64 {
    registry.invocation_stats("a").await.expect("a registry").total_invocations
}

#[tokio::test]
async fn records_beyond_the_bound_are_dropped_with_one_warning() {
    let (_folder, registry) = registry().await;
    let recorder = Arc::new(Recorder::new(registry.clone()));
    let (warnings, _guard) = Warnings::listen();
    let taken = (0..MAX_RECORDS + 100).filter(|n| call(&recorder, *n)).count();
    assert_eq!((taken, warnings.count()), (MAX_RECORDS, 1));
    let work = work(&recorder);
    assert_eq!(recorder.close(PATIENCE).await, 100);
    assert_eq!(recorded(&registry).await, MAX_RECORDS as u64);

    // There is room again.
    assert!(call(&recorder, MAX_RECORDS + 100));
    assert_eq!(recorder.close(PATIENCE).await, 100);
    assert_eq!((recorded(&registry).await, warnings.count()), (MAX_RECORDS as u64 + 1, 1));
    work.abort();
}

#[tokio::test]
async fn bytes_beyond_the_bound_are_dropped() {
    let (_folder, registry) = registry().await;
    let recorder = Recorder::new(registry);
    let large = "x".repeat(1024 * 1024);
    let begun: Vec<_> = (0..20).filter_map(|n| recorder.begin(|| start(n).with_input(large.clone()))).collect();
    assert_eq!((begun.len(), recorder.queue().dropped), (16, 4));
    // Their ends have room, but not for ever.
    for start in begun.clone() {
        recorder.end(start.completed(large.clone(), Duration::ZERO));
    }
    let queue = recorder.queue();
    assert_eq!((queue.records.len(), queue.records.iter().filter(|record| record.is_ended()).count()), (16, 7));
    assert_eq!((queue.bytes, queue.dropped), (queue.records.iter().map(InvocationRecord::size).sum(), 4 + 9));
}

#[tokio::test]
async fn a_call_that_cannot_be_recorded_costs_no_record() {
    let (_folder, registry) = registry().await;
    let recorder = Recorder::new(registry);
    let begun = recorder.begin(|| start(0));
    for n in 1..MAX_RECORDS {
        recorder.begin(|| start(n));
    }
    assert!(recorder.begin(|| panic!("nobody wants it")).is_none());
    // What has begun may end, whether its start still waits or is written by now.
    recorder.end(ended(begun.expect("it was taken")));
    let queue = recorder.queue();
    assert_eq!((queue.records.len(), queue.dropped), (MAX_RECORDS + 1, 1));
}

#[tokio::test]
async fn what_the_registry_does_not_take_is_dropped_with_one_warning() {
    let (folder, registry) = registry().await;
    let recorder = Arc::new(Recorder::new(registry.clone()));
    let (warnings, _guard) = Warnings::listen();
    let work = work(&recorder);
    let away = folder.path().join("away");
    std::fs::rename(registry.path(), &away).expect("it moves");
    for n in 0..3 {
        assert!(call(&recorder, n));
        assert_eq!(recorder.close(PATIENCE).await, n as u64 + 1);
    }
    assert_eq!(warnings.count(), 1);
    std::fs::rename(&away, registry.path()).expect("it moves back");
    assert!(call(&recorder, 3));
    assert_eq!(recorder.close(PATIENCE).await, 3);
    assert_eq!(recorded(&registry).await, 1);
    work.abort();
}

#[tokio::test]
async fn what_waits_at_the_end_is_lost_and_told() {
    let (_folder, registry) = registry().await;
    let recorder = Recorder::new(registry);
    assert!(call(&recorder, 0));
    // Nobody works, so the time passes.
    assert_eq!(recorder.close(Duration::from_millis(1)).await, 1);
}

#[tokio::test]
async fn the_end_of_a_call_takes_the_place_of_its_start() {
    let (_folder, registry) = registry().await;
    let recorder = Recorder::new(registry);
    for n in 0..100 {
        let begun = recorder.begin(|| start(n).with_input("x".repeat(100)));
        recorder.end(ended(begun.expect("there is room")));
    }
    let queue = recorder.queue();
    assert_eq!((queue.records.len(), queue.taken), (100, 100));
    assert!(queue.records.iter().all(InvocationRecord::is_ended));
    assert_eq!(queue.bytes, queue.records.iter().map(InvocationRecord::size).sum::<usize>());
}
