//! Files of sessions and workspaces.

mod answer;
mod root;

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{Method, Response, header::ACCEPT};
use runagent_transport::{ApiRequest, Body};
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::Instant;

pub(super) use self::answer::{file, listing};
use self::root::Root;
use super::file_path::FilePath;
use crate::{
    Error, Page, Result,
    call::{ANY, Call, Read, bytes, json, within},
    error::Problem,
    service::Service,
    types::{
        CopyFileRequest, CreateFileRequest, DeleteFileResponse, FileContent, FileEncoding, FileInfo, FileStat,
        GrepRequest, GrepResult, MoveFileRequest, SearchRequest, SearchResult, StatRequest, UpdateFileRequest,
    },
};

/// The time limit of what carries whole files.
pub(super) const CONTENT_TIMEOUT: Duration = Duration::from_secs(300);
/// The largest document that says why there is no file.
const MAX_PROBLEM: usize = 64 * 1024;

/// The files of a session or a workspace: [`Client::files`](crate::Client::files) and
/// [`Client::workspace_files`](crate::Client::workspace_files).
///
/// The addresses below stand for `GET /v1/sessions/{id}/fs/{path}` and so on, or `/v1/workspaces/{id}/fs/{path}`. Older servers
/// have the files of a session with its workspace only. A client notices that by the first answer, and then goes there; the
/// [workspace of a session](crate::types::Session::workspace_id) it asks for once. A file that does not exist is
/// [`NotFound`](Error::NotFound) and nothing else.
///
/// A path starts at the root, with or without a slash. Names may have any characters but a slash: `a?b#c %.txt` is a file. What
/// leads elsewhere is [`Error::Config`], before anything is sent: segments that are empty, `.` or `..`.
///
/// ```
/// use everruns_sdk::{Client, testing::FakeEverruns, types::CreateFileRequest};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> everruns_sdk::Result<()> {
/// # let client = Client::builder().api_key("key").transport(FakeEverruns::new()).build();
/// # let session = client.sessions().create(Default::default()).await?;
/// let files = client.files(&session.id);
/// let file = CreateFileRequest { content: Some("Bees dance.".to_owned()), ..Default::default() };
/// files.create("notes/bees.md", file).await?;
///
/// let file = files.read("/notes/bees.md").await?;
/// assert_eq!(file.content.as_deref(), Some("Bees dance."));
/// for file in files.list("notes").await?.data {
///     println!("{} {}", file.path, file.size_bytes);
/// }
/// // Whatever is in it.
/// assert_eq!(files.download("notes/bees.md").await?, "Bees dance.");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Files {
    service: Service,
    root: Root,
}

impl Files {
    pub(crate) const fn of_session(service: Service, session_id: String) -> Self {
        Self { service, root: Root::Session(session_id) }
    }

    pub(crate) const fn of_workspace(service: Service, workspace_id: String) -> Self {
        Self { service, root: Root::Workspace(workspace_id) }
    }

    /// What is in a folder; the path of the root is `/` or empty: `GET …/fs/{path}`.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] when the path is that of a file.
    pub fn list(&self, path: &str) -> Call<Page<FileInfo>> {
        self.call(Method::GET, FilePath::folder(path), "list_files", listing)
    }

    /// What is in a folder and in all folders below: `GET …/fs/{path}?recursive=true`.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] when the path is that of a file.
    pub fn list_recursive(&self, path: &str) -> Call<Page<FileInfo>> {
        recursive(self.list(path))
    }

    /// A file with its content, which is in base64 where it is no text: `GET …/fs/{path}`.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] when the path is that of a folder; [`stat`](Self::stat) knows what a path is.
    pub fn read(&self, path: &str) -> Call<FileContent> {
        self.long(self.call(Method::GET, FilePath::file(path), "read_file", file))
    }

    /// Makes a file: `POST …/fs/{path}`.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] when there is one already.
    pub fn create(&self, path: &str, file: CreateFileRequest) -> Call<FileContent> {
        self.long(self.send(Method::POST, FilePath::file(path), "create_file", &file))
    }

    /// Makes a folder: `POST …/fs/{path}`.
    pub fn create_directory(&self, path: &str) -> Call<FileContent> {
        let folder = CreateFileRequest { is_directory: Some(true), ..CreateFileRequest::default() };
        self.send(Method::POST, FilePath::file(path), "create_directory", &folder)
    }

    /// Makes a file of any bytes, which travel in base64: `POST …/fs/{path}`.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] when there is one already: [`replace`](Self::replace) writes over it.
    pub fn upload(&self, path: &str, content: impl AsRef<[u8]>) -> Call<FileContent> {
        let file = CreateFileRequest {
            content: Some(BASE64_STANDARD.encode(content)),
            encoding: Some(FileEncoding::Base64),
            ..CreateFileRequest::default()
        };
        self.create(path, file)
    }

    /// Gives a file that is there other bytes, which travel in base64: `PUT …/fs/{path}`.
    pub fn replace(&self, path: &str, content: impl AsRef<[u8]>) -> Call<FileContent> {
        let file = UpdateFileRequest {
            content: Some(BASE64_STANDARD.encode(content)),
            encoding: Some(FileEncoding::Base64),
            ..UpdateFileRequest::default()
        };
        self.update(path, file)
    }

    /// Changes what is set in the request, and leaves the rest: `PUT …/fs/{path}`.
    ///
    /// With [`expected_content`](UpdateFileRequest::expected_content) it is changed only if nobody else has changed it in the
    /// meantime; else it is a [`Conflict`](Error::Conflict) (a server before 0.50 does not compare). Such a change is not tried
    /// again: the second try would meet what the first has written.
    pub fn update(&self, path: &str, changes: UpdateFileRequest) -> Call<FileContent> {
        let is_repeatable = changes.expected_content.is_none();
        let call = self.long(self.send(Method::PUT, FilePath::file(path), "update_file", &changes));
        call.map(|request| Ok(request.retries(is_repeatable)))
    }

    /// Deletes a file or an empty folder: `DELETE …/fs/{path}`. The answer says whether there was one.
    pub fn delete(&self, path: &str) -> Call<DeleteFileResponse> {
        self.call(Method::DELETE, FilePath::file(path), "delete_file", json)
    }

    /// Deletes a folder with all that is in it: `DELETE …/fs/{path}?recursive=true`.
    pub fn delete_recursive(&self, path: &str) -> Call<DeleteFileResponse> {
        recursive(self.delete(path))
    }

    /// Gives a file or a folder another path: `POST …/fs/_/move`.
    pub fn move_to(&self, from: &str, to: &str) -> Call<FileContent> {
        let body = two(from, to, |src_path, dst_path| MoveFileRequest { src_path, dst_path });
        self.act("move", "move_file", body)
    }

    /// Makes a copy of a file: `POST …/fs/_/copy`.
    pub fn copy(&self, from: &str, to: &str) -> Call<FileContent> {
        let body = two(from, to, |src_path, dst_path| CopyFileRequest { src_path, dst_path });
        self.act("copy", "copy_file", body)
    }

    /// The lines that a pattern is found in, file by file: `POST …/fs/_/grep`.
    pub fn grep(&self, pattern: GrepRequest) -> Call<Page<GrepResult>> {
        self.act("grep", "grep_files", Ok(pattern))
    }

    /// The lines that a pattern is found in, with those around them: `POST …/fs/_/search`. Ask only a server from 0.50 on: an
    /// older one may take it for a file to make.
    pub fn search(&self, pattern: SearchRequest) -> Call<SearchResult> {
        self.act("search", "search_files", Ok(pattern))
    }

    /// What a path is, without its content: `POST …/fs/_/stat`.
    pub fn stat(&self, path: &str) -> Call<FileStat> {
        let body = FilePath::file(path).map(|path| StatRequest { path: path.to_text() });
        self.act("stat", "stat_file", body)
    }

    /// The bytes of a file: `GET …/fs/_/download/{path}`. One that may be large is better [opened](Self::open): this is limited
    /// by [`max_response_bytes`](crate::ClientBuilder::max_response_bytes).
    pub fn download(&self, path: &str) -> Call<Bytes> {
        self.long(self.call(Method::GET, download(path), "download_file", bytes)).any_media_type()
    }

    /// The bytes of a file, of whatever size, as they arrive: `GET …/fs/_/download/{path}`. The time limit of the client is on
    /// their beginning.
    ///
    /// ```
    /// use everruns_sdk::{Client, testing::FakeEverruns};
    /// use http_body::Body as _;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> everruns_sdk::Result<()> {
    /// # let client = Client::builder().api_key("key").transport(FakeEverruns::new()).build();
    /// # let session = client.sessions().create(Default::default()).await?;
    /// # client.files(&session.id).upload("recording.wav", "many bytes").await?;
    /// let mut body = client.files(&session.id).open("recording.wav").await?;
    /// let mut length = 0;
    /// while let Some(piece) = std::future::poll_fn(|cx| std::pin::Pin::new(&mut body).poll_frame(cx)).await {
    ///     length += piece?.into_data().unwrap_or_default().len();
    /// }
    /// assert_eq!(length, 10);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of a [`Call`]. What breaks the body comes from the body.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future, or the body before its end, closes the connection.
    pub async fn open(&self, path: &str) -> Result<Body> {
        let path = download(path)?;
        let mut request = self.request(Method::GET, &path, "download_file")?.header(ACCEPT, ANY);
        let mut detour = self.root.detour(&self.service, &path);
        let deadline = Instant::now().checked_add(self.service.timeout());
        let left = || deadline.map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(Instant::now()));
        if let Some(detour) = &mut detour {
            request = detour.begin(request, left()).await?;
        }
        loop {
            let response = Box::pin(request.clone().timeout(left()).open()).await?;
            let status = response.status();
            let answer = if status.is_success() { Ok(response.into_body()) } else { Err(told(response, left()).await) };
            let document = answer.as_ref().err().map(Response::body).cloned().unwrap_or_default();
            if let Some(detour) = &mut detour
                && let Some(other) = detour.after(&request, status, &document, left()).await?
            {
                request = other;
                continue;
            }
            return answer.map_err(|response| Error::of_problem(Problem::of(&response)));
        }
    }

    /// A call about the path.
    fn call<T>(&self, method: Method, path: Result<FilePath>, operation: &'static str, read: Read<T>) -> Call<T> {
        let detour = path.as_ref().ok().and_then(|path| self.root.detour(&self.service, path));
        let request = path.and_then(|path| self.request(method, &path, operation));
        Call::new(request, operation, self.service.timeout(), read).detour(detour)
    }

    /// A call about the path, with a document, of which a file comes.
    fn send(
        &self,
        method: Method,
        path: Result<FilePath>,
        operation: &'static str,
        body: &impl Serialize,
    ) -> Call<FileContent> {
        self.call(method, path, operation, json).body(body)
    }

    /// Something to be done with files.
    fn act<T: DeserializeOwned>(&self, action: &str, operation: &'static str, body: Result<impl Serialize>) -> Call<T> {
        let path = FilePath::action(action, None);
        match body {
            Ok(body) => self.call(Method::POST, Ok(path), operation, json).body(&body),
            Err(error) => self.call(Method::POST, Err(error), operation, json),
        }
    }

    fn request(&self, method: Method, path: &FilePath, operation: &'static str) -> Result<ApiRequest> {
        self.service.request(method, &path.below(&self.root.segments()), operation)
    }

    /// The same with the time that whole files take.
    fn long<T>(&self, call: Call<T>) -> Call<T> {
        call.timeout(self.service.long_timeout(CONTENT_TIMEOUT))
    }
}

fn recursive<T>(call: Call<T>) -> Call<T> {
    call.map(|request| Ok(request.query("recursive", "true")))
}

fn download(path: &str) -> Result<FilePath> {
    FilePath::file(path).map(|path| FilePath::action("download", Some(path)))
}

/// A document with two paths.
fn two<T>(from: &str, to: &str, make: impl FnOnce(String, String) -> T) -> Result<T> {
    Ok(make(FilePath::file(from)?.to_text(), FilePath::file(to)?.to_text()))
}

/// An answer with the beginning of what it says; nothing of it that is late or breaks.
async fn told(response: Response<Body>, left: Duration) -> Response<Bytes> {
    let (head, body) = response.into_parts();
    let body = within(left, body.collect(MAX_PROBLEM)).await;
    Response::from_parts(head, body.and_then(Result::ok).unwrap_or_default())
}
