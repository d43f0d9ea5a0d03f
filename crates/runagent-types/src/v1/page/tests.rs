use serde_json::{Value, json};

use super::*;
use crate::v1::AgentInfo;

fn read(body: &str) -> Page<Value> {
    Page::decode(body.as_bytes()).unwrap_or_else(|error| panic!("{body}: {error}")).unwrap()
}

#[test]
fn the_documented_page() {
    let pagination = Pagination::new(2, 20, 100);
    assert_eq!(pagination.pages, Some(5));
    for body in [
        r#"{"data":[1],"pagination":{"page":2,"limit":20,"total":100,"pages":5}}"#,
        r#"{"status":"success","data":[1],"pagination":{"page":2,"limit":20,"total":100,"pages":5,"more":1},"more":{}}"#,
        r#"{"status":"success","data":{"data":[1],"pagination":{"page":2,"limit":20,"total":100,"pages":5}}}"#,
    ] {
        assert_eq!(read(body), Page::new(vec![json!(1)], Some(pagination)), "{body}");
    }
}

#[test]
fn a_page_without_pagination_is_the_whole_list() {
    for body in [
        r#"{"data":[1]}"#,
        r#"{"data":[1],"pagination":null}"#,
        r#"{"data":[1],"pagination":[2,20]}"#,
        r#"{"data":[1],"pagination":"2 of 5"}"#,
    ] {
        assert_eq!(read(body), Page::new(vec![json!(1)], None), "{body}");
        assert_eq!(read(body).next_page(), None);
    }
}

#[test]
fn the_next_page_is_there_when_the_numbers_say_so() {
    for (pagination, next) in [
        (json!({"page": 1, "pages": 3}), Some(2)),
        (json!({"page": 3, "pages": 3}), None),
        (json!({"page": 4, "pages": 3}), None),
        (json!({"page": 1, "limit": 20, "total": 21}), Some(2)),
        (json!({"page": 1, "limit": 20, "total": 20}), None),
        (json!({"page": 1, "limit": 0, "total": 20}), None),
        (json!({"page": 1, "limit": 20}), None),
        (json!({"page": 1, "total": 50}), None),
        (json!({"pages": 3}), None),
        (json!({"page": "1", "pages": 3}), None),
        (json!({"page": -1, "pages": 3}), None),
        (json!({"page": 1, "pages": "3", "limit": 20, "total": 21}), Some(2)),
        (json!({"page": u64::MAX - 1, "pages": u64::MAX}), Some(u64::MAX)),
        (json!({"page": u64::MAX, "limit": 2, "total": u64::MAX}), None),
        (json!({}), None),
    ] {
        let page = read(&json!({"data": [1], "pagination": pagination}).to_string());
        assert_eq!(page.next_page(), next, "{pagination}");
        let empty = read(&json!({"data": [], "pagination": pagination}).to_string());
        assert_eq!(empty.next_page(), None, "{pagination}");
    }
}

#[test]
fn pages_are_counted() {
    for (limit, total, pages) in [(20, 100, 5), (20, 101, 6), (20, 0, 0), (0, 5, 0), (1, u64::MAX, u64::MAX)] {
        assert_eq!(Pagination::new(1, limit, total).pages, Some(pages), "{limit} {total}");
    }
}

#[test]
fn an_item_of_another_type_is_an_error() {
    for body in [r#"{"data":["a1"]}"#, r#"{"data":[[]]}"#, r#"{"data":[null]}"#] {
        assert!(!Page::<AgentInfo>::decode(body.as_bytes()).unwrap_err().is_malformed(), "{body}");
    }
    let wide = br#"{"data":[1180591620717411303424]}"#;
    assert_eq!(Page::<u128>::decode(wide).unwrap().unwrap().data, [1_u128 << 70]);
    assert_eq!(Page::<Value>::decode(wide).unwrap().unwrap().data, [json!("1180591620717411303424")]);
}

#[test]
fn it_arrives_as_it_was_sent() {
    for pagination in [None, Some(Pagination::new(1, 2, 3)), Some(Pagination::default())] {
        let page = Page::new(vec![AgentInfo::new("a1"), AgentInfo::new("a2")], pagination);
        assert_eq!(Page::decode(&page.to_json().unwrap()).unwrap(), Ok(page));
    }
}
