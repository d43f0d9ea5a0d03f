//! `/images`.

use bytes::Bytes;
use http::{
    HeaderValue, Method,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use serde_json::json;

use super::{
    collection::{merge, pick},
    problem::{Answer, Problem, created, no_content, ok},
    recorded_request::RecordedRequest,
    state::State,
};

/// What an image may be.
const TYPES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];
/// What the answer to an upload tells.
const UPLOADED: [&str; 5] = ["id", "filename", "content_type", "size_bytes", "created_at"];

impl State {
    pub(super) fn answer_images(&mut self, request: &RecordedRequest, segments: &[&str]) -> Answer {
        match (&request.method, segments) {
            (&Method::GET, []) => {
                let offset = request.number("offset")?.unwrap_or(0) as usize;
                let limit = request.number("limit")?.unwrap_or(50) as usize;
                ok(&self.images.iter().skip(offset).take(limit).cloned().collect())
            }
            (&Method::POST, []) => self.upload_image(request),
            (&Method::GET, [id]) => {
                let content_type = self.images.get(id)?["content_type"].as_str().unwrap_or_default().to_owned();
                self.image(id, &content_type)
            }
            (&Method::GET, [id, "thumbnail"]) => self.image(id, "image/jpeg"),
            (&Method::DELETE, [id]) => {
                self.images.remove(id)?;
                self.image_bytes.remove(*id);
                no_content()
            }
            _ => Err(Problem::no_route()),
        }
    }

    fn upload_image(&mut self, request: &RecordedRequest) -> Answer {
        let part = Part::find(request, "file").ok_or_else(|| Problem::bad_request("the form has no part `file`"))?;
        let (Some(filename), Some(content_type)) = (part.filename, part.content_type) else {
            return Err(Problem::bad_request("the file has no name or no type"));
        };
        if !TYPES.contains(&content_type.as_str()) {
            return Err(Problem::bad_request(format!("unsupported type {content_type:?}")));
        }
        let fields = json!({
            "filename": filename,
            "content_type": content_type,
            "size_bytes": part.bytes.len(),
            "metadata": {"session_id": request.query("session_id")},
        });
        let row = self.images.add(&mut self.clock, json!({}), &fields);
        merge(row, &json!({"updated_at": null}));
        let answer = pick(row, &UPLOADED);
        let id = answer["id"].as_str().unwrap_or_default();
        self.image_bytes.insert(id.to_owned(), part.bytes);
        created(&format!("/v1/images/{id}"), &answer)
    }

    fn image(&mut self, id: &str, content_type: &str) -> Answer {
        self.images.get(id)?;
        let bytes = self.image_bytes.get(id).cloned().unwrap_or_default();
        let mut response = http::Response::new(bytes.into());
        if let Ok(content_type) = HeaderValue::from_str(content_type) {
            response.headers_mut().insert(CONTENT_TYPE, content_type);
        }
        let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
        response.headers_mut().insert(CACHE_CONTROL, forever);
        Ok(response)
    }
}

/// A part of a form.
struct Part {
    filename: Option<String>,
    content_type: Option<String>,
    bytes: Bytes,
}

impl Part {
    /// The part with a name (RFC 7578).
    fn find(request: &RecordedRequest, name: &str) -> Option<Self> {
        let (kind, boundary) = request.header(CONTENT_TYPE.as_str())?.split_once("boundary=")?;
        if !kind.starts_with("multipart/form-data") {
            return None;
        }
        let delimiter = format!("--{}", boundary.split(';').next()?.trim_matches('"'));
        let mut starts = positions(&request.body, delimiter.as_bytes()).into_iter();
        let mut start = starts.next()?;
        for end in starts {
            let part = request.body.slice(start + delimiter.len()..end);
            let head = positions(&part, b"\r\n\r\n").into_iter().next()?;
            let text = String::from_utf8_lossy(&part[..head]).into_owned();
            let header = |name: &str| {
                let lines = text.lines().filter_map(|line| line.split_once(':'));
                let mut values = lines.filter(|(key, _)| key.eq_ignore_ascii_case(name));
                values.next().map(|(_, value)| value.trim().to_owned())
            };
            let disposition = header("content-disposition")?;
            if parameter(&disposition, "name").as_deref() == Some(name) {
                // The line break before the delimiter belongs to it.
                let bytes = part.slice(head + 4..part.len().saturating_sub(2).max(head + 4));
                let filename = parameter(&disposition, "filename");
                return Some(Self { filename, content_type: header("content-type"), bytes });
            }
            start = end;
        }
        None
    }
}

/// A parameter of a header, in quotes.
fn parameter(header: &str, name: &str) -> Option<String> {
    let (_, rest) = header.split_once(&format!("; {name}=\""))?;
    rest.split_once('"').map(|(value, _)| value.to_owned())
}

fn positions(bytes: &[u8], of: &[u8]) -> Vec<usize> {
    bytes.windows(of.len()).enumerate().filter(|(_, window)| *window == of).map(|(position, _)| position).collect()
}
