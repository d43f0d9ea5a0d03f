//! Images that messages refer to.

mod content;
mod kind;
mod upload;

use std::path::PathBuf;

use bytes::Bytes;
use http::Method;

use self::upload::Source;
pub use self::{content::ImageContent, upload::ImageUpload};
use super::files::CONTENT_TIMEOUT;
use crate::{
    call::Call,
    list::{List, Paging},
    types::Image,
};

/// How many images are a page: what the server gives when it is not asked.
const PAGE: u64 = 50;

resource! {
    /// Images that messages refer to: [`Client::images`](crate::Client::images).
    ///
    /// ```
    /// use everruns_sdk::{Client, CreateMessageRequest, MessageOptions, testing::FakeEverruns, types::InputPart};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> everruns_sdk::Result<()> {
    /// # let client = Client::builder().api_key("key").transport(FakeEverruns::new()).build();
    /// # let session = client.sessions().create(Default::default()).await?;
    /// # let png = b"\x89PNG\r\n\x1a\n...";
    /// let image = client.images().upload(&png[..]).file_name("bee.png").await?;
    ///
    /// let message = CreateMessageRequest { session_id: session.id, content: "What is this?".to_owned() };
    /// let options = MessageOptions { content: vec![InputPart::image_file(&image.id)], ..Default::default() };
    /// client.messages().create_with(message, options).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub struct Images;
}

impl Images {
    /// Uploads an image: `POST /v1/images`. It is a PNG, a JPEG, a GIF or a WebP, of at most 100 MiB.
    pub fn upload(&self, image: impl Into<Bytes>) -> ImageUpload {
        ImageUpload::new(self.service.clone(), Source::Bytes(image.into()))
    }

    /// Uploads an image of this machine, which is read while it is sent: `POST /v1/images`.
    pub fn upload_file(&self, path: impl Into<PathBuf>) -> ImageUpload {
        ImageUpload::new(self.service.clone(), Source::File(path.into()))
    }

    /// The images that were uploaded: `GET /v1/images`.
    pub fn list(&self) -> List<Image> {
        List::new(&self.service, &["images"], "list_images", Paging::Offset).limit(PAGE)
    }

    /// An image: `GET /v1/images/{id}`.
    pub fn get(&self, image_id: &str) -> Call<ImageContent> {
        let call = self.service.call(Method::GET, &["images", image_id], "get_image", content::read);
        call.any_media_type().timeout(self.service.long_timeout(CONTENT_TIMEOUT))
    }

    /// A small JPEG of an image: `GET /v1/images/{id}/thumbnail`.
    pub fn thumbnail(&self, image_id: &str) -> Call<ImageContent> {
        let segments = ["images", image_id, "thumbnail"];
        self.service.call(Method::GET, &segments, "get_image_thumbnail", content::read).any_media_type()
    }

    /// Deletes an image: `DELETE /v1/images/{id}`.
    pub fn delete(&self, image_id: &str) -> Call<()> {
        self.service.delete(&["images", image_id], "delete_image")
    }
}
