//! Several lines, returned one by one.

use super::JobNews;
use crate::ports::{Bookmark, EventId, Lines};
use crate::watching::Notice;

/// The lines of a text.
pub(super) struct LineReader {
    attempt: u32,
    text: String,
    /// Start of the next line.
    at: usize,
    ids: Ids,
}

/// The ids of the lines.
enum Ids {
    /// Only the last one has an id, if any.
    Last(Option<EventId>),
    /// Each has its own; this is that of the next.
    Each(EventId),
}

impl LineReader {
    /// Lines of a log, the last of which may have an id.
    pub(super) fn kept(attempt: u32, text: String, last: Option<EventId>) -> Self {
        Self { attempt, text, at: 0, ids: Ids::Last(last) }
    }

    /// Lines of an event, the last of which has this id.
    pub(super) fn heard(lines: Lines, last: EventId) -> Self {
        let first = EventId { number: last.number + 1 - lines.count().min(last.number), ..last };
        Self { attempt: lines.attempt, text: lines.text, at: 0, ids: Ids::Each(first) }
    }

    /// The next line.
    pub(super) fn next(&mut self) -> Option<Notice<JobNews>> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let line = rest.lines().next().unwrap_or_default().to_owned();
        self.at += rest.find('\n').map_or(rest.len(), |end| end + 1);
        let is_last = self.at == self.text.len();
        let id = match &mut self.ids {
            Ids::Last(id) => id.filter(|_| is_last),
            Ids::Each(next) => {
                let id = *next;
                next.number += 1;
                Some(id)
            }
        };
        let news = JobNews::Line { attempt: self.attempt, line };
        Some(Notice { news, id: id.map(Bookmark::at) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::LeaseToken;

    fn notice(mut reader: LineReader) -> Vec<(String, Option<u64>)> {
        let line = |notice: Notice<JobNews>| match notice.news {
            JobNews::Line { line, .. } => (line, notice.id.map(|id| id.event.number)),
            other => panic!("{other:?}"),
        };
        std::iter::from_fn(|| reader.next()).map(line).collect()
    }

    #[test]
    fn every_line_of_an_event_has_its_own_id_and_of_kept_ones_the_last() {
        let (lease, text) = (LeaseToken::from_bytes([0; 16]), "a\n\nb\n".to_owned());
        let last = EventId { feed: 1, number: 9 };
        let lines = Lines { attempt: 1, lease, first: 4, text: text.clone() };
        let line = |text: &str, id| (text.to_owned(), id);
        let expected = [line("a", Some(7)), line("", Some(8)), line("b", Some(9))];
        assert_eq!(notice(LineReader::heard(lines, last)), expected);
        let expected = [line("a", None), line("", None), line("b", Some(9))];
        assert_eq!(notice(LineReader::kept(1, text, Some(last))), expected);
        assert_eq!(notice(LineReader::kept(1, String::new(), Some(last))), []);
    }
}
