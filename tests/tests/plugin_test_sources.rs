//! `taskbox plugin test` of sources: it builds them, in every language. The examples are what it builds.

use std::fs;
use std::path::Path;

use serde_json::Value;
use taskbox_tests::binaries::{plugin, tools, workspace};
use taskbox_tests::projects::copy_beside_tools;
use taskbox_tests::trial::{assert_says, plugin_test};

/// Runs the cases of a folder, and checks that all of them pass.
async fn cases_pass(folder: &Path) {
    let ended = plugin_test(folder, &[".", "--json"]).await;
    assert_passed(&ended.json(0));
}

/// Checks a report of cases, which no output of a tool is among.
fn assert_passed(report: &Value) {
    let cases = report["cases"].as_array().expect("it is a report of cases");
    assert!(cases.len() > 3, "{report}");
    assert_eq!((&report["passed"], &report["failed"]), (&cases.len().into(), &0.into()), "{report}");
}

#[tokio::test]
async fn the_cases_of_the_plugins_in_rust_pass() {
    for folder in ["create-order", "examples/thumbnail", "examples/fan-out", "examples/approval"] {
        cases_pass(&workspace().join("plugins").join(folder)).await;
    }
}

#[tokio::test]
async fn the_cases_of_the_plugin_in_python_pass() {
    assert!(tools().is_dir());
    cases_pass(&workspace().join("plugins/examples/report")).await;
}

#[tokio::test]
async fn the_cases_of_the_plugin_in_javascript_pass() {
    let (folder, _place) = copy_beside_tools("plugins/examples/mail");
    cases_pass(&folder).await;
}

#[tokio::test]
async fn a_file_of_cases_names_a_component_a_source_or_a_folder() {
    let (folder, place) = copy_beside_tools("plugins/examples/mail");
    fs::create_dir(place.path().join("built")).unwrap();
    let noop = "[[case]]\nname = \"one\"\ntask = \"noop\"\n";
    for (file, component) in [("built/misbehave.wasm", "misbehave"), ("misbehave.wasm", "misbehave")] {
        fs::write(place.path().join(file), plugin(component)).unwrap();
    }
    for named in ["misbehave.wasm", "built"] {
        fs::write(place.path().join("cases.toml"), format!("plugin = \"{named}\"\n{noop}")).unwrap();
        let said = plugin_test(place.path(), &["cases.toml"]).await.with(0);
        assert_says(&said, &["1 of 1 case passed"]);
    }
    let cases = fs::read_to_string(folder.join("taskbox-test.toml")).unwrap();
    fs::write(folder.join("mail.toml"), format!("plugin = \"index.js\"\n{cases}")).unwrap();
    assert_passed(&plugin_test(place.path(), &["plugin/mail.toml", "--json"]).await.json(0));
}

#[tokio::test]
async fn a_source_is_shown_by_its_own_name() {
    let (folder, _place) = copy_beside_tools("plugins/examples/mail");
    let message = r#"{"to":"ada@example.com","subject":"Your order","text":"Done"}"#;
    let flags = ["--http", "mocks/service.json", "--grant", "grant.json", "--secret", "mail-key=mail_test_1"];
    for source in [".", "index.js", "package.json"] {
        let said = plugin_test(&folder, &[&[source, "--input", message][..], &flags].concat()).await.with(0);
        assert!(said.starts_with("index.js\n  mail "), "{said}");
        assert_says(&said, &["Sends an e-mail", "completed in", "building index.js with componentize-qjs"]);
    }
}

#[tokio::test]
async fn what_does_not_build_fails_with_the_words_of_its_tool() {
    let place = tempfile::tempdir_in(tools()).unwrap();
    for (name, contents) in [
        ("app.py", "from taskbox_task import nothing\n"),
        ("app.js", "import { task } frm \"taskbox-task\";\n"),
        ("crate/Cargo.toml", "[package]\nname = \"wrong\"\nedition = \"2024\"\n[workspace]\n"),
        ("crate/src/lib.rs", "pub fn f() -> u32 { nothing }\n"),
    ] {
        fs::create_dir_all(place.path().join("crate/src")).unwrap();
        fs::write(place.path().join(name), contents).unwrap();
    }
    for (source, words) in [
        ("app.py", "app.py\", line 1, in <module>"),
        ("app.js", "app.js:1:"),
        ("crate", "error[E0425]: cannot find value `nothing`"),
        ("crate/Cargo.toml", "error[E0425]: cannot find value `nothing`"),
    ] {
        let ended = plugin_test(place.path(), &[source, "--json"]).await;
        assert_says(&ended.failed(1), &[words, "is not built"]);
    }
}
