//! Hides secrets in what a server sends back.
//!
//! A server may repeat what it was sent: an error page that shows the request, a header copied into the
//! answer. Every byte of every occurrence of a secret becomes `*`, so that lengths and offsets stay true:
//! `content-length` needs no change, and occurrences that overlap are both hidden.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::ports::SecretValue;

const HIDDEN: u8 = b'*';

/// The secrets that are hidden from one plugin.
#[derive(Clone)]
pub(super) struct Mask {
    patterns: Arc<[Pattern]>,
    /// For each byte, whether a secret begins with it.
    begins: Arc<[bool; 256]>,
}

impl Mask {
    pub(super) fn of<'a>(secrets: impl Iterator<Item = &'a SecretValue>) -> Self {
        Self::of_bytes(secrets.map(|secret| secret.reveal().as_bytes().to_vec()))
    }

    fn of_bytes(secrets: impl Iterator<Item = Vec<u8>>) -> Self {
        let patterns = secrets.filter(|secret| !secret.is_empty()).map(|secret| Pattern::of(&secret));
        let patterns: Arc<[Pattern]> = patterns.collect();
        let mut begins = [false; 256];
        for pattern in patterns.iter() {
            begins[usize::from(pattern.bytes[0])] = true;
        }
        Self { patterns, begins: Arc::new(begins) }
    }

    /// Whether there is nothing to hide.
    pub(super) fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Hides the secrets in header values. A header with a secret in its name is left out.
    pub(super) fn hide_in(&self, headers: &mut HeaderMap) {
        let lower = self.to_lower_case();
        let shows = |name: &&HeaderName| lower.hide(name.as_str().as_bytes()) != name.as_str().as_bytes();
        for name in headers.keys().filter(shows).cloned().collect::<Vec<_>>() {
            headers.remove(name);
        }
        for value in headers.values_mut() {
            let hidden = HeaderValue::from_bytes(&self.hide(value.as_bytes()));
            // Stars fit wherever another byte did.
            *value = hidden.unwrap_or(HeaderValue::from_static(""));
        }
    }

    /// For names of headers, which arrive in lower case.
    fn to_lower_case(&self) -> Self {
        Self::of_bytes(self.patterns.iter().map(|pattern| pattern.bytes.to_ascii_lowercase()))
    }

    fn hide(&self, text: &[u8]) -> Vec<u8> {
        let mut masker = Masker::new(self.clone());
        let begin = masker.push(text);
        [begin, masker.finish()].concat()
    }
}

/// Hides secrets in a stream, over the borders of its pieces.
///
/// It holds back only the end that may be the beginning of a secret, so less than a secret, and follows all
/// secrets at once in one pass, each as Knuth, Morris and Pratt do.
pub(super) struct Masker {
    mask: Mask,
    /// Number of bytes of each pattern that the stream ends with.
    matched: Vec<usize>,
    held: Vec<u8>,
}

impl Masker {
    pub(super) fn new(mask: Mask) -> Self {
        Self { matched: vec![0; mask.patterns.len()], held: Vec::new(), mask }
    }

    /// Takes the next piece. Gives out all that no later piece can change.
    pub(super) fn push(&mut self, piece: &[u8]) -> Bytes {
        let mut text = std::mem::take(&mut self.held);
        let begin = text.len();
        text.extend_from_slice(piece);
        let mut at = begin;
        while let Some(skipped) = self.uninteresting(&text[at..]) {
            at += skipped + 1;
            self.step(&mut text[..at]);
        }
        let undecided = self.matched.iter().copied().max().unwrap_or(0).min(text.len());
        let tail = &text[text.len() - undecided..];
        // What is hidden stays so, whatever follows.
        let decided = tail.iter().take_while(|&&byte| byte == HIDDEN).count();
        self.held = text.split_off(text.len() - undecided + decided);
        text.into()
    }

    /// Number of bytes that can be skipped, since no secret is being matched and none begins there. Nothing, if no
    /// byte is left to look at.
    fn uninteresting(&self, rest: &[u8]) -> Option<usize> {
        if self.matched.iter().any(|&matched| matched > 0) {
            return (!rest.is_empty()).then_some(0);
        }
        rest.iter().position(|&byte| self.mask.begins[usize::from(byte)])
    }

    /// Takes the last byte of this text into account.
    fn step(&mut self, text: &mut [u8]) {
        let Some(&byte) = text.last() else { return };
        for (pattern, matched) in self.mask.patterns.iter().zip(&mut self.matched) {
            *matched = pattern.next(*matched, byte);
            if *matched == pattern.bytes.len() {
                // Where an occurrence began in bytes that were given out, those are hidden already.
                let begin = text.len().saturating_sub(*matched);
                text[begin..].fill(HIDDEN);
            }
        }
    }

    /// What was held back, once nothing follows.
    pub(super) fn finish(&mut self) -> Bytes {
        self.matched.fill(0);
        std::mem::take(&mut self.held).into()
    }
}

/// A secret, prepared to be searched for.
struct Pattern {
    bytes: Box<[u8]>,
    /// For each number of matched bytes, how many stay matched when the next byte does not fit.
    fallback: Box<[usize]>,
}

impl Pattern {
    fn of(bytes: &[u8]) -> Self {
        let mut fallback = vec![0; bytes.len() + 1];
        let mut matched = 0;
        for end in 2..=bytes.len() {
            let byte = bytes[end - 1];
            while matched > 0 && bytes[matched] != byte {
                matched = fallback[matched];
            }
            matched += usize::from(bytes[matched] == byte);
            fallback[end] = matched;
        }
        Self { bytes: bytes.into(), fallback: fallback.into() }
    }

    /// Number of bytes that are matched after one more.
    fn next(&self, mut matched: usize, byte: u8) -> usize {
        loop {
            if self.bytes.get(matched) == Some(&byte) {
                return matched + 1;
            }
            if matched == 0 {
                return 0;
            }
            matched = self.fallback[matched];
        }
    }
}

#[cfg(test)]
mod tests;
