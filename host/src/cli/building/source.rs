//! What a file or a folder is: its language, and where its plugin begins.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::cli::UsageError;

/// A plugin to build.
#[derive(Debug, PartialEq)]
pub(super) struct Source {
    pub(super) language: Language,
    /// The folder of the project, absolute.
    pub(super) folder: PathBuf,
    /// What the project, or else the file, is called.
    pub(super) name: String,
}

#[derive(Debug, PartialEq)]
pub(super) enum Language {
    /// A component, as it is.
    Component(PathBuf),
    Rust,
    Python {
        /// Where the module is found.
        paths_to: PathBuf,
        module: String,
    },
    JavaScript {
        entry: PathBuf,
    },
}

/// What can be given, for an error.
const FORMS: &str = "give a folder with Cargo.toml, pyproject.toml or package.json,\n\
     or a file that ends with .py, .js or .wasm";

impl Source {
    /// Looks at a file or a folder.
    pub(super) fn find(given: &Path) -> anyhow::Result<Self> {
        let path = absolute(given)?;
        if path.is_dir() { of_folder(path) } else { of_file(&path) }
    }
}

/// The absolute path of a file or a folder, which must be there.
pub(in crate::cli) fn absolute(given: &Path) -> Result<PathBuf, UsageError> {
    given.canonicalize().map_err(|error| UsageError(format!("cannot read {}: {error}", given.display())))
}

fn of_file(path: &Path) -> anyhow::Result<Source> {
    let folder = path.parent().unwrap_or(path).to_owned();
    let stem = text(path.file_stem());
    match path.extension().and_then(OsStr::to_str) {
        Some("py") => {
            let name = project_name(&folder.join("pyproject.toml"))?.unwrap_or_else(|| stem.clone());
            Ok(Source { language: python(&folder, &stem)?, folder, name })
        }
        Some("js" | "mjs") => {
            let name = package_json(&folder)?.and_then(|package| package.name).unwrap_or(stem);
            Ok(Source { language: Language::JavaScript { entry: path.to_owned() }, folder, name })
        }
        Some("toml" | "json") if is_manifest(path) => of_folder(folder),
        // Whatever else it is, the host says what is wrong with it.
        Some("rs") => bail!(UsageError(format!(
            "{} is one file of a plugin in Rust: give the folder of its Cargo.toml",
            path.display()
        ))),
        _ => Ok(Source { language: Language::Component(path.to_owned()), folder, name: stem }),
    }
}

/// Whether this is the name of a file that describes a project.
pub(in crate::cli) fn is_manifest(path: &Path) -> bool {
    ["Cargo.toml", "pyproject.toml", "package.json"].iter().any(|name| path.ends_with(name))
}

fn of_folder(folder: PathBuf) -> anyhow::Result<Source> {
    let own_name = text(folder.file_name());
    if folder.join("Cargo.toml").is_file() {
        let name = cargo_name(&folder.join("Cargo.toml"))?.unwrap_or(own_name);
        return Ok(Source { language: Language::Rust, folder, name });
    }
    let project = folder.join("pyproject.toml");
    if project.is_file() || folder.join("__init__.py").is_file() {
        return python_folder(folder, own_name);
    }
    if let Some(package) = package_json(&folder)? {
        let entry = javascript_entry(&folder, package.main.as_deref())?;
        let name = package.name.unwrap_or(own_name);
        return Ok(Source { language: Language::JavaScript { entry }, folder, name });
    }
    match (files(&folder, "py")?.is_empty(), files(&folder, "js")?.is_empty()) {
        (false, true) => python_folder(folder, own_name),
        (true, false) => {
            let entry = javascript_entry(&folder, None)?;
            Ok(Source { language: Language::JavaScript { entry }, folder, name: own_name })
        }
        (true, true) => component_of_folder(folder),
        (false, false) => {
            bail!(UsageError(format!("{} has Python and JavaScript in it: name one file", folder.display())))
        }
    }
}

/// The only component of a folder in which nothing builds one.
fn component_of_folder(folder: PathBuf) -> anyhow::Result<Source> {
    let mut components = files(&folder, "wasm")?;
    match (components.pop(), components.is_empty()) {
        (Some(only), true) => {
            Ok(Source { name: text(only.file_stem()), language: Language::Component(only), folder })
        }
        (Some(_), false) => {
            bail!(UsageError(format!("{} has several .wasm files: name one of them", folder.display())))
        }
        (None, _) => bail!(UsageError(format!("{} is no plugin: {FORMS}", folder.display()))),
    }
}

/// The module of a folder: `app.py`, the one named as the project, or the only one.
fn python_folder(folder: PathBuf, own_name: String) -> anyhow::Result<Source> {
    if folder.join("__init__.py").is_file() {
        let above = folder.parent().unwrap_or(&folder).to_owned();
        return Ok(Source { language: python(&above, &own_name)?, folder: above, name: own_name });
    }
    let name = project_name(&folder.join("pyproject.toml"))?.unwrap_or(own_name);
    let as_module = name.replace(['-', '.'], "_").to_lowercase();
    for (path, module) in [
        (folder.clone(), "app"),
        (folder.clone(), as_module.as_str()),
        (folder.join("src"), as_module.as_str()),
    ] {
        if path.join(format!("{module}.py")).is_file() || path.join(module).join("__init__.py").is_file() {
            return Ok(Source { language: python(&path, module)?, folder, name });
        }
    }
    let only = the_only(&folder, "py", &format!("app.py or {as_module}.py"))?;
    Ok(Source { language: python(&folder, &text(only.file_stem()))?, folder, name })
}

fn python(paths_to: &Path, module: &str) -> anyhow::Result<Language> {
    let is_part = |c: char| c == '_' || c.is_alphanumeric();
    if module.is_empty() || module.starts_with(|c: char| c.is_ascii_digit()) || !module.chars().all(is_part) {
        bail!(UsageError(format!(
            "{module}.py cannot be imported by Python: rename it, to app.py for instance"
        )));
    }
    Ok(Language::Python { paths_to: paths_to.to_owned(), module: module.to_owned() })
}

fn javascript_entry(folder: &Path, main: Option<&str>) -> anyhow::Result<PathBuf> {
    if let Some(main) = main {
        let entry = folder.join(main);
        if !entry.is_file() {
            bail!("package.json names {main} as its main file, which is not in {}", folder.display());
        }
        return Ok(entry);
    }
    let usual = ["app.js", "index.js"].map(|name| folder.join(name));
    match usual.into_iter().find(|entry| entry.is_file()) {
        Some(entry) => Ok(entry),
        None => the_only(folder, "js", "app.js or index.js"),
    }
}

/// The only file that ends so.
fn the_only(folder: &Path, end: &str, usual: &str) -> anyhow::Result<PathBuf> {
    let mut files = files(folder, end)?;
    match files.pop() {
        Some(file) if files.is_empty() => Ok(file),
        _ => bail!(UsageError(format!(
            "{} has no {usual}: name the file that defines the tasks",
            folder.display()
        ))),
    }
}

fn files(folder: &Path, end: &str) -> anyhow::Result<Vec<PathBuf>> {
    let entries = folder.read_dir().with_context(|| format!("cannot read {}", folder.display()))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    Ok(paths.filter(|path| path.extension().is_some_and(|own| own == end) && path.is_file()).collect())
}

fn project_name(pyproject: &Path) -> anyhow::Result<Option<String>> {
    name_in(pyproject, "project")
}

fn cargo_name(manifest: &Path) -> anyhow::Result<Option<String>> {
    name_in(manifest, "package")
}

/// `name` in a section of a file of TOML, if there is such a file.
fn name_in(file: &Path, section: &str) -> anyhow::Result<Option<String>> {
    if !file.is_file() {
        return Ok(None);
    }
    let table: toml::Table =
        toml::from_str(&read(file)?).with_context(|| format!("{} is not TOML", file.display()))?;
    let name = table.get(section).and_then(|section| section.get("name"));
    Ok(name.and_then(toml::Value::as_str).map(str::to_owned))
}

#[derive(serde::Deserialize)]
struct PackageJson {
    name: Option<String>,
    main: Option<String>,
}

fn package_json(folder: &Path) -> anyhow::Result<Option<PackageJson>> {
    let file = folder.join("package.json");
    if !file.is_file() {
        return Ok(None);
    }
    let package = serde_json::from_str(&read(&file)?);
    Ok(Some(package.with_context(|| format!("{} is not the JSON of a package", file.display()))?))
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

fn text(part: Option<&OsStr>) -> String {
    part.unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn project(files: &[(&str, &str)]) -> TempDir {
        let place = tempfile::tempdir().unwrap();
        for (name, contents) in files {
            let file = place.path().join("proj").join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, contents).unwrap();
        }
        place
    }

    /// The language with its place in the project, and the name.
    fn found(files: &[(&str, &str)], given: &str) -> String {
        let place = project(files);
        let root = place.path().canonicalize().unwrap();
        match Source::find(&place.path().join("proj").join(given)) {
            Ok(Source { language, name, .. }) => {
                let within = |path: &Path| path.strip_prefix(&root).unwrap().display().to_string();
                let what = match language {
                    Language::Component(path) => format!("component {}", within(&path)),
                    Language::Rust => "rust".to_owned(),
                    Language::Python { paths_to, module } => format!("python {}:{module}", within(&paths_to)),
                    Language::JavaScript { entry } => format!("javascript {}", within(&entry)),
                };
                format!("{name} = {what}")
            }
            Err(error) => format!("{error:#}"),
        }
    }

    #[test]
    fn a_file_is_known_by_its_end_and_named_by_its_project() {
        let python = [("app.py", "")];
        assert_eq!(found(&python, "app.py"), "app = python proj:app");
        let named = [("app.py", ""), ("pyproject.toml", "[project]\nname = 'hello'")];
        assert_eq!(found(&named, "app.py"), "hello = python proj:app");
        assert_eq!(found(&named, "pyproject.toml"), "hello = python proj:app");
        assert_eq!(found(&[("app.js", "")], "app.js"), "app = javascript proj/app.js");
        let named = [("app.js", ""), ("package.json", r#"{"name":"hi","main":"app.js"}"#)];
        assert_eq!(found(&named, "app.js"), "hi = javascript proj/app.js");
        assert_eq!(found(&[("x.wasm", "")], "x.wasm"), "x = component proj/x.wasm");
        assert!(found(&[("lib.rs", "")], "lib.rs").contains("give the folder of its Cargo.toml"));
        assert!(found(&[("my-app.py", "")], "my-app.py").contains("rename it"));
        assert!(found(&[("app.py", "")], "other.py").contains("cannot read"));
    }

    #[test]
    fn a_folder_is_known_by_what_is_in_it() {
        let rust = [("Cargo.toml", "[package]\nname = 'hello'"), ("package.json", "{}")];
        assert_eq!(found(&rust, ""), "hello = rust");
        let project = ("pyproject.toml", "[project]\nname = 'create-order'");
        assert_eq!(found(&[project, ("app.py", "")], ""), "create-order = python proj:app");
        let package = [project, ("create_order/__init__.py", "")];
        assert_eq!(found(&package, ""), "create-order = python proj:create_order");
        assert_eq!(found(&package, "create_order"), "create_order = python proj:create_order");
        let source = [project, ("src/create_order/__init__.py", "")];
        assert_eq!(found(&source, ""), "create-order = python proj/src:create_order");
        assert_eq!(found(&[("only.py", "")], ""), "proj = python proj:only");
        let main = [("package.json", r#"{"name":"hi","main":"lib/x.js"}"#), ("lib/x.js", "")];
        assert_eq!(found(&main, ""), "hi = javascript proj/lib/x.js");
        assert_eq!(found(&[("index.js", ""), ("b.js", "")], ""), "proj = javascript proj/index.js");
        assert_eq!(found(&[("x.wasm", ""), ("taskbox-test.toml", "")], ""), "x = component proj/x.wasm");
        assert_eq!(found(&[("old.wasm", ""), ("app.js", "")], ""), "proj = javascript proj/app.js");
    }

    #[test]
    fn what_is_unclear_is_refused_with_what_to_give() {
        assert!(found(&[("README.md", "")], "").contains("give a folder with Cargo.toml"));
        assert!(found(&[("a.wasm", ""), ("b.wasm", "")], "").contains("has several .wasm files: name one"));
        assert!(found(&[("a.py", ""), ("b.py", "")], "").contains("has no app.py or proj.py: name the file"));
        assert!(found(&[("a.py", ""), ("b.js", "")], "").contains("name one file"));
        assert!(found(&[("package.json", r#"{"main":"gone.js"}"#)], "").contains("gone.js"));
        assert!(found(&[("package.json", "{")], "").contains("is not the JSON of a package"));
        assert!(found(&[("pyproject.toml", "=")], "").contains("is not TOML"));
    }
}
