//! Makes thumbnails of images: pure computing, for which a plugin needs no grant at all.
//!
//! An image is decoded within limits, so that one of a few bytes that claims to be huge costs nothing.

use std::io::Cursor;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use image::{DynamicImage, ImageFormat, ImageReader, Limits};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use taskbox_task::{Job, OrFail, TaskError, task};

/// The largest side of an image that is decoded, in pixels.
const SIDE_MAX: u32 = 8_192;

/// The memory that decoding may take.
const DECODING_BYTES_MAX: u64 = 48 * 1024 * 1024;

taskbox_task::plugin!(thumbnail);

#[derive(Deserialize, JsonSchema)]
struct Input {
    /// A PNG or JPEG image, in base64.
    image: String,
    /// The longer side of the thumbnail, in pixels.
    #[schemars(range(min = 1, max = 1024))]
    side: u32,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Thumbnail {
    /// A PNG image, in base64.
    image: String,
    width: u32,
    height: u32,
}

/// Makes a thumbnail of an image, which keeps its proportions and is never larger than the image.
#[task(max_attempts = 2, timeout = "30s")]
fn thumbnail(job: &Job, input: Input) -> Result<Thumbnail, TaskError> {
    job.progress(0, 2, "Reading the image");
    let bytes = BASE64.decode(&input.image).or_permanent("the image is not base64")?;
    let image = decode(&bytes)?;

    job.progress(1, 2, "Making the thumbnail");
    let side = input.side.min(image.width().max(image.height()));
    let small = image.thumbnail(side, side);
    let mut png = Cursor::new(Vec::new());
    small.write_to(&mut png, ImageFormat::Png).or_permanent("the thumbnail is no image")?;
    job.progress(2, 2, "Done");
    Ok(Thumbnail { image: BASE64.encode(png.into_inner()), width: small.width(), height: small.height() })
}

fn decode(bytes: &[u8]) -> Result<DynamicImage, TaskError> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().or_permanent("no image")?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(DECODING_BYTES_MAX);
    reader.limits(limits);
    reader.decode().or_permanent("the image cannot be read")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> String {
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::new_rgb8(width, height).write_to(&mut bytes, ImageFormat::Png).expect("a PNG");
        BASE64.encode(bytes.into_inner())
    }

    fn size(image: String, side: u32) -> (u32, u32) {
        let made = thumbnail(&Job::for_test(), Input { image, side }).expect("a thumbnail");
        let bytes = BASE64.decode(&made.image).expect("base64");
        assert_eq!(decode(&bytes).expect("a PNG").width(), made.width);
        (made.width, made.height)
    }

    #[test]
    fn a_thumbnail_keeps_the_proportions() {
        assert_eq!(size(png(400, 100), 40), (40, 10));
        assert_eq!(size(png(100, 400), 40), (10, 40));
    }

    #[test]
    fn a_small_image_stays_as_it_is() {
        assert_eq!(size(png(30, 20), 64), (30, 20));
    }

    #[test]
    fn what_is_no_image_is_not_tried_again() {
        for image in ["***".to_owned(), BASE64.encode("<svg/>"), png(SIDE_MAX + 1, 1)] {
            let made = thumbnail(&Job::for_test(), Input { image, side: 8 });
            assert!(matches!(made, Err(TaskError::Permanent(_))), "{made:?}");
        }
    }
}
