//! A small client to test the stand-ins: it detects a connection that is closed without a response.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use serde_json::Value;

/// A response, as text and in parts.
pub(super) struct Answer {
    pub(super) status: u16,
    /// Lower-case.
    pub(super) head: String,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("the body is JSON")
    }
}

/// Sends one request on its own connection. `None` if not a single byte is returned.
pub(super) async fn ask(url: &str, line: &str, headers: &[(&str, &str)], body: &str) -> Option<Answer> {
    let host = url.strip_prefix("http://").expect("a plain address").to_owned();
    let length = body.len();
    let mut request = format!("{line} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    request += &format!("content-length: {length}\r\n\r\n{body}");
    let exchange = tokio::task::spawn_blocking(move || exchange(&host, &request));
    let received = exchange.await.expect("the client does not panic").expect("the server listens");
    let (head, body) = received.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, head: head.to_lowercase(), body: body.to_owned() })
}

fn exchange(host: &str, request: &str) -> io::Result<String> {
    let mut connection = TcpStream::connect(host)?;
    connection.write_all(request.as_bytes())?;
    let mut received = String::new();
    // Bytes before a reset count.
    let _ = connection.read_to_string(&mut received);
    Ok(received)
}
