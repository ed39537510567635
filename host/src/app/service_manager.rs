//! What the host says to the service manager that started it, such as systemd: that it is ready, lives, or stops. It says
//! nothing where there is none.

use std::time::Duration;

use sd_notify::NotifyState;

/// Says that the host is ready, and what it chose.
pub fn ready(status: &str) {
    say(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// Says that the host stops.
pub fn stopping() {
    say(&[NotifyState::Stopping]);
}

/// Says that the host lives, as often as the service manager wants to hear it, for ever. It is a task of the runtime, so
/// that a runtime that is stuck says nothing.
pub async fn say_that_it_lives() {
    let Some(period) = sd_notify::watchdog_enabled().filter(|period| !period.is_zero()) else { return };
    // Half of the time in which it must be heard.
    let mut ticks = tokio::time::interval((period / 2).max(Duration::from_millis(1)));
    loop {
        ticks.tick().await;
        say(&[NotifyState::Watchdog]);
    }
}

fn say(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager cannot be told");
    }
}
