//! What people do with the page.

use std::time::Duration;

use runagent_server::{Agent, Server};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::agent::{agent, serve};
use crate::tab::Tab;

const TAB: u32 = 9;
const ENTER: u32 = 13;
const SPACE: u32 = 32;
const ARROW_DOWN: u32 = 40;

async fn settled(tab: &mut Tab) {
    tab.until("!document.querySelector('#result').hidden && document.querySelector('#stop').hidden").await;
}

#[tokio::test]
async fn a_form_made_from_the_schema_is_filled_and_run_by_keyboard() {
    let (server, _strings) = serve().await;
    let mut tab = Tab::open(&server.base_url()).await;
    assert_eq!(tab.text("#description").await, "Greets somebody, as often as they like.");
    let facts = "[...document.querySelectorAll('#fields .label')].map((label) => label.innerText)";
    let expected = json!([
        "name\nstring, required",
        "loudly\nboolean",
        "style\nchoice",
        "times\ninteger from 0",
        "titles\narray in JSON"
    ]);
    let facts = tab.value(&format!("{facts}.map((text) => text.replace(/\\s*\\n\\s*/, '\\n').trim())")).await;
    assert_eq!(facts, expected);

    tab.fill("name", "Ada \"the\" <b>first</b>").await;
    tab.press("Tab", TAB).await;
    tab.press(" ", SPACE).await;
    tab.fill("times", "2").await;
    tab.fill("titles", "[\"Countess\"]").await;
    tab.value("document.querySelector('#fields select').focus()").await;
    while tab.value("document.querySelector('#fields select').selectedOptions[0].text").await != "formal" {
        tab.press("ArrowDown", ARROW_DOWN).await;
    }
    tab.value("document.querySelector('#start').focus()").await;
    tab.press("Enter", ENTER).await;
    settled(&mut tab).await;
    let greeting = "Good day, Ada \"the\" <b>first</b>, Countess!";
    assert_eq!(tab.text("#output").await, format!("{greeting} {greeting}"));
    assert_eq!(tab.text("#status").await, "Done");
    // What an agent says is text.
    assert_eq!(tab.value("document.querySelectorAll('#output b').length").await, 0);

    let rust = tab.text("#code").await;
    assert!(rust.contains(r#"("name", json!("Ada \"the\" <b>first</b>"))"#), "{rust}");
    assert!(rust.contains(&format!(".with_address(\"127.0.0.1\", {})", server.address().port())), "{rust}");
    tab.click("#language-python").await;
    let python = tab.text("#code").await;
    assert!(python.contains("loudly=True, style=\"formal\", times=2, titles=[\"Countess\"]"), "{python}");
    tab.click("#language-curl").await;
    assert!(tab.text("#code").await.starts_with(&format!("curl '{}/api/v1/agents/", server.base_url())));
    tab.is_content().await;
}

#[tokio::test]
async fn a_value_that_does_not_fit_is_not_sent() {
    let (server, _strings) = serve().await;
    let mut tab = Tab::open(&server.base_url()).await;
    for (label, text, message) in [
        ("times", "2.5", "This is no integer."),
        ("titles", "[1, ", "This is no JSON"),
        ("titles", "{}", "This is JSON, but of the type object, not array."),
    ] {
        tab.choose("refuse").await;
        tab.choose("greet").await;
        tab.fill(label, text).await;
        tab.click("#start").await;
        tab.until("document.querySelector('#fields [aria-invalid]') === document.activeElement").await;
        let error = tab.text("#fields .error:not([hidden])").await;
        assert!(error.starts_with(message), "{error}");
        assert_eq!(tab.value("document.querySelector('#result').hidden").await, true);
    }
    tab.is_content().await;
}

#[tokio::test]
async fn arguments_without_names_and_without_a_schema_have_fields_too() {
    let (server, _strings) = serve().await;
    let mut tab = Tab::open(&server.base_url()).await;
    tab.choose("sum").await;
    // Beyond 53 bits, where a browser's own numbers end.
    tab.fill("argument 1", "9007199254740993").await;
    tab.fill("argument 2", "36893488147419103232").await;
    tab.click("#start").await;
    settled(&mut tab).await;
    assert_eq!(tab.text("#output").await, "{\n  \"sum\": 36902495346673844225\n}");

    tab.choose("anything").await;
    tab.fill("keyword arguments", r#"{"a": [1, {"b": null}]}"#).await;
    tab.fill("positional arguments", r#"["x, y", true]"#).await;
    // From within a field, Ctrl and Enter run.
    let keys = "new KeyboardEvent('keydown', {key: 'Enter', ctrlKey: true, bubbles: true, cancelable: true})";
    tab.value(&format!("document.activeElement.dispatchEvent({keys})")).await;
    settled(&mut tab).await;
    let output: Value = serde_json::from_str(&tab.text("#output").await).unwrap();
    assert_eq!(output, json!({"args": ["x, y", true], "kwargs": {"a": [1, {"b": null}]}}));
    let rust = tab.text("#code").await;
    let call = r#"client.run_with_args(&[json!("x, y"), json!(true)], &[("a", json!([1, {"b": null}]))])"#;
    assert!(rust.contains(call), "{rust}");
    tab.is_content().await;
}

#[tokio::test]
async fn tokens_appear_one_by_one() {
    let (server, strings) = serve().await;
    let mut tab = Tab::open(&server.base_url()).await;
    tab.choose("tell_stream").await;
    assert_eq!(tab.text("#start").await, "Stream");
    tab.click("#start").await;
    for told in ["Once ", "Once upon ", "Once upon a ", "Once upon a time."] {
        strings.words.add_permits(1);
        tab.until(&format!("document.querySelector('#output').textContent === '{told}'")).await;
        if !told.ends_with('.') {
            assert_eq!(tab.text("#status").await, "Running");
        }
    }
    settled(&mut tab).await;
    assert_eq!(tab.text("#status").await, "Done");
    let figures = tab.text("#figures").await;
    assert!(figures.contains("First token") && figures.contains("Total"), "{figures}");
    assert_eq!(tab.text("#figures div:last-child dd").await, "4");
    tab.is_content().await;
}

#[tokio::test]
async fn stop_ends_the_stream_of_the_agent() {
    let (server, mut strings) = serve().await;
    let mut tab = Tab::open(&server.base_url()).await;
    tab.choose("endless_stream").await;
    tab.click("#start").await;
    tab.until("document.querySelector('#output').textContent === 'and so on '").await;
    assert!(strings.dropped.try_recv().is_err());
    tab.value("document.querySelector('#stop').focus()").await;
    tab.press("Enter", ENTER).await;
    timeout(Duration::from_secs(1), strings.dropped.recv()).await.expect("the agent's stream is dropped within 1 s");
    settled(&mut tab).await;
    assert_eq!(tab.text("#status").await, "Stopped");
    assert_eq!(tab.value("document.activeElement.id").await, "start");

    // To look at another entrypoint ends it as well.
    tab.click("#start").await;
    tab.until("document.querySelector('#output').textContent === 'and so on '").await;
    tab.choose("greet").await;
    timeout(Duration::from_secs(1), strings.dropped.recv()).await.expect("the agent's stream is dropped within 1 s");
    tab.until("!document.querySelector('#start').hasAttribute('aria-disabled')").await;
    assert_eq!(tab.value("document.querySelector('#result').hidden").await, true);
    tab.is_content().await;
}

#[tokio::test]
async fn an_error_shows_its_code_and_what_to_do() {
    let (server, _strings) = serve().await;
    let mut tab = Tab::open(&server.base_url()).await;
    tab.choose("refuse").await;
    tab.click("#start").await;
    settled(&mut tab).await;
    assert_eq!(tab.text("#problem").await, "QUOTA\n\nno more today\n\nCome back tomorrow.");
    assert_eq!(tab.value("document.querySelector('#problem').getAttribute('role')").await, "alert");
    tab.is_content().await;

    tab.choose("endless_stream").await;
    tab.click("#start").await;
    tab.until("document.querySelector('#output').textContent === 'and so on '").await;
    server.shutdown().await.unwrap();
    settled(&mut tab).await;
    assert!(tab.text("#problem").await.starts_with("STREAM_TRUNCATED\n"));
    assert_eq!(tab.text("#output").await.trim(), "and so on");

    tab.choose("greet").await;
    tab.click("#start").await;
    tab.until("!document.querySelector('#problem').hidden").await;
    assert!(tab.text("#problem").await.starts_with("CONNECTION_ERROR\n"));
    // Chromium itself reports that nobody answers.
    let complaints = tab.complaints().await;
    assert!(complaints.iter().all(|complaint| complaint.contains("ERR_CONNECTION_REFUSED")), "{complaints:#?}");
}

#[tokio::test]
async fn the_tab_key_goes_through_the_page_in_the_order_it_is_read() {
    let (server, _strings) = serve().await;
    let mut tab = Tab::open(&server.base_url()).await;
    let expected = [
        "Skip to the entrypoint",
        "greet",
        "tell_stream",
        "endless_stream",
        "refuse",
        "sum",
        "anything",
        "count",
        "count_stream",
        "name",
        "loudly",
        "style",
        "times",
        "titles",
        "Run",
        "Copy",
        "Rust",
        "use runagent::{RunAgentClient, RunAgentClientConfig, RunAgentError};",
    ];
    let mut seen = Vec::new();
    for _ in expected {
        tab.press("Tab", TAB).await;
        let name = "(() => { const at = document.activeElement; \
                    return at.labels?.[0]?.innerText || at.innerText?.split('\\n')[0] || at.id; })()";
        let name = tab.value(name).await;
        let outline = tab.value("getComputedStyle(document.activeElement).outlineStyle").await;
        assert_ne!(outline, "none", "the focus on {name} cannot be seen");
        seen.push(name.as_str().unwrap().trim().to_owned());
    }
    assert_eq!(seen, expected);
    let unnamed = "[...document.querySelectorAll('button, input, select, textarea, [tabindex=\"0\"]')].filter((at) => \
                   !(at.labels?.length || at.innerText || at.getAttribute('aria-labelledby'))).length";
    assert_eq!(tab.value(unnamed).await, 0);
    tab.is_content().await;
}

#[tokio::test]
async fn the_page_fits_narrow_windows_and_both_colour_schemes() {
    let (server, strings) = serve().await;
    let mut tab = Tab::open(&server.base_url()).await;
    tab.fill("name", &"a-name-without-any-space-in-it-".repeat(8)).await;
    tab.click("#start").await;
    settled(&mut tab).await;
    let mut grounds = Vec::new();
    for (width, height, scheme, name) in [
        (1280, 900, "light", "light.png"),
        (1280, 900, "dark", "dark.png"),
        (360, 740, "light", "narrow-light.png"),
        (360, 740, "dark", "narrow-dark.png"),
    ] {
        tab.look(width, height, scheme).await;
        for tag in ["greet", "anything", "refuse"] {
            tab.choose(tag).await;
            tab.click("#start").await;
            // A required string may be empty.
            settled(&mut tab).await;
            let overflow =
                tab.value("document.documentElement.scrollWidth - document.documentElement.clientWidth").await;
            assert_eq!(overflow, 0, "{tag} at {width} px");
            tab.screenshot(&format!("{tag}-{name}")).await;
        }
        let ground = tab.value("getComputedStyle(document.body).backgroundColor").await;
        grounds.push(ground.as_str().unwrap().to_owned());
    }
    assert_ne!(grounds[0], grounds[1]);
    assert_eq!(grounds[0], grounds[2]);

    tab.look(1280, 900, "light").await;
    tab.choose("tell_stream").await;
    tab.click("#start").await;
    strings.words.add_permits(3);
    tab.until("document.querySelector('#output').textContent === 'Once upon a '").await;
    tab.screenshot("streaming-light.png").await;
    tab.is_content().await;
}

#[tokio::test]
async fn a_token_opens_the_page_and_is_not_shown() {
    let (server, strings) = agent();
    let server = server.token("s3cret+/%").bind().await.unwrap().spawn();
    let mut tab = Tab::open(&format!("{}/?token=s3cret%2B%2F%25", server.base_url())).await;
    tab.choose("count").await;
    tab.click("#start").await;
    settled(&mut tab).await;
    assert_eq!(tab.text("#output").await, "counted");
    tab.click("#language-curl").await;
    assert!(tab.text("#code").await.contains("Bearer $RUNAGENT_API_KEY"));
    tab.choose("count_stream").await;
    tab.click("#start").await;
    settled(&mut tab).await;
    assert_eq!(tab.text("#output").await, "counted");
    assert_eq!(strings.calls.load(std::sync::atomic::Ordering::SeqCst), 2);
    let shown = "location.href + document.documentElement.outerHTML + JSON.stringify([{...localStorage}, \
                 {...sessionStorage}, document.cookie])";
    assert!(!tab.value(shown).await.as_str().unwrap().contains("s3cret"));
    tab.is_content().await;
}

#[tokio::test]
async fn several_agents_are_listed_and_each_is_called() {
    let writer = Agent::new("writer").with_name("Writer").entrypoint("write", async || "written");
    let critic = Agent::new("critic & co/7").with_name("Critic").entrypoint("judge", async || "judged");
    let server = Server::builder(writer).agent(critic).bind().await.unwrap().spawn();
    let mut tab = Tab::open(&server.base_url()).await;
    let names = tab.value("[...document.querySelectorAll('nav h2')].map((name) => name.innerText)").await;
    assert_eq!(names, json!(["Writer", "Critic"]));
    for (tag, output) in [("write", "written"), ("judge", "judged")] {
        tab.choose(tag).await;
        assert_eq!(tab.text("#fields").await, "It takes no arguments.");
        tab.click("#start").await;
        settled(&mut tab).await;
        assert_eq!(tab.text("#output").await, output);
    }
    tab.is_content().await;
}

/// What a server that keeps its calls answers with, put in the place of the real answer.
const KEPT: &str = r#"
const real = window.fetch;
const kept = [
    { invocation_id: "3", status: "pending", entrypoint_tag: "tell_stream", request_timestamp: "2026-01-02T03:04:07",
      input_data: { input_args: [], input_kwargs: {} } },
    { invocation_id: "2", status: "failed", entrypoint_tag: "refuse", request_timestamp: "2026-01-02T03:04:06",
      input_data: { input_args: [], input_kwargs: {} }, error_detail: "no more today", execution_time_ms: 0.77 },
    { invocation_id: "1", status: "completed", entrypoint_tag: "greet", request_timestamp: "2026-01-02T03:04:05",
      input_data: { input_args: [], input_kwargs: { name: "<b>Ada" } }, output_data: "Hello, <b>Ada.", execution_time_ms: 1520 },
];
let asked = 0;
window.fetch = async (path, options) => {
    if (path.includes("/invocations")) return Response.json({ invocations: kept.slice(asked++ === 0 ? 1 : 0) });
    const answer = await real(path, options);
    if (path !== "/api/v1") return answer;
    const about = await answer.json();
    about.endpoints["GET /api/v1/agents/{agent_id}/invocations"] = "";
    return Response.json(about);
};
"#;

#[tokio::test]
async fn recent_calls_are_shown_and_brought_up_to_date() {
    let (server, _strings) = serve().await;
    let mut tab = Tab::new().await;
    tab.call("Page.addScriptToEvaluateOnNewDocument", json!({"source": KEPT})).await;
    tab.look(1280, 900, "light").await;
    tab.go(&server.base_url()).await;
    tab.until("document.querySelectorAll('#invocations details').length === 2").await;
    tab.click("#invocations details:last-child summary").await;
    let input = "{\n  \"input_args\": [],\n  \"input_kwargs\": {\n    \"name\": \"<b>Ada\"\n  }\n}";
    assert_eq!(tab.text("#invocations details:last-child .block:first-of-type pre").await, input);
    assert_eq!(tab.text("#invocations details:last-child .block:last-of-type pre").await, "Hello, <b>Ada.");
    assert!(tab.text("#invocations details:last-child summary").await.contains("1.52 s"));

    tab.click("#start").await;
    tab.until("document.querySelectorAll('#invocations details').length === 3").await;
    let states = "[...document.querySelectorAll('#invocations .state')].map((state) => state.innerText)";
    assert_eq!(tab.value(states).await, json!(["pending", "failed", "completed"]));
    // What was open stays open.
    assert_eq!(tab.value("document.querySelector('#invocations details:last-child').open").await, true);
    tab.screenshot("history-light.png").await;
    tab.look(360, 740, "dark").await;
    let overflow = tab.value("document.documentElement.scrollWidth - document.documentElement.clientWidth").await;
    assert_eq!(overflow, 0);
    tab.screenshot("history-narrow-dark.png").await;
    tab.is_content().await;
}
