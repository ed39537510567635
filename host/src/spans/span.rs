//! A span that has ended.

/// The kind of a span, with the numbers of OpenTelemetry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Work of the host itself.
    Internal = 1,
    /// A request that the host answers.
    Server = 2,
    /// A request that the host sends.
    Client = 3,
    /// An attempt, which takes up what a submission left.
    Consumer = 5,
}

/// A span that has ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Span {
    /// Its trace.
    pub trace: u128,
    /// Its id.
    pub id: u64,
    /// The span above it.
    pub parent: Option<u64>,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
    /// Its beginning and its end, in nanoseconds since 1970.
    pub time: (u64, u64),
    /// More about it, by the names of OpenTelemetry's conventions where there are some.
    pub attributes: Vec<(&'static str, String)>,
    /// What went wrong, if something did.
    pub error: Option<String>,
}
