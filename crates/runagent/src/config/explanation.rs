//! What a client is set to, and why.

use std::{borrow::Cow, fmt, time::Duration};

use serde::Serialize;

use super::setting::{Setting, Source};

/// Every setting of a client: its name, its value, and where the value came from.
///
/// A key is only ever `set` or `not set`, and the values of headers are hidden. `Display` is a table, and as JSON it is
/// `[{"name", "value", "source"}, …]`. A source is `builder` (the configuration itself), the name of a variable, the path
/// of a file with the name of its entry, `registry` or `default`.
///
/// ```
/// use runagent::{ClientOptions, RunAgentClientConfig};
///
/// let options = ClientOptions::new().with_environment(|name| (name == "RUNAGENT_TIMEOUT").then(|| "20".into()));
/// let config = RunAgentClientConfig::new("agent-id", "greet").with_api_key("key").with_options(options);
///
/// let explanation = config.explain()?;
/// let run_timeout = explanation.get("run_timeout").expect("it is always there");
/// assert_eq!((run_timeout.value(), run_timeout.source()), ("20s", "RUNAGENT_TIMEOUT"));
/// assert_eq!(explanation.get("api_key").map(|key| key.value()), Some("set"));
/// println!("{explanation}");
/// # Ok::<(), runagent::RunAgentError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Explanation {
    settings: Vec<ExplainedSetting>,
}

/// A line of an [`Explanation`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExplainedSetting {
    name: Cow<'static, str>,
    value: Cow<'static, str>,
    source: Cow<'static, str>,
}

impl ExplainedSetting {
    /// What it is called, such as `run_timeout`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value as it is shown.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Where the value came from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }
}

impl Explanation {
    /// The settings: the agent first, then its address and the key, then the options.
    #[must_use]
    pub fn settings(&self) -> &[ExplainedSetting] {
        &self.settings
    }

    /// The setting with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&ExplainedSetting> {
        self.settings.iter().find(|setting| setting.name == name)
    }

    pub(super) fn add(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Cow<'static, str>>,
        source: &Source,
    ) {
        let source = match source {
            Source::Builder => "builder".into(),
            Source::Registry => "registry".into(),
            Source::Default => "default".into(),
            Source::Variable(name) => (*name).into(),
            Source::File(..) => source.to_string().into(),
        };
        let mut value = value.into();
        if value.contains(char::is_control) {
            value = value.replace(char::is_control, "\u{FFFD}").into();
        }
        self.settings.push(ExplainedSetting { name: name.into(), value, source });
    }

    /// The same for another entrypoint of the agent.
    pub(crate) fn for_entrypoint(&self, tag: &str) -> Self {
        let mut explanation = self.clone();
        if let Some(setting) = explanation.settings.iter_mut().find(|setting| setting.name == "entrypoint_tag") {
            setting.value = tag.to_owned().into();
        }
        explanation
    }

    /// Adds what the configuration says, or what holds without a word.
    pub(super) fn add_or(
        &mut self,
        name: &'static str,
        said: Option<impl Into<Cow<'static, str>>>,
        default: &'static str,
    ) {
        match said {
            Some(value) => self.add(name, value, &Source::Builder),
            None => self.add(name, default, &Source::Default),
        }
    }

    pub(super) fn add_duration(&mut self, name: &'static str, setting: &Setting<Duration>) {
        let value = match setting.value {
            Duration::MAX => "no limit".into(),
            limit => Cow::from(format!("{limit:?}")),
        };
        self.add(name, value, &setting.source);
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |text: fn(&ExplainedSetting) -> &str, title: &str| {
            self.settings.iter().map(|setting| text(setting).chars().count()).max().unwrap_or(0).max(title.len())
        };
        let names = width(ExplainedSetting::name, "setting");
        let values = width(ExplainedSetting::value, "value");
        write!(f, "{:names$}  {:values$}  source", "setting", "value")?;
        for ExplainedSetting { name, value, source } in &self.settings {
            write!(f, "\n{name:names$}  {value:values$}  {source}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
