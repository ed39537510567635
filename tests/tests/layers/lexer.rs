//! Rust source as words and signs with their lines: no comments, no literals, no test code.

/// A word (a name or keyword) or a sign; `::` is one sign.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token {
    pub line: usize,
    pub text: String,
}

impl Token {
    pub fn is(&self, text: &str) -> bool {
        self.text == text
    }

    pub fn is_word(&self) -> bool {
        self.text.starts_with(is_word_char)
    }
}

/// The tokens of a source, without what is compiled for tests only.
pub fn production_tokens(source: &str) -> Vec<Token> {
    let tokens = Lexer { rest: source, line: 1 }.tokens();
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let attribute = attribute_end(&tokens, at);
        match attribute {
            Some(end) if is_for_tests(&tokens[at..end]) => at = item_end(&tokens, end),
            _ => {
                kept.push(tokens[at].clone());
                at += 1;
            }
        }
    }
    kept
}

/// The end of the attribute that begins here, if one does.
fn attribute_end(tokens: &[Token], at: usize) -> Option<usize> {
    let begins = tokens[at].is("#") && tokens.get(at + 1).is_some_and(|next| next.is("["));
    begins.then(|| matching_end(tokens, at + 1, "[", "]"))
}

fn is_for_tests(attribute: &[Token]) -> bool {
    let has = |word: &str| attribute.iter().any(|token| token.is(word));
    (has("cfg") && has("test") && !has("not")) || attribute.get(2).is_some_and(|name| name.is("test"))
}

/// The end of the item that begins here: behind its block, or its semicolon.
fn item_end(tokens: &[Token], mut at: usize) -> usize {
    while at < tokens.len() {
        if let Some(end) = attribute_end(tokens, at) {
            at = end;
        } else if tokens[at].is(";") {
            return at + 1;
        } else if tokens[at].is("{") {
            return matching_end(tokens, at, "{", "}");
        } else {
            at += 1;
        }
    }
    at
}

/// The index behind the bracket that closes the one at `open`.
fn matching_end(tokens: &[Token], open: usize, opening: &str, closing: &str) -> usize {
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        if token.is(opening) {
            depth += 1;
        } else if token.is(closing) {
            depth -= 1;
            if depth == 0 {
                return index + 1;
            }
        }
    }
    tokens.len()
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
}

impl Lexer<'_> {
    fn tokens(mut self) -> Vec<Token> {
        let mut tokens = Vec::new();
        while let Some(first) = self.rest.chars().next() {
            let skipped = self.skipped_bytes();
            if skipped > 0 {
                self.take(skipped);
                continue;
            }
            let word = self.rest.find(|c| !is_word_char(c)).unwrap_or(self.rest.len());
            let length = if self.rest.starts_with("::") { 2 } else { word.max(first.len_utf8()) };
            let line = self.line;
            tokens.push(Token { line, text: self.take(length) });
        }
        tokens
    }

    fn take(&mut self, bytes: usize) -> String {
        let (taken, rest) = self.rest.split_at(bytes);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken.to_owned()
    }

    /// How much of the rest begins with space, a comment or a literal.
    fn skipped_bytes(&self) -> usize {
        let rest = self.rest;
        let space = rest.len() - rest.trim_start().len();
        if space > 0 {
            return space;
        }
        if rest.starts_with("//") {
            return rest.find('\n').unwrap_or(rest.len());
        }
        if rest.starts_with("/*") {
            return block_comment_bytes(rest);
        }
        string_bytes(rest).or_else(|| character_bytes(rest)).unwrap_or(0)
    }
}

fn block_comment_bytes(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match &rest.as_bytes()[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// The length of a string literal of any sort: `"…"`, `b"…"`, `c"…"`, `r"…"`, `br#"…"#`.
fn string_bytes(rest: &str) -> Option<usize> {
    let prefix = rest.find(|c| !matches!(c, 'b' | 'c' | 'r')).filter(|&length| length <= 2)?;
    let raw = rest[..prefix].contains('r');
    let hashes = rest[prefix..].find(|c| c != '#')?;
    let body = prefix + hashes + 1;
    if !rest[prefix + hashes..].starts_with('"') || (hashes > 0 && !raw) {
        return None;
    }
    if raw {
        let end = format!("\"{}", "#".repeat(hashes));
        return Some(rest[body..].find(&end).map_or(rest.len(), |at| body + at + end.len()));
    }
    Some(body + escaped_end(&rest[body..], '"'))
}

/// The length of a character literal; a lifetime such as `'a` is none.
fn character_bytes(rest: &str) -> Option<usize> {
    let start = if rest.starts_with("b'") { 2 } else { 1 };
    let body = rest.strip_prefix("b'").or_else(|| rest.strip_prefix('\''))?;
    let mut characters = body.chars();
    let first = characters.next()?;
    let literal = first == '\\' || characters.next() == Some('\'');
    literal.then(|| start + escaped_end(body, '\''))
}

/// Behind the closing quote that no backslash escapes.
fn escaped_end(body: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in body.char_indices() {
        if character == quote && !escaped {
            return at + 1;
        }
        escaped = character == '\\' && !escaped;
    }
    body.len()
}

fn is_word_char(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> Vec<String> {
        production_tokens(source).into_iter().filter(Token::is_word).map(|token| token.text).collect()
    }

    #[test]
    fn comments_and_literals_are_no_code() {
        let source = r##"
            // crate::a
            /* crate::b /* nested */ still */
            let x = "crate::c \" still"; let y = r#"crate::d " still"#; let z = b"crate::e";
            let q = '"'; let e = '\''; fn f<'a>(x: &'a str) {}
        "##;
        assert_eq!(
            words(source),
            ["let", "x", "let", "y", "let", "z", "let", "q", "let", "e", "fn", "f", "a", "x", "a", "str"]
        );
    }

    #[test]
    fn test_code_is_left_out_and_what_follows_is_not() {
        let source = "#[cfg(test)] #[path = \"x\"] mod a { fn b() { {} } } fn c() {} #[cfg(test)] mod d; \
                      #[test] fn e() {} #[cfg(not(test))] fn g() {}";
        assert_eq!(words(source), ["fn", "c", "cfg", "not", "test", "fn", "g"]);
    }

    #[test]
    fn lines_are_counted_through_all_that_is_skipped() {
        let tokens = production_tokens("/* 1\n2 */\n\"3\n4\"\nfound");
        assert_eq!((tokens[0].text.as_str(), tokens[0].line), ("found", 5));
    }
}
