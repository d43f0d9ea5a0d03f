//! Why it went wrong, from one cause to the next.

use std::{error::Error as _, iter};

use super::RunAgentError;

/// The causes, the nearest first. One that only repeats what stands before it is left out: the message of an error is
/// often that of its cause.
pub(super) fn causes(error: &RunAgentError) -> impl Iterator<Item = String> {
    let mut before = error.message().to_owned();
    let all = iter::successors(error.source(), |&cause| cause.source()).map(ToString::to_string);
    all.filter(move |text| {
        let is_news = *text != before;
        before.clone_from(text);
        is_news
    })
}
