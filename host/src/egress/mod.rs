//! Outbound HTTP of plugins: the adapter to hyper.
//!
//! It sends what the grant allows, to addresses that the grant allows, and nothing else: it must never follow
//! a redirect, ask a proxy, keep a cookie, or let a secret out anywhere but in a header of a bound request.
//! What is allowed is decided in [`crate::domain::egress_policy`]; here it is only carried out.
//!
//! One request goes through these steps, each a file: the URL is judged (`http_egress`), headers are cleaned
//! and secrets put in (`headers`, `secrets`), a client is chosen (`clients`, `tls`), the name is resolved and its
//! addresses are judged (`resolver`, `lookup`), connecting and waiting are timed (`waiting`, `connecting`), what
//! the server sends is counted (`budget`, `budgeted`), and the answer is streamed under its limits
//! (`response_body`) and without the plugin's secrets (`encoding`, `mask`, `masked_body`).

mod budget;
mod budgeted;
mod clients;
mod connecting;
mod encoding;
mod failures;
mod headers;
mod http_egress;
mod lookup;
mod mask;
mod masked_body;
mod meters;
mod resolver;
mod response_body;
mod secrets;
mod tls;
mod waiting;

#[cfg(test)]
mod tests;

pub use http_egress::HttpEgress;
