//! Styles and scripts of the pages: files in the binary, served under a name that changes with their content.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::api::problem::Problem;
use crate::domain::Digest;

/// Hexadecimal digits of the digest in a name.
const VERSION_LENGTH: usize = 16;

const SCRIPT: &str = "text/javascript; charset=utf-8";

struct Asset {
    name: &'static str,
    media_type: &'static str,
    text: &'static str,
}

macro_rules! asset {
    ($name:literal, $media_type:expr) => {
        Asset { name: $name, media_type: $media_type, text: include_str!(concat!("../../../assets/", $name)) }
    };
}

const ASSETS: [Asset; 10] = [
    asset!("taskbox.css", "text/css; charset=utf-8"),
    asset!("taskbox.svg", "image/svg+xml"),
    asset!("theme.js", SCRIPT),
    asset!("taskbox.js", SCRIPT),
    asset!("times.js", SCRIPT),
    asset!("live.js", SCRIPT),
    asset!("orders.js", SCRIPT),
    asset!("controls.js", SCRIPT),
    asset!("selection.js", SCRIPT),
    asset!("upload.js", SCRIPT),
];

/// One version of all assets, so that a script finds those that it imports beside it.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let all: Vec<u8> = ASSETS.iter().flat_map(|asset| asset.text.bytes()).collect();
    let mut version = Digest::of(&all).to_hex();
    version.truncate(VERSION_LENGTH);
    version
});

/// The links of a page to its assets.
pub(super) struct Links;

impl Links {
    /// The address of a current asset.
    pub(super) fn to(&self, name: &str) -> String {
        format!("/assets/{}/{name}", *VERSION)
    }
}

/// Serves an asset. Under the name of its content it may be cached for ever; a page of another version of the host
/// gets the current asset, uncached.
pub(super) async fn serve(
    Path((version, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asset =
        ASSETS.iter().find(|asset| asset.name == name).ok_or_else(|| Problem::no_such("file", &name))?;
    let tag = format!("\"{}\"", *VERSION);
    let keeping = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-cache" };
    let described = [(CACHE_CONTROL, keeping.to_owned()), (ETAG, tag.clone())];
    let known = headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    if known {
        return Ok((StatusCode::NOT_MODIFIED, described).into_response());
    }
    Ok((described, [(CONTENT_TYPE, asset.media_type)], asset.text).into_response())
}
