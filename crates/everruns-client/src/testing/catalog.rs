//! What the platform has on offer: capabilities, harnesses and models.

use http::Method;
use serde_json::{Value, json};

use super::{
    clock::Clock,
    collection::Collection,
    problem::{Answer, Problem, created, no_content, ok},
    recorded_request::RecordedRequest,
    state::State,
};

/// The capabilities that there are, by id and name.
const CAPABILITIES: [(&str, &str); 3] =
    [("ask_user", "Ask User"), ("web_fetch", "Web Fetch"), ("session_file_system", "File System")];

/// The catalogue as it is at first.
pub(super) struct Catalog {
    pub(super) capabilities: Collection,
    pub(super) harnesses: Collection,
    pub(super) models: Collection,
}

impl Catalog {
    pub(super) fn new(clock: &mut Clock) -> Self {
        let mut capabilities = Collection::new("capability", "");
        for (id, name) in CAPABILITIES {
            let fields = json!({
                "id": id,
                "name": name,
                "description": format!("{name}."),
                "status": "available",
                "category": "Core",
                "risk_level": "low",
                "features": [],
                "dependencies": [],
            });
            capabilities.add(clock, json!({}), &fields);
        }
        let mut harnesses = Collection::new("harness", "harness");
        let fields = json!({"name": "generic", "display_name": "Generic", "is_built_in": true});
        harnesses.add(clock, harness(), &fields);
        let mut models = Collection::new("model", "model");
        let fields = json!({
            "provider_id": clock.id("provider"),
            "provider_name": "Fake",
            "provider_type": "fake",
            "model_id": "fake-model",
            "display_name": "Fake Model",
            "model_vendor": "fake",
            "capabilities": ["tools"],
            "enabled": true,
            "healthy": true,
            "is_favorite": false,
            "source": "manual",
        });
        models.add(clock, json!({}), &fields);
        Self { capabilities, harnesses, models }
    }

    /// The id of the harness that there always is.
    pub(super) fn generic_harness(&mut self) -> String {
        let harness =
            self.harnesses.find("name", "generic").map(|row| row["id"].as_str().unwrap_or_default().to_owned());
        harness.unwrap_or_default()
    }
}

/// What each harness has.
fn harness() -> Value {
    json!({
        "system_prompt": "",
        "capabilities": [],
        "initial_files": [],
        "tags": [],
        "status": "active",
        "is_built_in": false,
        "app_count": 0,
        "session_count": 0,
    })
}

impl State {
    pub(super) fn answer_capabilities(&mut self, request: &RecordedRequest, segments: &[&str]) -> Answer {
        match (&request.method, segments) {
            (&Method::GET, []) => self.catalog.capabilities.page(request),
            (&Method::GET, ["guardrails", "examples"]) => ok(&json!({"examples": [{
                "name": "no-secrets",
                "display_name": "No secrets",
                "description": "Blocks what looks like a key.",
                "check_types": ["regex"],
                "stages": ["output"],
                "tags": [],
                "data_egress": "none",
                "config": {},
            }]})),
            (&Method::POST, ["guardrails", "dry-run"]) => {
                let body = request.object()?;
                ok(&json!({"blocked": false, "hits": [], "stage": body["stage"]}))
            }
            (&Method::GET, [id]) => ok(self.catalog.capabilities.get(id)?),
            _ => Err(Problem::no_route()),
        }
    }

    pub(super) fn answer_harnesses(&mut self, request: &RecordedRequest, segments: &[&str]) -> Answer {
        match (&request.method, segments) {
            (&Method::POST, [id, "copy"]) => {
                let mut fields = self.catalog.harnesses.get(id)?.clone();
                fields["name"] = format!("{}-copy", fields["name"].as_str().unwrap_or_default()).into();
                fields["is_built_in"] = false.into();
                fields["id"] = self.clock.id("harness").into();
                let row = self.catalog.harnesses.add(&mut self.clock, json!({}), &fields);
                created(&format!("/v1/harnesses/{}", row["id"].as_str().unwrap_or_default()), row)
            }
            (&Method::DELETE, [id]) if self.catalog.harnesses.get(id)?["is_built_in"] == true => {
                Err(Problem::bad_request("a built-in harness stays"))
            }
            _ => self.catalog.harnesses.answer(&mut self.clock, request, segments, harness()),
        }
    }

    pub(super) fn answer_models(&mut self, request: &RecordedRequest, segments: &[&str]) -> Answer {
        match (&request.method, segments) {
            (&Method::GET, []) => self.catalog.models.list(request),
            (&Method::GET, [id]) => ok(self.catalog.models.get(id)?),
            (&Method::PATCH, [id]) => ok(self.catalog.models.update(&mut self.clock, id, &request.object()?)?),
            (&Method::DELETE, [id]) => {
                self.catalog.models.remove(id)?;
                no_content()
            }
            _ => Err(Problem::no_route()),
        }
    }
}
