//! A span that goes on.

use super::place::Place;
use super::recorder::{nanos, now, record};
use super::span::{Kind, Span};
use crate::domain::{Timestamp, TraceParent};

/// A span that goes on. One that is dropped is recorded as one that was broken off.
#[derive(Debug)]
pub struct OpenSpan(Option<Span>);

impl OpenSpan {
    /// A span that begins now.
    pub fn begin(place: Place, name: impl Into<String>, kind: Kind) -> Self {
        Self::at(place, name, kind, now())
    }

    /// A span that began at a time by the clock of the host.
    pub fn since(place: Place, name: impl Into<String>, kind: Kind, began: Timestamp) -> Self {
        Self::at(place, name, kind, nanos(began))
    }

    fn at(place: Place, name: impl Into<String>, kind: Kind, began: u64) -> Self {
        let Place { trace, parent } = place;
        // An id of 0 means none.
        let (id, name) = (rand::random::<u64>().max(1), name.into());
        let (attributes, error) = (Vec::new(), None);
        Self(Some(Span { trace, id, parent, name, kind, time: (began, began), attributes, error }))
    }

    /// Adds an attribute.
    pub fn set(&mut self, name: &'static str, value: impl ToString) {
        self.span().attributes.push((name, value.to_string()));
    }

    /// Says what went wrong.
    pub fn fail(&mut self, error: impl ToString) {
        self.span().error = Some(error.to_string());
    }

    /// The place of spans below it.
    pub fn below(&self) -> Place {
        let span = self.0.as_ref().expect("an open span is there until it ends");
        Place { trace: span.trace, parent: Some(span.id) }
    }

    /// What tells others that they work below it.
    pub fn traceparent(&self) -> TraceParent {
        let span = self.0.as_ref().expect("an open span is there until it ends");
        TraceParent::sampled(span.trace, span.id)
    }

    /// Ends it now.
    pub fn end(mut self) {
        if let Some(mut span) = self.0.take() {
            // The clock of the host may have been ahead of that of spans.
            span.time.1 = now().max(span.time.0);
            record(span);
        }
    }

    fn span(&mut self) -> &mut Span {
        self.0.as_mut().expect("an open span is there until it ends")
    }
}

impl Drop for OpenSpan {
    fn drop(&mut self) {
        if let Some(mut span) = self.0.take() {
            span.time.1 = now().max(span.time.0);
            span.error.get_or_insert_with(|| "it was broken off".to_owned());
            record(span);
        }
    }
}
