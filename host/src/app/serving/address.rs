//! Remote addresses, as far as connections are counted by them.

use std::net::{IpAddr, Ipv6Addr};

use super::Proxies;

/// A remote address whose connections are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Address(IpAddr);

impl Address {
    /// The address to count, or `None` for this machine and for a proxy, behind which there are many clients.
    ///
    /// The owner of an IPv6 address usually has the whole /64 around it, so that this counts as one.
    pub(super) fn counted(remote: IpAddr, proxies: &Proxies) -> Option<Self> {
        let remote = remote.to_canonical();
        if remote.is_loopback() || proxies.contains(remote) {
            return None;
        }
        Some(Self(match remote {
            IpAddr::V4(_) => remote,
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(remote: &str) -> Option<Address> {
        let proxies = "10.0.0.0/8, 2001:db8::1".parse().unwrap();
        Address::counted(remote.parse().unwrap(), &proxies)
    }

    #[test]
    fn loopback_and_proxies_are_not_counted() {
        for uncounted in
            ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.1.2.3", "::ffff:10.1.2.3", "2001:db8::1"]
        {
            assert_eq!(counted(uncounted), None, "{uncounted}");
        }
        assert!(counted("192.0.2.1").is_some() && counted("2001:db8::2").is_some());
    }

    #[test]
    fn an_ipv6_network_of_64_bits_counts_as_one() {
        assert_eq!(counted("2001:db8:1:2::3"), counted("2001:db8:1:2:ffff::4"));
        assert_ne!(counted("2001:db8:1:2::3"), counted("2001:db8:1:3::3"));
        assert_eq!(counted("::ffff:192.0.2.1"), counted("192.0.2.1"));
        assert_ne!(counted("192.0.2.1"), counted("192.0.2.2"));
    }
}
