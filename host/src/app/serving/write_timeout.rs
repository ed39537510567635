//! A socket with a timeout for writes.

use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use crate::metering::catalog::CONNECTIONS_CLOSED;

/// A TCP stream on which a write fails when it makes no progress for a time.
///
/// A client that reads nothing fills the buffers between it and the host, after which every write waits. A response
/// with nothing to send writes nothing, so that a quiet stream of events may last.
pub(super) struct WriteTimeout {
    stream: TcpStream,
    patience: Duration,
    /// Runs while a write waits for the client.
    stuck: Option<Pin<Box<Sleep>>>,
}

impl WriteTimeout {
    pub(super) fn new(stream: TcpStream, patience: Duration) -> Self {
        Self { stream, patience, stuck: None }
    }

    /// Times a write: a pending one must become ready within the timeout.
    fn timed<T>(&mut self, context: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stuck = None;
            return written;
        }
        let patience = self.patience;
        let timer = self.stuck.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(timer.as_mut().poll(context));
        CONNECTIONS_CLOSED.with(["reads-nothing"]).increment(1);
        Poll::Ready(Err(io::Error::new(ErrorKind::TimedOut, "the client reads nothing")))
    }
}

impl Drop for WriteTimeout {
    fn drop(&mut self) {
        if self.stuck.is_some() {
            // The system would keep the unread bytes for many minutes.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for WriteTimeout {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for WriteTimeout {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.timed(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.timed(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    async fn pair(patience: Duration) -> (WriteTimeout, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        (WriteTimeout::new(stream, patience), client)
    }

    #[tokio::test]
    async fn a_write_that_nobody_reads_fails() {
        let (mut host, _client) = pair(Duration::from_millis(50)).await;
        let block = vec![0; 1 << 20];
        let writing = async { while host.write_all(&block).await.is_ok() {} };
        tokio::time::timeout(Duration::from_secs(30), writing).await.expect("the write fails");
    }

    #[tokio::test]
    async fn a_slow_reader_is_waited_for_as_long_as_it_reads() {
        let patience = Duration::from_millis(400);
        let (mut host, mut client) = pair(patience).await;
        let writing = tokio::spawn(async move { host.write_all(&vec![0; 32 << 20]).await });
        let mut read = vec![0; 4 << 20];
        for _ in 0..8 {
            tokio::time::sleep(patience / 4).await;
            client.read_exact(&mut read).await.unwrap();
        }
        writing.await.unwrap().expect("it was all read, in twice the patience");
    }
}
