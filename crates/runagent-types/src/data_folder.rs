//! Where the files of RunAgent are on a machine.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The variable that names the folder.
const CACHE_DIR: &str = "RUNAGENT_CACHE_DIR";
/// The folder in the home folder, fixed by the Python side.
const IN_HOME: &str = ".runagent";

/// The folder in which the RunAgent command line keeps the registry and its settings.
///
/// It is `$RUNAGENT_CACHE_DIR`, otherwise `.runagent` of the home folder (`$HOME`, on Windows `%USERPROFILE%`). A `~` in
/// `RUNAGENT_CACHE_DIR` is not expanded, as the Python side does not expand it either. Whether the folder exists is another
/// question, which is not asked here.
///
/// ```
/// use runagent_types::DataFolder;
///
/// let folder = DataFolder::locate(&|name| (name == "RUNAGENT_CACHE_DIR").then(|| "/var/agents".into()));
/// assert_eq!(folder.map(|folder| folder.path().to_owned()), Some("/var/agents".into()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFolder {
    path: PathBuf,
    variable: &'static str,
}

impl DataFolder {
    /// The variable that names the home folder.
    pub const HOME: &'static str = if cfg!(windows) { "USERPROFILE" } else { "HOME" };

    /// The folder by these variables, of which `env` looks up one; `None` if they say nothing. One that is empty counts as
    /// unset.
    pub fn locate(env: &dyn Fn(&str) -> Option<OsString>) -> Option<Self> {
        let named = |variable| {
            let path = env(variable).filter(|value| !value.is_empty()).map(PathBuf::from)?;
            Some(Self { path, variable })
        };
        named(CACHE_DIR).or_else(|| {
            let home = named(Self::HOME)?;
            Some(Self { path: home.path.join(IN_HOME), ..home })
        })
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The variable that led to it: `RUNAGENT_CACHE_DIR`, or [`HOME`](Self::HOME).
    #[must_use]
    pub const fn variable(&self) -> &'static str {
        self.variable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locate(variables: &[(&str, &str)]) -> Option<(PathBuf, &'static str)> {
        let env = |name: &str| {
            let found = variables.iter().find(|(key, _)| *key == name)?;
            Some(OsString::from(found.1))
        };
        DataFolder::locate(&env).map(|folder| (folder.path, folder.variable))
    }

    #[test]
    fn the_cache_folder_wins_over_the_home_folder() {
        let home = DataFolder::HOME;
        assert_eq!(locate(&[(CACHE_DIR, "cache"), (home, "home")]), Some(("cache".into(), CACHE_DIR)));
        assert_eq!(locate(&[(home, "home")]), Some((Path::new("home").join(".runagent"), home)));
    }

    #[test]
    fn a_tilde_is_taken_literally() {
        let found = locate(&[(CACHE_DIR, "~/.runagent"), (DataFolder::HOME, "home")]);
        assert_eq!(found, Some(("~/.runagent".into(), CACHE_DIR)));
    }

    #[test]
    fn an_empty_variable_is_an_unset_one() {
        let home = DataFolder::HOME;
        assert_eq!(locate(&[(CACHE_DIR, ""), (home, "home")]), Some((Path::new("home").join(".runagent"), home)));
        assert_eq!(locate(&[(CACHE_DIR, ""), (home, "")]), None);
        assert_eq!(locate(&[]), None);
    }
}
