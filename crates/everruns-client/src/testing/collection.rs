//! Resources of one kind.

use http::Method;
use serde_json::{Map, Value, json};

use super::{
    clock::{Clock, is_id},
    problem::{Answer, Problem, created, no_content, ok},
    recorded_request::RecordedRequest,
};

/// How many rows a page has at most.
const MAX_PAGE: u64 = 100;

/// Resources of one kind, the oldest first.
#[derive(Debug)]
pub(super) struct Collection {
    /// What one is called, in messages.
    noun: &'static str,
    /// What its ids begin with.
    prefix: &'static str,
    rows: Vec<Value>,
}

impl Collection {
    pub(super) const fn new(noun: &'static str, prefix: &'static str) -> Self {
        Self { noun, prefix, rows: Vec::new() }
    }

    /// Adds a resource with these fields, and those that each resource has.
    pub(super) fn add(&mut self, clock: &mut Clock, defaults: Value, fields: &Value) -> &mut Value {
        let now = clock.now();
        let mut row = defaults;
        row["id"] = clock.id(self.prefix).into();
        row["created_at"] = now.clone().into();
        merge(&mut row, fields);
        row["updated_at"] = now.into();
        self.rows.push(row);
        self.rows.last_mut().expect("it was pushed")
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Value> {
        self.rows.iter()
    }

    /// The first resource with this value in a field.
    pub(super) fn find(&mut self, field: &str, value: &str) -> Option<&mut Value> {
        self.rows.iter_mut().find(|row| row[field] == value)
    }

    /// A resource, or why there is none: an id may be malformed or unknown.
    pub(super) fn get(&mut self, id: &str) -> Result<&mut Value, Problem> {
        let (noun, is_known_form) = (self.noun, self.prefix.is_empty() || is_id(self.prefix, id));
        let unknown = || if is_known_form { Problem::not_found(noun, id) } else { Problem::malformed(noun, id) };
        self.find("id", id).ok_or_else(unknown)
    }

    /// Changes fields; those that are `null` are cleared.
    pub(super) fn update(&mut self, clock: &mut Clock, id: &str, fields: &Value) -> Result<&mut Value, Problem> {
        let row = self.get(id)?;
        merge(row, fields);
        row["updated_at"] = clock.now().into();
        Ok(row)
    }

    /// Hides a resource.
    pub(super) fn archive(&mut self, clock: &mut Clock, id: &str) -> Result<(), Problem> {
        let row = self.get(id)?;
        row["status"] = "archived".into();
        row["archived_at"] = clock.now().into();
        Ok(())
    }

    pub(super) fn remove(&mut self, id: &str) -> Result<Value, Problem> {
        let row = self.get(id)?.clone();
        self.rows.retain(|row| row["id"] != id);
        Ok(row)
    }

    /// The rows that a list shows, by `search` and `include_archived`.
    pub(super) fn matching<'a>(&'a self, request: &'a RecordedRequest) -> impl Iterator<Item = &'a Value> {
        let search = request.query("search").unwrap_or_default().to_lowercase();
        let shows_archived = request.flag("include_archived");
        self.iter().filter(move |row| {
            let text = ["name", "display_name", "title", "description"].map(|field| row[field].as_str());
            let found = text.iter().flatten().any(|text| text.to_lowercase().contains(&search));
            (search.is_empty() || found) && (shows_archived || row["archived_at"].is_null())
        })
    }

    /// A list without pages.
    pub(super) fn list(&self, request: &RecordedRequest) -> Answer {
        ok(&json!({"data": self.matching(request).collect::<Vec<_>>()}))
    }

    /// Answers what each kind of resource is asked.
    pub(super) fn answer(
        &mut self,
        clock: &mut Clock,
        request: &RecordedRequest,
        segments: &[&str],
        defaults: Value,
    ) -> Answer {
        match (&request.method, segments) {
            (&Method::GET, []) => self.list(request),
            (&Method::POST, []) => {
                let body = request.object()?;
                required(&body, "name")?;
                let row = self.add(clock, defaults, &body);
                created(&format!("{}/{}", request.path, row["id"].as_str().unwrap_or_default()), row)
            }
            (&Method::GET, [id]) => ok(self.get(id)?),
            (&Method::PATCH, [id]) => ok(self.update(clock, id, &request.object()?)?),
            (&Method::DELETE, [id]) => {
                self.archive(clock, id)?;
                no_content()
            }
            _ => Err(Problem::no_route()),
        }
    }

    /// A page of a list.
    pub(super) fn page(&self, request: &RecordedRequest) -> Answer {
        page(request, &self.matching(request).collect::<Vec<_>>())
    }
}

/// A page of these rows.
pub(super) fn page(request: &RecordedRequest, rows: &[&Value]) -> Answer {
    let offset = request.number("offset")?.unwrap_or(0);
    let limit = request.number("limit")?.unwrap_or(20).min(MAX_PAGE);
    let data: Vec<_> = rows.iter().skip(offset as usize).take(limit as usize).collect();
    ok(&json!({"data": data, "total": rows.len(), "offset": offset, "limit": limit}))
}

/// Sets the fields of an object; those that are `null` go away.
pub(super) fn merge(into: &mut Value, fields: &Value) {
    let (Some(into), Some(fields)) = (into.as_object_mut(), fields.as_object()) else {
        return;
    };
    for (name, value) in fields {
        if value.is_null() {
            into.remove(name);
        } else {
            into.insert(name.clone(), value.clone());
        }
    }
}

/// Some fields of an object, those that are there.
pub(super) fn pick(from: &Value, names: &[&str]) -> Value {
    let present = names.iter().filter(|name| !from[**name].is_null());
    Value::Object(present.map(|name| ((*name).to_owned(), from[*name].clone())).collect::<Map<_, _>>())
}

/// A text that a body must have.
pub(super) fn required<'a>(body: &'a Value, name: &str) -> Result<&'a str, Problem> {
    let missing = || {
        let message = format!("the JSON body lacks the text `{name}`");
        Problem::text(http::StatusCode::UNPROCESSABLE_ENTITY, message)
    };
    body[name].as_str().ok_or_else(missing)
}
