//! The host under a service manager: a socket that is passed to it, and what it says of itself.

use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Stdio;

use taskbox_tests::binaries;
use taskbox_tests::host::PATIENCE;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixDatagram};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// The listening socket on descriptor 3, as systemd passes it, then the host in the place of the shell.
const PASS_SOCKET: &str = r#"exec 3<&0 0</dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec "$@""#;

/// A service manager: a socket that it keeps open, and one to which the host reports.
struct Manager {
    place: TempDir,
    socket: TcpListener,
    reports: UnixDatagram,
}

impl Manager {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let reports = UnixDatagram::bind(place.path().join("notify")).unwrap();
        Self { socket: TcpListener::bind("127.0.0.1:0").unwrap(), place, reports }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.place.path().join(name)
    }

    fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    fn start(&self, data: &Path) -> Child {
        let socket = OwnedFd::from(self.socket.try_clone().unwrap());
        Command::new("sh")
            .args(["-c", PASS_SOCKET, "sh"])
            .arg(binaries::taskbox())
            .args(["serve", "--listen", "127.0.0.1:1", "--log", "warn", "--data"])
            .arg(data)
            .env("NOTIFY_SOCKET", self.path("notify"))
            .env("WATCHDOG_USEC", "200000")
            .stdin(Stdio::from(socket))
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap()
    }

    /// Waits until the host reports this.
    async fn hears(&self, wanted: &str) {
        let mut report = [0; 512];
        let hears = async {
            loop {
                let length = self.reports.recv(&mut report).await.unwrap();
                let report = String::from_utf8_lossy(&report[..length]).into_owned();
                if report.lines().any(|line| line == wanted) {
                    return;
                }
            }
        };
        timeout(PATIENCE, hears).await.unwrap_or_else(|_| panic!("no {wanted} in time"));
    }
}

async fn ends_in_order(mut host: Child) {
    let pid = host.id().unwrap().to_string();
    assert!(Command::new("kill").arg(pid).status().await.unwrap().success());
    assert!(timeout(PATIENCE, host.wait()).await.expect("it ends in time").unwrap().success());
}

/// Sends a request and does not wait for the answer.
async fn ask(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.expect("it is not refused");
    stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.unwrap();
    stream
}

async fn answered(mut stream: TcpStream) {
    let mut answer = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut answer)).await.expect("in time").unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[tokio::test]
async fn a_restart_refuses_no_connection_and_the_manager_hears_of_it() {
    let manager = Manager::new();
    let data = manager.path("data");
    let first = manager.start(&data);
    manager.hears("READY=1").await;
    answered(ask(manager.address()).await).await;
    manager.hears("WATCHDOG=1").await;
    ends_in_order(first).await;
    manager.hears("STOPPING=1").await;
    // No host runs: the connection waits in the socket.
    let between = ask(manager.address()).await;
    let second = manager.start(&data);
    answered(between).await;
    manager.hears("READY=1").await;
    ends_in_order(second).await;
}

#[tokio::test]
async fn a_socket_that_others_reach_is_refused_without_a_token() {
    let manager = Manager { socket: TcpListener::bind("0.0.0.0:0").unwrap(), ..Manager::new() };
    let mut host = manager.start(&manager.path("data"));
    let ended = timeout(PATIENCE, host.wait()).await.expect("it ends in time").unwrap();
    assert!(!ended.success());
}
