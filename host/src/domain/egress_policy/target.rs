//! The target of a request, in exactly the form in which it will be sent.

use std::net::IpAddr;

use url::{Host, Url};

use super::Origin;

/// The longest URL that is sent, in bytes. Most servers refuse less; the client's own bound is near.
const URL_BYTES_MAX: usize = 32 * 1024;

/// The URL of a request, after every normalisation. It is judged and sent in the same form, so that no
/// difference between two parsers can open a way round the judgement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target {
    url: Url,
    origin: Origin,
}

impl Target {
    /// Reads an absolute URL, or says why nothing can be sent to it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > URL_BYTES_MAX {
            return Err(format!("its URL is longer than {URL_BYTES_MAX} bytes"));
        }
        let mut url = Url::parse(text).map_err(|error| format!("its URL cannot be read: {error}"))?;
        if !url.username().is_empty() || url.password().is_some() || has_empty_credentials(text) {
            return Err("its URL has a user name or password; credentials belong in a header".to_owned());
        }
        let origin = Origin::of(&url).map_err(|why| format!("its URL is of no use: {why}"))?;
        // A trailing dot is the same host to the resolver, and another one to certificates and pools.
        url.set_host(Some(&origin.host().to_string()))
            .map_err(|error| format!("its host is bad: {error}"))?;
        // What is judged must be what is sent: without its dot, `127.0.0.1..` would be read as the address.
        if Origin::of(&url).as_ref() != Ok(&origin) {
            return Err("its host changes when its trailing dot is taken off".to_owned());
        }
        url.set_fragment(None);
        Ok(Self { url, origin })
    }

    /// The URL to send to.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The server.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The path, without the query.
    pub fn path(&self) -> &str {
        self.url.path()
    }

    /// The address, when the URL names one instead of a host.
    pub fn address(&self) -> Option<IpAddr> {
        match self.origin.host() {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some((*address).into()),
            Host::Ipv6(address) => Some((*address).into()),
        }
    }
}

/// Whether the authority has an `@` that the parser dropped, as in `https://@host/`.
fn has_empty_credentials(text: &str) -> bool {
    let authority = text.split_once("://").map_or("", |(_, rest)| rest);
    authority.split(['/', '?', '#', '\\']).next().is_some_and(|authority| authority.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_in_the_form_that_is_sent() {
        let target = Target::parse("HTTPS://API.Stripe.com.:443/v1/../v2/./%2e%2e/x?a=b#c").unwrap();
        assert_eq!(target.url().as_str(), "https://api.stripe.com/x?a=b");
        assert_eq!(target.path(), "/x");
    }

    #[test]
    fn an_address_is_known_in_all_its_spellings() {
        for text in ["http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f.0.0.1/"] {
            assert_eq!(Target::parse(text).unwrap().address(), Some([127, 0, 0, 1].into()), "{text}");
        }
        assert!(Target::parse("http://[::ffff:7f00:1]/").unwrap().address().is_some());
        assert_eq!(Target::parse("http://localhost/").unwrap().address(), None);
    }

    #[test]
    fn what_cannot_be_sent_is_refused_with_the_reason() {
        for (text, why) in [
            ("/v1/x", "cannot be read"),
            ("ftp://a/", "only http"),
            ("https://me:pw@a/", "credentials"),
            ("https://@a/", "credentials"),
            ("https://./", "no host"),
            ("http://127.0.0.1../", "trailing dot"),
            ("http://0x7f000001../", "trailing dot"),
            ("http://a../", "trailing dot"),
        ] {
            let error = Target::parse(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
        assert!(Target::parse("https://a/x?mail=b@c").is_ok(), "an @ elsewhere is only a letter");
        assert!(Target::parse(&format!("https://a/{}", "x".repeat(40_000))).unwrap_err().contains("longer"));
    }
}
