//! The variables that a transport looks at.

use std::{ffi::OsString, fmt, sync::Arc};

type Lookup = dyn Fn(&str) -> Option<OsString> + Send + Sync;

/// The environment of the process, or what stands in its place.
#[derive(Clone)]
pub(super) struct Environment(Option<Arc<Lookup>>);

impl Environment {
    /// The environment of the process.
    pub(super) const fn of_process() -> Self {
        Self(None)
    }

    pub(super) fn injected(lookup: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(lookup)))
    }

    /// The value of a variable. One that is empty is as good as unset, as curl has it.
    pub(super) fn get(&self, name: &str) -> Option<OsString> {
        let value = self.0.as_ref().map_or_else(|| std::env::var_os(name), |lookup| lookup(name));
        value.filter(|value| !value.is_empty())
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Variables hold secrets: proxies' passwords are among them.
        f.write_str(if self.0.is_some() { "Environment(injected)" } else { "Environment(process)" })
    }
}
