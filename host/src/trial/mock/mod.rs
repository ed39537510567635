//! Mock files: answers in the place of servers.
//!
//! A file is a JSON list of entries. For each request the first entry that fits and is not used up answers.

mod answer;
mod entry;
mod matching;

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

pub use entry::{Fault, MockEntry, MockRequest, MockResponse};

pub(super) use answer::Answer;
pub(super) use matching::Incoming;

/// The largest body that stands in a line to add, in bytes.
const BODY_IN_LINE_BYTES_MAX: usize = 2048;

/// The entries of a mock file, and the requests that each has answered.
pub struct Mocks {
    entries: Vec<(MockEntry, Answer)>,
    used: Mutex<Vec<u32>>,
}

impl Mocks {
    /// Reads a mock file.
    pub fn parse(text: &str) -> Result<Self, String> {
        let entries: Vec<MockEntry> = serde_json::from_str(text).map_err(|error| {
            format!("{error}; a mock file is a JSON list of {{\"request\", \"response\"}}")
        })?;
        let entries: Vec<_> = entries
            .into_iter()
            .enumerate()
            .map(|(index, entry)| match Answer::of(&entry) {
                Ok(answer) => Ok((entry, answer)),
                Err(error) => Err(format!("entry {}: {error}", index + 1)),
            })
            .collect::<Result<_, _>>()?;
        let used = Mutex::new(vec![0; entries.len()]);
        Ok(Self { entries, used })
    }

    /// The answer to a request, and the number of its entry, from 1.
    pub(super) fn answer(&self, sent: &Incoming<'_>) -> Option<(usize, Answer)> {
        let mut used = self.used();
        let fits = |(index, (entry, _)): &(usize, &(MockEntry, Answer))| {
            entry.times.is_none_or(|times| used[*index] < times)
                && matching::difference(&entry.request, sent).is_none()
        };
        let (index, (_, answer)) = self.entries.iter().enumerate().find(fits)?;
        used[index] += 1;
        Some((index + 1, answer.clone()))
    }

    /// Why no entry answers a request for whose URL there is one.
    pub(super) fn near_miss(&self, sent: &Incoming<'_>) -> Option<String> {
        let mut near = self.entries.iter().enumerate();
        let (index, (entry, _)) = near.find(|(_, (entry, _))| matching::is_of_url(&entry.request, sent))?;
        let number = index + 1;
        Some(match matching::difference(&entry.request, sent) {
            Some(difference) => format!("entry {number} is for this URL, but {difference}"),
            None => format!("entry {number} has answered the {} that it is for", self.used()[index]),
        })
    }

    /// Entries that have answered nothing: the number of each, from 1, and its URL.
    pub fn unused(&self) -> Vec<(usize, String)> {
        let used = self.used();
        let unused = self.entries.iter().zip(used.iter()).enumerate().filter(|(_, (_, used))| **used == 0);
        unused.map(|(index, ((entry, _), _))| (index + 1, entry.request.url.clone())).collect()
    }

    /// The entries, as they were read.
    pub fn entries(&self) -> impl Iterator<Item = &MockEntry> {
        self.entries.iter().map(|(entry, _)| entry)
    }

    /// Numbers are good also after a panic elsewhere.
    fn used(&self) -> MutexGuard<'_, Vec<u32>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The line of a mock file that would answer a request.
pub(super) fn line_for(method: &str, url: &str, body: &[u8]) -> String {
    let text = |text: &str| Value::from(text).to_string();
    let body = match std::str::from_utf8(body) {
        Ok(body) if !body.is_empty() && body.len() <= BODY_IN_LINE_BYTES_MAX => {
            let json = serde_json::from_str::<Value>(body).is_ok_and(|value| !value.is_null());
            let one_line = || serde_json::from_str::<Value>(body).map(|value| value.to_string());
            format!(", \"body\": {}", if json { one_line().unwrap_or_default() } else { text(body) })
        }
        _ => String::new(),
    };
    format!(
        "{{ \"request\": {{ \"method\": {}, \"url\": {}{body} }}, \"response\": {{ \"status\": 200, \"body\": {{}} }} }}",
        text(method),
        text(url)
    )
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn sent<'a>(method: &'a str, url: &'a str, headers: &'a HeaderMap, body: &'a [u8]) -> Incoming<'a> {
        Incoming { method, url, headers, body }
    }

    #[test]
    fn entries_that_fit_answer_in_their_order_each_as_often_as_it_says() {
        let mocks = Mocks::parse(
            r#"[{"request":{"url":"https://a/x"},"response":{"status":503},"times":2},
                {"request":{"url":"https://a/*"},"response":{}},
                {"request":{"url":"https://b/"},"fault":"dns","times":1}]"#,
        )
        .unwrap();
        let none = HeaderMap::new();
        let number = |url| mocks.answer(&sent("GET", url, &none, b"")).map(|(number, _)| number);
        assert_eq!(
            [number("https://a/x"), number("https://a/y"), number("https://a/x")],
            [Some(1), Some(2), Some(1)]
        );
        assert_eq!(mocks.unused(), [(3, "https://b/".to_owned())]);
        assert_eq!(
            [number("https://a/x"), number("https://b/"), number("https://b/")],
            [Some(2), Some(3), None]
        );
        let miss = |method, url| mocks.near_miss(&sent(method, url, &none, b""));
        assert!(miss("GET", "https://b/").unwrap().contains("entry 3 has answered the 1"));
        assert_eq!(miss("GET", "https://c/"), None);
        assert!(mocks.unused().is_empty());
    }

    #[test]
    fn the_line_for_a_request_answers_it() {
        let none = HeaderMap::new();
        for body in ["", r#"{"a":[1,"x"]}"#, "plain \"text\"", "null", "[1,\n2]"] {
            let request = sent("POST", "https://a/x?y=\"z\"", &none, body.as_bytes());
            let line = line_for(request.method, request.url, request.body);
            assert!(!line.contains('\n'), "{line}");
            let mocks = Mocks::parse(&format!("[{line}]")).unwrap();
            let url = "https://a/x?y=%22z%22";
            let request = sent("POST", url, &none, body.as_bytes());
            let line = line_for(request.method, url, request.body);
            let mocks = [mocks, Mocks::parse(&format!("[{line}]")).unwrap()];
            assert!(mocks.iter().all(|mocks| mocks.answer(&request).is_some()), "{line}");
        }
    }

    #[test]
    fn a_wrong_file_is_refused_with_the_place() {
        for (file, named) in [
            ("{}", "a mock file is a JSON list"),
            (r#"[{"request":{"url":"x"},"response":{"sttaus":1}}]"#, "sttaus"),
            (r#"[{"request":{"url":"x"},"response":{}},{"request":{"url":"x"}}]"#, "entry 2: it has neither"),
            (r#"[{"request":{"url":"x"},"fault":"boredom"}]"#, "connection-refused"),
        ] {
            let error = Mocks::parse(file).err().unwrap();
            assert!(error.contains(named), "{error}");
        }
    }
}
