//! The limit of open files and sockets of this process.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Raises the limit to the most that the system allows. The usual limit is 1024, and every attempt that waits for a
/// response holds a socket. When the system refuses, the limit stays.
pub(super) fn raise_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
}
