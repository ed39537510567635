//! Connections that keep to their budget, below the encryption, so that its bytes count too.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::FutureExt;
use futures::future::BoxFuture;
use http::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tower_service::Service;

use super::budget::WireBudget;
use super::connecting::BoxError;
use super::resolver::GuardedResolver;

/// Opens connections with a budget.
#[derive(Clone)]
pub(super) struct BudgetedConnector(pub(super) HttpConnector<GuardedResolver>);

impl Service<Uri> for BudgetedConnector {
    type Response = TokioIo<Budgeted<TcpStream>>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, destination: Uri) -> Self::Future {
        let connect = self.0.call(destination);
        async move {
            let stream = connect.await?.into_inner();
            Ok(TokioIo::new(Budgeted { stream, budget: WireBudget::new() }))
        }
        .boxed()
    }
}

/// A stream whose reading ends when its budget does. The budget is found among the extensions of each answer.
pub(super) struct Budgeted<S> {
    stream: S,
    budget: WireBudget,
}

impl<S: Connection> Connection for Budgeted<S> {
    fn connected(&self) -> Connected {
        self.stream.connected().extra(self.budget.clone())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Budgeted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.budget.check().map_err(io::Error::other)?;
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        self.budget.charge(buffer.filled().len() - before);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Budgeted<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::super::budget::{BudgetSpent, OVERHEAD_BYTES_MAX};
    use super::*;

    #[tokio::test]
    async fn reading_ends_with_the_budget_and_goes_on_when_it_is_renewed() {
        let budget = WireBudget::new();
        let mut stream = Budgeted { stream: tokio::io::repeat(7), budget: budget.clone() };
        let mut read = 0;
        let mut buffer = [0; 4096];
        let error = loop {
            match stream.read(&mut buffer).await {
                Ok(bytes) => read += bytes as u64,
                Err(error) => break error,
            }
        };
        assert!(error.get_ref().is_some_and(|error| error.is::<BudgetSpent>()), "{error}");
        // While it reads some more is allowed for, in a second a sixteenth.
        let most = u64::from(OVERHEAD_BYTES_MAX);
        assert!((most..2 * most).contains(&read), "{read}");
        budget.renew();
        assert_eq!(stream.read(&mut buffer).await.unwrap(), buffer.len());
    }
}
