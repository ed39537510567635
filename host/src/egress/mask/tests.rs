//! The mask, on a whole text and on every way to cut it into pieces.

use proptest::prelude::*;

use super::*;

fn mask(secrets: &[&str]) -> Mask {
    let secrets: Vec<_> = secrets.iter().map(|&secret| SecretValue::new(secret)).collect();
    Mask::of(secrets.iter())
}

fn hidden(secrets: &[&str], text: &str) -> String {
    String::from_utf8(mask(secrets).hide(text.as_bytes())).unwrap()
}

#[test]
fn every_byte_of_every_occurrence_is_hidden() {
    assert_eq!(hidden(&["sk_live_1"], "a sk_live_1, sk_live_2"), "a *********, sk_live_2");
    assert_eq!(hidden(&["abab"], "ababab."), "******.", "also where two overlap");
    assert_eq!(hidden(&["abcd", "cdef"], "abcdef"), "******", "also of two secrets");
    assert_eq!(hidden(&["abcdef", "cd"], "abcdex"), "ab**ex", "also of one within another");
    assert_eq!(hidden(&[""], "text"), "text");
}

#[test]
fn no_more_than_a_beginning_of_a_secret_is_held_back() {
    let mut masker = Masker::new(mask(&["secret-1"]));
    assert_eq!(masker.push(b"the sec"), "the ");
    assert_eq!(masker.push(b"ond secret"), "second ");
    assert_eq!(masker.push(b"-1"), "********");
    assert_eq!(masker.push(b"secre"), "");
    assert_eq!(masker.finish(), "secre");
}

#[test]
fn a_header_shows_no_secret_in_its_value_or_its_name() {
    let mut headers = HeaderMap::new();
    headers.append("x-request-id", "Bearer sk_live_1".parse().unwrap());
    headers.append("x-request-id", "7".parse().unwrap());
    headers.append("x-sk_live_1-x", "7".parse().unwrap());
    mask(&["SK_live_1", "sk_live_1"]).hide_in(&mut headers);
    let shown: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    assert_eq!(shown, [("x-request-id", &b"Bearer *********"[..]), ("x-request-id", b"7")]);
}

/// Each byte looked at by itself: whether some occurrence of some secret covers it.
fn plainly_hidden(secrets: &[String], text: &str) -> Vec<u8> {
    let mut hidden = text.as_bytes().to_vec();
    for secret in secrets {
        for at in 0..text.len() {
            if text[at..].starts_with(secret.as_str()) {
                hidden[at..at + secret.len()].fill(HIDDEN);
            }
        }
    }
    hidden
}

proptest! {
    /// Few letters, so that secrets overlap, repeat and begin within each other.
    #[test]
    fn any_cut_gives_what_the_whole_gives(
        secrets in proptest::collection::vec("[ab*]{1,6}", 1..4),
        pieces in proptest::collection::vec("[ab*c]{0,7}", 0..12),
    ) {
        let longest = secrets.iter().map(String::len).max().unwrap_or(0);
        let texts: Vec<&str> = secrets.iter().map(String::as_str).collect();
        let mut masker = Masker::new(mask(&texts));
        let mut given = Vec::new();
        for piece in &pieces {
            given.extend_from_slice(&masker.push(piece.as_bytes()));
            prop_assert!(masker.held.len() < longest);
        }
        given.extend_from_slice(&masker.finish());
        prop_assert_eq!(given, plainly_hidden(&secrets, &pieces.concat()));
    }
}
