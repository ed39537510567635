//! The paths that a source names, with the groups of `use` spread out.

use super::lexer::Token;

/// A path such as `crate::domain::Job`, and where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourcePath {
    pub line: usize,
    pub segments: Vec<String>,
}

/// Words that may stand before a rooted path and are no part of it, as in `use ::wasmtime::Engine`.
const KEYWORDS: [&str; 10] = ["use", "return", "in", "as", "dyn", "impl", "mut", "else", "match", "if"];

/// Every path of these tokens; a single name is a path of one segment.
pub fn paths(tokens: &[Token]) -> Vec<SourcePath> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let begins = tokens[at].is_word() && !KEYWORDS.contains(&tokens[at].text.as_str());
        if begins && !goes_on(&tokens[..at]) {
            at = path(tokens, at, &[], &mut found);
        } else {
            at += 1;
        }
    }
    found
}

/// Whether a name behind these tokens belongs to what is before it: `x.name` is a field or a method, and
/// `Vec::<T>::name` a part of a path that has begun. `..name` and `use ::name` are beginnings.
fn goes_on(before: &[Token]) -> bool {
    match before {
        [.., first, second] if second.is(".") => !first.is("."),
        [.., first, second] if second.is("::") => first.is(">"),
        _ => false,
    }
}

/// Reads the path that begins here, behind a prefix, and returns where it ends.
fn path(tokens: &[Token], start: usize, prefix: &[String], found: &mut Vec<SourcePath>) -> usize {
    let mut segments = prefix.to_vec();
    let mut at = start;
    loop {
        segments.push(tokens[at].text.clone());
        at += 1;
        if !tokens.get(at).is_some_and(|token| token.is("::")) {
            break;
        }
        match tokens.get(at + 1) {
            Some(next) if next.is("{") => return group(tokens, at + 2, &segments, found),
            Some(next) if next.is_word() || next.is("*") => at += 1,
            _ => break,
        }
    }
    found.push(SourcePath { line: tokens[start].line, segments });
    at
}

/// Reads the paths between braces, and returns where the braces end.
fn group(tokens: &[Token], start: usize, prefix: &[String], found: &mut Vec<SourcePath>) -> usize {
    let mut at = start;
    while at < tokens.len() && !tokens[at].is("}") {
        let is_alias = at > 0 && tokens[at - 1].is("as");
        if tokens[at].is_word() && !tokens[at].is("as") && !is_alias {
            at = path(tokens, at, prefix, found);
        } else {
            at += 1;
        }
    }
    at + 1
}

#[cfg(test)]
mod tests {
    use super::super::lexer::production_tokens;
    use super::*;

    fn found(source: &str) -> Vec<String> {
        let paths = paths(&production_tokens(source)).into_iter();
        paths.map(|path| path.segments.join("::")).filter(|path| path.contains("::")).collect()
    }

    #[test]
    fn paths_are_found_in_imports_and_in_code() {
        assert_eq!(
            found("use crate::domain::Job; fn f() { sled::open(x.y::<A::B>()); }"),
            ["crate::domain::Job", "sled::open", "A::B"]
        );
        assert_eq!(found("use ::wasmtime::Engine; let x = Vec::<u8>::new();"), ["wasmtime::Engine"]);
    }

    #[test]
    fn groups_are_spread_out() {
        assert_eq!(
            found("use crate::{a::{B, self, c::D as E}, ports::*};"),
            ["crate::a::B", "crate::a::self", "crate::a::c::D", "crate::ports::*"]
        );
    }

    #[test]
    fn a_path_knows_its_line() {
        assert_eq!(paths(&production_tokens("\n\nuse a::{\n b::C\n};"))[0].line, 4);
    }
}
