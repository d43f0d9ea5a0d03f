//! The query of a URL.

use http::Uri;
use percent_encoding::percent_decode_str;

use super::documented::invalid;
use crate::refusal::Refusal;

/// The parameters, decoded, in their order. A `+` is a space, as forms write it.
pub(super) fn parameters(uri: &Uri) -> impl Iterator<Item = (String, String)> {
    let pairs = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    })
}

/// A number from 1 on, or `default` if there is none.
pub(super) fn number(uri: &Uri, name: &str, default: u64) -> Result<u64, Refusal> {
    match parameters(uri).find(|(known, _)| known == name).map(|(_, value)| value.parse()) {
        None => Ok(default),
        Some(Ok(number @ 1..)) => Ok(number),
        Some(_) => Err(invalid("INVALID_INPUT", name, "type", format!("{name} must be a whole number from 1 on"))),
    }
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded() {
        let uri: Uri = "/x?a=1+2%2B%c3%a9&b&&c=%zz=&a=2".parse().unwrap();
        let pairs = parameters(&uri).collect::<Vec<_>>();
        let expected = [("a", "1 2+é"), ("b", ""), ("c", "%zz="), ("a", "2")];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(parameters(&Uri::from_static("/x")).count(), 0);
    }

    #[test]
    fn a_number_is_from_1_on() {
        for (query, number_) in [("", Some(7)), ("n=2", Some(2)), ("n=2&n=x", Some(2)), ("m=x", Some(7))] {
            assert_eq!(number(&format!("/?{query}").parse().unwrap(), "n", 7).ok(), number_, "{query}");
        }
        for query in ["n=0", "n=-1", "n=", "n", "n=1.0", "n=x", "n=18446744073709551616", "n=1%20"] {
            assert!(number(&format!("/?{query}").parse().unwrap(), "n", 7).is_err(), "{query}");
        }
    }
}
