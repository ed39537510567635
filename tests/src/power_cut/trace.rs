//! Reads what `strace -f -y -xx` recorded.

use std::collections::HashMap;

/// One system call that succeeded. Lines count time: a call takes effect between two of them.
#[derive(Debug)]
pub struct Call {
    /// Its name.
    pub name: String,
    /// Its arguments as written by strace.
    pub arguments: Vec<String>,
    /// What it returned, as written by strace.
    pub result: String,
    /// The line on which it began.
    pub begun: usize,
    /// The line on which it returned.
    pub ended: usize,
}

impl Call {
    /// The path behind the file descriptor in an argument, or in the result.
    pub fn path_of(text: &str) -> Option<String> {
        let (_, path) = text.split_once('<')?;
        Some(String::from_utf8_lossy(&unescape(path.trim_end_matches('>'))).into_owned())
    }

    /// The bytes of a string argument.
    pub fn bytes(&self, argument: usize) -> Vec<u8> {
        unescape(self.arguments[argument].trim_matches('"'))
    }

    /// A path argument.
    pub fn text(&self, argument: usize) -> String {
        String::from_utf8_lossy(&self.bytes(argument)).into_owned()
    }

    /// A number argument.
    pub fn number(&self, argument: usize) -> usize {
        self.arguments[argument].parse().expect("strace writes numbers in decimal")
    }
}

/// All calls that succeeded, in the order in which they began.
pub fn parse(recorded: &str) -> Vec<Call> {
    let mut unfinished: HashMap<&str, (usize, &str)> = HashMap::new();
    let mut calls = Vec::new();
    for (line, text) in recorded.lines().enumerate() {
        let Some((thread, text)) = text.split_once(' ') else { continue };
        let text = text.trim_start();
        if let Some(begin) = text.strip_suffix(" <unfinished ...>") {
            unfinished.insert(thread, (line, begin));
        } else if let Some(rest) = text.strip_prefix("<... ") {
            let Some((begun, begin)) = unfinished.remove(thread) else { continue };
            let end = rest.split_once(" resumed>").map_or("", |(_, end)| end);
            calls.extend(call(&format!("{begin}{end}"), begun, line));
        } else {
            calls.extend(call(text, line, line));
        }
    }
    calls.sort_by_key(|call| call.begun);
    calls
}

fn call(text: &str, begun: usize, ended: usize) -> Option<Call> {
    let (text, result) = text.rsplit_once(" = ")?;
    if result.starts_with('-') || result.starts_with('?') {
        return None;
    }
    let (name, arguments) = text.split_once('(')?;
    let arguments = arguments.trim_end().strip_suffix(')')?.split(", ").map(str::to_owned).collect();
    Some(Call { name: name.to_owned(), arguments, result: result.trim().to_owned(), begun, ended })
}

/// `\x41` back to `A`; strace writes every byte of a string so.
fn unescape(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or_default() as u8;
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len() / 4);
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'\\' && bytes.get(at + 1) == Some(&b'x') && at + 3 < bytes.len() {
            plain.push(digit(bytes[at + 2]) * 16 + digit(bytes[at + 3]));
            at += 4;
        } else {
            plain.push(bytes[at]);
            at += 1;
        }
    }
    plain
}
