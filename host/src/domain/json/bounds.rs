//! The bounds of JSON beyond its syntax, within which every usual parser reads it.
//!
//! Parsers differ in depth, in halves of surrogate pairs, and in numbers beyond doubles. A value that one of them
//! refuses would spoil every list and message that contains it.

/// The deepest nesting of arrays and objects. Common parsers stop at 128 levels, and a response adds a few of its own
/// around a value.
const DEPTH_MAX: usize = 100;

/// The longest number, in characters.
const NUMBER_CHARS_MAX: usize = 1000;

/// A number without an exponent is within the range of a double if it is no longer than this.
const PLAIN_DIGITS_MAX: usize = 300;

/// The reason why a text is refused as JSON, to read after "is": "the output is nested deeper than ...".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// It is not JSON from this place on.
    #[error("not JSON: {0}")]
    Syntax(String),
    /// Arrays and objects are nested too deep.
    #[error("nested deeper than {DEPTH_MAX} levels")]
    TooDeep,
    /// An escape is one half of a surrogate pair, which is no character.
    #[error("not Unicode: the escape at byte {at} is half of a surrogate pair")]
    LoneSurrogate {
        /// Place of its backslash.
        at: usize,
    },
    /// A number has too many characters.
    #[error("out of range: the number at byte {at} has more than {NUMBER_CHARS_MAX} characters")]
    LongNumber {
        /// Its place.
        at: usize,
    },
    /// A number that no double holds.
    #[error("out of range: the number at byte {at} is beyond 1.8e308")]
    LargeNumber {
        /// Its place.
        at: usize,
    },
}

/// Checks a text that is valid JSON by its syntax. One pass over its bytes, without recursion.
pub(super) fn check(text: &str) -> Result<(), JsonError> {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(byte) = bytes.get(at) {
        at = match byte {
            b'"' => after_string(bytes, at)?,
            b'-' | b'0'..=b'9' => after_number(text, at)?,
            b'[' | b'{' => {
                depth += 1;
                at + 1
            }
            b']' | b'}' => {
                depth = depth.saturating_sub(1);
                at + 1
            }
            _ => at + 1,
        };
        if depth > DEPTH_MAX {
            return Err(JsonError::TooDeep);
        }
    }
    Ok(())
}

/// The place behind a string that begins here.
fn after_string(bytes: &[u8], begin: usize) -> Result<usize, JsonError> {
    let mut at = begin + 1;
    while let Some(byte) = bytes.get(at) {
        at = match byte {
            b'"' => return Ok(at + 1),
            b'\\' => after_escape(bytes, at)?,
            _ => at + 1,
        };
    }
    Ok(at)
}

/// The place behind an escape that begins here; a surrogate pair is one.
fn after_escape(bytes: &[u8], at: usize) -> Result<usize, JsonError> {
    match code_unit(bytes, at) {
        None => Ok(at + 2),
        Some(0xD800..=0xDBFF) => match code_unit(bytes, at + 6) {
            Some(0xDC00..=0xDFFF) => Ok(at + 12),
            _ => Err(JsonError::LoneSurrogate { at }),
        },
        Some(0xDC00..=0xDFFF) => Err(JsonError::LoneSurrogate { at }),
        Some(_) => Ok(at + 6),
    }
}

/// The UTF-16 code unit of an escape such as `\u00e4` that begins here.
fn code_unit(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// The place behind a number that begins here.
fn after_number(text: &str, at: usize) -> Result<usize, JsonError> {
    let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
    let length = text.as_bytes()[at..].iter().take_while(|byte| is_part(byte)).count();
    let number = &text[at..at + length];
    if length > NUMBER_CHARS_MAX {
        return Err(JsonError::LongNumber { at });
    }
    let is_surely_small = length <= PLAIN_DIGITS_MAX && !number.contains(['e', 'E']);
    if !is_surely_small && number.parse::<f64>().is_ok_and(f64::is_infinite) {
        return Err(JsonError::LargeNumber { at });
    }
    Ok(at + length)
}
