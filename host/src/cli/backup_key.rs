//! The key of a backup, from a file.

use std::path::Path;

use anyhow::{Context, bail};

use crate::domain::Digest;
use crate::ports::BackupKey;

/// The least bytes of a key file: fewer could be guessed.
const BYTES_MIN: usize = 32;

/// What the key is derived for, so that the file gives another key elsewhere.
const PURPOSE: &[u8] = b"taskbox backup 1\n";

/// The key that a file holds. White space at its end does not count.
pub(super) fn read(file: &Path) -> anyhow::Result<BackupKey> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read the key in {}", file.display()))?;
    let key = bytes.trim_ascii_end();
    if key.len() < BYTES_MIN {
        let file = file.display();
        bail!(
            "{file} has {} bytes and a key needs {BYTES_MIN}; make one with: head -c 32 /dev/urandom | base64 > {file}",
            key.len()
        );
    }
    Ok(BackupKey::new(*Digest::of(&[PURPOSE, key].concat()).as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_long_enough_and_its_last_line_may_end() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("key");
        let of = |text: &str| {
            std::fs::write(&file, text).unwrap();
            read(&file)
        };
        assert!(of("short").unwrap_err().to_string().contains("/dev/urandom"));
        let long = "0123456789abcdef0123456789abcdef";
        assert_eq!(of(long).unwrap(), of(&format!("{long}\n")).unwrap());
        assert_ne!(of(long).unwrap(), of(&format!("1{long}")).unwrap());
    }
}
