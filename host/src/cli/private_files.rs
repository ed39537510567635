//! Which rights the files that this process makes give to others.

use rustix::fs::Mode;
use rustix::process::umask;

/// None, whatever the umask was: data, secrets and machine code are for the host's user alone.
pub(super) fn by_default() {
    umask(Mode::RWXG | Mode::RWXO);
}
