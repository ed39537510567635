//! The error codes of wasi:http as [`Error`]s.

use wasip2::http::types::{ErrorCode as Code, FieldSizePayload, TlsAlertReceivedPayload};

use crate::http::Error;

/// The error of a code. It decides for every code whether the same request may succeed later, without a default.
pub(super) fn error_of(code: Code) -> Error {
    match code {
        Code::HttpRequestDenied => Error::Denied("the attempt's log names the missing line".to_owned()),
        Code::DestinationIpProhibited => {
            Error::Denied("the server's address is in no granted network".to_owned())
        }

        Code::DnsTimeout => Error::Timeout("the name server did not answer".to_owned()),
        Code::ConnectionTimeout => Error::Timeout("connecting took too long".to_owned()),
        Code::ConnectionReadTimeout => Error::Timeout("the server stopped sending".to_owned()),
        Code::ConnectionWriteTimeout => Error::Timeout("the server stopped receiving".to_owned()),
        Code::HttpResponseTimeout => Error::Timeout("the server sent no response".to_owned()),

        Code::DnsError(dns) => {
            let text = dns.rcode.unwrap_or_else(|| "the name cannot be resolved".to_owned());
            Error::Connect(text)
        }
        Code::DestinationNotFound => Error::Connect("the server was not found".to_owned()),
        Code::DestinationUnavailable => Error::Connect("the server is not available".to_owned()),
        Code::DestinationIpUnroutable => Error::Connect("there is no route to the server".to_owned()),
        Code::ConnectionRefused => Error::Connect("the connection was refused".to_owned()),
        Code::ConnectionLimitReached => Error::Connect("too many connections are open".to_owned()),
        Code::TlsProtocolError => Error::Connect("the TLS handshake failed".to_owned()),
        Code::TlsCertificateError => Error::Connect("the server's certificate is not valid".to_owned()),
        Code::TlsAlertReceived(alert) => Error::Connect(tls_alert(alert)),
        Code::LoopDetected => Error::Connect("a proxy detected a loop".to_owned()),

        Code::ConnectionTerminated => Error::Broken("the connection was closed".to_owned()),
        Code::HttpResponseIncomplete => Error::Broken("the response ended early".to_owned()),
        Code::HttpProtocolError => Error::Broken("the response is not valid HTTP".to_owned()),
        Code::InternalError(detail) => {
            Error::Broken(detail.unwrap_or_else(|| "the host did not say why".to_owned()))
        }

        Code::HttpRequestMethodInvalid => Error::Invalid("the method is not valid".to_owned()),
        Code::HttpRequestUriInvalid => Error::Invalid("the URL is not valid".to_owned()),
        Code::HttpRequestUriTooLong => Error::Invalid("the URL is too long".to_owned()),
        Code::HttpRequestLengthRequired => Error::Invalid("the server requires its length".to_owned()),
        Code::HttpRequestBodySize(limit) => Error::Invalid(too_large("the body", limit)),
        Code::HttpRequestHeaderSectionSize(limit) => Error::Invalid(too_large("the head", limit)),
        Code::HttpRequestHeaderSize(field) => Error::Invalid(field_too_large("header", field)),
        Code::HttpRequestTrailerSectionSize(limit) => Error::Invalid(too_large("the trailers", limit)),
        Code::HttpRequestTrailerSize(field) => Error::Invalid(field_too_large("trailer", Some(field))),
        Code::HttpUpgradeFailed => Error::Invalid("the protocol upgrade failed".to_owned()),
        Code::ConfigurationError => {
            Error::Invalid("the host's configuration is wrong; the attempt's log says why".to_owned())
        }

        Code::HttpResponseBodySize(limit) => Error::TooLarge(format!(
            "{}; raise `limits.response_bytes` in the plugin's grant",
            too_large("the body", limit)
        )),
        Code::HttpResponseHeaderSectionSize(limit) => Error::TooLarge(too_large("the head", limit)),
        Code::HttpResponseHeaderSize(field) => Error::TooLarge(field_too_large("header", Some(field))),
        Code::HttpResponseTrailerSectionSize(limit) => Error::TooLarge(too_large("the trailers", limit)),
        Code::HttpResponseTrailerSize(field) => Error::TooLarge(field_too_large("trailer", Some(field))),

        Code::HttpResponseContentCoding(coding) => Error::Unreadable(encoded("content", coding)),
        Code::HttpResponseTransferCoding(coding) => Error::Unreadable(encoded("transfer", coding)),
    }
}

fn too_large(what: &str, limit: Option<impl Into<u64>>) -> String {
    match limit {
        Some(limit) => format!("{what} exceeds {} bytes", limit.into()),
        None => format!("{what} is too large"),
    }
}

fn field_too_large(what: &str, field: Option<FieldSizePayload>) -> String {
    let name = field.and_then(|field| field.field_name);
    match name {
        Some(name) => format!("{what} {name:?} is too large"),
        None => format!("{what} is too large"),
    }
}

fn encoded(what: &str, coding: Option<String>) -> String {
    let coding = coding.unwrap_or_else(|| "unknown".to_owned());
    format!("unsupported {what} coding: {coding}")
}

fn tls_alert(alert: TlsAlertReceivedPayload) -> String {
    let text = alert.alert_message.unwrap_or_else(|| "the server gave no reason".to_owned());
    format!("the server ended the TLS handshake: {text}")
}

#[cfg(test)]
mod tests {
    use wasip2::http::types::DnsErrorPayload;

    use super::*;
    use crate::TaskError;

    const RETRYABLE: bool = true;
    const PERMANENT: bool = false;

    fn field() -> FieldSizePayload {
        FieldSizePayload { field_name: Some("x-mine".to_owned()), field_size: Some(9) }
    }

    /// Every code that there is, what follows from it, and words that its text must have.
    fn table() -> Vec<(Code, bool, &'static str)> {
        let dns = |rcode: Option<&str>| {
            Code::DnsError(DnsErrorPayload { rcode: rcode.map(str::to_owned), info_code: None })
        };
        let alert = TlsAlertReceivedPayload { alert_id: None, alert_message: Some("bad record".to_owned()) };
        let silent_alert = TlsAlertReceivedPayload { alert_id: Some(1), alert_message: None };
        vec![
            (Code::DnsTimeout, RETRYABLE, "no answer in time: the name server"),
            (dns(Some("a.example: unknown")), RETRYABLE, "no connection: a.example: unknown"),
            (dns(None), RETRYABLE, "no connection: the name"),
            (Code::DestinationNotFound, RETRYABLE, "not found"),
            (Code::DestinationUnavailable, RETRYABLE, "not available"),
            (Code::DestinationIpProhibited, PERMANENT, "grant does not allow this request"),
            (Code::DestinationIpUnroutable, RETRYABLE, "no route"),
            (Code::ConnectionRefused, RETRYABLE, "no connection: the connection was refused"),
            (Code::ConnectionTerminated, RETRYABLE, "the connection broke"),
            (Code::ConnectionTimeout, RETRYABLE, "connecting took too long"),
            (Code::ConnectionReadTimeout, RETRYABLE, "no answer in time: the server stopped sending"),
            (Code::ConnectionWriteTimeout, RETRYABLE, "stopped receiving"),
            (Code::ConnectionLimitReached, RETRYABLE, "too many connections"),
            (Code::TlsProtocolError, RETRYABLE, "TLS handshake"),
            (Code::TlsCertificateError, RETRYABLE, "certificate"),
            (Code::TlsAlertReceived(alert), RETRYABLE, "bad record"),
            (Code::TlsAlertReceived(silent_alert), RETRYABLE, "no reason"),
            (Code::HttpRequestDenied, PERMANENT, "the attempt's log"),
            (Code::HttpRequestLengthRequired, PERMANENT, "its length"),
            (Code::HttpRequestBodySize(Some(7)), PERMANENT, "the body exceeds 7 bytes"),
            (Code::HttpRequestMethodInvalid, PERMANENT, "the method"),
            (Code::HttpRequestUriInvalid, PERMANENT, "the URL"),
            (Code::HttpRequestUriTooLong, PERMANENT, "too long"),
            (Code::HttpRequestHeaderSectionSize(None), PERMANENT, "the head is too large"),
            (Code::HttpRequestHeaderSize(Some(field())), PERMANENT, "\"x-mine\""),
            (Code::HttpRequestTrailerSectionSize(Some(8)), PERMANENT, "the trailers"),
            (Code::HttpRequestTrailerSize(field()), PERMANENT, "trailer \"x-mine\""),
            (Code::HttpResponseIncomplete, RETRYABLE, "ended early"),
            (Code::HttpResponseHeaderSectionSize(Some(9)), PERMANENT, "the head exceeds 9 bytes"),
            (Code::HttpResponseHeaderSize(field()), PERMANENT, "too large: header \"x-mine\""),
            (
                Code::HttpResponseBodySize(Some(7)),
                PERMANENT,
                "exceeds 7 bytes; raise `limits.response_bytes`",
            ),
            (Code::HttpResponseTrailerSectionSize(None), PERMANENT, "too large: the trailers"),
            (Code::HttpResponseTrailerSize(field()), PERMANENT, "trailer"),
            (Code::HttpResponseTransferCoding(Some("gzip".to_owned())), PERMANENT, "transfer coding: gzip"),
            (Code::HttpResponseContentCoding(Some("br".to_owned())), PERMANENT, "content coding: br"),
            (Code::HttpResponseTimeout, RETRYABLE, "sent no response"),
            (Code::HttpUpgradeFailed, PERMANENT, "upgrade"),
            (Code::HttpProtocolError, RETRYABLE, "not valid HTTP"),
            (Code::LoopDetected, RETRYABLE, "a loop"),
            (Code::ConfigurationError, PERMANENT, "configuration"),
            (Code::InternalError(Some("the cable is cut".to_owned())), RETRYABLE, "broke: the cable is cut"),
            (Code::InternalError(None), RETRYABLE, "did not say why"),
        ]
    }

    #[test]
    fn every_code_says_what_went_wrong_and_whether_to_try_again() {
        for (code, retryable, words) in table() {
            let name = format!("{code:?}");
            let error = error_of(code);
            let text = error.to_string();
            assert!(text.contains(words), "{name}: {text}");
            assert_eq!(matches!(TaskError::from(error), TaskError::Retryable(_)), retryable, "{name}");
        }
    }

    #[test]
    fn no_code_is_missing_in_the_table() {
        let mut names: Vec<String> = table().iter().map(|(code, ..)| name(code)).collect();
        names.dedup();
        assert_eq!(names.len(), 39, "{names:?}");
    }

    fn name(code: &Code) -> String {
        let text = format!("{code:?}");
        text.split('(').next().unwrap_or_default().to_owned()
    }
}
