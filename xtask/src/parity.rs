//! Whether the blocking clients can do what the asynchronous ones can, and whether the pages on parity name what exists.
//!
//! Both read the snapshots of the public API, so they are as true as those are.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::Result;
use crate::workspace::Workspace;

/// The crate with the clients, and the module that has the blocking ones.
const CRATE: &str = "runagent";
const BLOCKING: &str = "runagent::blocking";
/// Asynchronous types that need no twin: both sides use them.
const SHARED: &[&str] = &["runagent::CancelToken"];
/// Methods that only one side can have.
const ONE_SIDED: &[&str] = &["poll_next"];
const PAGES: &[&str] = &["docs/parity.md", "docs/everruns.md"];
/// What the paths on them begin with.
const ROOTS: &[&str] = &["runagent", "everruns_sdk"];

/// The methods of each type, by its path.
type Methods = BTreeMap<String, BTreeSet<String>>;

pub(crate) fn run(workspace: &Workspace) -> Result {
    let root = workspace.root();
    let mut faults = twins(&fs::read_to_string(root.join(format!("docs/api/{CRATE}.txt")))?);
    let mut apis = String::new();
    for package in workspace.published() {
        apis += &fs::read_to_string(root.join(format!("docs/api/{}.txt", package.name)))?;
    }
    for page in PAGES {
        faults.extend(unknown_names(page, &fs::read_to_string(root.join(page))?, &apis));
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

/// What one of two twins has and the other has not, and types that wait and have no twin.
fn twins(api: &str) -> Vec<String> {
    let methods = methods(api);
    let mut faults = Vec::new();
    for (blocking, theirs) in methods.iter().filter(|(path, _)| path.starts_with(BLOCKING)) {
        let twin = blocking.replacen(BLOCKING, CRATE, 1);
        let Some(ours) = methods.get(&twin) else {
            faults.push(format!("{blocking}: there is no {twin}"));
            continue;
        };
        let lacking = |from: &BTreeSet<String>, to: &BTreeSet<String>, path: &str| {
            let lacking = from.difference(to).filter(|name| !ONE_SIDED.contains(&name.as_str()));
            lacking.map(|name| format!("{path} lacks `{name}`, which its twin has")).collect::<Vec<_>>()
        };
        faults.extend(lacking(ours, theirs, blocking));
        faults.extend(lacking(theirs, ours, &twin));
    }
    for path in waiting(api) {
        let twin = path.replacen(CRATE, BLOCKING, 1);
        if !methods.contains_key(&twin) && !SHARED.contains(&path.as_str()) {
            faults.push(format!("{path} waits, and there is no {twin}"));
        }
    }
    faults
}

/// The methods of all types, those of traits among them.
fn methods(api: &str) -> Methods {
    let mut methods = Methods::new();
    for line in api.lines() {
        if let Some((path, name)) = method(line) {
            methods.entry(path).or_default().insert(name);
        }
    }
    methods
}

/// The asynchronous types.
fn waiting(api: &str) -> BTreeSet<String> {
    let waits = |line: &&str| line.contains("async fn ") || line.contains("core::future::future::Future<");
    api.lines().filter(waits).filter_map(method).map(|(path, _)| path).collect()
}

/// The type and the name in the signature of a method; `None` for what is none.
fn method(line: &str) -> Option<(String, String)> {
    let (_, signature) = line.split_once("fn ").filter(|(before, _)| before.starts_with("pub "))?;
    let plain = without_generics(signature);
    let (path, name) = plain.split('(').next()?.rsplit_once("::")?;
    // A function of a module is no method.
    let of_type = path.rsplit("::").next()?.starts_with(|first: char| first.is_uppercase());
    (of_type && path.starts_with(CRATE)).then(|| (path.to_owned(), name.to_owned()))
}

/// The signature up to its arguments, without what stands in angle brackets.
fn without_generics(signature: &str) -> String {
    let mut depth = 0_usize;
    let mut plain = String::new();
    // An arrow closes no bracket.
    for character in signature.replace("->", "").chars() {
        match character {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            '(' if depth == 0 => break,
            other if depth == 0 => plain.push(other),
            _ => {}
        }
    }
    plain
}

/// Paths on a page, in backticks and from a crate of ours on, that no snapshot has.
fn unknown_names(name: &str, page: &str, apis: &str) -> Vec<String> {
    let known: BTreeSet<String> = apis.lines().map(item).collect();
    let mut faults = Vec::new();
    for (index, line) in page.lines().enumerate() {
        let ours = |text: &&str| text.contains("::") && ROOTS.iter().any(|root| text.starts_with(root));
        let quoted = line.split('`').skip(1).step_by(2).filter(ours);
        for path in quoted.filter(|path| !known.contains(*path)) {
            faults.push(format!("{name}:{}: there is no `{path}`", index + 1));
        }
    }
    faults
}

/// The path that a line of a snapshot is about.
fn item(line: &str) -> String {
    let words = without_generics(line.split(" = ").next().unwrap_or(line));
    let path = words.split_whitespace().find(|word| word.contains("::") || word.starts_with(CRATE)).unwrap_or_default();
    path.trim_end_matches([':', ',', '&']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const API: &str = "pub mod runagent\n\
        pub struct runagent::Client\n\
        pub async fn runagent::Client::call<T: a::B<C>>(&self, T) -> core::option::Option<(T, u8)>\n\
        pub fn runagent::Client::id(&self) -> &str\n\
        pub struct runagent::Stream<T>\n\
        pub fn runagent::Stream<T>::poll_next(core::pin::Pin<&mut Self>)\n\
        pub async fn runagent::Stream<T>::next(&mut self)\n\
        pub fn runagent::blocking::Client::call<T: a::B<C>>(&self, T)\n\
        pub const fn runagent::blocking::Client::id(&self) -> &str\n\
        pub fn runagent::blocking::Stream<T>::next(&mut self)\n\
        pub fn runagent::init() -> bool\n\
        pub type runagent::Output = alloc::string::String\n\
        pub everruns_sdk::Event::TurnStarted\n\
        pub everruns_sdk::Event::TurnStarted::data: a::B<C>\n";

    #[test]
    fn twins_with_the_same_methods_have_no_faults() {
        assert_eq!(twins(API), [""; 0]);
    }

    #[test]
    fn a_method_that_one_of_them_lacks_is_named() {
        let api =
            format!("{API}pub fn runagent::blocking::Client::more(&self)\npub fn runagent::Client::less(&self)\n");
        assert_eq!(
            twins(&api),
            [
                "runagent::blocking::Client lacks `less`, which its twin has",
                "runagent::Client lacks `more`, which its twin has",
            ]
        );
    }

    #[test]
    fn a_type_that_waits_needs_a_twin() {
        let api = format!(
            "{API}pub fn runagent::v1::Client::f(&self) -> impl core::future::future::Future<Output = ()>\n\
             pub async fn runagent::CancelToken::cancelled(&self)\n\
             pub fn runagent::blocking::v2::Client::g(&self)\n"
        );
        assert_eq!(
            twins(&api),
            [
                "runagent::blocking::v2::Client: there is no runagent::v2::Client",
                "runagent::v1::Client waits, and there is no runagent::blocking::v1::Client",
            ]
        );
    }

    #[test]
    fn names_on_the_page_exist() {
        let page = "| `run` | `runagent::Client::call` |\n| `x` | `runagent::Client::gone`, `runagent::Stream::next` |\n\
                    `runagent::Output` `runagent::init` `runagent = \"0.1\"`\n\
                    `everruns_sdk::Event::TurnStarted` `everruns_sdk::Event::TurnGone` `use everruns_sdk::Client`";
        assert_eq!(
            unknown_names("page.md", page, API),
            [
                "page.md:2: there is no `runagent::Client::gone`",
                "page.md:4: there is no `everruns_sdk::Event::TurnGone`"
            ]
        );
    }
}
