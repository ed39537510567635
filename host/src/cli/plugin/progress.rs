//! An upload that shows how far it is, to a person at a terminal and to nobody else.

use std::time::Duration;

use bytes::Bytes;
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE};
use reqwest::{Body, Method};

use crate::cli::answer::Answer;
use crate::cli::client::Client;

/// One part of the upload.
const PART_BYTES: usize = 64 * 1024;

/// The bar while the component goes up, and the line while the host looks at it.
const SENDING: &str = "{msg} [{bar:30}] {bytes} of {total_bytes}";
const CHECKING: &str = "{spinner} {msg} ({elapsed})";
const REDRAWN: Duration = Duration::from_millis(100);

/// Uploads a component.
pub(super) async fn upload(client: &Client, path: &str, component: Vec<u8>) -> anyhow::Result<Answer> {
    let bar = Shown(ProgressBar::new(component.len() as u64).with_message("uploading"));
    bar.0.set_style(style(SENDING));
    let request = client
        .request(Method::PUT, path)
        .header(CONTENT_TYPE, "application/wasm")
        .header(CONTENT_LENGTH, component.len())
        .body(Body::wrap_stream(futures::stream::iter(parts(component.into(), bar.0.clone()))));
    client.answer(request).await
}

/// A bar that is gone from the screen when it is dropped, however its upload ended.
struct Shown(ProgressBar);

impl Drop for Shown {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// The parts of a component, which move the bar as they are taken.
fn parts(component: Bytes, bar: ProgressBar) -> impl Iterator<Item = Result<Bytes, std::io::Error>> + Send {
    (0..component.len()).step_by(PART_BYTES).map(move |start| {
        let part = component.slice(start..component.len().min(start + PART_BYTES));
        bar.inc(part.len() as u64);
        if start + part.len() == component.len() {
            bar.set_style(style(CHECKING));
            bar.set_message("the host checks and compiles it");
            bar.enable_steady_tick(REDRAWN);
        }
        Ok(part)
    })
}

fn style(template: &str) -> ProgressStyle {
    // A template that cannot be read would be a bar of another form.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
