//! What an entrypoint is run with.

mod arguments;

use std::fmt;

use runagent_types::ErrorCode;
use serde::Serialize;

pub(crate) use self::arguments::{Arguments, Members};
use crate::{RunAgentError, RunAgentResult, RunOptions};

/// What an entrypoint is run with, and how: for [`RunAgentClient::call`](crate::RunAgentClient::call) and its kin.
///
/// Arguments are anything that serialises. Integers keep all their digits, `i128` and `u128` too; NaN and the infinities
/// become null, as JSON has no word for them. What does not serialise is a `VALIDATION_ERROR` of the call.
///
/// ```
/// use runagent::Call;
/// use serde::Serialize;
///
/// #[derive(Serialize)]
/// struct Question<'a> {
///     text: &'a str,
///     languages: Vec<&'a str>,
/// }
///
/// // fn(7, text="…", languages=["en"], urgent=True)
/// let call = Call::new()
///     .with_arg(7)
///     .with_kwargs(Question { text: "Who was Ada?", languages: vec!["en"] })
///     .with_kwarg("urgent", true);
/// ```
#[derive(Clone, Default)]
pub struct Call {
    arguments: Arguments,
    pub(crate) user_id: Option<String>,
    pub(crate) persistent_memory: Option<bool>,
    pub(crate) options: RunOptions,
    /// Why it can't be made.
    fault: Option<String>,
}

impl Call {
    /// A call without arguments.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a positional argument.
    #[must_use]
    pub fn with_arg(mut self, value: impl Serialize) -> Self {
        match arguments::json(&value) {
            Ok(json) => self.arguments.args.push(json),
            Err(error) => {
                let position = self.arguments.args.len();
                self.refuse(format!("the positional argument {position} does not serialise: {error}"));
            }
        }
        self
    }

    /// Adds a keyword argument, or replaces the one of that name.
    #[must_use]
    pub fn with_kwarg(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        let name = name.into();
        match arguments::json(&value) {
            Ok(json) => self.arguments.kwargs.set(name, json),
            Err(error) => self.refuse(format!("the argument `{}` does not serialise: {error}", name.escape_debug())),
        }
        self
    }

    /// Adds the members of a struct or a map as keyword arguments.
    #[must_use]
    pub fn with_kwargs(mut self, members: impl Serialize) -> Self {
        match Members::of(&members) {
            Ok(Some(members)) => self.arguments.kwargs.extend(members),
            // What it is instead is not told: it is what was to be sent.
            Ok(None) => self.refuse("the keyword arguments are no object with names".to_owned()),
            Err(error) => self.refuse(format!("the keyword arguments do not serialise: {error}")),
        }
        self
    }

    /// Says whose storage the agent uses, in the place of what the client is configured with.
    #[must_use]
    pub fn with_user_id(mut self, user_id: impl Into<String>) -> Self {
        self.user_id = Some(user_id.into());
        self
    }

    /// Says whether the agent keeps state, in the place of what the client is configured with.
    #[must_use]
    pub const fn with_persistent_memory(mut self, persistent_memory: bool) -> Self {
        self.persistent_memory = Some(persistent_memory);
        self
    }

    /// Sets time limits, headers and the like.
    #[must_use]
    pub fn with_options(mut self, options: RunOptions) -> Self {
        self.options = options;
        self
    }

    fn refuse(&mut self, why: String) {
        self.fault.get_or_insert(why);
    }

    /// The arguments.
    ///
    /// # Errors
    ///
    /// When something that was given can't be used.
    pub(crate) fn arguments(&self) -> RunAgentResult<&Arguments> {
        self.options.check()?;
        match &self.fault {
            Some(why) => Err(RunAgentError::new(ErrorCode::VALIDATION_ERROR, why)),
            None => Ok(&self.arguments),
        }
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("arguments", &self.arguments)
            .field("user_id", &self.user_id)
            .field("persistent_memory", &self.persistent_memory)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
