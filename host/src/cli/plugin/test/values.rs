//! Values of arguments: JSON, files, and names with values.

use std::path::Path;
use std::str::FromStr;

use anyhow::Context;
use tokio::io::AsyncReadExt;

use crate::cli::UsageError;
use crate::domain::Json;

/// Reads JSON from an argument: the text itself, `@FILE`, or `-` for standard input.
pub(in crate::cli::plugin) async fn json(what: &str, argument: &str) -> anyhow::Result<Json> {
    let text = match argument.strip_prefix('@') {
        Some(file) => read_text(Path::new(file)).await?,
        None if argument == "-" => {
            let mut text = String::new();
            tokio::io::stdin().read_to_string(&mut text).await.context("cannot read standard input")?;
            text
        }
        None => argument.to_owned(),
    };
    Json::parse(text.trim()).map_err(|error| {
        let hint = "give JSON such as '{\"a\":1}' or '\"text\"', @FILE, or - for standard input";
        UsageError(format!("{what} is {error}; {hint}")).into()
    })
}

/// Reads a file of text that was named in an argument.
pub(super) async fn read_text(file: &Path) -> anyhow::Result<String> {
    let read = tokio::fs::read_to_string(file).await;
    Ok(read.map_err(|error| UsageError(format!("cannot read {}: {error}", file.display())))?)
}

/// Splits `NAME=VALUE`.
pub(super) fn named<N: FromStr<Err: ToString>>(
    flag: &str,
    argument: &str,
) -> Result<(N, Option<String>), UsageError> {
    let (name, value) = match argument.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (argument, None),
    };
    let name = name.parse().map_err(|error: N::Err| UsageError(format!("{flag}: {}", error.to_string())))?;
    Ok((name, value))
}

/// Splits `NAME=VALUE`, in which the value must stand.
pub(super) fn named_value<N: FromStr<Err: ToString>>(
    flag: &str,
    argument: &str,
) -> Result<(N, String), UsageError> {
    match named(flag, argument)? {
        (name, Some(value)) => Ok((name, value)),
        (_, None) => Err(UsageError(format!("{flag} {argument}: must be NAME=VALUE"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::SecretName;

    #[tokio::test]
    async fn json_comes_from_the_argument_or_from_a_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "{\"a\":1.50}\n").unwrap();
        let from_file = json("the input", &format!("@{}", file.path().display())).await.unwrap();
        assert_eq!(from_file.as_str(), "{\"a\":1.50}");
        assert_eq!(json("the input", "[1]").await.unwrap().as_str(), "[1]");
        for (wrong, named) in
            [("hello", "the input is not JSON"), ("@/no/such/file", "cannot read /no/such/file")]
        {
            let error = json("the input", wrong).await.unwrap_err();
            assert!(error.is::<UsageError>() && error.to_string().contains(named), "{error}");
        }
    }

    #[test]
    fn a_name_has_a_value_where_it_must_have_one() {
        let read = |argument| named_value::<SecretName>("--secret", argument);
        assert_eq!(read("stripe-key=a=b").unwrap().1, "a=b");
        assert!(read("stripe-key").unwrap_err().to_string().contains("NAME=VALUE"));
        assert!(read("Stripe=x").unwrap_err().to_string().contains("--secret"));
    }
}
