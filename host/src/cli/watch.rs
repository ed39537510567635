//! Reading a stream of server-sent events, across connections that break.

use std::mem;
use std::ops::ControlFlow;
use std::time::Duration;

use anyhow::{Context, bail};
use futures::StreamExt;
use reqwest::{Method, StatusCode};

use super::answer::{Answer, text};
use super::client::{Client, Unreachable};
use super::out::{json_line, say};

/// Delays before a broken stream is requested again, one for each time in a row.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
const AGAIN_MAX: u32 = 60;

/// A server-sent event.
#[derive(Debug, Default, PartialEq, Eq)]
struct Event {
    name: String,
    data: String,
    id: Option<String>,
}

/// The position in a stream.
#[derive(Default)]
struct Position {
    /// The id of its last event.
    last_id: Option<String>,
    /// The number of breaks in a row without an event between them.
    broken: u32,
    /// Whether any event arrived.
    has_begun: bool,
}

impl Client {
    /// Passes the name and the data of every event to `see`, until it breaks the flow. A stream that breaks is resumed
    /// after its last event.
    pub(super) async fn watch(
        &self,
        path: &str,
        mut see: impl FnMut(&str, &Answer) -> ControlFlow<()>,
    ) -> anyhow::Result<()> {
        let mut position = Position::default();
        loop {
            match self.follow(path, &mut position, &mut see).await {
                Ok(ControlFlow::Break(())) => return Ok(()),
                Ok(ControlFlow::Continue(())) => {}
                Err(error) if !position.has_begun || !is_broken_connection(&error) => return Err(error),
                Err(_) => {}
            }
            position.broken += 1;
            if position.broken > AGAIN_MAX {
                bail!(
                    "the stream broke before its last event, and the host does not respond; run the command again"
                );
            }
            tokio::time::sleep(AGAIN_AFTER).await;
        }
    }

    /// Reads the stream until it ends or breaks.
    async fn follow(
        &self,
        path: &str,
        position: &mut Position,
        see: &mut impl FnMut(&str, &Answer) -> ControlFlow<()>,
    ) -> anyhow::Result<ControlFlow<()>> {
        let mut request = self.request(Method::GET, path);
        if let Some(id) = &position.last_id {
            request = request.header("last-event-id", id);
        }
        let response = self.send(request).await?;
        if response.status() == StatusCode::NO_CONTENT {
            return Ok(ControlFlow::Break(()));
        }
        let mut chunks = response.bytes_stream();
        let mut events = Events::default();
        while let Some(chunk) = chunks.next().await {
            events.unread.extend_from_slice(&chunk.context("the stream broke off")?);
            while let Some(event) = events.next() {
                (position.has_begun, position.broken) = (true, 0);
                position.last_id = event.id.or(position.last_id.take());
                let data = Answer::parse(event.data).context("the stream is not JSON")?;
                if see(&event.name, &data).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// Whether the host could not be reached, or no longer.
fn is_broken_connection(error: &anyhow::Error) -> bool {
    error.is::<reqwest::Error>() || error.is::<Unreachable>()
}

/// A parser of server-sent events.
#[derive(Default)]
struct Events {
    unread: Vec<u8>,
    /// Whether the last line ended with a carriage return, to which a line feed behind it belongs.
    ended_by_return: bool,
    event: Event,
    has_data: bool,
}

impl Events {
    /// The next complete line. It ends with a line feed, a carriage return, or both.
    fn next_line(&mut self) -> Option<String> {
        if self.ended_by_return && !self.unread.is_empty() {
            self.ended_by_return = false;
            if self.unread[0] == b'\n' {
                self.unread.remove(0);
            }
        }
        let end = self.unread.iter().position(|byte| matches!(byte, b'\n' | b'\r'))?;
        let line = String::from_utf8_lossy(&self.unread[..end]).into_owned();
        self.ended_by_return = self.unread[end] == b'\r';
        self.unread.drain(..=end);
        Some(line)
    }

    /// The next complete event.
    fn next(&mut self) -> Option<Event> {
        while let Some(line) = self.next_line() {
            // Only an empty line ends an event: its data may span several lines.
            if line.is_empty() {
                let event = mem::take(&mut self.event);
                if mem::take(&mut self.has_data) {
                    return Some(event);
                }
                continue;
            }
            let (field, value) = line.split_once(':').unwrap_or((line.as_str(), ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "event" => value.clone_into(&mut self.event.name),
                "id" => self.event.id = Some(value.to_owned()),
                "data" => {
                    if mem::replace(&mut self.has_data, true) {
                        self.event.data.push('\n');
                    }
                    self.event.data.push_str(value);
                }
                _ => {}
            }
        }
        None
    }
}

/// Prints an event as JSON, on one line.
pub(super) fn print_json(event: &str, data: &Answer) {
    json_line(&format!(r#"{{"event":"{event}","data":{}}}"#, data.root().json().get()));
}

/// Prints that events are missing.
pub(super) fn print_gap(data: &Answer) {
    match data.at("/left_out").filter(|count| !count.is_empty()) {
        Some(count) => say!("({} events are missing here)", text(Some(count))),
        None => say!("(the host no longer knows the position; the stream starts again)"),
    }
}

/// What was watched did not complete.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotCompleted {
    /// It failed for good.
    #[error("the {0} did not complete: it is {1}")]
    Failed(&'static str, String),
    /// It was cancelled.
    #[error("the {0} did not complete: it is cancelled")]
    Cancelled(&'static str),
    /// Its end was not seen.
    #[error("the stream ended before the {0} was final; run the command again")]
    Unseen(&'static str),
}

impl NotCompleted {
    /// The exit status of the command.
    pub(super) fn exit_status(&self) -> u8 {
        match self {
            Self::Failed(..) => 1,
            Self::Cancelled(_) => 3,
            Self::Unseen(_) => 4,
        }
    }
}

/// The result of watching, for the exit status: only `completed` is a success.
pub(super) fn watched(what: &'static str, state: &str) -> anyhow::Result<()> {
    match state {
        "completed" => Ok(()),
        "failed" | "discarded" => Err(NotCompleted::Failed(what, state.to_owned()).into()),
        "cancelled" => Err(NotCompleted::Cancelled(what).into()),
        _ => Err(NotCompleted::Unseen(what).into()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn event(name: &str, data: &str, id: Option<&str>) -> Option<Event> {
        Some(Event { name: name.to_owned(), data: data.to_owned(), id: id.map(str::to_owned) })
    }

    #[test]
    fn an_event_is_whole_at_its_empty_line() {
        let mut events = Events::default();
        events.unread.extend_from_slice(b": hello\n\nevent: state\r\nid: a-7\r\ndata: {\ndata: }\n");
        assert_eq!(events.next(), None);
        events.unread.extend_from_slice(b"\ndata:1\n\n");
        assert_eq!(events.next(), event("state", "{\n}", Some("a-7")));
        assert_eq!(events.next(), event("", "1", None));
        assert_eq!(events.next(), None);
    }

    #[test]
    fn a_line_ends_with_a_return_a_feed_or_both_also_where_the_bytes_are_cut() {
        let expected = event("state", "{\n\n}", Some("a-7"));
        for end in ["\n", "\r", "\r\n"] {
            let text = ["event: state", "id: a-7", "data: {", "data:", "data: }", "", ""].join(end);
            for cut in 0..=text.len() {
                let (mut events, mut found) = (Events::default(), Vec::new());
                for part in [&text[..cut], &text[cut..]] {
                    events.unread.extend_from_slice(part.as_bytes());
                    found.extend(std::iter::from_fn(|| events.next()));
                }
                assert_eq!(found.pop(), expected, "{end:?}, cut at {cut}");
                assert_eq!(found, [], "{end:?}, cut at {cut}");
            }
        }
    }

    proptest! {
        #[test]
        fn events_are_the_same_however_their_bytes_are_cut(
            bytes in prop::collection::vec(prop::sample::select(&b"event: data:{}1\r\r\r\n\n\n\xc3\xa9\xff"[..]), 0..200),
            size in 1..20_usize,
        ) {
            let read = |chunks: &mut dyn Iterator<Item = &[u8]>| {
                let (mut events, mut found) = (Events::default(), Vec::new());
                for chunk in chunks {
                    events.unread.extend_from_slice(chunk);
                    found.extend(std::iter::from_fn(|| events.next()));
                }
                found
            };
            prop_assert_eq!(read(&mut bytes.chunks(size)), read(&mut std::iter::once(&bytes[..])));
        }
    }

    #[test]
    fn only_what_completed_was_watched_with_success() {
        assert!(watched("job", "completed").is_ok());
        for (state, status) in [("discarded", 1), ("failed", 1), ("cancelled", 3), ("loading", 4), ("", 4)] {
            let error = watched("job", state).unwrap_err();
            assert_eq!(error.downcast::<NotCompleted>().unwrap().exit_status(), status, "{state}");
        }
    }
}
