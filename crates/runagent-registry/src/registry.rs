use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::RegistryError;

/// The name of the registry file in its folder, fixed by the Python side.
const FILE_NAME: &str = "runagent_local.db";
/// The folder in the home folder, fixed by the Python side.
const HOME_FOLDER: &str = ".runagent";
/// The environment variable that names the home folder.
pub(crate) const HOME: &str = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
/// As long as the Python writers wait.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The registry of the agents on this machine: the path of one SQLite file.
///
/// Making one does no I/O, and it holds no connection: every call opens the file and closes it
/// again, because a lock that is kept makes the runs of every Python server on the machine fail.
///
/// ```
/// use runagent_registry::Registry;
///
/// let registry = Registry::in_folder("/home/me/.runagent");
/// assert!(registry.path().ends_with("runagent_local.db"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registry {
    path: PathBuf,
    busy_timeout: Duration,
}

impl Registry {
    /// The registry in this very file.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), busy_timeout: BUSY_TIMEOUT }
    }

    /// The registry in the file `runagent_local.db` of this folder.
    #[must_use]
    pub fn in_folder(folder: impl AsRef<Path>) -> Self {
        Self::at(folder.as_ref().join(FILE_NAME))
    }

    /// The registry of this user, found by the variables of this process: see [`locate`](Self::locate).
    ///
    /// # Errors
    ///
    /// [`RegistryError::NoHome`] if the variables say nothing.
    pub fn from_env() -> Result<Self, RegistryError> {
        Self::locate(&|name| std::env::var_os(name))
    }

    /// The registry where the RunAgent command line keeps it: in `$RUNAGENT_CACHE_DIR`, otherwise
    /// in `.runagent` of the home folder (`$HOME`, on Windows `%USERPROFILE%`).
    ///
    /// `env` looks up one variable; [`from_env`](Self::from_env) takes the real ones. An
    /// empty variable counts as unset. A `~` in `RUNAGENT_CACHE_DIR` is not expanded, as the
    /// Python side does not expand it either.
    ///
    /// # Errors
    ///
    /// [`RegistryError::NoHome`] if both variables are unset.
    ///
    /// ```
    /// use runagent_registry::Registry;
    ///
    /// let registry = Registry::locate(&|name| {
    ///     (name == "RUNAGENT_CACHE_DIR").then(|| "/var/agents".into())
    /// })?;
    /// assert!(registry.path().starts_with("/var/agents"));
    /// # Ok::<(), runagent_registry::RegistryError>(())
    /// ```
    pub fn locate(env: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, RegistryError> {
        let folder = |name| env(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        folder("RUNAGENT_CACHE_DIR")
            .or_else(|| folder(HOME).map(|home| home.join(HOME_FOLDER)))
            .map(Self::in_folder)
            .ok_or(RegistryError::NoHome)
    }

    /// How long to wait for a lock that another process holds; 5 seconds unless set, as on the
    /// Python side. SQLite counts in milliseconds, up to about 24 days.
    #[must_use]
    pub fn with_busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// The registry file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn busy_timeout(&self) -> Duration {
        self.busy_timeout
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locate(variables: &[(&str, &str)]) -> Result<PathBuf, RegistryError> {
        let env = |name: &str| {
            let found = variables.iter().find(|(key, _)| *key == name)?;
            Some(OsString::from(found.1))
        };
        Registry::locate(&env).map(|registry| registry.path)
    }

    #[test]
    fn the_cache_folder_wins_over_the_home_folder() {
        assert_eq!(
            locate(&[("RUNAGENT_CACHE_DIR", "cache"), (HOME, "home")]),
            Ok(Path::new("cache").join("runagent_local.db"))
        );
        assert_eq!(locate(&[(HOME, "home")]), Ok(Path::new("home").join(".runagent").join("runagent_local.db")));
    }

    #[test]
    fn a_tilde_is_taken_literally() {
        assert_eq!(
            locate(&[("RUNAGENT_CACHE_DIR", "~/.runagent"), (HOME, "home")]),
            Ok(Path::new("~/.runagent").join("runagent_local.db"))
        );
    }

    #[test]
    fn an_empty_variable_is_an_unset_one() {
        assert_eq!(
            locate(&[("RUNAGENT_CACHE_DIR", ""), (HOME, "home")]),
            Ok(Path::new("home").join(".runagent").join("runagent_local.db"))
        );
        assert_eq!(locate(&[("RUNAGENT_CACHE_DIR", ""), (HOME, "")]), Err(RegistryError::NoHome));
        assert_eq!(locate(&[]), Err(RegistryError::NoHome));
    }
}
