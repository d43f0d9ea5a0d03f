//! The `.env` file of a project: variables for the agent, one a line.

use std::{fs, io::ErrorKind, path::Path};

use serde_json::{Map, Value};

use super::project_folder::refuse;
use crate::RunAgentResult;

/// The environment of an agent as the official clients send it: the variables of `.env` at the top of the folder, and
/// those of the description, which go before them. All are text; null is none.
pub(super) fn merge(folder: &Path, described: Option<&Value>) -> RunAgentResult<Map<String, Value>> {
    let mut variables = match fs::read_to_string(folder.join(".env")) {
        Ok(text) => parse(&text).collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Map::new(),
        // Its content stays out of the message.
        Err(error) => return Err(refuse("the file .env can't be read as UTF-8 text".to_owned()).with_source(error)),
    };
    if let Some(Value::Object(described)) = described {
        let texts = described.iter().filter_map(|(name, value)| Some((name.clone(), text(value)?.into())));
        variables.extend(texts);
    }
    Ok(variables)
}

/// `NAME=value` lines; the value may stand in quotes.
fn parse(text: &str) -> impl Iterator<Item = (String, Value)> {
    text.lines().map(str::trim).filter(|line| !line.starts_with('#')).filter_map(|line| {
        let (name, value) = line.split_once('=')?;
        let name = name.strip_prefix("export ").unwrap_or(name).trim();
        let value = value.trim();
        let quoted = |quote| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        let value = quoted('"').or_else(|| quoted('\'')).unwrap_or(value);
        (!name.is_empty()).then(|| (name.to_owned(), value.into()))
    })
}

/// A value as Python makes text of it, whose programs read it.
fn text(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_is_a_variable() {
        for (text, expected) in [
            ("", json!({})),
            ("A=1\nB = two words \r\n\n# C=3\n  D=4", json!({"A": "1", "B": "two words", "D": "4"})),
            ("A=\"x y\"\nB='z'\nC=\"\nD=it's", json!({"A": "x y", "B": "z", "C": "\"", "D": "it's"})),
            ("A=b=c\nexport D=e\nF=", json!({"A": "b=c", "D": "e", "F": ""})),
            ("nonsense\n=x\nA=1\nA=2", json!({"A": "2"})),
            ("K=a#b # c", json!({"K": "a#b # c"})),
        ] {
            assert_eq!(Value::Object(parse(text).collect()), expected, "{text:?}");
        }
    }

    #[test]
    fn the_description_goes_before_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(".env"), "A=file\nB=file\nC=file").expect("a file");
        let described = json!({"A": "said", "B": null, "D": true, "E": 0.5, "F": [1]});
        let merged = merge(folder.path(), Some(&described)).expect("variables");
        let expected = json!({"A": "said", "B": "file", "C": "file", "D": "True", "E": "0.5", "F": "[1]"});
        assert_eq!(Value::Object(merged), expected);
        let elsewhere = tempfile::tempdir().expect("a folder");
        assert_eq!(Value::Object(merge(elsewhere.path(), None).expect("variables")), json!({}));
    }

    #[test]
    fn a_file_that_is_no_text_is_refused_without_its_content() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(".env"), b"KEY=CANARY\xff").expect("a file");
        let error = merge(folder.path(), None).expect_err("it is no text");
        assert!(!format!("{error} {error:?} {}", error.report()).contains("CANARY"));
    }
}
