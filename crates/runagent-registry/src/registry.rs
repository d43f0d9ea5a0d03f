use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use runagent_types::DataFolder;

use crate::error::RegistryError;

/// The name of the registry file in its folder, fixed by the Python side.
const FILE_NAME: &str = "runagent_local.db";
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

    /// The registry where the RunAgent command line keeps it: in the [`DataFolder`], `$RUNAGENT_CACHE_DIR` or
    /// `~/.runagent`.
    ///
    /// `env` looks up one variable; [`from_env`](Self::from_env) takes the real ones.
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
        DataFolder::locate(env).map(|folder| Self::in_folder(folder.path())).ok_or(RegistryError::NoHome)
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

    #[test]
    fn the_file_is_in_the_folder_of_the_platform() {
        let env = |name: &str| (name == "RUNAGENT_CACHE_DIR").then(|| "cache".into());
        let registry = Registry::locate(&env).expect("a folder");
        assert_eq!(registry.path(), Path::new("cache").join("runagent_local.db"));
        assert_eq!(Registry::locate(&|_| None), Err(RegistryError::NoHome));
    }
}
