//! Paths that some server may read as climbing: a segment that is `..`, or that becomes `..` by what servers,
//! proxies and file systems do to a path before they open what it names.

/// Most times that a path is decoded in search of hidden dots. Real servers decode once, some proxies twice; what
/// still changes after this many times is no honest path.
const DECODINGS_MAX: usize = 4;

/// Whether some server may read a `..` out of this path.
///
/// That is: encoded once or more (`%2e%2e%2f`, `%u002e`), behind a backslash, followed by a parameter or by
/// what ends a path (`..;x`, `..%00`, `..%3f`), with white space at its ends or control characters anywhere,
/// in overlong UTF-8 (`%c0%ae`), or in characters that are normalised to dots and slashes (`．`, `‥`).
pub(super) fn may_climb(path: &str) -> bool {
    let mut reading = folded(path.as_bytes());
    for _ in 0..DECODINGS_MAX {
        if reading.split(is_separator).any(is_parent) {
            return true;
        }
        let next = folded(&decoded(&reading));
        if next == reading {
            return false;
        }
        reading = next;
    }
    true
}

fn is_separator(byte: &u8) -> bool {
    matches!(byte, b'/' | b'\\')
}

/// A server that knows C's strings ends the segment at a NUL; another one drops it.
fn is_parent(segment: &[u8]) -> bool {
    let name = segment.split(|byte| b";?#".contains(byte)).next().unwrap_or_default();
    let cut = name.split(|&byte| byte == 0).next().unwrap_or_default();
    let without: Vec<u8> = name.iter().copied().filter(|&byte| byte != 0).collect();
    cut.trim_ascii() == b".." || without.trim_ascii() == b".."
}

/// The path with each `%xx` and `%uxxxx` decoded once.
fn decoded(path: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        match after {
            [b'u' | b'U', digits @ ..] if first == b'%' && number(digits, 4).is_some() => {
                let character =
                    number(digits, 4).and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER);
                decoded.extend(character.to_string().bytes());
                rest = &digits[4..];
            }
            digits
                if first == b'%'
                    && let Some(byte) = number(digits, 2).and_then(|byte| u8::try_from(byte).ok()) =>
            {
                decoded.push(byte);
                rest = &digits[2..];
            }
            _ => decoded.push(first),
        }
    }
    decoded
}

/// The number that so many hexadecimal digits at the front are.
fn number(digits: &[u8], count: usize) -> Option<u32> {
    let digit = |number: u32, &digit: &u8| Some(number << 4 | char::from(digit).to_digit(16)?);
    digits.get(..count)?.iter().try_fold(0, digit)
}

/// The path with every character in its plainest form.
fn folded(path: &[u8]) -> Vec<u8> {
    let mut folded = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some((character, after)) = next_character(rest) {
        rest = after;
        match character {
            // Shown by no client, and dropped by many.
            '\u{1}'..='\u{1f}' | '\u{7f}' | '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => {}
            '\u{2024}' | '\u{fe52}' => folded.push(b'.'),
            '\u{2025}' => folded.extend(b".."),
            '\u{2044}' | '\u{2215}' => folded.push(b'/'),
            '\u{2216}' | '\u{fe68}' => folded.push(b'\\'),
            '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{3000}' => folded.push(b' '),
            // The full-width forms stand in the order of ASCII.
            '\u{ff01}'..='\u{ff5e}' => folded.extend(u8::try_from(u32::from(character) - 0xfee0)),
            other => folded.extend(other.to_string().bytes()),
        }
    }
    folded
}

/// The first character, and what follows it. UTF-8 that is longer than it may be is read none the less, as
/// careless decoders do; a byte that begins no character stands for itself.
fn next_character(bytes: &[u8]) -> Option<(char, &[u8])> {
    let (&first, after) = bytes.split_first()?;
    let (begin, more) = match first {
        0xc0..=0xdf => (first & 0x1f, 1),
        0xe0..=0xef => (first & 0x0f, 2),
        0xf0..=0xf7 => (first & 0x07, 3),
        0xf8..=0xfb => (first & 0x03, 4),
        0xfc..=0xfd => (first & 0x01, 5),
        _ => (first, 0),
    };
    let plain = || Some((if first < 0x80 { char::from(first) } else { char::REPLACEMENT_CHARACTER }, after));
    let Some((continued, rest)) = after.split_at_checked(more) else { return plain() };
    if more == 0 || !continued.iter().all(|byte| byte & 0xc0 == 0x80) {
        return plain();
    }
    let code = continued.iter().fold(u32::from(begin), |code, byte| code << 6 | u32::from(byte & 0x3f));
    Some((char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    /// One dot, as some server would read it.
    const DOTS: [&str; 13] = [
        ".",
        "%2e",
        "%2E",
        "%252e",
        "%u002e",
        "%U002E",
        "%uff0e",
        "%25u002e",
        "%c0%ae",
        "%e0%80%ae",
        "%f0%80%80%ae",
        "%ef%bc%8e",
        "%e2%80%a4",
    ];
    const SEPARATORS: [&str; 8] = ["/", "%2f", "%5c", "%255c", "%c0%af", "%c1%9c", "%u2215", "%ef%bc%8f"];
    const ENDS: [&str; 10] =
        ["", ";x=1", "%3bx", "%00", "%00.png", "%20", "%09", "%0d%0a", "%23x", "%e3%80%80"];
    /// What may stand between the dots and is dropped.
    const BETWEEN: [&str; 5] = ["", "%00", "%0a", "%e2%80%8b", "%c2%ad"];

    proptest! {
        #[test]
        fn dots_in_any_disguise_climb(
            dots in (select(&DOTS[..]), select(&BETWEEN[..]), select(&DOTS[..])),
            around in (select(&SEPARATORS[..]), select(&ENDS[..]), select(&SEPARATORS[..])),
        ) {
            let ((one, between, two), (before, end, after)) = (dots, around);
            // A server that drops one NUL does not end at the next.
            prop_assume!(between != "%00" || end != "%00.png");
            for path in [
                format!("/v1{before}{one}{between}{two}{end}"),
                format!("/v1{before}{one}{between}{two}{end}{after}admin"),
            ] {
                prop_assert!(may_climb(&path), "{}", path);
            }
        }

        /// Letters and digits, plain or encoded, do not climb.
        #[test]
        fn honest_paths_do_not_climb(segments in proptest::collection::vec("([a-z0-9._-]|%[46][1-9a]){1,9}[a-z]", 0..6)) {
            let path = format!("/{}", segments.join("/"));
            prop_assert!(!may_climb(&path), "{}", path);
        }

        #[test]
        fn any_text_can_be_judged(path in "\\PC{0,40}", bytes in proptest::collection::vec(any::<u8>(), 0..20)) {
            may_climb(&path);
            let encoded: String = bytes.iter().map(|byte| format!("%{byte:02x}")).collect();
            may_climb(&encoded);
        }
    }

    #[test]
    fn what_only_looks_alike_does_not_climb() {
        for path in
            ["/v1/a%2Fb", "/v1/100%", "/v1/..a", "/v1/a..", "/v1/...", "/v1/a;b/c", "/v1/%zz", "/v1/%u00"]
        {
            assert!(!may_climb(path), "{path}");
        }
        assert!(!may_climb("/v1/%e2%80%a6"), "an ellipsis has three dots");
        assert!(!may_climb("/v1/%ff%fe/%c0"), "what is no UTF-8 is no dot");
    }

    #[test]
    fn what_never_ends_decoding_is_nobodys_honest_path() {
        assert!(may_climb("/v1/%25252525252e"));
    }
}
