//! The guard on resolved addresses: public ones pass, every other needs its network in the grant.
//!
//! Without it a name that an outsider controls could point a plugin at the host's own services, at its
//! neighbours, or at the cloud's metadata, which hands out credentials to whoever asks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::address_ranges::{Range, special_range};

/// An address that the grant does not name, and the network that would have to be named.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{address} is {kind}")]
pub struct RefusedAddress {
    /// The address.
    pub address: IpAddr,
    /// What sort of address it is, such as `loopback`.
    pub kind: &'static str,
    /// The line of `networks` that would allow it.
    pub network: IpNet,
}

/// Whether a plugin that was granted these networks may connect to this address.
///
/// An address that carries an IPv4 address inside has to pass twice: in its own form, and as the address that
/// the packets will reach. So neither a mapped loopback nor a granted NAT64 prefix is a way round.
pub fn guard_address(address: IpAddr, networks: &[IpNet]) -> Result<(), RefusedAddress> {
    guard_one(address, networks)?;
    match carried_v4(address) {
        Some(inner) => guard_one(inner.into(), networks),
        None => Ok(()),
    }
}

fn guard_one(address: IpAddr, networks: &[IpNet]) -> Result<(), RefusedAddress> {
    let granted = networks.iter().any(|network| network.contains(&address));
    match special_range(address) {
        Some(range) if !granted => {
            Err(RefusedAddress { address, kind: range.kind, network: line_for(address, &range) })
        }
        _ => Ok(()),
    }
}

/// The line to advise. All of loopback is one machine, and a translation prefix is one translator: there the
/// range itself. Elsewhere the one address, because a whole private network is more than was asked for.
fn line_for(address: IpAddr, range: &Range) -> IpNet {
    if matches!(range.kind, "loopback" | "NAT64") { range.network } else { address.into() }
}

/// The IPv4 address inside an IPv6 one, for every form that some system or translator unwraps.
fn carried_v4(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(v6) = address else { return None };
    let last = |v6: Ipv6Addr| {
        let [.., a, b, c, d] = v6.octets();
        Ipv4Addr::new(a, b, c, d)
    };
    match v6.segments() {
        // The two addresses of IPv6's own, inside the IPv4-compatible range but no part of it.
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        [0, 0, 0, 0, 0, 0 | 0xffff, _, _] | [0, 0, 0, 0, 0xffff, 0, _, _] => Some(last(v6)),
        [0x64, 0xff9b, ..] => Some(last(v6)),
        [0x2002, high, low, ..] => {
            let [[a, b], [c, d]] = [high.to_be_bytes(), low.to_be_bytes()];
            Some(Ipv4Addr::new(a, b, c, d))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(address: &str, networks: &[&str]) -> Result<(), RefusedAddress> {
        let networks: Vec<IpNet> = networks.iter().map(|network| network.parse().unwrap()).collect();
        guard_address(address.parse().unwrap(), &networks)
    }

    #[test]
    fn public_addresses_pass() {
        for address in ["1.1.1.1", "172.15.0.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00::1"] {
            assert_eq!(ask(address, &[]), Ok(()), "{address}");
        }
    }

    #[test]
    fn every_other_kind_is_refused_and_named() {
        for (address, kind) in [
            ("127.0.0.1", "loopback"),
            ("127.255.255.254", "loopback"),
            ("::1", "loopback"),
            ("0.0.0.0", "unspecified"),
            ("::", "unspecified"),
            ("10.1.2.3", "private"),
            ("172.31.255.255", "private"),
            ("192.168.0.1", "private"),
            ("100.64.0.1", "carrier-grade NAT"),
            ("169.254.1.1", "link-local"),
            ("169.254.169.254", "cloud metadata"),
            ("100.100.100.200", "cloud metadata"),
            ("168.63.129.16", "cloud metadata"),
            ("fe80::1", "link-local"),
            ("fd00:ec2::254", "unique-local"),
            ("224.0.0.1", "multicast"),
            ("ff02::1", "multicast"),
            ("255.255.255.255", "reserved or broadcast"),
            ("192.0.2.1", "documentation"),
            ("2001:db8::1", "documentation"),
            ("198.18.0.1", "benchmarking"),
            ("2001::1", "protocol assignments"),
            ("4000::1", "not a public address"),
        ] {
            assert_eq!(ask(address, &[]).unwrap_err().kind, kind, "{address}");
        }
    }

    #[test]
    fn an_ipv4_address_inside_an_ipv6_one_is_refused_in_every_form() {
        for address in [
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::127.0.0.1",
            "64:ff9b:1::7f00:1",
            "2002:7f00:1::1",
        ] {
            assert!(ask(address, &[]).is_err(), "{address}");
        }
    }

    #[test]
    fn a_granted_translation_prefix_is_no_way_to_what_lies_behind() {
        let nat64 = &["64:ff9b::/96"];
        assert_eq!(ask("64:ff9b::8.8.8.8", nat64), Ok(()));
        let refused = ask("64:ff9b::169.254.169.254", nat64).unwrap_err();
        assert_eq!(
            (refused.kind, refused.network.to_string()),
            ("cloud metadata", "169.254.169.254/32".into())
        );
        assert!(ask("2002:0a00:1::1", &["2002::/16"]).is_err());
        assert!(ask("::ffff:127.0.0.1", &["127.0.0.0/8"]).is_err(), "the mapped form is named by itself");
    }

    #[test]
    fn the_line_that_a_refusal_names_allows_the_address() {
        for address in ["127.0.0.1", "::1", "10.9.8.7", "169.254.169.254", "fe80::1", "0.0.0.0", "9000::1"] {
            let line = ask(address, &[]).unwrap_err().network.to_string();
            assert_eq!(ask(address, &[&line]), Ok(()), "{address} by {line}");
        }
        assert_eq!(ask("127.0.0.1", &[]).unwrap_err().network.to_string(), "127.0.0.0/8");
        assert_eq!(ask("10.9.8.7", &[]).unwrap_err().network.to_string(), "10.9.8.7/32");
    }

    #[test]
    fn a_granted_network_grants_nothing_else() {
        assert!(ask("10.1.2.3", &["127.0.0.0/8", "10.0.0.0/16"]).is_err());
        assert!(ask("::1", &["127.0.0.0/8"]).is_err());
    }
}
