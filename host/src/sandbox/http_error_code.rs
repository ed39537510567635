//! `http-error-code` of wasi:http, corrected for streams of bodies.

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::p2::IoError;
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::{Error, WasiHttpView};

use super::state::AttemptState;

/// The interface that [`link`] corrects, with the version under which wasmtime-wasi-http links it.
const HTTP_TYPES: &str = "wasi:http/types@0.2.12";

/// Links `http-error-code` so that it knows the errors of a body's stream.
///
/// In wasmtime-wasi-http 48 a stream fails with [`Error`], and `http-error-code` looks for an [`ErrorCode`]
/// in it: it never finds one, and a guest cannot tell an answer that is too large from a broken connection.
pub(super) fn link(linker: &mut Linker<AttemptState>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    linker.instance(HTTP_TYPES)?.func_wrap(
        "http-error-code",
        |mut store: StoreContextMut<'_, AttemptState>, (error,): (Resource<IoError>,)| {
            let code = stream_code(store.data_mut().http().table.get(&error)?);
            Ok((code,))
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

/// The code of a stream's error, if the stream is a body's.
fn stream_code(error: &IoError) -> Option<ErrorCode> {
    if let Some(code) = error.downcast_ref::<ErrorCode>() {
        return Some(code.clone());
    }
    Some(match error.downcast_ref::<Error>()? {
        Error::ConnectionTerminated => ErrorCode::ConnectionTerminated,
        Error::ConnectionReadTimeout => ErrorCode::ConnectionReadTimeout,
        Error::HttpResponseTransferCoding(coding) => ErrorCode::HttpResponseTransferCoding(coding.clone()),
        Error::HttpResponseBodySize(limit) => ErrorCode::HttpResponseBodySize(*limit),
        other => ErrorCode::InternalError(Some(other.to_string())),
    })
}

#[cfg(test)]
mod tests {
    use super::super::http_errors::body_error;
    use super::*;
    use crate::ports::BodyError;

    fn code(error: impl std::error::Error + Send + Sync + 'static) -> Option<String> {
        Some(format!("{:?}", stream_code(&IoError::new(error))?))
    }

    #[test]
    fn every_error_of_a_body_has_its_code() {
        for (error, expected) in [
            (BodyError::Broken("reset".into()), "ErrorCode::ConnectionTerminated"),
            (BodyError::TimedOut, "ErrorCode::ConnectionReadTimeout"),
            (
                BodyError::TooMuchFraming { limit_bytes: 7 },
                "ErrorCode::HttpResponseTransferCoding(Some(\"chunks that are too small\"))",
            ),
            (BodyError::TooLarge { limit_bytes: 7 }, "ErrorCode::HttpResponseBodySize(Some(7))"),
        ] {
            assert_eq!(code(body_error(&error)).as_deref(), Some(expected));
        }
    }

    #[test]
    fn errors_of_other_streams_have_none() {
        assert_eq!(code(std::io::Error::other("a file")), None);
    }
}
