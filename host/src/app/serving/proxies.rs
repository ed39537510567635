//! Lists of proxies in settings.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// Addresses and networks of proxies: a list, or one text with commas, which is easier to type in a variable.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Vec<String>")]
pub struct Proxies(Vec<IpNet>);

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    List(Vec<String>),
    Text(String),
}

impl Proxies {
    /// Whether this is the address of one of them.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl FromStr for Proxies {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.split(',').map(|part| network(part.trim())).collect::<Result<_, _>>().map(Self)
    }
}

/// A network, or a single address.
fn network(text: &str) -> Result<IpNet, String> {
    let address = || text.parse::<IpAddr>().map(IpNet::from).ok();
    text.parse().ok().or_else(address).ok_or_else(|| {
        format!("{text:?} is not an address such as 10.0.0.7 or a network such as 10.0.0.0/24")
    })
}

impl TryFrom<Written> for Proxies {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::List(texts) => {
                texts.iter().map(|text| network(text)).collect::<Result<_, _>>().map(Self)
            }
            Written::Text(text) => text.parse(),
        }
    }
}

impl From<Proxies> for Vec<String> {
    fn from(proxies: Proxies) -> Self {
        proxies.0.iter().map(ToString::to_string).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_networks_are_read_and_anything_else_is_named() {
        let proxies: Proxies = "10.0.0.7, 192.0.2.0/24".parse().unwrap();
        assert!(proxies.contains("10.0.0.7".parse().unwrap()));
        assert!(proxies.contains("192.0.2.200".parse().unwrap()));
        assert!(!proxies.contains("10.0.0.8".parse().unwrap()));
        assert!("10.0.0.7,lb.example".parse::<Proxies>().unwrap_err().contains("\"lb.example\""));
    }
}
