//! Error bodies of servers that are not ours: pages and plain text.

use super::ApiError;

/// The longest message that is made of text, in bytes.
const LONGEST: usize = 512;

/// How much of a body is looked at.
const PREFIX: usize = 16 * 1024;

pub(super) fn read(body: &[u8]) -> ApiError {
    let text = String::from_utf8_lossy(&body[..body.len().min(PREFIX)]);
    let text = text.trim();
    let line = if text.starts_with('<') {
        let heading = element(text, "title").or_else(|| element(text, "h1"));
        heading.unwrap_or_else(|| "an HTML page instead of an answer".to_owned())
    } else {
        one_line(text)
    };
    let line = if line.is_empty() { "empty response body".to_owned() } else { line };
    ApiError::plain(shortened(line))
}

/// The text of the first such element, if it has any.
fn element(page: &str, name: &str) -> Option<String> {
    let lower = page.to_ascii_lowercase();
    let open = lower.find(&format!("<{name}"))?;
    let start = open + lower[open..].find('>')? + 1;
    let end = start + lower[start..].find(&format!("</{name}"))?;
    Some(one_line(&page[start..end])).filter(|line| !line.is_empty())
}

/// Without control characters, and with single spaces where white space was.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

fn shortened(mut line: String) -> String {
    line.truncate(line.floor_char_boundary(LONGEST));
    line
}
