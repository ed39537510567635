//! The signals that end a host: Ctrl-C and SIGTERM.

use tokio::signal::unix::{SignalKind, signal};

/// Returns at the first of the signals. A second one ends the process at once.
pub(super) async fn requested() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        eprintln!("taskbox: ended at once; running attempts will be taken back at the next start");
        std::process::exit(1);
    });
    Ok(())
}
