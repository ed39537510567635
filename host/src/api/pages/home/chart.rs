//! A chart of the attempts that ended: bars of what succeeded with what failed on top.

use std::time::Duration;

use crate::api::pages::time::lasting;
use crate::domain::{Ended, closed_set};

closed_set! {
    /// The time that the chart shows.
    #[default(Hour)]
    pub enum Window {
        /// An hour, by minute.
        Hour = "1h",
        /// A day, by half an hour.
        Day = "24h",
        /// A week, by three hours.
        Week = "7d",
    }
}

impl Window {
    /// Its length.
    pub(super) fn length(self) -> Duration {
        Duration::from_secs(match self {
            Window::Hour => 3_600,
            Window::Day => 24 * 3_600,
            Window::Week => 7 * 24 * 3_600,
        })
    }

    /// Its number of bars.
    pub(super) fn bars(self) -> usize {
        match self {
            Window::Hour => 60,
            Window::Day => 48,
            Window::Week => 56,
        }
    }
}

/// The size of the drawing, in its own units.
const WIDTH: u64 = 720;
const HEIGHT: u64 = 120;

/// A chart to draw.
pub(super) struct Chart {
    pub(super) bars: Vec<Bar>,
    pub(super) width: u64,
    pub(super) height: u64,
    /// The most attempts of a bar, which is as high as the chart.
    pub(super) most: u64,
    /// The whole in words.
    pub(super) text: String,
    pub(super) succeeded: u64,
    pub(super) failed: u64,
}

/// One bar.
pub(super) struct Bar {
    pub(super) x: u64,
    pub(super) width: u64,
    /// Where what succeeded begins, and its height.
    pub(super) succeeded: (u64, u64),
    pub(super) failed: (u64, u64),
    pub(super) text: String,
}

impl Chart {
    /// The chart of a window, the oldest part first.
    pub(super) fn new(window: Window, parts: &[Ended]) -> Self {
        let total = parts.iter().fold(Ended::default(), |total, part| total + *part);
        let most = parts.iter().map(|part| part.succeeded + part.failed).max().unwrap_or(0);
        let count = parts.len().max(1) as u64;
        let part_length = window.length() / u32::try_from(count).unwrap_or(1);
        let bar = |(index, part): (u64, &Ended)| {
            let ago = part_length * u32::try_from(count - 1 - index).unwrap_or(0);
            Bar::new(index * WIDTH / count, WIDTH / count - 2, part, most, ago)
        };
        let Ended { succeeded, failed } = total;
        Self {
            bars: (0..).zip(parts).map(bar).collect(),
            width: WIDTH,
            height: HEIGHT,
            most,
            text: format!("In the last {window}, {succeeded} attempts succeeded and {failed} failed."),
            succeeded,
            failed,
        }
    }
}

impl Bar {
    fn new(x: u64, width: u64, part: &Ended, most: u64, ago: Duration) -> Self {
        let [succeeded, failed] = [part.succeeded, part.failed].map(|count| height(count, most));
        let when = if ago.is_zero() { "now".to_owned() } else { format!("{} ago", lasting(ago)) };
        Self {
            x,
            width,
            succeeded: (HEIGHT - succeeded, succeeded),
            failed: (HEIGHT.saturating_sub(succeeded + failed), failed),
            text: format!("{when}: {} succeeded, {} failed", part.succeeded, part.failed),
        }
    }
}

/// The height of a count: at least two units if there is one, so that a single failure is seen.
fn height(count: u64, most: u64) -> u64 {
    match (count, most) {
        (0, _) | (_, 0) => 0,
        _ => (count * (HEIGHT - 4) / most).max(2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_bar_fills_the_chart_and_one_failure_is_seen() {
        let parts = [Ended { succeeded: 1_000, failed: 1 }, Ended::default()];
        let chart = Chart::new(Window::Hour, &parts);
        assert_eq!((chart.most, chart.succeeded, chart.failed), (1_001, 1_000, 1));
        let bar = &chart.bars[0];
        assert!(bar.succeeded.1 >= HEIGHT - 6 && bar.failed.1 == 2, "{:?} {:?}", bar.succeeded, bar.failed);
        assert!(bar.failed.0 + bar.failed.1 <= bar.succeeded.0);
        assert_eq!(chart.bars[1].succeeded.1, 0);
        assert_eq!(bar.text, "30 min ago: 1000 succeeded, 1 failed");
        assert!(chart.text.contains("1000 attempts succeeded and 1 failed"));
    }

    #[test]
    fn a_chart_without_attempts_is_empty() {
        let chart = Chart::new(Window::Week, &[Ended::default(); 56]);
        assert!(chart.bars.iter().all(|bar| bar.succeeded.1 == 0 && bar.failed.1 == 0));
    }
}
