//! TLS from files, which are read again when they change.

use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;
use tracing::{info, warn};

use crate::domain::Digest;

/// The protocols that are offered, the preferred one first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// The time between two looks at the files.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The certificate of the host, as it is in its files now.
pub(in crate::app) struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    current: RwLock<Loaded>,
}

#[derive(Clone)]
struct Loaded {
    /// Of both files.
    digest: Digest,
    config: Arc<ServerConfig>,
}

impl Tls {
    /// Reads the files: a certificate with its chain, and its private key, both PEM.
    pub(in crate::app) fn load(certificate: &Path, key: &Path) -> Result<Self, String> {
        let current = RwLock::new(read(certificate, key)?);
        Ok(Self { certificate: certificate.to_owned(), key: key.to_owned(), current })
    }

    /// For the next connection.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.current().config)
    }

    fn current(&self) -> Loaded {
        self.current.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }

    /// Follows the files until the future is dropped. Files that do not fit leave the certificate as it is.
    pub(in crate::app) async fn follow(self: Arc<Self>) {
        let mut is_well = true;
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let tls = Arc::clone(&self);
            let looked = tokio::task::spawn_blocking(move || tls.look()).await;
            match looked.unwrap_or_else(|error| Err(error.to_string())) {
                Ok(()) => is_well = true,
                // Once, not at every look: a renewal may have written one of two files.
                Err(error) if is_well => {
                    warn!("the certificate stays as it is: {error}");
                    is_well = false;
                }
                Err(_) => {}
            }
        }
    }

    fn look(&self) -> Result<(), String> {
        let known = self.current().digest;
        if digest(&self.certificate, &self.key)? == known {
            return Ok(());
        }
        let loaded = read(&self.certificate, &self.key)?;
        *self.current.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = loaded;
        info!(certificate = %self.certificate.display(), "the certificate has changed");
        Ok(())
    }
}

fn digest(certificate: &Path, key: &Path) -> Result<Digest, String> {
    let read = |path: &Path| std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()));
    Ok(Digest::of(&[read(certificate)?, read(key)?].concat()))
}

fn read(certificate: &Path, key: &Path) -> Result<Loaded, String> {
    let digest = digest(certificate, key)?;
    let wrong = |path: &Path, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(|error| wrong(certificate, &error))?;
    if chain.is_empty() {
        return Err(wrong(certificate, &"has no certificate in the PEM format"));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(key, &error))?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| error.to_string())?.with_no_client_auth();
    let config = builder.with_single_cert(chain, private);
    let mut config = config.map_err(|error| format!("the key does not fit the certificate: {error}"))?;
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).into();
    Ok(Loaded { digest, config: Arc::new(config) })
}
