use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::de::{Error, IgnoredAny};

use super::extent::past;
use super::object::Object;
use super::text::text_at;

/// Finds the named members of one JSON object in a single pass, each as its own JSON text.
///
/// A member that is absent or `null` is `None`; of a name given twice the last one counts, as in Python.
/// Needs no recursion, so the depth of a member does not matter here.
pub(crate) fn members<'a, const N: usize>(
    object: &'a str,
    names: [&str; N],
) -> serde_json::Result<[Option<&'a str>; N]> {
    Ok(present_members(object, names)?.map(|member| member.filter(|member| *member != "null")))
}

/// [`members`], where a member that is `null` is there.
pub(crate) fn present_members<'a, const N: usize>(
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
    let mut object = Object::open(object)?;
    while let Some(key) = object.key()? {
        let member = object.json()?;
        if let Some(index) = names.iter().position(|name| *name == key) {
            found[index] = Some(member);
        }
    }
    Some(found)
}

/// The texts of an object's only two members, whose keys are given in quotes, in a single pass; `None` for any other
/// object, and for keys with escapes: [`members`] reads those.
#[inline]
pub(crate) fn two_texts<'a>(object: &'a str, keys: [&str; 2]) -> Option<[Cow<'a, str>; 2]> {
    let bytes = object.as_bytes();
    let mut texts = [None, None];
    let mut index = past(bytes, 0, b'{')?;
    loop {
        let member = keys.iter().position(|key| bytes[index..].starts_with(key.as_bytes()))?;
        let start = past(bytes, index + keys[member].len(), b':')?;
        let (text, end) = text_at(object, start)?;
        if texts[member].replace(text).is_some() {
            return None;
        }
        match past(bytes, end, b',') {
            Some(next) => index = next,
            None if past(bytes, end, b'}')? == bytes.len() => break,
            None => return None,
        }
    }
    let [first, second] = texts;
    Some([first?, second?])
}
