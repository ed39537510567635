//! The listening socket.

use std::io::ErrorKind;
use std::net::SocketAddr;

use tokio::net::TcpListener;

use super::StartError;

/// Binds, or says what stands in the way and what would help.
pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
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
