//! `taskbox plugin test`, as it is typed in a folder, and what it prints.

use std::path::Path;
use std::process::Output;

use serde_json::Value;
use tokio::process::Command;

use crate::binaries::{self, target_of_authors, workspace};

/// Runs `taskbox plugin test` with these arguments in a folder, with the tools that `make` installs.
pub async fn plugin_test(folder: &Path, arguments: &[&str]) -> Ended {
    let mut command = Command::new(binaries::taskbox());
    command
        .args(["plugin", "test"])
        .args(arguments)
        .current_dir(folder)
        .env("TASKBOX_HOST", "http://127.0.0.1:1")
        .env("XDG_CACHE_HOME", workspace().join("target/tmp"))
        .env("VIRTUAL_ENV", workspace().join("target/tools/python"))
        .env("CARGO_TARGET_DIR", target_of_authors())
        // The crates are those of the workspace, which are there.
        .env("CARGO_NET_OFFLINE", "true")
        .kill_on_drop(true);
    Ended::of(command.output().await.expect("the taskbox program runs"))
}

/// What a command printed, and its status.
pub struct Ended {
    status: i32,
    stdout: String,
    stderr: String,
}

impl Ended {
    /// Reads what a program printed, which must have ended by itself.
    pub fn of(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let status = output.status.code().expect("it ends by itself");
        Self { status, stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// Checks the status, and returns everything that was printed.
    pub fn with(self, status: i32) -> String {
        assert_eq!(self.status, status, "{}{}", self.stdout, self.stderr);
        format!("{}{}", self.stdout, self.stderr)
    }

    /// Checks the status and that nothing was printed but errors, which it returns.
    pub fn failed(self, status: i32) -> String {
        assert_eq!((self.status, self.stdout.as_str()), (status, ""), "{}", self.stderr);
        self.stderr
    }

    /// Checks the status, and reads what was printed as JSON.
    pub fn json(self, status: i32) -> Value {
        assert_eq!(self.status, status, "{}{}", self.stdout, self.stderr);
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }
}

/// Fails unless all of these words were said.
pub fn assert_says(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "{word:?} is not in\n{said}");
    }
}
