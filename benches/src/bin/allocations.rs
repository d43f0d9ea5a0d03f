//! `allocations <kind> <contender> <count>`: does the work and prints its units and how often it allocated.

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> benches::Result {
    let work = benches::Work::from_arguments()?;
    let units = work.run()?;
    let stats = ALLOCATOR.stats();
    println!("{units} {}", stats.allocations + stats.reallocations);
    Ok(())
}
