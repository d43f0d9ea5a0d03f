use crate::envelope::outcome;
use crate::json::{is_object, members};
use crate::{ApiError, DecodeError};

/// The JSON object that an answer is about: its `data`, or the answer itself where the server has no envelope.
///
/// `{"success": false}`, `{"status": "error"}`, and an `error` in an answer that claims no success, are errors.
pub(crate) fn subject<'a>(what: &'static str, answer: &'a str) -> Result<Result<&'a str, ApiError>, DecodeError> {
    let [success, status, error, data] =
        members(answer, ["success", "status", "error", "data"]).map_err(|problem| DecodeError::json(what, problem))?;
    let outcome = outcome(success, status);
    if !outcome.unwrap_or(error.is_none()) {
        return Ok(Err(ApiError::from_envelope(answer)));
    }
    Ok(Ok(data.filter(|json| is_object(json)).unwrap_or(answer)))
}
