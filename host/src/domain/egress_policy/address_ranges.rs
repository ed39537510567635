//! The address ranges that are not the public internet, from the special-purpose registries (RFC 6890).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// A range that no plugin reaches unless its grant names the network.
pub(super) struct Range {
    pub(super) network: IpNet,
    pub(super) kind: &'static str,
}

/// The narrowest range that holds this address; none for a public one.
pub(super) fn special_range(address: IpAddr) -> Option<Range> {
    let holds = |range: &Range| range.network.contains(&address);
    let listed = V4.into_iter().chain(V6).filter(holds).max_by_key(|range| range.network.prefix_len());
    let unassigned = || {
        // All public IPv6 addresses are in 2000::/3, so what lies elsewhere is special even when unlisted.
        let outside = matches!(address, IpAddr::V6(v6) if v6.segments()[0] & 0xe000 != 0x2000);
        outside.then(|| Range { network: address.into(), kind: "not a public address" })
    };
    listed.or_else(unassigned)
}

const V4: [Range; 18] = [
    v4([0, 0, 0, 0], 8, "unspecified"),
    v4([10, 0, 0, 0], 8, "private"),
    v4([100, 64, 0, 0], 10, "carrier-grade NAT"),
    v4([100, 100, 100, 200], 32, "cloud metadata"),
    v4([127, 0, 0, 0], 8, "loopback"),
    // In the public range, yet the host's own agent answers there on Azure.
    v4([168, 63, 129, 16], 32, "cloud metadata"),
    v4([169, 254, 0, 0], 16, "link-local"),
    v4([169, 254, 169, 254], 32, "cloud metadata"),
    v4([172, 16, 0, 0], 12, "private"),
    v4([192, 0, 0, 0], 24, "protocol assignments"),
    v4([192, 0, 2, 0], 24, "documentation"),
    v4([192, 88, 99, 0], 24, "6to4 relay"),
    v4([192, 168, 0, 0], 16, "private"),
    v4([198, 18, 0, 0], 15, "benchmarking"),
    v4([198, 51, 100, 0], 24, "documentation"),
    v4([203, 0, 113, 0], 24, "documentation"),
    v4([224, 0, 0, 0], 4, "multicast"),
    v4([240, 0, 0, 0], 4, "reserved or broadcast"),
];

const V6: [Range; 16] = [
    v6([0, 0, 0, 0], 128, "unspecified"),
    v6([0, 0, 0, 0], 96, "IPv4-compatible"),
    Range { network: IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128)), kind: "loopback" },
    Range {
        network: IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96)),
        kind: "IPv4-mapped",
    },
    v6([0x64, 0xff9b, 0, 0], 96, "NAT64"),
    v6([0x64, 0xff9b, 1, 0], 48, "NAT64"),
    v6([0x100, 0, 0, 0], 64, "discard"),
    v6([0x2001, 0, 0, 0], 23, "protocol assignments"),
    v6([0x2001, 0xdb8, 0, 0], 32, "documentation"),
    v6([0x2002, 0, 0, 0], 16, "6to4"),
    v6([0x3fff, 0, 0, 0], 20, "documentation"),
    v6([0x5f00, 0, 0, 0], 16, "segment routing"),
    v6([0xfc00, 0, 0, 0], 7, "unique-local"),
    v6([0xfe80, 0, 0, 0], 10, "link-local"),
    v6([0xfec0, 0, 0, 0], 10, "site-local"),
    v6([0xff00, 0, 0, 0], 8, "multicast"),
];

const fn v4([a, b, c, d]: [u8; 4], prefix_bits: u8, kind: &'static str) -> Range {
    Range { network: IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix_bits)), kind }
}

const fn v6([a, b, c, d]: [u16; 4], prefix_bits: u8, kind: &'static str) -> Range {
    Range {
        network: IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0), prefix_bits)),
        kind,
    }
}
