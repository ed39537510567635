//! The log: to stderr, as text or JSON.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use super::{LogFormat, SettingsError};

/// Starts logging for the whole process. A second call changes nothing.
pub fn init(filter: &str, format: LogFormat) -> Result<(), SettingsError> {
    let parsed = EnvFilter::builder().parse(filter);
    let filter = parsed.map_err(|error| SettingsError::Wrong(format!("log is {filter:?}: {error}")))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // The first call wins: a process that embeds a host has its own log already.
    let _ = match format {
        LogFormat::Text => builder.with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    Ok(())
}
