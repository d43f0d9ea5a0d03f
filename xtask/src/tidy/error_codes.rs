//! The page about error codes, beside the codes there are.

use runagent_types::ErrorCode;

pub(super) const PAGE: &str = "docs/errors.md";

/// A code has one section, named after it, that begins with what the code's table says of it.
pub(super) fn faults(page: &str) -> Vec<String> {
    let sections = sections(page);
    let mut faults = Vec::new();
    for code in ErrorCode::all() {
        let of_code: Vec<_> = sections.iter().filter(|(name, _)| code == **name).collect();
        let summary = summary(&code);
        match of_code.as_slice() {
            [] => faults.push(format!("{PAGE}: has no section `## {code}`")),
            [(_, first)] if *first == summary => {}
            [(_, first)] => faults.push(format!("{PAGE}: {code} begins with `{first}` in the place of `{summary}`")),
            _ => faults.push(format!("{PAGE}: has {} sections `## {code}`", of_code.len())),
        }
    }
    let known = |name: &str| ErrorCode::all().any(|code| code == *name);
    let unknown = sections.iter().filter(|(name, _)| !known(name));
    faults.extend(unknown.map(|(name, _)| format!("{PAGE}: `{name}` is no code of this toolkit")));
    faults
}

fn summary(code: &ErrorCode) -> String {
    let retryable = if code.is_retryable() { "yes" } else { "no" };
    format!("Kind `{}`. Retryable: {retryable}.", code.kind().as_str())
}

/// The sections that are named after a code, each with its first line.
fn sections(page: &str) -> Vec<(&str, &str)> {
    let is_code = |name: &&str| name.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_'));
    let mut lines = page.lines();
    let mut sections = Vec::new();
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix("## ").filter(is_code) {
            let rest = lines.clone();
            sections.push((name, rest.map(str::trim).find(|line| !line.is_empty()).unwrap_or_default()));
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> String {
        let sections = ErrorCode::all().map(|code| format!("## {code}\n\n{}\n\nWords.\n", summary(&code)));
        format!("# Errors\n\n{}\n## Codes of servers\n\nWords.\n", sections.collect::<String>())
    }

    #[test]
    fn a_complete_page_has_no_faults() {
        assert_eq!(faults(&page()), Vec::<String>::new());
    }

    #[test]
    fn a_section_that_is_missing_misnamed_or_twice_is_a_fault() {
        let missing = page().replace("## CANCELLED\n", "### CANCELLED\n");
        assert_eq!(faults(&missing), ["docs/errors.md: has no section `## CANCELLED`"]);
        let invented = page() + "## INVENTED_ERROR\n";
        assert_eq!(faults(&invented), ["docs/errors.md: `INVENTED_ERROR` is no code of this toolkit"]);
        let twice = page() + "## CANCELLED\n\nKind `cancelled`. Retryable: no.\n";
        assert_eq!(faults(&twice), ["docs/errors.md: has 2 sections `## CANCELLED`"]);
    }

    #[test]
    fn what_a_section_says_of_its_code_is_what_the_code_says() {
        let summary = summary(&ErrorCode::CONNECTION_ERROR);
        for wrong in ["Kind `network`. Retryable: no.", "Kind `server`. Retryable: yes.", ""] {
            let faults = faults(&page().replace(&summary, wrong));
            assert!(
                matches!(faults.as_slice(), [fault] if fault.contains("CONNECTION_ERROR begins with")),
                "{faults:?}"
            );
        }
    }
}
