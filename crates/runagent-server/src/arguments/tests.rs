use std::collections::HashMap;
use std::fmt::Debug;

use super::*;
use crate::invocation::tests::input;

/// How somebody may be greeted.
#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Tone {
    Warm,
    Cool,
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
struct Point {
    x: i32,
    #[serde(default)]
    y: i32,
}

fn mark() -> String {
    "!".to_owned()
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
struct Greet {
    name: String,
    #[serde(default = "mark")]
    punctuation: String,
    times: Option<u8>,
    #[serde(default)]
    at: Vec<Point>,
    #[serde(rename = "in", alias = "language", alias = "among", default)]
    tone: Option<Tone>,
    #[serde(skip)]
    secret: u8,
    #[serde(default)]
    size: i128,
    #[serde(default)]
    more: Value,
}

fn greet(name: &str) -> Greet {
    Greet {
        name: name.to_owned(),
        punctuation: mark(),
        times: None,
        at: Vec::new(),
        tone: None,
        secret: 0,
        size: 0,
        more: Value::Null,
    }
}

fn read<A: DeserializeOwned + JsonSchema>(args: &str, kwargs: &str) -> Result<A, String> {
    let body = format!(r#"{{"entrypoint_tag":"f","input_args":{args},"input_kwargs":{kwargs}}}"#);
    Signature::of::<A>().0.read(&input(&body)).map_err(|error| {
        assert_eq!(error.code(), Some(&ErrorCode::VALIDATION_ERROR));
        error.message().to_owned()
    })
}

fn is<A: DeserializeOwned + JsonSchema + PartialEq + Debug>(args: &str, kwargs: &str, expected: A) {
    assert_eq!(read::<A>(args, kwargs), Ok(expected), "{args} {kwargs}");
}

fn refused<A: DeserializeOwned + JsonSchema + Debug>(args: &str, kwargs: &str, expected: &str) {
    assert_eq!(read::<A>(args, kwargs).unwrap_err(), expected, "{args} {kwargs}");
}

#[test]
fn a_struct_is_filled_by_position_and_by_name() {
    for (args, kwargs, expected) in [
        (r#"["Ada"]"#, "{}", greet("Ada")),
        ("[]", r#"{"name":"Ada"}"#, greet("Ada")),
        (r#"["Ada","?"]"#, "{}", Greet { punctuation: "?".to_owned(), ..greet("Ada") }),
        (r#"["Ada"]"#, r#"{"punctuation":""}"#, Greet { punctuation: String::new(), ..greet("Ada") }),
        (r#"["Ada"]"#, r#"{"times":3}"#, Greet { times: Some(3), ..greet("Ada") }),
        (r#"["Ada","!",null]"#, "{}", greet("Ada")),
        (r#"["Ada"]"#, r#"{"times":null}"#, greet("Ada")),
        (
            r#"["Ada"]"#,
            r#"{"at":[{"x":1},{"x":-2,"y":3}]}"#,
            Greet { at: vec![Point { x: 1, y: 0 }, Point { x: -2, y: 3 }], ..greet("Ada") },
        ),
        (r#"["Ada"]"#, r#"{"in":"warm"}"#, Greet { tone: Some(Tone::Warm), ..greet("Ada") }),
        // Another name of a field is none of a position.
        (r#"["Ada"]"#, r#"{"language":"cool"}"#, Greet { tone: Some(Tone::Cool), ..greet("Ada") }),
        (
            r#"["Ada","!",1,[],"warm",7]"#,
            "{}",
            Greet { times: Some(1), tone: Some(Tone::Warm), size: 7, ..greet("Ada") },
        ),
        (
            r#"["Ada"]"#,
            r#"{"size":-170141183460469231731687303715884105728}"#,
            Greet { size: i128::MIN, ..greet("Ada") },
        ),
        (
            r#"["Ada"]"#,
            r#"{"more":[18446744073709551616,{"a":1}]}"#,
            Greet { more: json!(["18446744073709551616", {"a": 1}]), ..greet("Ada") },
        ),
        (
            r#"["Ada"]"#,
            r#"{"more":"18446744073709551616"}"#,
            Greet { more: json!("18446744073709551616"), ..greet("Ada") },
        ),
        // As in Python, the last one counts.
        ("[]", r#"{"name":"Bob","name":"Ada"}"#, greet("Ada")),
        (r#"["\u00c4da \"\\"]"#, "{}", greet("Äda \"\\")),
    ] {
        is(args, kwargs, expected);
    }
}

#[test]
fn a_call_that_does_not_fit_a_struct_is_told_what_does() {
    for (args, kwargs, expected) in [
        ("[]", "{}", "f() needs the argument `name`"),
        ("[]", r#"{"times":1}"#, "f() needs the argument `name`"),
        (r#"["Ada"]"#, r#"{"name":"Bob"}"#, "f() got `name` twice, by position and by name"),
        (r#"["Ada","?"]"#, r#"{"punctuation":"?","times":1}"#, "f() got `punctuation` twice, by position and by name"),
        (r#"["Ada","!",1,[],null,0,{},8]"#, "{}", "f() takes 7 arguments by position, and got 8"),
        (
            r#"["Ada"]"#,
            r#"{"nam":1}"#,
            "f() has no argument `nam`; it has `name`, `punctuation`, `times`, `at`, `in`, `size`, `more`",
        ),
        (
            r#"["Ada"]"#,
            r#"{"secret":1}"#,
            "f() has no argument `secret`; it has `name`, `punctuation`, `times`, `at`, `in`, `size`, `more`",
        ),
        (r#"["Ada"]"#, r#"{"language":"warm","in":"warm"}"#, "f() got something else: duplicate field `in`"),
        ("[5]", "{}", "f() got something else for `name`: invalid type: integer `5`, expected a string"),
        ("[null]", "{}", "f() got something else for `name`: invalid type: null, expected a string"),
        (
            r#"["Ada"]"#,
            r#"{"punctuation":null}"#,
            "f() got something else for `punctuation`: invalid type: null, expected a string",
        ),
        (r#"["Ada","!",256]"#, "{}", "f() got something else for `times`: invalid value: integer `256`, expected u8"),
        (
            r#"["Ada"]"#,
            r#"{"times":1.5}"#,
            "f() got something else for `times`: invalid type: floating point `1.5`, expected u8",
        ),
        (
            r#"["Ada"]"#,
            r#"{"at":[{"x":1},{"x":"1"}]}"#,
            "f() got something else for `at[1].x`: invalid type: string \"1\", expected i32",
        ),
        (r#"["Ada"]"#, r#"{"at":[{"x":1},{"y":1}]}"#, "f() needs `x` in `at[1]`"),
        (
            r#"["Ada"]"#,
            r#"{"times":"look at line 3 column 4"}"#,
            "f() got something else for `times`: invalid type: string \"look at line 3 column 4\", expected u8",
        ),
        (
            r#"["Ada"]"#,
            r#"{"in":"hot"}"#,
            "f() got something else for `in`: unknown variant `hot`, expected `warm` or `cool`",
        ),
        (
            r#"["Ada"]"#,
            r#"{"size":170141183460469231731687303715884105728}"#,
            "f() got something else for `size`: number out of range",
        ),
    ] {
        refused::<Greet>(args, kwargs, expected);
    }
}

#[test]
fn what_is_no_struct_takes_positions_or_names() {
    is("[]", "{}", ());
    is("[1,-2]", "{}", (1_u8, -2_i8));
    is("[1,2,3]", "{}", vec![1, 2, 3]);
    is("[]", "{}", Vec::<u8>::new());
    is("[]", r#"{"a":1.5,"b":2}"#, HashMap::from([("a".to_owned(), 1.5), ("b".to_owned(), 2.0)]));
    is("[]", r#"{"a":[1]}"#, Map::from_iter([("a".to_owned(), json!([1]))]));
    is("[]", "{}", Map::new());
    is(r#"["Ada"]"#, "{}", "Ada".to_owned());
    is("[170141183460469231731687303715884105727]", "{}", i128::MAX);
    is(r#"["cool"]"#, "{}", Tone::Cool);
    is("[[1,2]]", "{}", json!([1, 2]));
    is("[]", r#"{"a":1}"#, json!({"a": 1}));
    is(r#"["Ada"]"#, "{}", Some(Point { x: 1, y: 0 }).map(|_| "Ada".to_owned()));
    is("[1]", "{}", Some(Point { x: 1, y: 0 }));

    refused::<()>("[1]", "{}", "f() takes no arguments by position, and got 1");
    refused::<()>("[]", r#"{"a":1}"#, "f() takes no arguments by name, and got `a`");
    refused::<(u8, u8)>("[1]", "{}", "f() needs 2 arguments by position, and got 1");
    refused::<(u8, u8)>("[1,2,3]", "{}", "f() takes 2 arguments by position, and got 3");
    refused::<(u8, u8)>(
        "[1,true]",
        "{}",
        "f() got something else for `[1]`: invalid type: boolean `true`, expected u8",
    );
    refused::<(u8, u8)>("[1]", r#"{"b":2}"#, "f() takes no arguments by name, and got `b`");
    refused::<HashMap<String, u8>>("[1]", "{}", "f() takes no arguments by position, and got 1");
    refused::<HashMap<String, u8>>(
        "[]",
        r#"{"a":-1}"#,
        "f() got something else for `a`: invalid value: integer `-1`, expected u8",
    );
    refused::<String>("[]", "{}", "f() needs one argument by position, and got 0");
    refused::<String>("[1]", "{}", "f() got something else: invalid type: integer `1`, expected a string");
    refused::<String>(r#"["a","b"]"#, "{}", "f() takes one argument by position, and got 2");
    refused::<Tone>("[]", r#"{"tone":"warm"}"#, "f() takes no arguments by name, and got `tone`");
    refused::<Value>("[1]", r#"{"a":1}"#, "f() takes one argument by position or any by name, not both");
}

#[test]
fn serdes_other_forms_of_a_struct_are_filled_too() {
    #[derive(Debug, PartialEq, Deserialize, JsonSchema)]
    struct Open {
        name: String,
        #[serde(flatten)]
        rest: HashMap<String, Value>,
    }
    #[derive(Debug, PartialEq, Deserialize, JsonSchema)]
    #[serde(tag = "op", rename_all = "lowercase")]
    enum Operation {
        Add { a: i64, b: i64 },
    }
    #[derive(Debug, PartialEq, Deserialize, JsonSchema)]
    struct Named {
        #[serde(alias = "a", alias = "z")]
        m: u8,
        n: u8,
    }
    #[derive(Debug, PartialEq, Deserialize, JsonSchema)]
    struct Wrapped(Named);
    #[derive(Debug, PartialEq, Deserialize, JsonSchema)]
    struct Nothing;

    let rest = HashMap::from([("more".to_owned(), json!(1))]);
    is("[]", r#"{"name":"Ada","more":1}"#, Open { name: "Ada".to_owned(), rest });
    refused::<Open>(r#"["Ada"]"#, "{}", "f() takes no arguments by position, and got 1");
    is("[]", r#"{"op":"add","a":1,"b":2}"#, Operation::Add { a: 1, b: 2 });
    is("[1,2]", "{}", Wrapped(Named { m: 1, n: 2 }));
    is("[]", r#"{"z":1,"n":2}"#, Wrapped(Named { m: 1, n: 2 }));
    is("[1,2]", "{}", Box::new(Point { x: 1, y: 2 }));
    is("[]", "{}", Nothing);
}

#[test]
fn a_byte_order_mark_means_nothing() {
    let body = "\u{feff}{\"entrypoint_tag\":\"f\",\"input_args\":[1]}";
    assert_eq!(Signature::One.read::<u8>(&input(body)).unwrap(), 1);
}
