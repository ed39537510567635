//! One request and its response, over wasi:http.
//!
//! Every resource here is a handle in the host, and a parent must not be dropped before its children: the small
//! functions are scopes that end in the right order.

use wasip2::http::outgoing_handler;
use wasip2::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, IncomingBody, IncomingResponse, Method, OutgoingBody,
    OutgoingRequest, RequestOptions, Scheme, http_error_code,
};
use wasip2::io::streams::StreamError;

use super::code::error_of;
use crate::http::{Error, Request, Response, Timeouts, url};

/// The most bytes of one call of `blocking-write-and-flush`.
const WRITE_BYTES_MAX: usize = 4096;
/// The size of one read: enough to read a small response in one call.
const READ_BYTES_MAX: u64 = 64 * 1024;

/// Sends a request and receives the whole response.
pub(super) fn send(request: Request) -> Result<Response, Error> {
    let outgoing = head(&request)?;
    let body = outgoing.body().map_err(|()| invalid("it has no body"))?;
    let options = options(request.timeouts);
    let answer = outgoing_handler::handle(outgoing, Some(options)).map_err(error_of)?;
    // A write fails because the host refused the request, the connection broke, or the server responded before it had
    // read everything. In each case the response has the better error.
    let _ = write(body, &request.body);
    receive(&answer)
}

/// The request without its body.
fn head(request: &Request) -> Result<OutgoingRequest, Error> {
    let url = url::parse(&request.url)?;
    let headers = Fields::from_list(&request.headers)
        .map_err(|error| Error::Invalid(format!("a header cannot be sent: {error:?}")))?;
    let scheme = if url.secure { Scheme::Https } else { Scheme::Http };
    let head = OutgoingRequest::new(headers);
    head.set_method(&method(&request.method)).map_err(|()| invalid("its method cannot be sent"))?;
    head.set_scheme(Some(&scheme)).map_err(|()| invalid("its scheme cannot be sent"))?;
    head.set_authority(Some(url.authority)).map_err(|()| invalid("its host name cannot be sent"))?;
    head.set_path_with_query(Some(&url.path_and_query)).map_err(|()| invalid("its path cannot be sent"))?;
    Ok(head)
}

fn method(name: &str) -> Method {
    match name {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        "CONNECT" => Method::Connect,
        "OPTIONS" => Method::Options,
        "TRACE" => Method::Trace,
        "PATCH" => Method::Patch,
        other => Method::Other(other.to_owned()),
    }
}

/// The timeouts as options. Those that the host does not support are left to its defaults.
fn options(timeouts: Timeouts) -> RequestOptions {
    let ns = |timeout: std::time::Duration| u64::try_from(timeout.as_nanos()).ok();
    let options = RequestOptions::new();
    let _ = options.set_connect_timeout(ns(timeouts.connect));
    let _ = options.set_first_byte_timeout(ns(timeouts.first_byte));
    let _ = options.set_between_bytes_timeout(ns(timeouts.between_bytes));
    options
}

fn write(body: OutgoingBody, bytes: &[u8]) -> Result<(), Error> {
    {
        let stream = body.write().map_err(|()| invalid("its body cannot be written"))?;
        for piece in bytes.chunks(WRITE_BYTES_MAX) {
            stream.blocking_write_and_flush(piece).map_err(stream_error)?;
        }
    }
    OutgoingBody::finish(body, None).map_err(error_of)
}

fn receive(answer: &FutureIncomingResponse) -> Result<Response, Error> {
    answer.subscribe().block();
    let response = match answer.get() {
        Some(Ok(received)) => received.map_err(error_of)?,
        // Ready, but empty or already taken: the host violated its contract, and a retry may work.
        Some(Err(())) | None => return Err(Error::Broken("the host lost the answer".to_owned())),
    };
    let body = read(&response)?;
    let headers = response.headers().entries();
    Ok(Response::new(response.status(), headers, body))
}

fn read(response: &IncomingResponse) -> Result<Vec<u8>, Error> {
    let taken = |()| Error::Broken("the host lost the body".to_owned());
    let body: IncomingBody = response.consume().map_err(taken)?;
    let stream = body.stream().map_err(taken)?;
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(READ_BYTES_MAX) {
            Ok(piece) => bytes.extend_from_slice(&piece),
            Err(StreamError::Closed) => return Ok(bytes),
            Err(error) => return Err(stream_error(error)),
        }
    }
}

/// The error of a stream, by its HTTP error code if it has one.
fn stream_error(error: StreamError) -> Error {
    match error {
        StreamError::Closed => Error::Broken("the other side closed it".to_owned()),
        StreamError::LastOperationFailed(cause) => match http_error_code(&cause) {
            Some(code) => error_of(code),
            None => error_of(ErrorCode::InternalError(Some(cause.to_debug_string()))),
        },
    }
}

fn invalid(why: &str) -> Error {
    Error::Invalid(why.to_owned())
}
