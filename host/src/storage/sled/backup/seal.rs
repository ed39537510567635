//! Encryption of the secrets in a backup: AES-256-GCM, with a random nonce before each part.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};

use super::MAGIC;
use crate::ports::BackupKey;

/// Encrypts and decrypts under one key.
pub struct Seal(RandomizedNonceKey);

/// Bytes cannot be encrypted, or are not what was encrypted under this key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealBroken;

impl Seal {
    /// The seal of this key.
    pub fn new(key: &BackupKey) -> Result<Self, SealBroken> {
        RandomizedNonceKey::new(&AES_256_GCM, key.reveal()).map(Self).map_err(|_| SealBroken)
    }

    /// The encrypted bytes.
    pub fn close(&self, mut bytes: Vec<u8>) -> Result<Vec<u8>, SealBroken> {
        let nonce = self.0.seal_in_place_append_tag(Aad::from(MAGIC), &mut bytes).map_err(|_| SealBroken)?;
        Ok([&nonce.as_ref()[..], &bytes].concat())
    }

    /// The bytes that were encrypted.
    pub fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, SealBroken> {
        let (nonce, bytes) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(SealBroken)?;
        let (nonce, mut bytes) = (Nonce::assume_unique_for_key(*nonce), bytes.to_vec());
        let opened = self.0.open_in_place(nonce, Aad::from(MAGIC), &mut bytes).map_err(|_| SealBroken)?;
        Ok(opened.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_key_opens_what_it_closed() {
        let seal = |byte| Seal::new(&BackupKey::new([byte; 32])).unwrap();
        let closed = seal(1).close(b"secret".to_vec()).unwrap();
        assert!(!closed.windows(6).any(|part| part == b"secret"));
        assert_eq!(seal(1).open(&closed).as_deref(), Ok(&b"secret"[..]));
        assert_eq!(seal(2).open(&closed), Err(SealBroken));
        assert_ne!(seal(1).close(b"secret".to_vec()), Ok(closed));
    }
}
