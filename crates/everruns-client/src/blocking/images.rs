//! Images that messages refer to.

use std::path::PathBuf;

use bytes::Bytes;

use super::{Listing, wait};
use crate::{ImageContent, Result, types::Image};

/// Images that messages refer to: see [`everruns_sdk::Images`](crate::Images).
#[derive(Clone, Debug)]
pub struct Images(pub(super) crate::Images);

impl Images {
    /// Uploads an image. One with settings is an [`ImageUpload`](crate::ImageUpload) to [wait](super::wait()) for.
    ///
    /// # Errors
    ///
    /// See [`upload`](crate::Images::upload).
    pub fn upload(&self, image: impl Into<Bytes>) -> Result<Image> {
        wait(self.0.upload(image))
    }

    /// Uploads an image of this machine.
    ///
    /// # Errors
    ///
    /// See [`upload_file`](crate::Images::upload_file).
    pub fn upload_file(&self, path: impl Into<PathBuf>) -> Result<Image> {
        wait(self.0.upload_file(path))
    }

    /// The images that were uploaded. See [`list`](crate::Images::list).
    pub fn list(&self) -> Listing<Image> {
        self.0.list().stream().into()
    }

    /// An image.
    ///
    /// # Errors
    ///
    /// See [`get`](crate::Images::get).
    pub fn get(&self, image_id: &str) -> Result<ImageContent> {
        wait(self.0.get(image_id))
    }

    /// A small JPEG of an image.
    ///
    /// # Errors
    ///
    /// See [`thumbnail`](crate::Images::thumbnail).
    pub fn thumbnail(&self, image_id: &str) -> Result<ImageContent> {
        wait(self.0.thumbnail(image_id))
    }

    /// Deletes an image.
    ///
    /// # Errors
    ///
    /// See [`delete`](crate::Images::delete).
    pub fn delete(&self, image_id: &str) -> Result<()> {
        wait(self.0.delete(image_id))
    }
}
