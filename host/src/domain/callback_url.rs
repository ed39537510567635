//! Callback URLs, to which webhooks are sent.

use super::egress_policy::Target;

/// The longest URL, in bytes.
const URL_BYTES_MAX: usize = 2048;

/// The problem of a callback URL, if any.
pub fn callback_url_problem(url: &str) -> Option<String> {
    let example = "such as \"https://shop.example/hooks/jobs\"";
    if url.len() > URL_BYTES_MAX {
        return Some(format!("must have at most {URL_BYTES_MAX} bytes"));
    }
    Target::parse(url).err().map(|reason| format!("must be an https or http URL {example}: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_nothing_can_be_sent_to_is_refused() {
        assert_eq!(callback_url_problem("https://shop.example/hooks?x=1"), None);
        for url in ["", "shop.example", "ftp://shop.example", "https://me@shop.example/", "https://"] {
            assert!(callback_url_problem(url).is_some(), "{url}");
        }
        assert!(callback_url_problem(&format!("https://a/{}", "x".repeat(2048))).unwrap().contains("2048"));
    }
}
