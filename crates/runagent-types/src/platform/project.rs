use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::json::OpenObject;

/// A project, which agents are deployed to.
///
/// ```
/// use runagent_types::platform::Project;
///
/// let project: Project = serde_json::from_str(r#"{"id":"proj-1","name":"Main","is_default":true,"agents":3}"#)?;
/// assert_eq!((project.id.as_str(), project.is_default), ("proj-1", true));
/// assert_eq!(project.other["agents"], 3);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(from = "Map<String, Value>")]
#[non_exhaustive]
pub struct Project {
    /// The project's id; empty if the server left it out.
    pub id: String,
    /// The project's name.
    pub name: Option<String>,
    /// Whether it is used when none is named.
    pub is_default: bool,
    /// Everything else, and what has another type than documented.
    pub other: Map<String, Value>,
}

/// The answer of `GET /projects`, in an envelope: `{"projects": […]}` and where in the list they are.
///
/// ```
/// use runagent_types::platform::{self, ProjectPage};
///
/// let body = br#"{"success":true,"data":{"projects":[{"id":"proj-1","name":"Main"}],"total":1}}"#;
/// let page = platform::decode::<ProjectPage>(body)??;
/// assert_eq!((page.projects[0].id.as_str(), &page.other["total"]), ("proj-1", &1.into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(from = "Map<String, Value>")]
#[non_exhaustive]
pub struct ProjectPage {
    /// The projects, in the server's order.
    pub projects: Vec<Project>,
    /// Everything else, such as the members that count pages, which no document names.
    pub other: Map<String, Value>,
}

impl Project {
    /// A project of which only the id is known.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }
}

impl ProjectPage {
    /// A page with these projects, and nothing told about it.
    #[must_use]
    pub fn new(projects: Vec<Project>) -> Self {
        Self { projects, other: Map::new() }
    }
}

impl From<Map<String, Value>> for Project {
    fn from(members: Map<String, Value>) -> Self {
        let mut project = Self::default();
        for (name, value) in members {
            match (name.as_str(), value) {
                ("id", Value::String(id)) => project.id = id,
                ("name", Value::String(text)) => project.name = Some(text),
                ("is_default", Value::Bool(is_default)) => project.is_default = is_default,
                (_, value) => {
                    project.other.insert(name, value);
                }
            }
        }
        project
    }
}

impl From<Map<String, Value>> for ProjectPage {
    fn from(members: Map<String, Value>) -> Self {
        let mut page = Self::default();
        for (name, value) in members {
            if name == "projects"
                && let Ok(projects) = Deserialize::deserialize(&value)
            {
                page.projects = projects;
            } else {
                page.other.insert(name, value);
            }
        }
        page
    }
}

impl Serialize for Project {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = OpenObject::start(serializer, &self.other)?;
        object.field("id", &self.id)?;
        object.optional("name", self.name.as_ref())?;
        object.field("is_default", &self.is_default)?;
        object.end()
    }
}

impl Serialize for ProjectPage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = OpenObject::start(serializer, &self.other)?;
        object.field("projects", &self.projects)?;
        object.end()
    }
}
