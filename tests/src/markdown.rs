//! The blocks of code in a text of Markdown.

/// A fenced block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Block {
    /// The line on which it begins, counted from 1.
    pub line: usize,
    /// The word behind its fence, such as `sh`; empty when there is none.
    pub language: String,
    /// What is in it.
    pub text: String,
}

/// The fence of a block.
const FENCE: &str = "```";

/// All blocks of a text, in their order.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().zip(1..);
    while let Some((fence, line)) = lines.next() {
        let Some(language) = fence.strip_prefix(FENCE) else { continue };
        let inside = lines.by_ref().map(|(inside, _)| inside).take_while(|inside| *inside != FENCE);
        let text = inside.flat_map(|inside| [inside, "\n"]).collect();
        blocks.push(Block { line, language: language.trim().to_owned(), text });
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_know_their_language_and_their_line() {
        let block = |line, language: &str, text: &str| Block {
            line,
            language: language.to_owned(),
            text: text.to_owned(),
        };
        assert_eq!(
            blocks("a\n```sh\nx\n\ny\n```\nb `c`\n```\n```\n"),
            [block(2, "sh", "x\n\ny\n"), block(8, "", "")]
        );
    }
}
