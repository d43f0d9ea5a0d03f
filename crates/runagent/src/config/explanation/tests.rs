use super::*;

#[test]
fn it_is_a_table_for_people_and_json_for_programs() {
    let mut explanation = Explanation::default();
    explanation.add("api_key", "set", &Source::Variable("RUNAGENT_API_KEY"));
    let timeout = Setting {
        value: Duration::from_millis(1500),
        source: Source::File(std::path::Path::new("/x/config.json").into(), "timeout"),
    };
    explanation.add_duration("run_timeout", &timeout);
    explanation.add_duration("idle", &Setting { value: Duration::MAX, source: Source::Builder });
    explanation.add_or("user_id", None::<String>, "none");
    explanation.add("address", "na\nve", &Source::Registry);
    let table = [
        "setting      value     source",
        "api_key      set       RUNAGENT_API_KEY",
        "run_timeout  1.5s      /x/config.json (timeout)",
        "idle         no limit  builder",
        "user_id      none      default",
        "address      na\u{FFFD}ve     registry",
    ];
    assert_eq!(explanation.to_string(), table.join("\n"));
    let json = serde_json::to_value(&explanation).expect("JSON");
    assert_eq!(
        json[1],
        serde_json::json!({"name": "run_timeout", "value": "1.5s", "source": "/x/config.json (timeout)"})
    );
    assert_eq!(json.as_array().map(Vec::len), Some(5));
    assert_eq!(explanation.get("user_id").map(ExplainedSetting::value), Some("none"));
    assert_eq!(explanation.get("missing"), None);
    assert_eq!(Explanation::default().to_string(), "setting  value  source");
}
