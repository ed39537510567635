//! The listening socket.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener as StdListener};

use listenfd::ListenFd;
use parking_lot::Mutex;
use tokio::net::TcpListener;

use super::StartError;

/// The warning for an address that other machines reach, if they do.
fn advice(address: SocketAddr) -> Option<String> {
    (!address.ip().is_loopback()).then(|| {
        format!(
            "listening on {address} without TLS: tokens, inputs and results cross the network in the clear, \
             so put a proxy in front that speaks TLS"
        )
    })
}

/// Logs a warning if other machines reach the address.
pub(super) fn warn_beyond_loopback(address: SocketAddr) {
    if let Some(advice) = advice(address) {
        tracing::warn!("{advice}");
    }
}

/// The listening socket that a service manager passed to this process, until a host takes it.
static PASSED: Mutex<Option<StdListener>> = Mutex::new(None);

/// Takes the socket that a service manager passed, if it did, for the first host that starts. Before any other thread
/// starts: it changes the environment of the process.
pub fn take_passed_socket() -> io::Result<()> {
    *PASSED.lock() = ListenFd::from_env().take_tcp_listener(0)?;
    Ok(())
}

/// The socket that was passed, or a new one at this address.
pub(super) async fn open(address: SocketAddr) -> Result<TcpListener, StartError> {
    let Some(passed) = PASSED.lock().take() else { return bind(address).await };
    let taken = passed.set_nonblocking(true).and_then(|()| TcpListener::from_std(passed));
    taken.map_err(|error| StartError::Listen(format!("cannot use the socket that was passed: {error}")))
}

/// Binds. An error names the cause and a remedy.
async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|error| {
        let advice = match error.kind() {
            ErrorKind::AddrInUse => "another program listens there; choose another port with --listen",
            ErrorKind::PermissionDenied => {
                "ports below 1024 need privileges; choose a higher one with --listen"
            }
            ErrorKind::AddrNotAvailable => {
                "this machine does not have that address; choose another with --listen"
            }
            _ => "choose another address with --listen",
        };
        StartError::Listen(format!("cannot listen on {address}: {error}; {advice}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_that_others_reach_wants_tls_in_front() {
        for quiet in ["127.0.0.1:80", "127.8.8.8:80", "[::1]:80"] {
            assert_eq!(advice(quiet.parse().unwrap()), None, "{quiet}");
        }
        for open in ["0.0.0.0:80", "192.168.1.7:80", "[::]:80"] {
            assert!(advice(open.parse().unwrap()).is_some_and(|advice| advice.contains("TLS")), "{open}");
        }
    }
}
