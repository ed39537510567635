//! The text format of Prometheus, version 0.0.4, read strictly.

use std::collections::{BTreeMap, BTreeSet};

/// The metrics of one text, by name.
pub type Families = BTreeMap<String, Family>;

/// A metric.
#[derive(Debug, Default, PartialEq)]
pub struct Family {
    /// Its help text.
    pub help: String,
    /// `counter`, `gauge` or `histogram`.
    pub kind: String,
    /// Its samples.
    pub samples: Vec<Sample>,
}

/// One line with a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The name on the line: of a histogram with a suffix.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its value.
    pub value: f64,
}

impl Family {
    /// The sum of the samples with these labels among others.
    pub fn sum(&self, labels: &[(&str, &str)]) -> f64 {
        let fits = |sample: &&Sample| {
            labels.iter().all(|(name, value)| sample.labels.get(*name).map(String::as_str) == Some(*value))
        };
        self.samples.iter().filter(fits).map(|sample| sample.value).sum()
    }

    /// The number of values that a histogram has, of all its labels together.
    pub fn count(&self) -> f64 {
        self.samples.iter().filter(|sample| sample.name.ends_with("_count")).map(|sample| sample.value).sum()
    }
}

/// Reads a text. Panics at what a strict reader refuses.
pub fn parse(text: &str) -> Families {
    assert!(text.ends_with('\n'), "the last line has an end");
    let mut families = Families::new();
    let mut current = String::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap_or_else(|| panic!("no help: {line}"));
            let family = Family { help: help.to_owned(), ..Family::default() };
            assert!(families.insert(name.to_owned(), family).is_none(), "{name} is there twice");
            current = name.to_owned();
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap_or_else(|| panic!("no type: {line}"));
            assert_eq!(name, current, "the type comes after the help: {line}");
            let family = families.get_mut(name).expect("it has help");
            assert!(family.kind.is_empty() && family.samples.is_empty(), "a second type: {line}");
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            family.kind = kind.to_owned();
        } else {
            let sample = sample(line);
            let family = families.get_mut(&current).unwrap_or_else(|| panic!("no family: {line}"));
            assert!(belongs(&sample.name, &current, &family.kind), "{line} is no sample of {current}");
            family.samples.push(sample);
        }
    }
    families.iter().for_each(|(name, family)| check(name, family));
    families
}

fn belongs(sample: &str, family: &str, kind: &str) -> bool {
    match kind {
        "histogram" => {
            sample.strip_prefix(family).is_some_and(|suffix| ["_bucket", "_sum", "_count"].contains(&suffix))
        }
        _ => sample == family,
    }
}

fn sample(line: &str) -> Sample {
    let (head, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no value: {line}"));
    let (name, labels) = match head.split_once('{') {
        None => (head, ""),
        Some((name, rest)) => (name, rest.strip_suffix('}').unwrap_or_else(|| panic!("no end: {line}"))),
    };
    let mut read = BTreeMap::new();
    let mut rest = labels;
    while !rest.is_empty() {
        let (name, after) = rest.split_once("=\"").unwrap_or_else(|| panic!("no label: {line}"));
        let (value, after) = after.split_once('"').unwrap_or_else(|| panic!("no quote: {line}"));
        assert!(!value.contains('\\'), "the host has no label that is escaped: {line}");
        assert!(read.insert(name.to_owned(), value.to_owned()).is_none(), "a label twice: {line}");
        rest = after.strip_prefix(',').unwrap_or(after);
    }
    let value = value.parse().unwrap_or_else(|_| panic!("no number: {line}"));
    Sample { name: name.to_owned(), labels: read, value }
}

fn check(name: &str, family: &Family) {
    assert!(!family.kind.is_empty(), "{name} has no type");
    let mut seen = BTreeSet::new();
    for sample in &family.samples {
        assert!(seen.insert(format!("{} {:?}", sample.name, sample.labels)), "twice: {sample:?}");
        assert!(family.kind != "counter" || sample.value >= 0.0, "{sample:?}");
    }
    if family.kind == "histogram" {
        check_buckets(name, family);
    }
}

/// Buckets are cumulative, and the last one has all.
fn check_buckets(name: &str, family: &Family) {
    let mut series = BTreeMap::<String, Vec<(f64, f64)>>::new();
    let mut counts = BTreeMap::new();
    for Sample { name: own, labels, value } in &family.samples {
        let mut labels = labels.clone();
        let bound = labels.remove("le");
        let key = format!("{labels:?}");
        if own.ends_with("_bucket") {
            let bound = bound.expect("a bucket has a bound");
            let bound = if bound == "+Inf" { f64::INFINITY } else { bound.parse().expect("a number") };
            series.entry(key).or_default().push((bound, *value));
        } else if own.ends_with("_count") {
            counts.insert(key, *value);
        }
    }
    assert_eq!(series.len(), counts.len(), "{name}");
    for (labels, buckets) in series {
        assert!(buckets.is_sorted_by(|one, next| one.0 < next.0 && one.1 <= next.1), "{name} {labels}");
        assert_eq!(buckets.last(), Some(&(f64::INFINITY, counts[&labels])), "{name} {labels}");
    }
}
