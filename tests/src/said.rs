//! What a program says, line by line, while it runs.

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, BufReader, Lines};
use tokio::time::timeout;

use crate::patience::PATIENCE;

/// The lines of an output.
pub struct Said {
    lines: Lines<Box<dyn AsyncBufRead + Send + Unpin>>,
}

impl Said {
    /// The lines of this output, which is piped.
    ///
    /// # Panics
    /// When it is not.
    pub fn by(output: Option<impl AsyncRead + Send + Unpin + 'static>) -> Self {
        let output: Box<dyn AsyncBufRead + Send + Unpin> =
            Box::new(BufReader::new(output.expect("it is piped")));
        Self { lines: output.lines() }
    }

    /// The next line that has these words.
    ///
    /// # Panics
    /// When there is none in time, or no more line.
    pub async fn until(&mut self, words: &str) -> String {
        let mut before = Vec::new();
        let saying = async {
            while let Some(line) = self.lines.next_line().await.expect("it is text") {
                if line.contains(words) {
                    return line;
                }
                before.push(line);
            }
            panic!("it ended, and never said {words:?}");
        };
        let said = timeout(PATIENCE, saying).await;
        said.unwrap_or_else(|_| panic!("it never said {words:?}, but:\n{}", before.join("\n")))
    }
}
