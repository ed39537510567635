//! The layout of a plugin.

use super::found::{imports_in_short, signature};
use super::size_text::size_text;
use crate::cli::answer::{Part, text};
use crate::cli::view::{Layout, Section, field, in_lines, shown_by};

/// A plugin, or one of its versions.
pub(super) const PLUGIN: Layout = Layout {
    title: &["name"],
    state: "",
    sections: &[
        Section {
            title: "",
            fields: &[
                field("Active", "active_version"),
                field("Latest", "latest_version"),
                field("Uploaded", "uploaded_at"),
                shown_by("Size", "size", size),
                field("Digest", "digest"),
                shown_by("Imports", "imports", |imports| Some(imports_in_short(imports))),
            ],
        },
        Section { title: "Tasks", fields: &[in_lines("tasks", tasks)] },
        Section { title: "Grant", fields: &[in_lines("grant", grant)] },
    ],
    hidden: &[],
};

fn size(size: Part<'_>) -> Option<String> {
    size.number().map(size_text)
}

/// Two lines for each task: what it is for, and what it takes and gives.
fn tasks(tasks: Part<'_>) -> Vec<String> {
    let lines = |task: Part<'_>| {
        let description = task.get("description").and_then(Part::str).map(|words| format!(": {words}"));
        let head = format!("{}{}", text(task.get("name")), description.unwrap_or_default());
        [Some(head), signature(task).map(|signature| format!("  {signature}"))]
    };
    tasks.items().into_iter().flat_map(lines).flatten().collect()
}

/// What the grant gives, a line for each entry.
fn grant(grant: Part<'_>) -> Vec<String> {
    let entries = |(field, value): (String, Part<'_>)| -> Vec<String> {
        let line = |what: &str, text: String| format!("{what:<9}{text}");
        match field.as_str() {
            "hosts" => value.items().into_iter().map(|host| line("host", host_text(host))).collect(),
            "networks" => value.items().into_iter().map(|network| line("network", network.text())).collect(),
            "secrets" => {
                value.items().into_iter().map(|secret| line("secret", secret_text(secret))).collect()
            }
            "submit" => value.items().into_iter().map(|task| line("submit", task.text())).collect(),
            "config" | "limits" => {
                let what = field.trim_end_matches('s');
                let entry =
                    |(name, value): (String, Part<'_>)| line(what, format!("{name} = {}", value.text()));
                value.fields().into_iter().map(entry).collect()
            }
            _ if value.is_empty() => Vec::new(),
            // Of a newer host.
            _ => vec![format!("{field} {}", value.text())],
        }
    };
    grant.fields().into_iter().flat_map(entries).collect()
}

/// `GET https://api.example.com/v1/`.
fn host_text(host: Part<'_>) -> String {
    let Some(url) = host.get("url") else { return host.text() };
    let methods = host.get("methods").filter(|methods| !methods.is_empty());
    let methods = methods.map_or_else(|| "any method".to_owned(), Part::text);
    format!("{methods} {}{}", url.text(), host.get("path").and_then(Part::str).unwrap_or_default())
}

/// `stripe-key to https://api.example.com in authorization`.
fn secret_text(secret: Part<'_>) -> String {
    let part = |name: &str| text(secret.get(name));
    format!("{} to {} in {}", part("name"), part("hosts"), part("headers"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::answer::Answer;

    #[test]
    fn a_grant_is_a_line_for_each_entry() {
        let json = r#"{"hosts":[{"url":"https://a","methods":["GET"],"path":"/v1/"}],"networks":["10.0.0.0/8"],
            "config":{"base":"https://a"},"secrets":[{"name":"key","hosts":["https://a"],"headers":["x-key"]}],
            "submit":[],"limits":{"fuel":7}}"#;
        let expected = [
            "host     GET https://a/v1/",
            "network  10.0.0.0/8",
            "config   base = https://a",
            "secret   key to https://a in x-key",
            "limit    fuel = 7",
        ];
        assert_eq!(grant(Answer::parse(json.to_owned()).unwrap().root()), expected);
    }
}
