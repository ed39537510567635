//! Why a data directory cannot be opened.

use std::io;
use std::path::PathBuf;

use crate::domain::Distrust;

/// Why a data directory could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("the data directory {} is in use by {holder}; one host at a time can have it open", dir.display())]
    Held {
        /// The directory.
        dir: PathBuf,
        /// Its holder.
        holder: String,
    },
    /// It was written by another version.
    #[error(
        "the data directory {} has format {found}, and this version of taskbox knows format {known}: \
         use the version that wrote it", dir.display()
    )]
    Unknown {
        /// The directory.
        dir: PathBuf,
        /// Its format.
        found: String,
        /// The format of this version.
        known: &'static str,
    },
    /// Its contents cannot be read.
    #[error(
        "the data in {} is damaged: {reason}. Keep this directory as it is for an examination, and start \
         with a copy of it that was made while no host had it open", dir.display()
    )]
    Damaged {
        /// The directory.
        dir: PathBuf,
        /// The reason by sled.
        reason: String,
    },
    /// Another user could have put something there, and all that is in it would be obeyed.
    #[error("{} {distrust}; {}", path.display(), distrust.remedy(&path.display().to_string()))]
    Untrusted {
        /// The directory or file.
        path: PathBuf,
        /// Why it is not trusted.
        distrust: Distrust,
    },
    /// The file system refused.
    #[error("the data directory {} cannot be opened: {error}", dir.display())]
    Io {
        /// The directory.
        dir: PathBuf,
        /// The error of the system.
        error: io::Error,
    },
}
