//! `taskbox serve --print-config`: the settings in effect, and the source of each.

use figment::{Figment, Source};

use super::show;
use super::table::Heading;
use super::usage_error;
use crate::app::Settings;

const HEADINGS: [Heading; 3] = [Heading::of("SETTING"), Heading::of("VALUE"), Heading::of("FROM")];

pub(super) fn run(sources: &Figment) -> anyhow::Result<()> {
    let settings = Settings::read(sources).map_err(usage_error)?;
    let row = |key: &&str| {
        let value: serde_json::Value = sources.extract_inner(key).unwrap_or_default();
        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let derived = || settings.derived(key).unwrap_or_else(|| "none".to_owned());
        let shown = if value.is_null() { derived() } else { shown };
        vec![(*key).to_owned(), shown, origin(sources, key)]
    };
    show::rows(&HEADINGS, Settings::KEYS.iter().map(row));
    Ok(())
}

fn origin(sources: &Figment, key: &str) -> String {
    let Some(metadata) = sources.find_metadata(key) else { return "default".to_owned() };
    match &metadata.source {
        Some(Source::File(path)) => path.display().to_string(),
        _ if metadata.name.contains("environment") => format!("TASKBOX_{}", key.to_uppercase()),
        Some(Source::Custom(_)) | Some(Source::Code(_)) | None | Some(_) => from_code(&metadata.name),
    }
}

fn from_code(provider: &str) -> String {
    if provider.contains("Settings") { "default".to_owned() } else { "flag".to_owned() }
}
