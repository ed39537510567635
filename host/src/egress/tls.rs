//! Which servers are believed, and which protocol they are offered.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;

/// One HTTP/2 connection would carry all requests to a server: a hundred at a time at most, each waiting for
/// the lost packets of the others, and all failing with it. HTTP/1 opens one for each.
const PROTOCOL: &[u8] = b"http/1.1";

/// The settings of every client: the certificates of the operating system.
pub(super) fn config() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let with_certificates = builder.clone().with_platform_verifier();
    let builder = with_certificates.unwrap_or_else(|error| {
        // A bare container may have no certificates at all. Plain http must work there none the less.
        tracing::warn!(%error, "no CA certificates were found: https requests of plugins will fail");
        builder.with_root_certificates(RootCertStore::empty())
    });
    let mut config = builder.with_no_client_auth();
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Ok(config)
}
