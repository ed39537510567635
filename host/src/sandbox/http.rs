//! Requests of a guest: counted, handed to the [`Egress`], and their refusals remembered.
//!
//! It decides nothing about where a request may go; it never opens a connection itself.

use std::future::Future;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use http_body_util::BodyExt;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use super::activity::LastActivity;
use super::http_body::Drained;
use super::http_errors::{body_error, request_error};
use super::output::GuestOutput;
use super::under_way::{HeadUnderWay, HeadsUnderWay, Unanswered, UnansweredRequest};
use super::{fields, http_trace};
use crate::domain::{ByteSize, Limits, TraceParent};
use crate::ports::{Body, Egress, EgressError, EgressPass, EgressTimeouts};

/// Bytes of a request body that wait in the host until they are sent.
const BODY_CHUNK_BYTES: usize = 64 * 1024;

/// Bytes of a request's method and URL in a log line.
const WHAT_BYTES_MAX: usize = 1024;

/// The egress of one attempt, and what goes with every request.
#[derive(Clone)]
pub(super) struct EgressAccess {
    pub(super) egress: Arc<dyn Egress>,
    pub(super) pass: EgressPass,
    /// The trace that the attempt belongs to.
    pub(super) trace: Option<TraceParent>,
}

/// The latest refusal, until a request is let through. The code that a guest gets carries no text, so
/// the text goes by here into the outcome of the attempt.
#[derive(Clone, Default)]
pub(super) struct Denial(Arc<Mutex<Option<String>>>);

impl Denial {
    pub(super) fn text(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, text: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }
}

/// The requests of one attempt.
pub(super) struct Outbound {
    /// None for a guest that may send nothing at all.
    egress: Option<EgressAccess>,
    requests_max: u32,
    requests: u32,
    heads: HeadsUnderWay,
    unanswered: Unanswered,
    denial: Denial,
    output: GuestOutput,
    activity: LastActivity,
    attempt_over: Arc<AtomicBool>,
}

impl Outbound {
    pub(super) fn new(
        egress: Option<EgressAccess>,
        limits: &Limits,
        output: &GuestOutput,
        activity: &LastActivity,
        attempt_over: Arc<AtomicBool>,
    ) -> Self {
        Self {
            egress,
            requests_max: limits.requests,
            requests: 0,
            heads: HeadsUnderWay::default(),
            unanswered: Unanswered::default(),
            denial: Denial::default(),
            output: output.clone(),
            activity: activity.clone(),
            attempt_over,
        }
    }

    pub(super) fn denial(&self) -> Option<String> {
        self.denial.text()
    }

    /// What the guest waits for, in words, if it waits for the answer to a request.
    pub(super) fn waiting_for(&self) -> Option<String> {
        self.unanswered.in_words()
    }

    /// Bytes that the heads of requests under way keep in the host.
    pub(super) fn bytes_under_way(&self) -> usize {
        self.heads.bytes()
    }

    /// Counts a request, and gives the way out if it has one.
    fn count_request(&mut self) -> Result<EgressAccess, EgressError> {
        self.requests = self.requests.saturating_add(1);
        let Some(egress) = &self.egress else {
            return Err(EgressError::Denied("a plugin may send nothing while it describes itself".into()));
        };
        if self.requests > self.requests_max {
            return Err(EgressError::Denied(format!(
                "this attempt has sent its {} requests; raise `limits.requests` in the grant of plugin {}",
                self.requests_max, egress.pass.plugin
            )));
        }
        Ok(egress.clone())
    }
}

type Sent = Result<(http::Response<WasiBody>, Box<dyn Future<Output = Result<(), Error>> + Send>), Error>;

/// One request, from the count of requests to its answer.
struct Sending {
    /// The request, for the words about it.
    what: Arc<str>,
    unanswered: UnansweredRequest,
    head: HeadUnderWay,
    denial: Denial,
    output: GuestOutput,
    activity: LastActivity,
}

impl Sending {
    /// Hands an answer on to the guest, or says why there is none.
    fn answered(self, answer: Result<http::Response<Body>, EgressError>) -> Sent {
        self.denial.set(answer.as_ref().err().and_then(denied_text));
        match answer {
            Ok(response) => self.received(response),
            Err(error) => {
                self.output.note(&format!("{}: {error}", self.what));
                Err(request_error(error))
            }
        }
    }

    fn received(self, mut response: http::Response<Body>) -> Sent {
        let Self { what, unanswered, head, output, activity, .. } = self;
        drop(unanswered);
        activity.is(format_args!("{what} answered with {}", response.status().as_u16()));
        let bytes = fields::bytes_of(response.headers());
        if bytes > fields::SET_BYTES_MAX {
            let limit = ByteSize(fields::SET_BYTES_MAX as u64);
            output.note(&format!("{what}: the answer has more than {limit} of header fields"));
            return Err(Error::HttpResponseHeaderSectionSize(u32::try_from(limit.0).ok()));
        }
        // wasi-http drops the extensions when the guest takes the answer into its table.
        response.extensions_mut().insert(Arc::new(head.becomes(bytes)));
        let response = response.map(|body| {
            let noted = move |error| {
                output.note(&format!("{what}: {error}"));
                body_error(&error)
            };
            body.map_err(noted).boxed_unsync()
        });
        Ok((response, Box::new(async { Ok(()) }) as _))
    }
}

impl WasiHttpHooks for Outbound {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let admitted = self.count_request();
        let what = Arc::from(in_short(&request));
        let sending = Sending {
            unanswered: self.unanswered.begin(&what),
            what,
            head: self.heads.begin(fields::bytes_of_head(&request)),
            denial: self.denial.clone(),
            output: self.output.clone(),
            activity: self.activity.clone(),
        };
        let attempt_over = Arc::clone(&self.attempt_over);
        let mut request = request.map(|body| Drained::new(body, attempt_over).boxed_unsync());
        Box::new(async move {
            let answer = match admitted {
                Ok(access) => {
                    let span = http_trace::begin(access.trace.as_ref(), &mut request);
                    let answer = access.egress.send(&access.pass, request, timeouts(options)).await;
                    http_trace::end(span, &answer);
                    answer
                }
                Err(error) => Err(error),
            };
            sending.answered(answer)
        })
    }

    /// The URI alone says which host is meant; a header beside it could say another.
    fn set_host_header(&mut self) -> bool {
        false
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        BODY_CHUNK_BYTES
    }
}

/// A request in the words of a log line, bounded: they stay as long as the body of its answer.
fn in_short<B>(request: &http::Request<B>) -> String {
    let mut what = format!("{} {}", request.method(), without_query(request.uri()));
    what.truncate(what.floor_char_boundary(WHAT_BYTES_MAX));
    what
}

/// A query may carry what does not belong into a log.
fn without_query(uri: &http::Uri) -> String {
    let scheme = uri.scheme_str().unwrap_or_default();
    let authority = uri.authority().map(http::uri::Authority::as_str).unwrap_or_default();
    format!("{scheme}://{authority}{}", uri.path())
}

fn timeouts(options: Option<RequestOptions>) -> EgressTimeouts {
    let options = options.unwrap_or_default();
    EgressTimeouts {
        connect: options.connect_timeout,
        first_byte: options.first_byte_timeout,
        between_bytes: options.between_bytes_timeout,
    }
}

fn denied_text(error: &EgressError) -> Option<String> {
    match error {
        EgressError::Denied(text) => Some(text.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;

    use async_trait::async_trait;
    use futures::FutureExt;
    use http_body_util::Empty;

    use super::*;
    use crate::ports::whole_body;

    /// Answers at once, with a header field of 1,000 bytes.
    struct Answering;

    #[async_trait]
    impl Egress for Answering {
        async fn send(
            &self,
            _: &EgressPass,
            _: http::Request<Body>,
            _: EgressTimeouts,
        ) -> Result<http::Response<Body>, EgressError> {
            let body = whole_body("");
            Ok(http::Response::builder().header("x-long", "x".repeat(1_000)).body(body).unwrap())
        }
    }

    fn outbound() -> Outbound {
        let pass =
            EgressPass { plugin: "mail".parse().unwrap(), grant: Arc::default(), secrets: Arc::default() };
        let egress = EgressAccess { egress: Arc::new(Answering), pass, trace: None };
        let output = GuestOutput::new(|_: &str| (), ByteSize::kib(1));
        Outbound::new(Some(egress), &Limits::default(), &output, &LastActivity::default(), Arc::default())
    }

    #[test]
    fn the_head_of_a_request_counts_until_it_is_answered_and_that_of_the_answer_until_it_is_taken() {
        let mut outbound = outbound();
        let body = Empty::new().map_err(|never| match never {}).boxed_unsync();
        let request =
            http::Request::builder().method(&*"X".repeat(3_000)).uri("http://a/").body(body).unwrap();
        let sending = outbound.send_request(request, None, Box::new(async { Ok(()) }));
        assert!((3_000..3_100).contains(&outbound.bytes_under_way()), "{}", outbound.bytes_under_way());
        let Some(Ok((answer, _))) = Pin::from(sending).now_or_never() else {
            panic!("it is answered at once")
        };
        assert!((1_000..1_100).contains(&outbound.bytes_under_way()), "{}", outbound.bytes_under_way());
        drop(answer.into_parts().0.extensions);
        assert_eq!(outbound.bytes_under_way(), 0);
    }

    #[test]
    fn a_query_stays_out_of_the_log() {
        let uri = "https://api.example.com/v1/x?key=secret".parse().unwrap();
        assert_eq!(without_query(&uri), "https://api.example.com/v1/x");
    }

    #[test]
    fn a_long_request_is_short_in_the_log() {
        let request = |path: &str| http::Request::get(format!("http://a/{path}")).body(()).unwrap();
        assert_eq!(in_short(&request("x")), "GET http://a/x");
        assert_eq!(in_short(&request(&"x".repeat(10_000))).len(), WHAT_BYTES_MAX);
    }

    #[test]
    fn only_a_denial_is_remembered_as_one() {
        assert_eq!(denied_text(&EgressError::Denied("no".into())).as_deref(), Some("no"));
        assert_eq!(denied_text(&EgressError::Connect("no".into())), None);
    }
}
