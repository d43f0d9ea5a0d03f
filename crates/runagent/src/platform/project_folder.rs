//! The folder of an agent's project, and which of its files belong to the agent.

use std::{
    fs,
    path::{Path, PathBuf},
};

use ignore::{DirEntry, WalkBuilder};
use runagent_types::ErrorCode;

use super::project_config::{self, ProjectConfig};
use crate::{RunAgentError, RunAgentResult};

/// The most that is packed, before it is compressed, and how many files.
const MAX_BYTES: u64 = 512 * 1024 * 1024;
const MAX_FILES: usize = 20_000;

/// Folders that are made anew wherever the agent runs, and what belongs to other tools.
const LEFT_OUT: [&str; 4] = [".git", ".deployments", "__pycache__", "node_modules"];

/// A project whose description and files were looked at.
#[derive(Debug)]
pub(super) struct ProjectFolder {
    pub(super) root: PathBuf,
    pub(super) config: ProjectConfig,
    /// In the order of their names.
    pub(super) files: Vec<ProjectFile>,
}

/// A file that belongs to the agent.
#[derive(Debug)]
pub(super) struct ProjectFile {
    /// Its path below the folder, with slashes.
    pub(super) name: String,
    pub(super) path: PathBuf,
    /// In bytes.
    pub(super) length: u64,
    pub(super) is_executable: bool,
}

impl ProjectFolder {
    /// Looks at a folder.
    pub(super) fn read(folder: &Path) -> RunAgentResult<Self> {
        let root = fs::canonicalize(folder)
            .map_err(|error| refuse(format!("the folder {folder:?} can't be read: {error}")).with_source(error))?;
        let config = ProjectConfig::read(&root)?;
        let files = files(&root)?;
        let this = Self { root, config, files };
        this.check_entrypoints()?;
        this.warn_of_secrets();
        Ok(this)
    }

    /// How much there is to pack, in bytes.
    pub(super) fn length(&self) -> u64 {
        self.files.iter().map(|file| file.length).sum()
    }

    fn has(&self, name: &str) -> bool {
        self.files.binary_search_by(|file| file.name.as_str().cmp(name)).is_ok()
    }

    /// Without these files the agent would be refused, or fail where nobody sees why.
    fn check_entrypoints(&self) -> RunAgentResult<()> {
        let left_out = |what: String| {
            let error = RunAgentError::new(ErrorCode::CONFIG_ERROR, what);
            error.with_suggestion("Correct the name, or what .gitignore leaves out.")
        };
        if !self.has(project_config::FILE_NAME) {
            return Err(left_out(format!("{} is left out by .gitignore", project_config::FILE_NAME)));
        }
        for (tag, file) in &self.config.entrypoint_files {
            if !self.has(file.strip_prefix("./").unwrap_or(file)) {
                return Err(left_out(format!(
                    "{}: the file `{}` of the entrypoint `{}` is not there, or left out by .gitignore",
                    project_config::FILE_NAME,
                    file.escape_debug(),
                    tag.escape_debug(),
                )));
            }
        }
        Ok(())
    }

    fn warn_of_secrets(&self) {
        for file in self.files.iter().filter(|file| is_environment(&file.name)) {
            tracing::warn!(file = %file.name, "the file goes along with the agent: name it in .gitignore if it is secret");
        }
    }
}

/// Whether a file has variables for this machine, which are often secrets.
fn is_environment(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or_default();
    let suffix = name.strip_prefix(".env");
    suffix.is_some_and(|suffix| {
        suffix.is_empty()
            || (suffix.starts_with('.') && !matches!(suffix, ".example" | ".sample" | ".template" | ".dist"))
    })
}

/// The files below a folder, sorted by their names.
///
/// What is packed must depend on the folder alone: the rules of folders above it and those of this machine's user don't
/// count.
fn files(root: &Path) -> RunAgentResult<Vec<ProjectFile>> {
    let walk = WalkBuilder::new(root)
        .hidden(false)
        .ignore(false)
        .parents(false)
        .git_global(false)
        .git_exclude(false)
        .require_git(false)
        .follow_links(true)
        .filter_entry(|entry| entry.depth() == 0 || !is_left_out(entry))
        .build();
    let mut files = Vec::new();
    let mut length = 0_u64;
    for entry in walk {
        let entry = entry.map_err(|error| refuse(format!("the folder can't be read: {error}")).with_source(error))?;
        if let Some(error) = entry.error() {
            tracing::warn!(%error, "a rule is not understood, and leaves nothing out");
        }
        check_link(root, &entry)?;
        // Neither folders, which come with their files, nor what is no content: sockets, pipes.
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            continue;
        }
        let file = ProjectFile::new(root, &entry)?;
        length = length.saturating_add(file.length);
        files.push(file);
        if length > MAX_BYTES || files.len() > MAX_FILES {
            return Err(too_large(&files));
        }
    }
    files.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    Ok(files)
}

fn is_left_out(entry: &DirEntry) -> bool {
    let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
    // In a worktree of git, `.git` is a file.
    entry.file_name() == ".git"
        || is_folder
            && (LEFT_OUT.iter().any(|name| entry.file_name() == *name)
                // A virtual environment of Python, whatever it is called.
                || entry.path().join("pyvenv.cfg").is_file())
}

/// A link may stand for what is in the folder, and for nothing else.
fn check_link(root: &Path, entry: &DirEntry) -> RunAgentResult<()> {
    if entry.depth() == 0 || !entry.path_is_symlink() {
        return Ok(());
    }
    let shown = entry.path().strip_prefix(root).unwrap_or(entry.path());
    let target = fs::canonicalize(entry.path())
        .map_err(|error| refuse(format!("the link {shown:?} leads nowhere: {error}")).with_source(error))?;
    if target.starts_with(root) {
        return Ok(());
    }
    Err(refuse(format!("the link {shown:?} leads out of the folder"))
        .with_suggestion("Copy what it stands for into the folder, or name it in .gitignore."))
}

impl ProjectFile {
    fn new(root: &Path, entry: &DirEntry) -> RunAgentResult<Self> {
        let path = entry.path();
        let relative = path.strip_prefix(root).unwrap_or(path);
        let parts: Option<Vec<&str>> = relative.iter().map(|part| part.to_str()).collect();
        let Some(parts) = parts else {
            return Err(refuse(format!("the name of {relative:?} is no UTF-8")).with_suggestion("Rename it."));
        };
        let metadata =
            entry.metadata().map_err(|error| refuse(format!("{relative:?} can't be read")).with_source(error))?;
        Ok(Self {
            name: parts.join("/"),
            length: metadata.len(),
            is_executable: is_executable(&metadata),
            path: path.to_owned(),
        })
    }
}

#[cfg(unix)]
fn is_executable(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &fs::Metadata) -> bool {
    false
}

fn too_large(files: &[ProjectFile]) -> RunAgentError {
    let largest = files.iter().max_by_key(|file| file.length).map_or("", |file| &*file.name);
    let limit = MAX_BYTES / (1024 * 1024);
    refuse(format!("the folder has more than {limit} MiB or {MAX_FILES} files; the largest so far is {largest:?}"))
        .with_suggestion(
            "Leave out by .gitignore what the agent does not need, or pack it yourself: Archive::from_zip_file.",
        )
}

/// Something about the folder that can't be packed.
pub(super) fn refuse(message: String) -> RunAgentError {
    RunAgentError::new(ErrorCode::VALIDATION_ERROR, message)
        .with_suggestion("Correct the folder: the message says where.")
}
