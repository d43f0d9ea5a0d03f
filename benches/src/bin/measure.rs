//! `measure <kind> <contender> <count>`: does the work and prints its units, to be counted from outside.

fn main() -> benches::Result {
    println!("{}", benches::Work::from_arguments()?.run()?);
    Ok(())
}
