//! Questions to a person at the terminal.

use std::io::{IsTerminal, Write, stderr, stdin};

use anyhow::Context;

use super::out::printable_line;

/// Whether there is a terminal whose user can answer.
pub(super) fn can_ask() -> bool {
    stdin().is_terminal() && stderr().is_terminal()
}

/// Asks, and reads a line without the spaces around it.
pub(super) async fn line(question: String) -> anyhow::Result<String> {
    let reading = tokio::task::spawn_blocking(move || {
        let mut terminal = stderr();
        write!(terminal, "{}", printable_line(&question))?;
        terminal.flush()?;
        let mut line = String::new();
        stdin().read_line(&mut line).map(|_| line)
    });
    let line = reading.await.context("cannot ask")?.context("cannot ask")?;
    Ok(line.trim().to_owned())
}
