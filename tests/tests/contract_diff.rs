//! The contract of a released version never changes: `wit/` may gain functions, types and interfaces, and what
//! `fixtures/contract-0.1.0.txt` lists stays as it is, comments aside.
//!
//! Each line is a type or a function of an interface, with the types that it names. What the plugin exports does not grow
//! either: a function more would be missing in every plugin that exists.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use taskbox_tests::binaries::workspace;
use wit_parser::{Function, Handle, InterfaceId, Resolve, Type, TypeDefKind, TypeId, WorldItem, WorldKey};

const RELEASED: &str = include_str!("../fixtures/contract-0.1.0.txt");

/// The interface that plugins export.
const EXPORTED: &str = "export taskbox:task/task@0.1.0";

#[test]
fn what_is_released_stays() {
    let now = contract();
    let listed = now.iter().cloned().collect::<Vec<_>>().join("\n");
    let missing: Vec<_> = RELEASED.lines().filter(|line| !now.contains(*line)).collect();
    assert!(missing.is_empty(), "gone or changed: {missing:#?}\nthe contract is now\n{listed}");
}

#[test]
fn what_a_plugin_exports_does_not_grow() {
    let released: BTreeSet<&str> = RELEASED.lines().filter(|line| line.starts_with(EXPORTED)).collect();
    let now = contract();
    let exported: BTreeSet<&str> =
        now.iter().map(String::as_str).filter(|line| line.starts_with(EXPORTED)).collect();
    assert_eq!(exported, released);
}

#[test]
fn another_case_of_a_variant_is_a_change() {
    let now = contract();
    let variant = now.iter().find(|line| line.contains(" task-error = ")).expect("there is one");
    assert!(variant.contains("retry-after(tuple<u64, string>)"), "{variant}");
    assert!(RELEASED.lines().any(|line| line == variant), "a case more is another line: {variant}");
}

/// The SDK has a copy, because a package has nothing outside of its folder, and a link is no folder where Git does not make
/// links, as on Windows.
#[test]
fn the_sdk_has_the_same_contract() {
    let copy = workspace().join("plugins/sdk/wit");
    assert!(!fs::symlink_metadata(&copy).unwrap().is_symlink(), "{} is a link", copy.display());
    let (here, there) = (files(&workspace().join("wit")), files(&copy));
    assert!(
        here.len() > 1 && here == there,
        "bring it up to date: rm -r plugins/sdk/wit; cp -r wit plugins/sdk/wit"
    );
}

/// The files below a folder, by their path in it.
fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = PathBuf::from(path.file_name().unwrap());
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|(inner, text)| (name.join(inner), text)));
        } else {
            found.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
    found
}

/// All that the world of plugins imports and exports, a line for each.
fn contract() -> BTreeSet<String> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(workspace().join("wit")).expect("the WIT files can be read");
    let world = resolve.select_world(&[package], Some("plugin")).expect("there is the world of plugins");
    let world = &resolve.worlds[world];
    let imports = world.imports.iter().map(|item| ("import", item));
    let exports = world.exports.iter().map(|item| ("export", item));
    let mut lines = BTreeSet::new();
    for (direction, (key, item)) in imports.chain(exports) {
        let (WorldKey::Interface(_), WorldItem::Interface { id, .. }) = (key, item) else {
            panic!("the world has {key:?} beside interfaces");
        };
        lines.extend(interface(&resolve, *id).into_iter().map(|line| format!("{direction} {line}")));
    }
    lines
}

fn interface(resolve: &Resolve, id: InterfaceId) -> Vec<String> {
    let name = resolve.id_of(id).expect("it has a name");
    let interface = &resolve.interfaces[id];
    let types = interface.types.iter().map(|(of, id)| format!("{of} = {}", definition(resolve, *id)));
    let functions = interface.functions.iter().map(|(of, id)| format!("{of}: {}", function(resolve, id)));
    types.chain(functions).map(|line| format!("{name} {line}")).collect()
}

fn function(resolve: &Resolve, function: &Function) -> String {
    let params = function.params.iter().map(|param| format!("{}: {}", param.name, shown(resolve, param.ty)));
    let result = function.result.map(|result| format!(" -> {}", shown(resolve, result)));
    format!("func({}){}", params.collect::<Vec<_>>().join(", "), result.unwrap_or_default())
}

/// A type where it is used: by its name, if it has one.
fn shown(resolve: &Resolve, of: Type) -> String {
    match of {
        Type::Id(id) => match &resolve.types[id].name {
            Some(name) => name.clone(),
            None => definition(resolve, id),
        },
        primitive => format!("{primitive:?}").to_lowercase(),
    }
}

fn definition(resolve: &Resolve, id: TypeId) -> String {
    let payload = |of: Option<Type>| of.map_or_else(String::new, |of| format!("({})", shown(resolve, of)));
    let list = |parts: Vec<String>| parts.join(", ");
    match &resolve.types[id].kind {
        TypeDefKind::Record(record) => {
            let fields =
                record.fields.iter().map(|field| format!("{}: {}", field.name, shown(resolve, field.ty)));
            format!("record {{ {} }}", list(fields.collect()))
        }
        TypeDefKind::Variant(variant) => {
            let cases = variant.cases.iter().map(|case| format!("{}{}", case.name, payload(case.ty)));
            format!("variant {{ {} }}", list(cases.collect()))
        }
        TypeDefKind::Enum(cases) => {
            format!("enum {{ {} }}", list(cases.cases.iter().map(|case| case.name.clone()).collect()))
        }
        TypeDefKind::Tuple(tuple) => {
            format!("tuple<{}>", list(tuple.types.iter().map(|of| shown(resolve, *of)).collect()))
        }
        TypeDefKind::Option(of) => format!("option<{}>", shown(resolve, *of)),
        TypeDefKind::List(of) => format!("list<{}>", shown(resolve, *of)),
        TypeDefKind::Result(result) => {
            let part = |of: Option<Type>| of.map_or_else(|| "_".to_owned(), |of| shown(resolve, of));
            format!("result<{}, {}>", part(result.ok), part(result.err))
        }
        TypeDefKind::Type(Type::Id(used)) => definition(resolve, *used),
        TypeDefKind::Type(primitive) => shown(resolve, *primitive),
        TypeDefKind::Handle(Handle::Own(id) | Handle::Borrow(id)) => shown(resolve, Type::Id(*id)),
        TypeDefKind::Resource => "resource".to_owned(),
        other => panic!("the contract has a type that this test cannot show: {other:?}"),
    }
}
