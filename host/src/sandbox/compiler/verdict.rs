//! The verdict on a component, by the end of its child process.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use rustix::process::Signal;

use super::program::{CODE_BYTES_MAX, CompileOrder, INVALID};
use crate::domain::{Digest, format_duration};
use crate::ports::{Unfit, Unready};
use crate::sandbox::fit::{malformed, unfit};

/// What to do about a component that takes too much to compile.
const SIMPLER: &str = "split what is large in it into smaller functions or several plugins";

/// The exit status of a Rust program that panicked.
const PANICKED: i32 = 101;

/// What Rust's allocator and the system say when there is no more memory.
const NO_MEMORY: [&str; 2] = ["memory allocation of", "os error 12)"];

/// Errors of the system, in words and in a panic, when it starts no more threads.
const NO_THREAD: [&str; 2] = ["os error 11)", "code: 11,"];

/// Why there is no code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoCode {
    /// For a reason that is the same whoever asks.
    Because(Unready),
    /// The compiler broke down, over this component or over the state of the machine.
    BrokeDown(Unfit),
}

impl NoCode {
    /// What it means for an upload: a component that breaks the compiler does not fit.
    pub(super) fn of_upload(self) -> Unready {
        match self {
            Self::Because(unready) => unready,
            Self::BrokeDown(unfit) => Unready::Unfit(unfit),
        }
    }

    /// What it means for a component that was compiled when it was uploaded: nothing that must stay so.
    pub(super) fn of_stored(self) -> Unready {
        match self {
            Self::Because(unready) => unready,
            Self::BrokeDown(unfit) => Unready::Later(unfit.reason),
        }
    }
}

impl From<Unready> for NoCode {
    fn from(unready: Unready) -> Self {
        Self::Because(unready)
    }
}

impl From<Unfit> for NoCode {
    fn from(unfit: Unfit) -> Self {
        Self::Because(unfit.into())
    }
}

fn later(reason: impl Into<String>) -> NoCode {
    Unready::Later(reason.into()).into()
}

/// The digest of the code that was compiled, or why there is none.
pub(super) fn of(status: ExitStatus, said: &str, order: &CompileOrder) -> Result<Digest, NoCode> {
    let said = said.trim();
    if status.success() {
        return said.parse().map_err(|_| later(format!("the compiler answered {said:?}, no digest")));
    }
    Err(failed(status, said, order))
}

fn failed(status: ExitStatus, said: &str, order: &CompileOrder) -> NoCode {
    let says = |words: &[&str]| words.iter().any(|words| said.contains(words));
    let ended_by = |signal: Signal| status.signal() == Some(signal.as_raw());
    if ended_by(Signal::KILL) {
        later("the compiler was killed, most likely because the machine has no memory left")
    } else if says(&NO_MEMORY) {
        too_much_memory(order).into()
    } else if ended_by(Signal::XCPU) {
        too_much_time(order).into()
    } else if ended_by(Signal::XFSZ) {
        too_much_code().into()
    } else if status.code() == Some(INVALID.into()) {
        malformed(&said).into()
    } else if says(&NO_THREAD) {
        later("the machine starts no more threads, which the compiler needs")
    } else if status.code() == Some(PANICKED) || status.signal().is_some() {
        let reason = format!("the compiler broke down on this component ({status}): {said}");
        NoCode::BrokeDown(unfit(reason, SIMPLER))
    } else {
        later(format!("the compiler failed ({status}): {said}"))
    }
}

fn too_much_memory(order: &CompileOrder) -> Unfit {
    unfit(
        format!("compiling this component takes more memory than the {} of `compile_memory`", order.memory),
        format!("{SIMPLER}, or raise `compile_memory` in the host's settings"),
    )
}

fn too_much_time(order: &CompileOrder) -> Unfit {
    let time = format_duration(order.cpu);
    unfit(
        format!("compiling this component takes more CPU time than the {time} of `compile_time`"),
        format!("{SIMPLER}, or raise `compile_time` in the host's settings"),
    )
}

fn too_much_code() -> Unfit {
    unfit(format!("the machine code of this component is larger than {CODE_BYTES_MAX}"), SIMPLER)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::ByteSize;

    const ORDER: CompileOrder = CompileOrder {
        memory: ByteSize::mib(64),
        cpu: Duration::from_secs(3),
        images: true,
        functions: None,
    };

    /// The status of a process that exited with `code`, or was ended by `signal`.
    fn status(code: i32, signal: i32) -> ExitStatus {
        ExitStatus::from_raw(code << 8 | signal)
    }

    fn refusal(status: ExitStatus, said: &str) -> Unready {
        of(status, said, &ORDER).unwrap_err().of_upload()
    }

    fn refusal_of_stored(status: ExitStatus, said: &str) -> Unready {
        of(status, said, &ORDER).unwrap_err().of_stored()
    }

    #[test]
    fn code_is_taken_by_its_digest_only() {
        let digest = Digest::of(b"code");
        assert_eq!(of(status(0, 0), &format!("{digest}\n"), &ORDER), Ok(digest));
        assert!(matches!(refusal(status(0, 0), ""), Unready::Later(_)));
    }

    #[test]
    fn a_limit_that_was_met_is_named_with_its_value() {
        let time = refusal(status(0, Signal::XCPU.as_raw()), "");
        assert!(time.to_string().contains("3s of `compile_time`"), "{time}");
        for said in ["memory allocation of 5 bytes failed", "Cannot allocate memory (os error 12)"] {
            let memory = refusal(status(0, Signal::ABORT.as_raw()), said);
            assert!(memory.to_string().contains("64MiB of `compile_memory`"), "{memory}");
        }
        let code = refusal(status(0, Signal::XFSZ.as_raw()), "");
        assert!(code.to_string().contains("larger than 256MiB"), "{code}");
    }

    #[test]
    fn a_component_is_not_blamed_for_a_kill_from_outside() {
        assert!(matches!(refusal(status(0, Signal::KILL.as_raw()), ""), Unready::Later(_)));
        assert!(
            matches!(refusal(status(1, 0), "offset 7"), Unready::Unfit(unfit) if unfit.reason.contains("offset 7"))
        );
        assert!(matches!(refusal(status(3, 0), "Broken pipe (os error 32)"), Unready::Later(_)));
    }

    #[test]
    fn a_component_is_not_blamed_for_a_machine_that_starts_no_more_threads() {
        for (code, said) in [
            (3, "Resource temporarily unavailable (os error 11)"),
            (101, "failed to spawn thread: Os { code: 11, kind: WouldBlock, message: \"...\" }"),
            (
                101,
                "The global thread pool has not been initialized.: ThreadPoolBuildError { kind: IOError(Os { \
                 code: 11, kind: WouldBlock, message: \"Resource temporarily unavailable\" }) }",
            ),
        ] {
            let refusal = refusal(status(code, 0), said);
            assert!(matches!(&refusal, Unready::Later(reason) if reason.contains("threads")), "{refusal}");
        }
    }

    #[test]
    fn a_compiler_that_breaks_down_refuses_an_upload_and_is_tried_again_for_what_is_stored() {
        for status in [status(101, 0), status(0, Signal::SEGV.as_raw())] {
            assert!(matches!(refusal(status, "panicked at"), Unready::Unfit(_)), "{status}");
            assert!(matches!(refusal_of_stored(status, "panicked at"), Unready::Later(_)), "{status}");
        }
        assert!(matches!(refusal_of_stored(status(1, 0), "offset 7"), Unready::Unfit(_)));
    }
}
