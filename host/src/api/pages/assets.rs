//! Styles and scripts of the pages: files in the binary, served under names that change with their content.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::api::access::Viewer;
use crate::api::problem::Problem;
use crate::domain::Digest;

/// Hexadecimal digits of the digest in a name.
const VERSION_LENGTH: usize = 16;

struct Asset {
    name: &'static str,
    media_type: &'static str,
    text: &'static str,
    version: String,
}

static ASSETS: LazyLock<[Asset; 3]> = LazyLock::new(|| {
    let asset = |name, media_type, text: &'static str| {
        let mut version = Digest::of(text.as_bytes()).to_hex();
        version.truncate(VERSION_LENGTH);
        Asset { name, media_type, text, version }
    };
    [
        asset("taskbox.css", "text/css; charset=utf-8", include_str!("../../../assets/taskbox.css")),
        asset("taskbox.js", "text/javascript; charset=utf-8", include_str!("../../../assets/taskbox.js")),
        asset("taskbox.svg", "image/svg+xml", include_str!("../../../assets/taskbox.svg")),
    ]
});

/// What every page has: the links to its assets, and who looks at it.
pub(super) struct Links {
    pub(super) style: String,
    pub(super) script: String,
    pub(super) icon: String,
    /// Who looks at the page, for what its frame and its forms offer.
    pub(super) viewer: Viewer,
}

impl Links {
    /// The links to the current assets.
    pub(super) fn get() -> Self {
        let [style, script, icon] = ASSETS.each_ref();
        let link = |asset: &Asset| format!("/assets/{}/{}", asset.version, asset.name);
        Self { style: link(style), script: link(script), icon: link(icon), viewer: Viewer::of_page() }
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
    let tag = format!("\"{}\"", asset.version);
    let keeping = if version == asset.version { "public, max-age=31536000, immutable" } else { "no-cache" };
    let described = [(CACHE_CONTROL, keeping.to_owned()), (ETAG, tag.clone())];
    let known = headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    if known {
        return Ok((StatusCode::NOT_MODIFIED, described).into_response());
    }
    Ok((described, [(CONTENT_TYPE, asset.media_type)], asset.text).into_response())
}
