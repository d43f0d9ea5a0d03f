//! The kinds of images that the server takes.

use crate::{Error, Result};

/// What an image may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Png,
    Jpeg,
    Gif,
    WebP,
}

impl Kind {
    /// How many bytes it takes to know it.
    pub(super) const SIGNATURE: usize = 12;

    /// By the first bytes of the image.
    pub(super) fn of_bytes(bytes: &[u8]) -> Result<Self> {
        match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Ok(Self::Png),
            [0xFF, 0xD8, 0xFF, ..] => Ok(Self::Jpeg),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Ok(Self::Gif),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(Self::WebP),
            _ => Err(Error::Config("the image is no PNG, JPEG, GIF or WebP".to_owned())),
        }
    }

    /// By its media type.
    pub(super) fn of_content_type(content_type: &str) -> Result<Self> {
        let name = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match name.as_str() {
            "image/png" => Ok(Self::Png),
            "image/jpeg" | "image/jpg" => Ok(Self::Jpeg),
            "image/gif" => Ok(Self::Gif),
            "image/webp" => Ok(Self::WebP),
            _ => {
                let shown: String = content_type.escape_debug().take(40).collect();
                let kinds = "`image/png`, `image/jpeg`, `image/gif` or `image/webp`";
                Err(Error::Config(format!("an image has the content type {kinds}, and this `{shown}`")))
            }
        }
    }

    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
        }
    }

    /// What an image without a name is called.
    pub(super) const fn file_name(self) -> &'static str {
        match self {
            Self::Png => "image.png",
            Self::Jpeg => "image.jpg",
            Self::Gif => "image.gif",
            Self::WebP => "image.webp",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_known_by_its_first_bytes() {
        for (bytes, kind) in [
            (&b"\x89PNG\r\n\x1a\n...."[..], Some(Kind::Png)),
            (b"\xFF\xD8\xFF\xE0", Some(Kind::Jpeg)),
            (b"GIF87a", Some(Kind::Gif)),
            (b"GIF89a...", Some(Kind::Gif)),
            (b"RIFF\x01\x02\x03\x04WEBPVP8 ", Some(Kind::WebP)),
            (b"RIFF\x01\x02\x03\x04WAVE", None),
            (b"GIF88a", None),
            (b"\x89PNG\n\x1a\n", None),
            (b"<svg>", None),
            (b"BM", None),
            (b"", None),
        ] {
            assert_eq!(Kind::of_bytes(bytes).ok(), kind, "{bytes:?}");
            assert_eq!(Kind::of_bytes(&bytes[..bytes.len().min(Kind::SIGNATURE)]).ok(), kind, "{bytes:?}");
        }
    }

    #[test]
    fn a_content_type_is_one_of_four() {
        for (content_type, kind) in [
            ("image/png", Some(Kind::Png)),
            ("IMAGE/JPEG", Some(Kind::Jpeg)),
            ("image/jpg", Some(Kind::Jpeg)),
            (" image/gif ; x=1", Some(Kind::Gif)),
            ("image/webp", Some(Kind::WebP)),
            ("image/svg+xml", None),
            ("image/", None),
            ("png", None),
            ("", None),
            ("image/bmp\r\n", None),
        ] {
            assert_eq!(Kind::of_content_type(content_type).ok(), kind, "{content_type:?}");
        }
    }
}
