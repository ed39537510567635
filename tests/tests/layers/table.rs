//! The permitted imports. This is the architecture; a change of it is a decision, not a repair of a test.

/// The modules that each module of the host may import, from the top layer to the bottom.
pub const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    ("cli", &["app", "api", "trial", "stand_ins", "ports", "domain"]),
    // The composition root: the only module that knows the adapters.
    (
        "app",
        &[
            "api",
            "audit",
            "orders",
            "queue",
            "plugins",
            "schedules",
            "backups",
            "tokens",
            "webhooks",
            "trial",
            "storage",
            "sandbox",
            "egress",
            "clock",
            "ids",
            "events",
            "memory",
            "metering",
            "spans",
            "ports",
            "domain",
        ],
    ),
    (
        "api",
        &[
            "orders",
            "queue",
            "plugins",
            "schedules",
            "backups",
            "audit",
            "tokens",
            "intake",
            "watching",
            "metering",
            "spans",
            "ports",
            "domain",
        ],
    ),
    ("tokens", &["finishing", "ports", "domain"]),
    ("audit", &["finishing", "ports", "domain"]),
    ("orders", &["intake", "watching", "ports", "domain"]),
    ("queue", &["intake", "watching", "finishing", "metering", "spans", "ports", "domain"]),
    ("plugins", &["webhooks", "finishing", "ports", "domain"]),
    ("schedules", &["intake", "finishing", "ports", "domain"]),
    ("webhooks", &["ports", "domain"]),
    ("backups", &["ports", "domain"]),
    ("trial", &["intake", "ports", "domain"]),
    // The parts that several use cases share.
    ("intake", &["watching", "finishing", "metering", "spans", "ports", "domain"]),
    ("watching", &["metering", "ports", "domain"]),
    ("finishing", &[]),
    // What is counted, wherever it happens.
    ("spans", &["metering", "domain"]),
    ("metering", &[]),
    ("storage", &["metering", "ports", "domain"]),
    ("sandbox", &["metering", "spans", "ports", "domain"]),
    ("egress", &["metering", "ports", "domain"]),
    ("clock", &["ports", "domain"]),
    ("events", &["ports", "domain"]),
    ("ids", &["ports", "domain"]),
    ("memory", &["metering", "ports", "domain"]),
    // Servers that the host knows only by their URL.
    ("stand_ins", &[]),
    ("ports", &["domain"]),
    ("domain", &[]),
];

/// The crates that `domain` may use: they hold or compute values, and do neither I/O nor wait.
pub const DOMAIN_CRATES: &[&str] = &[
    "base64",
    "hmac",
    "ipnet",
    "jiff",
    "jsonschema",
    "rust_decimal",
    "serde",
    "serde_json",
    "sha2",
    "thiserror",
    "url",
    "uuid",
];

/// What `domain` may use of the standard library, as the beginnings of paths behind `std::`.
pub const DOMAIN_STD: &[&[&str]] = &[
    &["borrow"],
    // The meter of a schema's check, which lasts no longer than the check, and leaves it by unwinding.
    &["cell", "Cell"],
    &["panic"],
    &["cmp"],
    &["collections"],
    &["fmt"],
    &["hash"],
    &["iter"],
    &["mem"],
    &["net", "IpAddr"],
    &["net", "Ipv4Addr"],
    &["net", "Ipv6Addr"],
    &["num"],
    &["ops"],
    &["slice"],
    &["str"],
    &["sync", "Arc"],
    &["sync", "LazyLock"],
    &["time", "Duration"],
];

/// External crates that only some places may name.
pub const ONLY_IN: &[(&str, &[&str])] = &[
    ("wasmtime", &["sandbox/"]),
    ("wasmtime_wasi", &["sandbox/"]),
    ("wasmtime_wasi_http", &["sandbox/"]),
    ("wasmtime_wasi_config", &["sandbox/"]),
    ("wasmtime_wasi_io", &["sandbox/"]),
    ("rustc_demangle", &["sandbox/"]),
    ("gimli", &["sandbox/"]),
    ("rayon", &["sandbox/"]),
    ("sled", &["storage/sled/"]),
    ("crossbeam_epoch", &["storage/sled/"]),
    ("bincode", &["storage/sled/"]),
    ("reqwest", &["cli/", "app/otlp/"]),
    ("indicatif", &["cli/"]),
    ("ratatui", &["cli/top/"]),
    ("clap_mangen", &["cli/"]),
    ("notify", &["cli/"]),
    ("listenfd", &["app/listen.rs"]),
    ("sd_notify", &["app/service_manager.rs"]),
    ("metrics", &["metering/", "app/telemetry.rs"]),
    ("aws_lc_rs", &["storage/sled/backup/", "egress/tls.rs", "app/serving/tls.rs"]),
    ("hyper_rustls", &["egress/"]),
    ("rustls", &["egress/", "app/serving/"]),
    ("tokio_rustls", &["app/serving/"]),
    ("rustls_platform_verifier", &["egress/"]),
    ("axum", &["api/", "app/", "stand_ins/"]),
];

/// Calls that only some places may make, or none.
pub const CALLS_ONLY_IN: &[(&[&str], &[&str])] = &[
    // The bench compares what it reads with what a guest read.
    (&["SystemTime", "now"], &["clock.rs", "cli/bench/"]),
    (&["Utc", "now"], &["clock.rs"]),
    (&["Timestamp", "now"], &["clock.rs"]),
    (&["Zoned", "now"], &["clock.rs"]),
    (&["Uuid", "new_v4"], &["ids.rs"]),
    (&["Uuid", "new_v7"], &["ids.rs"]),
    (&["Uuid", "now_v7"], &["ids.rs"]),
    // The rules of timezones are those in the program, never those of the machine.
    (&["TimeZone", "get"], &[]),
    (&["TimeZone", "system"], &[]),
    (&["TimeZoneDatabase", "from_env"], &[]),
    (&["TimeZoneDatabase", "from_dir"], &[]),
    // Tasks of the runtime are for loops and servers, and for regions of pages, which those share who watch them. A change
    // that outlives its caller uses `finishing`.
    (
        &["tokio", "spawn"],
        &[
            "finishing.rs",
            "queue/worker/",
            "schedules/ticker.rs",
            "api/pages/region.rs",
            "app/",
            "cli/",
            "stand_ins/",
        ],
    ),
    // Lengths of time, which decide nothing that is stored: the CPU time of an attempt, its wall time and how long ago it did
    // something, how long a request or a sync took, the pause before a failed disk is tried again, how fast a server may send, when
    // something happened in a trial.
    (
        &["Instant", "now"],
        &[
            "clock.rs",
            "sandbox/activity.rs",
            "sandbox/meter.rs",
            "sandbox/wall.rs",
            "metering/stopwatch.rs",
            "spans/recorder.rs",
            "app/otlp/",
            "api/layers.rs",
            // A rate of requests, over which a clock that steps must not hang.
            "api/access/rate_limit.rs",
            "egress/budget.rs",
            "storage/sled/garbage.rs",
            "storage/sled/shared.rs",
            "trial/journal.rs",
            "cli/plugin/changes.rs",
            "cli/bench/",
        ],
    ),
];

/// Macros that write to the terminal, which belongs to the command line.
pub const PRINTING: [&str; 5] = ["println", "eprintln", "print", "eprint", "dbg"];

/// The drivers of storage: adapters of their own, which do not know each other.
pub const STORAGE_DRIVERS: [&str; 2] = ["sled", "postgres"];
