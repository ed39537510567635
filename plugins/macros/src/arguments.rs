//! The arguments of the attribute.

use std::time::Duration;

use proc_macro2::TokenStream;
use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, Parser};
use syn::{LitInt, LitStr, Path};

const NAME_LENGTH_MAX: usize = 64;

/// The longest description that a host takes, in bytes.
pub(crate) const DESCRIPTION_BYTES_MAX: usize = 1_000;

/// The longest timeout that a host takes: seven days.
const TIMEOUT_MS_MAX: u64 = 7 * 24 * 3_600_000;

const MAX_ATTEMPTS: std::ops::RangeInclusive<u32> = 1..=1_000;

/// What the attribute says of a task.
#[derive(Default)]
pub(crate) struct Arguments {
    /// Where `taskbox-task` is found, if not under its own name.
    pub(crate) home: Option<Path>,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) max_attempts: Option<u32>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) queue: Option<String>,
    pub(crate) without_schemas: bool,
}

impl Arguments {
    pub(crate) fn parse(tokens: TokenStream) -> syn::Result<Self> {
        let mut arguments = Self::default();
        syn::meta::parser(|meta| arguments.add(&meta)).parse2(tokens)?;
        Ok(arguments)
    }

    fn add(&mut self, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        if meta.path.is_ident("crate") {
            set(meta, &mut self.home, |path: &Path| Ok(path.clone()))
        } else if meta.path.is_ident("name") {
            set(meta, &mut self.name, name)
        } else if meta.path.is_ident("description") {
            set(meta, &mut self.description, description)
        } else if meta.path.is_ident("max_attempts") {
            set(meta, &mut self.max_attempts, max_attempts)
        } else if meta.path.is_ident("timeout") {
            set(meta, &mut self.timeout, timeout)
        } else if meta.path.is_ident("queue") {
            set(meta, &mut self.queue, name)
        } else if meta.path.is_ident("without_schemas") {
            self.without_schemas = true;
            Ok(())
        } else {
            Err(meta.error(
                "a task has `name`, `description`, `max_attempts`, `timeout`, `queue`, `without_schemas` and `crate`",
            ))
        }
    }
}

/// Reads the value of an argument, which is given once.
fn set<L: Parse, T>(
    meta: &ParseNestedMeta<'_>,
    place: &mut Option<T>,
    read: impl FnOnce(&L) -> syn::Result<T>,
) -> syn::Result<()> {
    if place.is_some() {
        return Err(meta.error("this is given twice"));
    }
    *place = Some(read(&meta.value()?.parse()?)?);
    Ok(())
}

/// Whether this is the name of a task or a queue.
pub(crate) fn is_name(text: &str) -> bool {
    let allowed = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '-' | '_' | '.');
    text.len() <= NAME_LENGTH_MAX
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.chars().all(allowed)
}

fn name(literal: &LitStr) -> syn::Result<String> {
    let text = literal.value();
    if is_name(&text) {
        return Ok(text);
    }
    let rule = "a name has 1 to 64 characters of a-z, 0-9, `-`, `_` and `.`, and begins with a letter";
    Err(syn::Error::new(literal.span(), rule))
}

fn description(literal: &LitStr) -> syn::Result<String> {
    let text = literal.value();
    if text.len() <= DESCRIPTION_BYTES_MAX {
        return Ok(text);
    }
    Err(syn::Error::new(literal.span(), "a description has at most 1,000 bytes"))
}

fn max_attempts(literal: &LitInt) -> syn::Result<u32> {
    let attempts = literal.base10_parse().ok().filter(|attempts| MAX_ATTEMPTS.contains(attempts));
    attempts.ok_or_else(|| syn::Error::new(literal.span(), "`max_attempts` is 1 to 1000"))
}

fn timeout(literal: &LitStr) -> syn::Result<Duration> {
    let rule = "a timeout is a whole number of ms, s, m, h or d, at most 7d: \"30s\"";
    let wrong = || syn::Error::new(literal.span(), rule);
    let text = literal.value();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?);
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let ms = match unit {
        "ms" => Some(number),
        "s" => number.checked_mul(1_000),
        "m" => number.checked_mul(60_000),
        "h" => number.checked_mul(3_600_000),
        "d" => number.checked_mul(24 * 3_600_000),
        _ => None,
    };
    ms.filter(|ms| (1..=TIMEOUT_MS_MAX).contains(ms)).map(Duration::from_millis).ok_or_else(wrong)
}
