use serde::{Deserialize, Serialize};

use crate::json::or_default;

/// The answer of `POST /tokens/validate`, in an envelope: whether an API key is good, and whose it is.
///
/// ```
/// use runagent_types::platform::TokenValidation;
///
/// let refused: TokenValidation = serde_json::from_str(r#"{"valid":false,"reason":"expired"}"#)?;
/// assert_eq!((refused.valid, refused.reason.as_deref()), (false, Some("expired")));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TokenValidation {
    /// Whether the server accepts the key; false if it does not tell.
    #[serde(default, deserialize_with = "or_default")]
    pub valid: bool,
    /// The owner's address.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub user_email: Option<String>,
    /// The owner's id.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The owner's tier.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub user_tier: Option<String>,
    /// The name of the project that is used when none is named.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub default_project_name: Option<String>,
    /// The id of that project.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub default_project_id: Option<String>,
    /// Why the key is not good.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
