//! Finds circles of imports between the files of the host.
//!
//! An import counts for the file that defines the item, however many modules export it again. A submodule may
//! know what the module around it defines: the two are one unit, of which the files below `x/` are parts.

use std::collections::{BTreeMap, BTreeSet};

use super::lexer::{Token, production_tokens};
use super::paths::{SourcePath, paths};
use super::rules::{module_of, resolved};

/// A module by its path, such as `["storage", "sled", "keys"]`.
type Module = Vec<String>;

/// Words before the name of an item.
const DEFINING: [&str; 10] =
    ["struct", "enum", "fn", "trait", "type", "const", "static", "union", "macro_rules", "mod"];

/// The sources of a crate.
pub struct Sources(BTreeMap<Module, Source>);

struct Source {
    file: String,
    paths: Vec<SourcePath>,
    defined: BTreeSet<String>,
}

impl Sources {
    /// Sources by their files, named as in `storage/sled/keys.rs`.
    pub fn new(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let source = |(file, text): (String, String)| {
            let tokens = production_tokens(&text);
            let (paths, defined) = (paths(&tokens), defined(&tokens));
            (module_of(&file), Source { file, paths, defined })
        };
        Self(files.into_iter().map(source).collect())
    }

    /// The circles, each as the files of which every one reaches every other, and the imports between them.
    pub fn circles(&self) -> Vec<String> {
        let imports = self.imports();
        let reached: BTreeMap<_, _> = self.0.keys().map(|module| (module, reach(module, &imports))).collect();
        let circle_of = |module: &Module| -> BTreeSet<&Module> {
            let back = |other: &&&Module| reached[**other].contains(module);
            reached[module].iter().filter(back).copied().collect()
        };
        let circles: BTreeSet<_> = self.0.keys().map(circle_of).filter(|circle| circle.len() > 1).collect();
        circles.iter().map(|circle| self.shown(circle, &imports)).collect()
    }

    fn shown(&self, circle: &BTreeSet<&Module>, imports: &Imports<'_>) -> String {
        let between = circle.iter().flat_map(|from| {
            let within = imports[*from].iter().filter(|(to, _)| circle.contains(*to));
            within.map(|(to, line)| format!("  {}:{line} imports {}", self.0[*from].file, self.0[*to].file))
        });
        between.collect::<Vec<_>>().join("\n")
    }

    fn imports(&self) -> Imports<'_> {
        let of = |(module, source): (&'_ Module, &'_ Source)| {
            let targets = source.paths.iter().filter_map(|path| {
                let target = self.target(module, &source.file, &path.segments)?;
                let is_around = module.starts_with(target);
                (!is_around).then_some((target, path.line))
            });
            targets.collect::<BTreeMap<_, _>>()
        };
        self.0.iter().map(|(module, source)| (module, of((module, source)))).collect()
    }

    /// The module that defines what a path names.
    fn target<'a>(&'a self, module: &Module, file: &str, segments: &[String]) -> Option<&'a Module> {
        let inside = resolved(file, segments).or_else(|| {
            let child: Module = module.iter().chain(segments.first()).cloned().collect();
            let is_child = segments.len() > 1 && self.0.contains_key(&child);
            is_child.then(|| module.iter().chain(segments).cloned().collect())
        })?;
        self.defining(&inside, &mut BTreeSet::new())
    }

    fn defining(&self, path: &[String], seen: &mut BTreeSet<Vec<String>>) -> Option<&Module> {
        if !seen.insert(path.to_vec()) {
            return None;
        }
        let depth = (1..=path.len()).rev().find(|depth| self.0.contains_key(&path[..*depth]))?;
        let (module, source) = self.0.get_key_value(&path[..depth])?;
        let Some(item) = path.get(depth).filter(|item| *item != "self") else { return Some(module) };
        if source.defined.contains(item) {
            return Some(module);
        }
        let exported = source.paths.iter().filter(|path| {
            let last = path.segments.last();
            path.segments.len() > 1 && (last == Some(item) || last.is_some_and(|last| last == "*"))
        });
        let mut found = exported.filter_map(|exported| {
            let mut segments = exported.segments.clone();
            segments.pop();
            segments.push(item.clone());
            let relative = || module.iter().chain(&segments).cloned().collect();
            let inside = resolved(&source.file, &segments).unwrap_or_else(relative);
            self.defining(&inside, seen)
        });
        found.next().or(Some(module))
    }
}

/// What each module imports, each with a line.
type Imports<'a> = BTreeMap<&'a Module, BTreeMap<&'a Module, usize>>;

fn reach<'a>(module: &'a Module, imports: &Imports<'a>) -> BTreeSet<&'a Module> {
    let (mut reached, mut next) = (BTreeSet::new(), vec![module]);
    while let Some(module) = next.pop() {
        let new = imports[module].keys().copied().filter(|other| reached.insert(*other));
        next.extend(new.collect::<Vec<_>>());
    }
    reached
}

fn defined(tokens: &[Token]) -> BTreeSet<String> {
    let pairs = tokens.iter().zip(tokens.iter().skip(1));
    let items = pairs.filter(|(word, _)| DEFINING.contains(&word.text.as_str()));
    items.map(|(_, name)| name.text.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circles(files: &[(&str, &str)]) -> Vec<String> {
        let files = files.iter().map(|(file, text)| (file.to_string(), text.to_string()));
        Sources::new(files).circles()
    }

    #[test]
    fn files_that_import_each_other_are_found_also_by_what_others_export() {
        let found = circles(&[
            ("a/mod.rs", "mod b;\nmod c;\npub use b::B; pub use c::C;"),
            ("a/b.rs", "\nuse super::C; pub struct B;"),
            ("a/c.rs", "use crate::a::{B, x::Y}; pub struct C;"),
        ]);
        assert_eq!(found, ["  a/b.rs:2 imports a/c.rs\n  a/c.rs:1 imports a/b.rs"]);
    }

    #[test]
    fn a_submodule_may_know_the_module_around_it_and_none_that_knows_it() {
        let within = ("a/b.rs", "use super::A; impl A {}");
        assert_eq!(circles(&[("a/mod.rs", "mod b; use b::B; pub struct A;"), within]), [""; 0]);
        let other = ("d.rs", "use crate::a::b::B; pub struct D;");
        let found = circles(&[("a/mod.rs", "mod b; pub struct A;"), ("a/b.rs", "use crate::d::D;"), other]);
        assert_eq!(found.len(), 1, "{found:?}");
    }
}
