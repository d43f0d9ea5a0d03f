//! One page in Chromium, used as people use it: by keys, and by what it shows.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::chromium::Chromium;

pub(crate) struct Tab {
    chromium: Chromium,
    session: String,
}

impl Tab {
    /// Opens an empty page in a browser of its own.
    pub(crate) async fn new() -> Self {
        let mut chromium = Chromium::start().await;
        let target = chromium.call(None, "Target.createTarget", json!({"url": "about:blank"})).await;
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = chromium.call(None, "Target.attachToTarget", attach).await;
        let session = attached["sessionId"].as_str().unwrap().to_owned();
        let mut tab = Self { chromium, session };
        for domain in ["Page", "Runtime", "Log"] {
            tab.call(&format!("{domain}.enable"), json!({})).await;
        }
        tab.call("Emulation.setFocusEmulationEnabled", json!({"enabled": true})).await;
        tab
    }

    /// Opens the page of a server and waits for its entrypoints.
    pub(crate) async fn open(url: &str) -> Self {
        let mut tab = Self::new().await;
        tab.go(url).await;
        tab.until("document.querySelector('#entrypoint')?.hidden === false").await;
        tab
    }

    pub(crate) async fn go(&mut self, url: &str) {
        let gone = self.call("Page.navigate", json!({"url": url})).await;
        assert!(gone.get("errorText").is_none(), "{gone}");
    }

    pub(crate) async fn call(&mut self, method: &str, params: Value) -> Value {
        self.chromium.call(Some(&self.session), method, params).await
    }

    /// The value of an expression, once it has settled.
    pub(crate) async fn value(&mut self, expression: &str) -> Value {
        let params =
            json!({"expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true});
        let answer = self.call("Runtime.evaluate", params).await;
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {}", answer["exceptionDetails"]);
        answer["result"]["value"].clone()
    }

    /// Waits until an expression is true.
    pub(crate) async fn until(&mut self, condition: &str) {
        let wait = format!(
            "new Promise((resolve) => {{
                const deadline = performance.now() + 15000;
                const look = () => {{
                    if ({condition}) return resolve('');
                    if (performance.now() > deadline) return resolve(document.body.innerText || 'an empty page');
                    setTimeout(look, 10);
                }};
                look();
            }})"
        );
        let seen = self.value(&wait).await;
        assert_eq!(seen, "", "waited in vain for {condition}");
    }

    pub(crate) async fn text(&mut self, selector: &str) -> String {
        let text = self.value(&format!("document.querySelector({}).innerText", json!(selector))).await;
        text.as_str().unwrap().to_owned()
    }

    pub(crate) async fn click(&mut self, selector: &str) {
        self.value(&format!("document.querySelector({}).click()", json!(selector))).await;
    }

    /// Shows an entrypoint.
    pub(crate) async fn choose(&mut self, tag: &str) {
        let button = format!("[...document.querySelectorAll('nav button')].find((b) => b.innerText.includes('{tag}'))");
        self.value(&format!("{button}.click()")).await;
        self.until(&format!("document.querySelector('#tag').innerText === '{tag}'")).await;
    }

    /// Puts the cursor into the field with a label, and replaces what is there.
    pub(crate) async fn fill(&mut self, label: &str, text: &str) {
        let field =
            format!("[...document.querySelectorAll('#fields label')].find((l) => l.innerText === '{label}').control");
        self.value(&format!("(() => {{ const field = {field}; field.focus(); field.select(); }})()")).await;
        self.call("Input.insertText", json!({"text": text})).await;
    }

    pub(crate) async fn press(&mut self, key: &str, code: u32) {
        let text = if key == "Enter" {
            "\r"
        } else if key == " " {
            " "
        } else {
            ""
        };
        let kind = if text.is_empty() { "rawKeyDown" } else { "keyDown" };
        let down = json!({"type": kind, "key": key, "windowsVirtualKeyCode": code, "text": text});
        self.call("Input.dispatchKeyEvent", down).await;
        let up = json!({"type": "keyUp", "key": key, "windowsVirtualKeyCode": code});
        self.call("Input.dispatchKeyEvent", up).await;
    }

    /// The size of the window in CSS pixels, and the colours that its user prefers.
    pub(crate) async fn look(&mut self, width: u32, height: u32, scheme: &str) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 2, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", size).await;
        let features = json!([
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]);
        self.call("Emulation.setEmulatedMedia", json!({"features": features})).await;
    }

    /// Leaves a picture of the whole page for people to look at.
    pub(crate) async fn screenshot(&mut self, name: &str) {
        let params = json!({"format": "png", "captureBeyondViewport": true});
        let picture = self.call("Page.captureScreenshot", params).await;
        let picture = STANDARD.decode(picture["data"].as_str().unwrap()).unwrap();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("browser");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name), picture).unwrap();
    }

    pub(crate) async fn complaints(&mut self) -> Vec<String> {
        self.chromium.complaints().await
    }

    /// The page has met no error all the while.
    pub(crate) async fn is_content(&mut self) {
        let complaints = self.complaints().await;
        assert!(complaints.is_empty(), "{complaints:#?}");
    }
}
