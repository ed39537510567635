//! The mode of the files that this process creates.

use rustix::fs::Mode;
use rustix::process::umask;

/// Sets a umask that gives other users no access: data, secrets and machine code are for the host's user alone.
pub(super) fn by_default() {
    umask(Mode::RWXG | Mode::RWXO);
}
