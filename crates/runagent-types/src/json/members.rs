use std::collections::BTreeMap;

use serde::de::{Error, IgnoredAny};
use serde_json::value::RawValue;

use super::text::{string_end, text};

/// Finds the named members of one JSON object in a single pass, each as its own JSON text.
///
/// A member that is absent or `null` is `None`; of a name given twice the last one counts, as in Python.
/// Needs no recursion, so the depth of a member does not matter here.
pub(crate) fn members<'a, const N: usize>(
    object: &'a str,
    names: [&str; N],
) -> serde_json::Result<[Option<&'a str>; N]> {
    find(object, names).ok_or_else(|| {
        let problem = serde_json::from_str::<BTreeMap<String, IgnoredAny>>(object).err();
        problem.unwrap_or_else(|| serde_json::Error::custom("not a JSON object"))
    })
}

fn find<'a, const N: usize>(object: &'a str, names: [&str; N]) -> Option<[Option<&'a str>; N]> {
    let mut found = [None; N];
    let mut rest = past(object, '{')?;
    if let Some(end) = past(rest, '}') {
        return blank(end).is_empty().then_some(found);
    }
    loop {
        let (key, after) = value(blank(rest))?;
        let key = text(key)?;
        let (member, after) = value(blank(past(after, ':')?))?;
        if let Some(index) = names.iter().position(|name| *name == key) {
            found[index] = (member != "null").then_some(member);
        }
        match past(after, ',') {
            Some(next) => rest = next,
            None => return blank(past(after, '}')?).is_empty().then_some(found),
        }
    }
}

/// Splits the value that the text begins with from what follows it.
fn value(json: &str) -> Option<(&str, &str)> {
    let end = if json.starts_with('"') {
        string_end(json.as_bytes(), 0)?
    } else {
        let mut values = serde_json::Deserializer::from_str(json).into_iter::<&RawValue>();
        values.next()?.ok()?;
        values.byte_offset()
    };
    json.split_at_checked(end)
}

fn past(json: &str, punctuation: char) -> Option<&str> {
    blank(json).strip_prefix(punctuation)
}

/// What follows the white space of RFC 8259 §2.
fn blank(json: &str) -> &str {
    let length = json.bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
    &json[length..]
}
