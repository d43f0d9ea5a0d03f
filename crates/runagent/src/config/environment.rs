//! The variables that a client looks at.

use std::{ffi::OsString, fmt, sync::Arc};

use runagent_types::DataFolder;

use super::config_error;
use crate::RunAgentResult;

type Lookup = dyn Fn(&str) -> Option<OsString> + Send + Sync;

/// The environment of the process, or what stands in its place.
#[derive(Clone, Default)]
pub(crate) struct Environment(Option<Arc<Lookup>>);

impl Environment {
    pub(crate) fn injected(read: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(read)))
    }

    /// A variable. One that is empty counts as unset.
    pub(crate) fn get(&self, name: &str) -> Option<OsString> {
        let value = self.0.as_ref().map_or_else(|| std::env::var_os(name), |read| read(name));
        value.filter(|value| !value.is_empty())
    }

    /// The folder of the configuration files and of the registry.
    pub(super) fn data_folder(&self) -> Option<DataFolder> {
        DataFolder::locate(&|name| self.get(name))
    }

    /// A variable that is text.
    pub(super) fn text(&self, name: &str) -> RunAgentResult<Option<String>> {
        let text = self.get(name).map(OsString::into_string).transpose();
        text.map_err(|_| config_error(format!("{name} is not UTF-8")))
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Variables hold secrets.
        f.write_str(if self.0.is_some() { "Environment(injected)" } else { "Environment(process)" })
    }
}
