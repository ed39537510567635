//! A JSON value as a tree that folds, every digit as it was written.

use std::fmt::Write as _;

use serde_json::value::RawValue;

use crate::domain::{Json, Members};

/// The most values that are shown; the text behind the copy button has all.
const VALUES_MAX: usize = 1_000;

/// Values of an object or array of more than this many start folded.
const OPEN_MAX: usize = 20;

/// A JSON value to show.
pub(super) struct JsonTree {
    /// The id of the element that has the text, for the button that copies it.
    pub(super) id: &'static str,
    /// The markup of the tree.
    pub(super) html: String,
    /// The text, as it was written.
    pub(super) text: String,
}

impl JsonTree {
    /// The tree of a value. Its id is unique on its page.
    pub(super) fn new(id: &'static str, json: &Json) -> Self {
        let mut tree = Tree { html: String::new(), left: VALUES_MAX, next: 0, id };
        match serde_json::from_str::<&RawValue>(json.as_str()) {
            Ok(value) => tree.value(value),
            Err(_) => tree.scalar("", json.as_str()),
        }
        Self { id, html: tree.html, text: json.as_str().to_owned() }
    }
}

struct Tree {
    html: String,
    /// Values that may still be shown.
    left: usize,
    /// The number of the next part that folds.
    next: usize,
    id: &'static str,
}

impl Tree {
    fn value(&mut self, value: &RawValue) {
        let text = value.get();
        if let Ok(Members(members)) = serde_json::from_str::<Members<'_>>(text) {
            let members = members.iter().map(|(name, value)| (Some(name.as_str()), *value));
            return self.branch(members.collect(), ["{", "}"], "member");
        }
        if let Ok(elements) = serde_json::from_str::<Vec<&RawValue>>(text) {
            return self.branch(
                elements.into_iter().map(|value| (None, value)).collect(),
                ["[", "]"],
                "element",
            );
        }
        let class = match text.as_bytes().first() {
            Some(b'"') => "string",
            Some(b't' | b'f' | b'n') => "word",
            _ => "number",
        };
        self.scalar(class, text);
    }

    fn scalar(&mut self, class: &str, text: &str) {
        let _ = write!(self.html, "<span class=\"json-{class}\">{}</span>", escaped(text));
    }

    fn branch(&mut self, values: Vec<(Option<&str>, &RawValue)>, [open, close]: [&str; 2], what: &str) {
        if values.is_empty() {
            return self.scalar("word", &format!("{open}{close}"));
        }
        let (count, number) = (values.len(), self.next);
        self.next += 1;
        let is_open = if count <= OPEN_MAX { " open" } else { "" };
        let plural = if count == 1 { "" } else { "s" };
        let _ = write!(
            self.html,
            "<details class=\"json\" id=\"{}-{number}\"{is_open}><summary>{open} <span>{count} {what}{plural}</span> \
             {close}</summary><ul>",
            self.id
        );
        for (name, value) in values {
            if self.left == 0 {
                self.html.push_str("<li class=\"quiet\">and more, which the copy has</li>");
                break;
            }
            self.left -= 1;
            self.html.push_str("<li>");
            if let Some(name) = name {
                let _ = write!(self.html, "<span class=\"json-name\">{}</span>: ", escaped(name));
            }
            self.value(value);
            self.html.push_str("</li>");
        }
        self.html.push_str("</ul></details>");
    }
}

/// A text as the content of an element.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(text: &str) -> String {
        JsonTree::new("input", &Json::parse(text).unwrap()).html
    }

    #[test]
    fn digits_order_and_markup_stay_as_they_were_written() {
        let shown = html(r#"{"z":12345678901234567890.10,"a":["<b>",null,{}]}"#);
        assert!(shown.contains("12345678901234567890.10"));
        assert!(shown.find(">z<").unwrap() < shown.find(">a<").unwrap());
        assert!(shown.contains("&lt;b&gt;") && !shown.contains("<b>"));
        assert!(shown.contains("2 members") && shown.contains("3 elements"));
        assert_eq!(shown.matches("<details").count(), shown.matches("</details>").count());
    }

    #[test]
    fn a_large_value_is_cut_and_its_text_is_whole() {
        let large = format!("[{}]", vec!["1"; 5_000].join(","));
        let tree = JsonTree::new("input", &Json::parse(large.clone()).unwrap());
        assert!(tree.html.contains("and more") && tree.html.matches("<li>").count() == VALUES_MAX);
        assert_eq!(tree.text, large);
    }
}
