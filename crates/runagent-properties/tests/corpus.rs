//! Every input that the fuzzer kept is replayed.
#![allow(clippy::unwrap_used, reason = "clippy's exception for tests stops at functions that tests call")]

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use runagent_properties::PROPERTIES;

/// The most that the inputs of a target may take together, in bytes.
const LARGEST_CORPUS: usize = 200 * 1024;

fn fuzz(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz").join(folder);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn every_input_has_its_property() {
    for (target, property) in PROPERTIES {
        let mut size = 0;
        for file in fuzz(&format!("corpus/{target}")) {
            let input = fs::read(&file).unwrap();
            size += input.len();
            assert!(catch_unwind(|| property(&input)).is_ok(), "broken by {}", file.display());
        }
        assert!((1..=LARGEST_CORPUS).contains(&size), "{target}: {size} bytes in its corpus");
    }
}

#[test]
fn every_target_has_a_property_and_a_corpus() {
    let targets = PROPERTIES.map(|(target, _)| target);
    for folder in ["corpus", "fuzz_targets"] {
        let names: Vec<_> = fuzz(folder).iter().map(|path| path.file_stem().unwrap().to_owned()).collect();
        assert_eq!(names, targets, "{folder}");
    }
}
