//! The logs of a test.

use std::{
    io,
    sync::{Arc, Mutex},
};

use tracing::Level;
use tracing_subscriber::fmt::format::FmtSpan;

/// What the work logs on this thread, in every library, down to a level.
///
/// A place that another thread reaches for the first time just now may miss that there is a log. So work that logs nothing
/// is done once more.
pub(crate) async fn log_of(level: Level, work: impl AsyncFn()) -> String {
    for _ in 0..5 {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(level)
            .with_ansi(false)
            .with_span_events(FmtSpan::FULL)
            .with_writer(move || writer.clone());
        let _guard = tracing::subscriber::set_default(subscriber.finish());
        work().await;
        let text = String::from_utf8(lines.0.lock().expect("no panic").clone()).expect("UTF-8");
        if !text.is_empty() {
            return text;
        }
    }
    String::new()
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
