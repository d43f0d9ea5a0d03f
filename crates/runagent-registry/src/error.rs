use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::address::AddressError;

/// Why the registry gave no address, or took none.
///
/// The message is one line that says what to do next.
///
/// ```
/// use runagent_registry::{Registry, RegistryError};
///
/// let error = Registry::locate(&|_| None).unwrap_err();
/// assert!(matches!(error, RegistryError::NoHome));
/// assert!(error.to_string().contains("RUNAGENT_CACHE_DIR"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// Neither `RUNAGENT_CACHE_DIR` nor the home folder is set, so there is no default path.
    #[error(
        "no folder for the agent registry is known: set RUNAGENT_CACHE_DIR or {}",
        runagent_types::DataFolder::HOME
    )]
    NoHome,
    /// The registry file does not exist: no agent was ever registered on this machine.
    #[error(
        "there is no agent registry at {}: run `runagent serve` in the agent's folder, or give its host and port",
        show_path(path)
    )]
    NoFile {
        /// Where the file was looked for.
        path: PathBuf,
    },
    /// The registry has no agent with this id.
    #[error(
        "agent `{}` is not in the registry {} ({}): check the id, or run `runagent serve` in its folder",
        show(agent_id),
        show_path(path),
        show_known(known)
    )]
    NoAgent {
        /// The id that was asked for.
        agent_id: String,
        /// The registry file.
        path: PathBuf,
        /// Up to ten ids that are registered, the most similar first.
        known: Vec<String>,
    },
    /// The agent is registered, and no server was ever started for it or it was stopped.
    #[error(
        "agent `{}` is registered but not served (status {}): run `runagent serve` in its folder",
        show(agent_id),
        show(status)
    )]
    NotServed {
        /// The id that was asked for.
        agent_id: String,
        /// The status in the registry, `initialized`.
        status: String,
    },
    /// The agent is registered with an address that cannot be dialled.
    #[error("agent `{}` has no usable address in the registry ({reason}): {}", show(agent_id), advice(reason))]
    UnusableAddress {
        /// The id that was asked for.
        agent_id: String,
        /// What is wrong with the address.
        reason: AddressError,
    },
    /// Another process holds a lock on the registry for longer than the busy timeout.
    #[error(
        "the agent registry {} was locked by another process for {waited:?}: try again, or stop the program that holds it",
        show_path(path)
    )]
    Locked {
        /// The registry file.
        path: PathBuf,
        /// The busy timeout that passed.
        waited: Duration,
    },
    /// The file exists and is no registry that this process can read: no permission, not a SQLite
    /// database, damaged, or without a table or column that every registry has.
    #[error(
        "the agent registry {} cannot be read ({}): check the file and its permissions, or give the agent's host and port",
        show_path(path),
        show(reason)
    )]
    Unreadable {
        /// The registry file.
        path: PathBuf,
        /// What the operating system or SQLite says.
        reason: String,
    },
    /// The registry cannot be created or changed.
    #[error(
        "the agent registry {} cannot be written ({}): check the permissions of the file and its folder, or set RUNAGENT_CACHE_DIR",
        show_path(path),
        show(reason)
    )]
    Unwritable {
        /// The registry file.
        path: PathBuf,
        /// What the operating system or SQLite says.
        reason: String,
    },
}

fn advice(reason: &AddressError) -> &'static str {
    match reason {
        AddressError::Remote => "call it as a remote agent, not as a local one",
        _ => "run `runagent serve` in its folder, or give its host and port",
    }
}

/// Text from outside on one line, so that it cannot forge a second log line.
fn show(text: &str) -> String {
    text.replace(char::is_control, "\u{FFFD}")
}

fn show_path(path: &Path) -> String {
    show(&path.to_string_lossy())
}

fn show_known(known: &[String]) -> String {
    if known.is_empty() {
        return "it has no agents".to_owned();
    }
    let ids: Vec<_> = known.iter().map(|id| show(id)).collect();
    format!("it has {}", ids.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_is_one_line_that_says_what_to_do() {
        let path = PathBuf::from("/home/a\nb/runagent_local.db");
        let agent_id = "x\r\ny".to_owned();
        for (error, advice) in [
            (RegistryError::NoHome, "set RUNAGENT_CACHE_DIR or "),
            (RegistryError::NoFile { path: path.clone() }, "run `runagent serve`"),
            (
                RegistryError::NoAgent {
                    agent_id: agent_id.clone(),
                    path: path.clone(),
                    known: vec!["first".into(), "sec\nond".into()],
                },
                "it has first, sec\u{FFFD}ond): check the id",
            ),
            (
                RegistryError::NotServed { agent_id: agent_id.clone(), status: "initialized".into() },
                "registered but not served (status initialized): run `runagent serve`",
            ),
            (
                RegistryError::UnusableAddress {
                    agent_id: agent_id.clone(),
                    reason: AddressError::Host { host: "a\r\nb".into() },
                },
                r#"("a\r\nb" is neither an IP address nor a host name): run"#,
            ),
            (RegistryError::UnusableAddress { agent_id, reason: AddressError::Remote }, "call it as a remote agent"),
            (
                RegistryError::Locked { path: path.clone(), waited: Duration::from_secs(5) },
                "locked by another process for 5s: try again",
            ),
            (
                RegistryError::Unreadable { path: path.clone(), reason: "no such table: agents".into() },
                "(no such table: agents): check the file",
            ),
            (
                RegistryError::Unwritable { path, reason: "disk\nfull".into() },
                "(disk\u{FFFD}full): check the permissions",
            ),
        ] {
            let message = error.to_string();
            assert!(message.contains(advice), "{message}");
            assert!(!message.contains(char::is_control), "{message:?}");
        }
    }
}
