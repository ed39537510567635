//! The search box of the jobs: words such as `queue:mail`, all of which a job must match.

use crate::domain::{InputTrait, JobId, JobSearch, PluginTrait, Timestamp, parse_duration};

/// A word of a search, by its name: for help and for the error of an unknown one.
pub(in crate::api::pages) const WORDS: [(&str, &str); 9] = [
    ("queue:mail", "in this queue"),
    ("task:create-order", "of this task"),
    ("tag:vip", "with this tag"),
    ("priority:5", "with this priority"),
    ("plugin:create-order@3", "last run by this plugin, or by this version of it"),
    ("by:shop", "submitted with this token"),
    ("since:2h", "submitted within this time, or since 2026-01-31T08:00:00Z"),
    ("until:1d", "submitted before this time"),
    ("input.shop:7", "with this value in its input"),
];

/// What was written into the search box.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::api::pages) enum Query {
    /// The id of one job.
    Id(JobId),
    /// A search, without a state.
    Search(JobSearch),
}

/// Reads a search. Words with spaces stand in quotation marks: `tag:"very important"`.
pub(in crate::api::pages) fn read(text: &str, now: Timestamp) -> Result<Query, String> {
    if let Ok(id) = text.trim().parse() {
        return Ok(Query::Id(id));
    }
    let mut search = JobSearch::default();
    for word in words(text)? {
        add(&mut search, &word, now)?;
    }
    Ok(Query::Search(search))
}

fn add(search: &mut JobSearch, word: &str, now: Timestamp) -> Result<(), String> {
    let (name, value) = word.split_once(':').ok_or_else(|| no_word(word))?;
    let JobSearch { filter, traits } = search;
    match name {
        "queue" => filter.queue = Some(parsed(word, value)?),
        "task" => filter.task = Some(parsed(word, value)?),
        "tag" => filter.tag = Some(value.to_owned()),
        "priority" => traits.priority = Some(parsed(word, value)?),
        "plugin" => traits.plugin = Some(plugin(word, value)?),
        "by" => traits.submitter = Some(value.to_owned()),
        "since" => traits.since = Some(time(word, value, now)?),
        "until" => traits.until = Some(time(word, value, now)?),
        _ => {
            let path = name.strip_prefix("input.").ok_or_else(|| no_word(word))?;
            let path = path.split('.').map(str::to_owned).collect();
            traits.inputs.push(InputTrait { path, value: value.to_owned() });
        }
    }
    Ok(())
}

fn no_word(word: &str) -> String {
    let known: Vec<_> = WORDS.iter().map(|(example, _)| *example).collect();
    format!("{word:?} is neither the id of a job nor a word such as {}", known.join(", "))
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(word: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|error: T::Err| format!("{word:?}: {error}"))
}

fn plugin(word: &str, value: &str) -> Result<PluginTrait, String> {
    let (name, version) =
        value.split_once('@').map_or((value, None), |(name, version)| (name, Some(version)));
    let version = version.map(|version| parsed(word, version)).transpose()?;
    Ok(PluginTrait { name: parsed(word, name)?, version })
}

/// A time, or a duration before now.
fn time(word: &str, value: &str, now: Timestamp) -> Result<Timestamp, String> {
    let ago = parse_duration(value).map(|duration| now.minus(duration));
    ago.or_else(|_| value.parse()).map_err(|_| {
        format!("{word:?}: write a duration such as \"2h\", or a time such as \"2026-01-31T08:00:00Z\"")
    })
}

/// The words between spaces, those in quotation marks included.
fn words(text: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word, mut is_quoted) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            c if c.is_whitespace() && !is_quoted => words.push(std::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    if is_quoted {
        return Err("a quotation mark is not closed".to_owned());
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn search(text: &str) -> JobSearch {
        match read(text, NOW) {
            Ok(Query::Search(search)) => search,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn words_are_joined_and_every_example_is_one() {
        let all: Vec<_> = WORDS.iter().map(|(example, _)| *example).collect();
        let found = search(&all.join("  "));
        assert_eq!(found.filter.queue, Some("mail".parse().unwrap()));
        assert_eq!(found.filter.tag.as_deref(), Some("vip"));
        assert_eq!(found.traits.plugin.unwrap().version, Some(3));
        assert_eq!(found.traits.since, Some(NOW.minus(std::time::Duration::from_secs(7_200))));
        let input = InputTrait { path: vec!["shop".to_owned()], value: "7".to_owned() };
        assert_eq!(found.traits.inputs, [input]);
        assert_eq!(search("  "), JobSearch::default());
    }

    #[test]
    fn an_id_is_a_job_and_quotation_marks_keep_spaces() {
        let id = JobId::from_bytes([7; 16]);
        assert_eq!(read(&format!(" {id} "), NOW), Ok(Query::Id(id)));
        assert_eq!(
            search(r#"tag:"very important" input.a.b:"x y""#).filter.tag.as_deref(),
            Some("very important")
        );
    }

    #[test]
    fn what_is_no_word_is_refused_with_those_that_are() {
        assert!(read("quue:mail", NOW).unwrap_err().contains("queue:mail"));
        assert!(read("mail", NOW).unwrap_err().contains("neither the id"));
        assert!(read("priority:high", NOW).unwrap_err().contains("priority:high"));
        assert!(read("since:yesterday", NOW).unwrap_err().contains("2h"));
        assert!(read("tag:\"x", NOW).unwrap_err().contains("not closed"));
        assert!(read("queue:not a queue", NOW).is_err());
    }
}
