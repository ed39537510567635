//! Metrics: a name, a help text, labels, and the handles with which it is counted.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::OnceLock;

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Level, Metadata, Recorder, with_recorder};

use super::label_sets::{LabelSets, OTHER};

/// The most sets of values of the labels of one metric, beside those of [`OTHER`] values. A histogram has some 16 time series
/// for each.
const SETS_MAX: usize = 500;
const SETS_OF_HISTOGRAM_MAX: usize = 100;

const METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, Some(module_path!()));

/// What can be counted with: [`Counter`], [`Gauge`] or [`Histogram`].
pub trait Measure: Clone {
    /// The word of Prometheus for it.
    const TYPE: &'static str;
    /// The most sets of label values.
    const SETS_MAX: usize;

    /// A handle.
    fn register(recorder: &dyn Recorder, key: &Key) -> Self;

    /// Records the help text.
    fn describe(recorder: &dyn Recorder, name: KeyName, help: &'static str);
}

macro_rules! measure {
    ($measure:ident, $kind:literal, $sets:expr, $register:ident, $describe:ident) => {
        impl Measure for $measure {
            const TYPE: &'static str = $kind;
            const SETS_MAX: usize = $sets;

            fn register(recorder: &dyn Recorder, key: &Key) -> Self {
                recorder.$register(key, &METADATA)
            }

            fn describe(recorder: &dyn Recorder, name: KeyName, help: &'static str) {
                recorder.$describe(name, None, help.into());
            }
        }
    };
}

measure!(Counter, "counter", SETS_MAX, register_counter, describe_counter);
measure!(Gauge, "gauge", SETS_MAX, register_gauge, describe_gauge);
measure!(Histogram, "histogram", SETS_OF_HISTOGRAM_MAX, register_histogram, describe_histogram);

/// A metric without labels. It is used like its handle: `GROUPS.increment(1)`.
pub struct Single<M> {
    name: &'static str,
    help: &'static str,
    buckets: &'static [f64],
    handle: OnceLock<M>,
}

impl<M> Single<M> {
    /// A metric. Only a histogram has buckets.
    pub(super) const fn new(name: &'static str, help: &'static str, buckets: &'static [f64]) -> Self {
        Self { name, help, buckets, handle: OnceLock::new() }
    }
}

impl<M: Measure> Deref for Single<M> {
    type Target = M;

    fn deref(&self) -> &M {
        self.handle
            .get_or_init(|| with_recorder(|recorder| M::register(recorder, &Key::from_name(self.name))))
    }
}

/// A label of a metric, and whether its values are a closed set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Label {
    /// Its values are a few words of the host's own.
    Closed(&'static str),
    /// Its values are names that people choose: beyond a number of them they are [`OTHER`].
    Open(&'static str),
}

impl Label {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Label::Closed(name) | Label::Open(name) => name,
        }
    }

    fn reduced(self, value: &str) -> &str {
        match self {
            Label::Closed(_) => value,
            Label::Open(_) => OTHER,
        }
    }
}

/// A metric with labels. The values for which there is no room are counted together, with [`OTHER`] for each open label.
pub struct Labelled<M, const N: usize> {
    name: &'static str,
    help: &'static str,
    buckets: &'static [f64],
    labels: [Label; N],
    sets: OnceLock<LabelSets<M, N>>,
}

impl<M, const N: usize> Labelled<M, N> {
    /// A metric. Only a histogram has buckets.
    pub(super) const fn new(
        name: &'static str,
        labels: [Label; N],
        help: &'static str,
        buckets: &'static [f64],
    ) -> Self {
        Self { name, help, buckets, labels, sets: OnceLock::new() }
    }
}

impl<M: Measure, const N: usize> Labelled<M, N> {
    /// The handle for these values, in the order of the labels.
    pub fn with(&self, values: [&str; N]) -> M {
        let make =
            || self.sets().make(values, self.reduced(values), M::SETS_MAX, |values| self.register(values));
        self.sets().get(values).unwrap_or_else(make)
    }

    fn sets(&self) -> &LabelSets<M, N> {
        self.sets.get_or_init(LabelSets::default)
    }

    fn reduced<'a>(&self, values: [&'a str; N]) -> [&'a str; N] {
        std::array::from_fn(|at| self.labels[at].reduced(values[at]))
    }

    fn register(&self, values: [&str; N]) -> M {
        let labels = self.labels.iter().zip(values);
        let labels = labels.map(|(label, value)| metrics::Label::new(label.name(), value.to_owned()));
        let key = Key::from_parts(self.name, labels.collect::<Vec<_>>());
        with_recorder(|recorder| M::register(recorder, &key))
    }
}

impl<const N: usize> Labelled<Gauge, N> {
    /// Sets the gauges of these rows, and all others to 0. Rows for which there is no room are put `together`.
    pub fn replace<'a>(
        &self,
        rows: impl IntoIterator<Item = ([&'a str; N], f64)>,
        together: impl Fn(f64, f64) -> f64,
    ) {
        let mut values = HashMap::<[&str; N], f64>::new();
        for (row, value) in rows {
            let entry = values.entry(self.placed(row));
            entry.and_modify(|known| *known = together(*known, value)).or_insert(value);
        }
        self.sets().for_each(|set, gauge| gauge.set(values.get(&set).copied().unwrap_or(0.0)));
    }

    /// The values under which these are counted.
    fn placed<'a>(&self, values: [&'a str; N]) -> [&'a str; N] {
        drop(self.with(values));
        if self.sets().get(values).is_some() { values } else { self.reduced(values) }
    }
}

/// What is said of a metric.
pub trait Described: Sync {
    /// Its name.
    fn name(&self) -> &'static str;
    /// Its meaning, in one sentence.
    fn help(&self) -> &'static str;
    /// The word of Prometheus for it.
    fn kind(&self) -> &'static str;
    /// The upper bounds of its buckets, if it is a histogram.
    fn buckets(&self) -> &'static [f64];
    /// The names of its labels.
    fn labels(&self) -> Vec<&'static str>;
    /// Records its help text.
    fn describe(&self, recorder: &dyn Recorder);
}

macro_rules! described {
    () => {
        fn name(&self) -> &'static str {
            self.name
        }

        fn help(&self) -> &'static str {
            self.help
        }

        fn kind(&self) -> &'static str {
            M::TYPE
        }

        fn buckets(&self) -> &'static [f64] {
            self.buckets
        }

        fn describe(&self, recorder: &dyn Recorder) {
            M::describe(recorder, KeyName::from_const_str(self.name), self.help);
        }
    };
}

impl<M: Measure + Send + Sync> Described for Single<M> {
    described!();

    fn labels(&self) -> Vec<&'static str> {
        Vec::new()
    }
}

impl<M: Measure + Send + Sync, const N: usize> Described for Labelled<M, N> {
    described!();

    fn labels(&self) -> Vec<&'static str> {
        self.labels.into_iter().map(Label::name).collect()
    }
}
