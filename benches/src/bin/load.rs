//! `load [SECONDS]`: puts servers under load, streams for so many seconds, and prints how they bear it.

fn main() -> benches::Result {
    benches::load()
}
