//! All that the fake remembers.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::Arc,
};

use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    catalog::Catalog,
    clock::{Clock, is_id},
    collection::Collection,
    connection::Connection,
    dialect::Dialect,
    fault::Injection,
    files::Files,
    idempotency::Remembered,
    problem::Problem,
    recorded_request::RecordedRequest,
    session::Session,
    turn::{Turn, TurnInput},
};

/// What an agent does in a turn.
pub(super) type Script = Arc<dyn Fn(&TurnInput) -> Turn + Send + Sync>;

/// All that the fake remembers.
pub(super) struct State {
    pub(super) dialect: Dialect,
    pub(super) clock: Clock,
    pub(super) requests: Vec<RecordedRequest>,
    /// The key that requests must have.
    pub(super) api_key: Option<String>,
    /// Whether the key may come without `Bearer`.
    pub(super) takes_bare_keys: bool,
    /// By the name of the agent.
    pub(super) scripts: HashMap<String, Script>,
    /// For all other agents.
    pub(super) script: Script,
    pub(super) agents: Collection,
    /// The oldest first.
    pub(super) sessions: Vec<Session>,
    pub(super) harness_id: String,
    pub(super) versions: Collection,
    pub(super) health_checks: Collection,
    pub(super) catalog: Catalog,
    pub(super) workspaces: Collection,
    pub(super) memories: Collection,
    /// By the id of the workspace or the memory.
    pub(super) files: HashMap<String, Files>,
    /// Whether sessions have `fs`.
    pub(super) has_session_files: bool,
    pub(super) images: Collection,
    /// By the id of the image.
    pub(super) image_bytes: HashMap<String, Bytes>,
    pub(super) user_connections: Vec<Value>,
    pub(super) budgets: Collection,
    pub(super) ledger: Vec<Value>,
    /// By the agent and the key.
    pub(super) remembered: HashMap<String, Remembered>,
    pub(super) injections: Vec<Injection>,
    /// How the next connections for streams behave.
    pub(super) connections: VecDeque<Connection>,
}

impl State {
    pub(super) fn new(dialect: Dialect) -> Self {
        let mut clock = Clock::default();
        let mut catalog = Catalog::new(&mut clock);
        let harness_id = catalog.generic_harness();
        Self {
            dialect,
            clock,
            requests: Vec::new(),
            api_key: None,
            takes_bare_keys: false,
            scripts: HashMap::new(),
            script: Arc::new(|turn| Turn::new().text(format!("Echo: {}", turn.text))),
            agents: Collection::new("agent", "agent"),
            sessions: Vec::new(),
            harness_id,
            versions: Collection::new("version", "agentver"),
            health_checks: Collection::new("health check", "hcrun"),
            catalog,
            workspaces: Collection::new("workspace", "wsp"),
            memories: Collection::new("memory", "mem"),
            files: HashMap::new(),
            has_session_files: true,
            images: Collection::new("image", "img"),
            image_bytes: HashMap::new(),
            user_connections: Vec::new(),
            budgets: Collection::new("budget", "bdgt"),
            ledger: Vec::new(),
            remembered: HashMap::new(),
            injections: Vec::new(),
            connections: VecDeque::new(),
        }
    }

    /// An agent with a name, which may be there already.
    pub(super) fn add_agent(&mut self, fields: &Value) -> &mut Value {
        let defaults = json!({
            "system_prompt": "",
            "harness_id": self.harness_id,
            "capabilities": [],
            "tools": [],
            "initial_files": [],
            "tags": [],
            "status": "active",
            "app_count": 0,
            "session_count": 0,
        });
        let row = self.agents.add(&mut self.clock, defaults, fields);
        let id = row["id"].as_str().unwrap_or_default();
        let links = json!({
            "self_url": format!("/v1/agents/{id}"),
            "view_url": format!("/agents/{id}"),
            "ui_link": format!("/agents/{id}"),
            "allowed_actions": [],
        });
        super::collection::merge(row, &links);
        row
    }

    /// The session with an id, or why there is none.
    pub(super) fn session(&mut self, id: &str) -> Result<&mut Session, Problem> {
        self.session_and_clock(id).map(|(session, _)| session)
    }

    pub(super) fn session_and_clock(&mut self, id: &str) -> Result<(&mut Session, &mut Clock), Problem> {
        let is_malformed = self.dialect == Dialect::Hosted && !is_id("session", id);
        let clock = &mut self.clock;
        let unknown = || {
            if is_malformed { Problem::malformed("session", id) } else { Problem::not_found("session", id) }
        };
        let session = self.sessions.iter_mut().find(|session| session.id() == id);
        session.map(|session| (session, clock)).ok_or_else(unknown)
    }

    /// What an agent does.
    pub(super) fn script(&self, agent: Option<&str>) -> Script {
        agent.and_then(|agent| self.scripts.get(agent)).unwrap_or(&self.script).clone()
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("dialect", &self.dialect)
            .field("sessions", &self.sessions.len())
            .field("requests", &self.requests.len())
            .finish_non_exhaustive()
    }
}
