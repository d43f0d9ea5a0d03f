//! What a message of a user may consist of.

use super::{FilePart, ImageFilePart, ImagePart, TextPart};

tagged! {
    /// A part of a message that is sent.
    ///
    /// ```
    /// use everruns_sdk::types::InputPart;
    ///
    /// let parts = vec![InputPart::text("What is this?"), InputPart::image_file("img_1")];
    /// assert_eq!(parts[1].kind(), "image_file");
    /// ```
    pub enum InputPart by "type" {
        /// Text.
        Text(TextPart) = "text",
        /// An image, in place or by its address.
        Image(ImagePart) = "image",
        /// An image that was uploaded.
        ImageFile(ImageFilePart) = "image_file",
        /// A file that was uploaded (0.50).
        File(FilePart) = "file",
    }
}

impl InputPart {
    /// Text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(TextPart { text: text.into(), ..TextPart::default() })
    }

    /// The image at an address.
    #[must_use]
    pub fn image_url(url: impl Into<String>) -> Self {
        Self::Image(ImagePart { url: Some(url.into()), ..ImagePart::default() })
    }

    /// An image in place: its media type, such as `image/png`, and its bytes in base64.
    #[must_use]
    pub fn image_base64(media_type: impl Into<String>, base64: impl Into<String>) -> Self {
        Self::Image(ImagePart {
            base64: Some(base64.into()),
            media_type: Some(media_type.into()),
            ..ImagePart::default()
        })
    }

    /// An image that was uploaded, by its id.
    #[must_use]
    pub fn image_file(image_id: impl Into<String>) -> Self {
        Self::ImageFile(ImageFilePart { image_id: image_id.into(), ..ImageFilePart::default() })
    }

    /// A file that was uploaded, by its id.
    #[must_use]
    pub fn file(file_id: impl Into<String>) -> Self {
        Self::File(FilePart { file_id: file_id.into(), ..FilePart::default() })
    }
}

impl From<&str> for InputPart {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for InputPart {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}
