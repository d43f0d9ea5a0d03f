//! `…/fs` of sessions, workspaces and memories.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    clock::Clock,
    collection::{pick, required},
    files::{File, Files, absolute},
    problem::{Answer, Problem, created, no_content, ok, with_type},
    recorded_request::RecordedRequest,
    state::State,
};

/// What a memory tells of a file.
const MEMORY_FIELDS: [&str; 7] =
    ["path", "is_directory", "size_bytes", "created_at", "updated_at", "content", "encoding"];

/// Whose files they are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Owner {
    Workspace,
    Memory,
}

impl State {
    /// Answers for the files of a workspace or a memory.
    pub(super) fn answer_files(
        &mut self,
        owner: Owner,
        id: &str,
        request: &RecordedRequest,
        segments: &[&str],
    ) -> Answer {
        let files = self.files.entry(id.to_owned()).or_default();
        let folder = FileSystem { owner, id, files, clock: &mut self.clock, request };
        match segments {
            ["_", "download", path @ ..] => folder.download(&absolute(&path.join("/"))),
            ["_", action] => folder.act(action),
            path => folder.answer(&absolute(&path.join("/"))),
        }
    }

    /// The workspace whose files are those of a session.
    pub(super) fn workspace_of(&mut self, session_id: &str) -> Result<String, Problem> {
        let session = self.session(session_id)?;
        Ok(session.row["workspace_id"].as_str().unwrap_or_default().to_owned())
    }

    /// Writes the files that a session begins with.
    pub(super) fn add_initial_files(&mut self, workspace: &str, files: &Value) {
        let into = self.files.entry(workspace.to_owned()).or_default();
        for file in files.as_array().into_iter().flatten() {
            // One that is there stays.
            drop(into.create(&mut self.clock, &absolute(file["path"].as_str().unwrap_or_default()), file));
        }
    }
}

struct FileSystem<'a> {
    owner: Owner,
    id: &'a str,
    files: &'a mut Files,
    clock: &'a mut Clock,
    request: &'a RecordedRequest,
}

impl FileSystem<'_> {
    fn answer(self, path: &str) -> Answer {
        let (id, request) = (self.id, self.request);
        let whole = |file: &File| self.owner.view(file.whole(id, path));
        match request.method {
            Method::GET if path == "/" => self.list(path),
            Method::GET => match self.files.get(path)? {
                file if file.is_directory() => self.list(path),
                file => ok(&whole(file)),
            },
            Method::POST => {
                let file = self.files.create(self.clock, path, &request.object()?)?;
                created(&request.path, &whole(file))
            }
            Method::PUT => ok(&whole(self.files.update(self.clock, path, &request.object()?)?)),
            Method::DELETE => {
                self.files.remove(path, request.flag("recursive"))?;
                if self.owner == Owner::Memory { no_content() } else { ok(&json!({"deleted": true})) }
            }
            _ => Err(Problem::no_route()),
        }
    }

    fn list(&self, path: &str) -> Answer {
        let files = self.files.list(path, self.request.flag("recursive"));
        let files: Vec<_> = files.map(|(path, file)| self.owner.view(file.info(self.id, path))).collect();
        ok(&json!({"data": files}))
    }

    fn download(&self, path: &str) -> Answer {
        let file = self.files.get(path)?;
        if file.is_directory() || self.request.method != Method::GET {
            return Err(Problem::bad_request(format!("{path} is a directory")));
        }
        Ok(with_type("application/octet-stream", file.bytes()))
    }

    fn act(self, action: &str) -> Answer {
        if self.request.method != Method::POST {
            return Err(Problem::no_route());
        }
        let body = self.request.object()?;
        match action {
            "stat" => {
                let path = absolute(required(&body, "path")?);
                let stat = self.files.get(&path)?.info(self.id, &path);
                let fields = ["path", "name", "is_directory", "is_readonly", "size_bytes", "created_at", "updated_at"];
                ok(&self.owner.view(pick(&stat, &fields)))
            }
            "grep" | "search" => self.grep(&body),
            "move" | "copy" if self.owner == Owner::Workspace => {
                let (from, to) = (absolute(required(&body, "src_path")?), absolute(required(&body, "dst_path")?));
                let file = self.files.copy(self.clock, &from, &to)?.whole(self.id, &to);
                if action == "copy" {
                    return super::problem::with_status(StatusCode::CREATED, &file);
                }
                self.files.remove(&from, true)?;
                ok(&file)
            }
            _ => Err(Problem::no_route()),
        }
    }

    fn grep(&self, body: &Value) -> Answer {
        let path_pattern = body["path_pattern"].as_str().unwrap_or_default();
        let found = self.files.matches(required(body, "pattern")?, path_pattern);
        let of = |(path, matches): &(String, Vec<Value>)| match self.owner {
            Owner::Workspace => json!({"path": path, "matches": matches}),
            Owner::Memory => {
                let size = self.files.get(path).map(|file| file.bytes().len()).unwrap_or_default();
                json!({"path": path, "size_bytes": size})
            }
        };
        ok(&json!({"data": found.iter().map(of).collect::<Vec<_>>()}))
    }
}

impl Owner {
    fn view(self, file: Value) -> Value {
        match self {
            Self::Workspace => file,
            Self::Memory => pick(&file, &MEMORY_FIELDS),
        }
    }
}
