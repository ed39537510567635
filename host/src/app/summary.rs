//! What a host chose when it started, in a few lines.

use std::path::PathBuf;

use super::Settings;
use crate::domain::ByteSize;
use crate::ports::StorageUsage;
use crate::sandbox::Allocation;

/// What a host chose.
#[derive(Debug, Clone)]
pub struct Summary {
    data: PathBuf,
    usage: StorageUsage,
    memory: ByteSize,
    request_memory: ByteSize,
    connections: usize,
    tokens: usize,
    allocation: Allocation,
}

impl Summary {
    /// What a host with these settings chose.
    pub(super) fn new(settings: &Settings, usage: StorageUsage, allocation: Allocation) -> Self {
        Self {
            data: settings.data.clone(),
            usage,
            memory: settings.memory(),
            request_memory: settings.request_memory(),
            connections: settings.connections,
            tokens: settings.tokens.len(),
            allocation,
        }
    }

    /// Its lines: each a word, and what is chosen.
    pub fn lines(&self) -> [(&'static str, String); 5] {
        [
            ("data", self.data_line()),
            ("sandbox", self.sandbox_line()),
            (
                "memory",
                format!("{}, {} of it for requests", size(self.memory.0), size(self.request_memory.0)),
            ),
            ("clients", format!("{} at the same time", self.connections)),
            ("tokens", self.tokens_line()),
        ]
    }

    fn data_line(&self) -> String {
        let (bytes, free) = (size(self.usage.bytes), size(self.usage.free_bytes));
        format!("{}: {bytes}, {} jobs; {free} free", self.data.display(), self.usage.jobs)
    }

    fn sandbox_line(&self) -> String {
        let Allocation { pooled, attempts, images, attempts_with_images } = self.allocation;
        let from = if pooled { "from a pool" } else { "on demand" };
        let data = match (images, attempts_with_images) {
            (true, _) => "data mapped".to_owned(),
            (false, 0) => "data copied".to_owned(),
            (false, large) => format!("data copied; mapped for {large} large ones"),
        };
        format!("{attempts} attempts {from}, {data}")
    }

    fn tokens_line(&self) -> String {
        match self.tokens {
            0 => "none: every process of this machine has access".to_owned(),
            1 => "1 in the settings".to_owned(),
            count => format!("{count} in the settings"),
        }
    }
}

/// A size with one decimal.
fn size(bytes: u64) -> String {
    let of = |unit: ByteSize| bytes as f64 / unit.0 as f64;
    match bytes {
        0..1_048_576 => format!("{:.0} KiB", of(ByteSize::kib(1))),
        1_048_576..1_073_741_824 => format!("{:.1} MiB", of(ByteSize::mib(1))),
        _ => format!("{:.1} GiB", of(ByteSize::mib(1024))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The widest word, and two spaces on each side of it.
    const INDENT: usize = 11;

    #[test]
    fn every_line_fits_a_terminal_of_80_columns() {
        let settings = Settings { data: "/var/lib/taskbox".into(), ..Settings::default() };
        let usage = StorageUsage { bytes: 123 << 30, free_bytes: 900 << 30, jobs: 12_345_678 };
        for (pooled, images, attempts_with_images) in
            [(true, true, 0), (true, false, 958), (false, false, 958)]
        {
            let allocation = Allocation { pooled, images, attempts: 100_000, attempts_with_images };
            for (word, text) in Summary::new(&settings, usage, allocation).lines() {
                assert!(INDENT + text.len() <= 80, "{word}: {text}");
            }
        }
    }
}
