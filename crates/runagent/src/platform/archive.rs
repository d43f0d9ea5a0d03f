//! An agent's code, packed.

use std::{
    fmt,
    fs::File,
    io::{self, Cursor, Seek, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use http::HeaderValue;
use runagent_transport::multipart::Form;
use tempfile::TempPath;
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use super::project_folder::{ProjectFile, ProjectFolder, refuse};
use crate::RunAgentResult;

/// A folder with more than this is packed into a temporary file, not into memory.
const MAX_IN_MEMORY: u64 = 32 * 1024 * 1024;

const ZIP: HeaderValue = HeaderValue::from_static("application/zip");

/// The code of an agent as a zip archive, to [upload](super::Client::upload). Cloning is cheap.
///
/// ```
/// use runagent::platform::Archive;
///
/// # let folder = tempfile::tempdir().map_err(|error| runagent::RunAgentError::new("X", error.to_string()))?;
/// # let folder = folder.path();
/// # std::fs::write(folder.join("main.py"), "def greet(): ...").expect("a file");
/// # let config = r#"{"agent_id":"a1","agent_name":"a","description":"d","framework":"default","template":"default",
/// #   "version":"1.0.0","created_at":"2025-06-25 13:42:03","template_source":{"repo_url":"u","author":"a","path":"p"},
/// #   "agent_architecture":{"entrypoints":[{"file":"main.py","module":"greet","tag":"greet"}]}}"#;
/// # std::fs::write(folder.join("runagent.config.json"), config).expect("a file");
/// let packed = Archive::from_folder(folder)?;
/// let on_disk = Archive::from_zip_file("agent.zip");
/// let at_hand = Archive::from_zip(vec![0x50, 0x4b]);
/// # drop((packed, on_disk, at_hand));
/// # Ok::<(), runagent::RunAgentError>(())
/// ```
#[derive(Clone)]
pub struct Archive(Content);

#[derive(Clone)]
enum Content {
    Bytes(Bytes),
    File(PathBuf),
    /// Deleted with the last clone.
    Temporary(Arc<TempPath>),
}

impl Archive {
    /// A zip archive at hand. It is sent as it is.
    #[must_use]
    pub fn from_zip(zip: impl Into<Bytes>) -> Self {
        Self(Content::Bytes(zip.into()))
    }

    /// A zip archive on this machine, read while it is sent: memory does not grow with its size. A file that can't be read
    /// is an error of the upload.
    #[must_use]
    pub fn from_zip_file(path: impl Into<PathBuf>) -> Self {
        Self(Content::File(path.into()))
    }

    /// Packs the folder of a project, which has a complete `runagent.config.json`. The same folder makes the same archive.
    ///
    /// Left out are `.git`, `.deployments`, `__pycache__`, `node_modules`, virtual environments of Python, and what the
    /// `.gitignore` files in the folder name; neither the rules of folders above it nor those of this machine's user count.
    /// Whatever else is there goes along, hidden files too: for each `.env` there is a warning in the log. A link stands
    /// for what it leads to, which must be in the folder.
    ///
    /// It reads and compresses: from asynchronous code call it by `tokio::task::spawn_blocking`. A folder of more than
    /// 32 MiB is packed into a temporary file, which goes with the archive.
    ///
    /// # Errors
    ///
    /// - `CONFIG_ERROR`: `runagent.config.json` is missing, lacks a key, or names a file that is not there.
    /// - `VALIDATION_ERROR`: a file can't be read or has a name that is not UTF-8, a link leads out of the folder, or there
    ///   is too much: more than 512 MiB or 20,000 files.
    pub fn from_folder(folder: impl AsRef<Path>) -> RunAgentResult<Self> {
        Self::pack(&ProjectFolder::read(folder.as_ref())?)
    }

    pub(super) fn pack(project: &ProjectFolder) -> RunAgentResult<Self> {
        if project.length() <= MAX_IN_MEMORY {
            let zip = write(&project.files, Cursor::new(Vec::new()))?;
            return Ok(Self::from_zip(zip.into_inner()));
        }
        let no_file = |error: io::Error| refuse("no temporary file to pack into".to_owned()).with_source(error);
        let file = tempfile::NamedTempFile::new().map_err(no_file)?;
        let mut file = write(&project.files, file)?;
        file.flush().map_err(no_file)?;
        Ok(Self(Content::Temporary(Arc::new(file.into_temp_path()))))
    }

    /// Adds it to a form.
    pub(super) fn add_to(&self, form: Form, field: &str, file_name: &str) -> Form {
        match &self.0 {
            Content::Bytes(bytes) => form.file(field, file_name, ZIP, bytes.clone()),
            Content::File(path) => form.file_at(field, file_name, ZIP, path),
            Content::Temporary(path) => form.file_at(field, file_name, ZIP, path.to_path_buf()),
        }
    }
}

/// Writes the files as a zip archive. Nothing of this machine gets in: no times, no owners.
fn write<W: Write + Seek>(files: &[ProjectFile], to: W) -> RunAgentResult<W> {
    let mut zip = ZipWriter::new(to);
    for file in files {
        let mode = if file.is_executable { 0o755 } else { 0o644 };
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(mode);
        let add = |zip: &mut ZipWriter<W>| -> io::Result<()> {
            let mut content = File::open(&file.path)?;
            zip.start_file(&*file.name, options)?;
            io::copy(&mut content, zip).map(drop)
        };
        add(&mut zip)
            .map_err(|error| refuse(format!("{:?} can't be packed: {error}", file.name)).with_source(error))?;
    }
    zip.finish().map_err(|error| refuse("the archive can't be written".to_owned()).with_source(error))
}

impl fmt::Debug for Archive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content: &dyn fmt::Debug = match &self.0 {
            Content::Bytes(bytes) => &format_args!("{} bytes", bytes.len()),
            Content::File(path) => path,
            Content::Temporary(path) => path,
        };
        f.debug_tuple("Archive").field(content).finish()
    }
}
