//! The settings of a host: defaults, then a TOML file, then `TASKBOX_*`, then flags.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};

use super::serving::{ClientLimits, Proxies, Tls};
use super::{AgeText, QueueList, RateText};
use crate::api::{Instance, InstanceColor, RateLimits};
use crate::domain::{
    AccessToken, ByteSize, NAMES_MAX_DEFAULT, QueueChoice, QueueName, Retention, RetentionRule, Scope,
    Submitter, TaskPattern, Timestamp, TokenBounds, callback_url_problem, closed_set, format_duration,
    parse_duration,
};
use crate::memory;
use crate::ports::AuditRetention;
use crate::queue::worker::WorkerConfig;
use crate::sandbox::CompilerConfig;

/// The running program, under a name that stays valid when its file is replaced by a newer one: the compiler must be of
/// the same version as the host that runs its code.
const THIS_PROGRAM: &str = "/proc/self/exe";

/// The least memory of a compilation: with less the compiler does not start.
const COMPILE_MEMORY_MIN: ByteSize = ByteSize::mib(32);
const COMPILE_TIME_MIN: Duration = Duration::from_secs(1);

/// The least memory of a host.
const MEMORY_MIN: ByteSize = ByteSize::mib(64);

/// The memory of a host whose system does not report how much there is.
const MEMORY_UNKNOWN: ByteSize = ByteSize::mib(2048);

/// The time for which entries of the audit log are kept by default: a year.
const AUDIT_AGE_DEFAULT: Duration = Duration::from_secs(365 * 24 * 3600);

/// The most entries of the audit log: some gigabytes.
const AUDIT_COUNT_MAX: u64 = 10_000_000;

/// All settings of a host.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Directory of all durable state; created when missing. One host at a time uses it.
    pub data: PathBuf,
    /// Address to listen on; without a token, a loopback address.
    pub listen: SocketAddr,
    /// URL under which others reach this host, such as `https://jobs.example.com`: the beginning of the one-time URLs of
    /// events.
    pub public_url: Option<String>,
    /// Name of this host on its pages, such as `staging`; none is shown when left out.
    pub instance_name: Option<String>,
    /// Colour of this host on its pages.
    pub instance_color: InstanceColor,
    /// Most clients that are connected at the same time, 1 to 1,000,000; further ones wait.
    pub connections: usize,
    /// Most clients from the same remote address; half of `connections` when left out.
    pub connections_per_address: Option<usize>,
    /// Addresses and networks of proxies, whose connections are not counted by address.
    #[serde(default)]
    pub proxies: Proxies,
    /// Longest time in which a client sends nothing within a request or between two, or reads nothing of a response.
    pub client_timeout: DurationText,
    /// Most requests with the same token within a period, such as `1000/1s`; without a limit when left out.
    pub rate_per_token: Option<RateText>,
    /// Most requests from the same address within a period, such as `100/1s`; without a limit when left out.
    pub rate_per_address: Option<RateText>,
    /// File of the certificate with its chain, PEM. With it and `tls_key` the host speaks TLS, with HTTP/2.
    pub tls_certificate: Option<PathBuf>,
    /// File of the private key of the certificate, PEM. Both are read again when they change.
    pub tls_key: Option<PathBuf>,
    /// Memory that the host may use, at least 64 MiB; half of the machine's, or of the limit of its control group, when
    /// left out.
    pub memory: Option<ByteSize>,
    /// Most attempts that run at the same time, 1 to 100,000.
    pub concurrency: usize,
    /// Most memory to compile one component, at least 32 MiB.
    pub compile_memory: ByteSize,
    /// Most CPU time to compile one component, in whole seconds.
    pub compile_time: DurationText,
    /// The queues whose jobs this host runs; all when empty.
    #[serde(default)]
    pub queues: QueueList,
    /// The queues whose jobs this host does not run.
    #[serde(default)]
    pub except_queues: QueueList,
    /// Time that a lease is valid without a heartbeat.
    pub lease: DurationText,
    /// Period in which leases are renewed; at most a third of `lease`.
    pub heartbeat: DurationText,
    /// Time for running attempts to finish at a shutdown.
    pub drain: DurationText,
    /// Time to add to every sync of the disk, to simulate a slower one; 0 in production.
    pub sync_delay: DurationText,
    /// Time for which completed jobs are kept, or `forever`.
    pub retention_completed: AgeText,
    /// Time for which discarded jobs are kept, or `forever`.
    pub retention_discarded: AgeText,
    /// Time for which cancelled jobs are kept, or `forever`.
    pub retention_cancelled: AgeText,
    /// Most jobs that are kept in each of these three states.
    pub retention_count: u64,
    /// Time for which entries of the audit log are kept, or `forever`.
    pub retention_audit: AgeText,
    /// Most entries of the audit log that are kept, 1 to 10,000,000.
    pub retention_audit_count: u64,
    /// Most names of queues, and of tasks that no plugin offers, that submissions may bring into use. An operator can add
    /// more by writing their settings.
    pub names: usize,
    /// Filter of the log in the form of `RUST_LOG`, such as `info` or `taskbox=debug`.
    pub log: String,
    /// The format of the log.
    pub log_format: LogFormat,
    /// URL of a collector of OpenTelemetry, such as `http://127.0.0.1:4318`, to which spans are exported by OTLP over HTTP;
    /// none when left out.
    #[serde(default)]
    pub otlp_endpoint: Option<String>,
    /// The access tokens. Without any, every process on this machine has access.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<TokenSetting>,
}

closed_set! {
    /// The format of the log.
    #[default(Text)]
    pub enum LogFormat {
        /// Lines for people.
        Text = "text",
        /// One JSON object a line.
        Json = "json",
    }
}

/// An access token, of which the host knows only the digest.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenSetting {
    /// Its name, to which jobs belong.
    pub name: String,
    /// `sha256:` and the hexadecimal digest of the token; `taskbox token new` prints both.
    pub digest: String,
    /// Its scopes.
    pub scopes: Vec<Scope>,
    /// The queues that it is bound to; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queues: Vec<QueueName>,
    /// The tasks that it is bound to, such as `mail.*`; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<TaskPattern>,
}

/// A duration in settings, such as `"30s"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DurationText(pub Duration);

impl TryFrom<String> for DurationText {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        parse_duration(&text).map(Self)
    }
}

impl From<DurationText> for String {
    fn from(duration: DurationText) -> Self {
        format_duration(duration.0)
    }
}

/// Invalid settings.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A value is missing, unknown or of the wrong type. The text names its source.
    #[error("{0}")]
    Unreadable(#[from] Box<figment::Error>),
    /// A value is out of range, or conflicts with another.
    #[error("{0}")]
    Wrong(String),
}

impl Default for Settings {
    fn default() -> Self {
        let worker = WorkerConfig::default();
        let compiler = CompilerConfig::new(THIS_PROGRAM);
        Self {
            data: PathBuf::from("taskbox-data"),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            instance_name: None,
            instance_color: InstanceColor::default(),
            connections: 10_000,
            connections_per_address: None,
            proxies: Proxies::default(),
            client_timeout: DurationText(Duration::from_secs(30)),
            rate_per_token: None,
            rate_per_address: None,
            tls_certificate: None,
            tls_key: None,
            memory: None,
            concurrency: worker.concurrency,
            compile_memory: compiler.memory,
            compile_time: DurationText(compiler.cpu),
            queues: QueueList::default(),
            except_queues: QueueList::default(),
            lease: DurationText(worker.lease),
            heartbeat: DurationText(worker.heartbeat),
            drain: DurationText(worker.drain_grace),
            sync_delay: DurationText(Duration::ZERO),
            retention_completed: AgeText(worker.retention.completed.age),
            retention_discarded: AgeText(worker.retention.discarded.age),
            retention_cancelled: AgeText(worker.retention.cancelled.age),
            retention_count: worker.retention.completed.count,
            retention_audit: AgeText(Some(AUDIT_AGE_DEFAULT)),
            retention_audit_count: 100_000,
            names: NAMES_MAX_DEFAULT,
            log: "info".to_owned(),
            log_format: LogFormat::Text,
            otlp_endpoint: None,
            tokens: Vec::new(),
        }
    }
}

impl Settings {
    /// The keys, in the order of `--print-config`. They are also the names of the `TASKBOX_*` variables.
    pub const KEYS: [&str; 34] = [
        "data",
        "listen",
        "public_url",
        "instance_name",
        "instance_color",
        "connections",
        "connections_per_address",
        "proxies",
        "client_timeout",
        "rate_per_token",
        "rate_per_address",
        "tls_certificate",
        "tls_key",
        "memory",
        "concurrency",
        "compile_memory",
        "compile_time",
        "queues",
        "except_queues",
        "lease",
        "heartbeat",
        "drain",
        "sync_delay",
        "retention_completed",
        "retention_discarded",
        "retention_cancelled",
        "retention_count",
        "retention_audit",
        "retention_audit_count",
        "names",
        "log",
        "log_format",
        "otlp_endpoint",
        "tokens",
    ];

    /// Defaults, file and environment, each over the one before; flags are merged by the caller.
    pub fn sources(file: Option<&Path>) -> Figment {
        let defaults = Figment::from(Serialized::defaults(Settings::default()));
        let with_file = match file {
            Some(file) => defaults.merge(Toml::file_exact(file)),
            None => defaults,
        };
        // Only known keys: `TASKBOX_HOST` and `TASKBOX_TOKEN` belong to the client commands.
        with_file.merge(Env::prefixed("TASKBOX_").only(&Self::KEYS))
    }

    /// Reads and checks the merged sources.
    pub fn read(sources: &Figment) -> Result<Self, SettingsError> {
        let settings: Settings = sources.extract().map_err(Box::new)?;
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), SettingsError> {
        let wrong = |text: String| Err(SettingsError::Wrong(text));
        if !(1..=100_000).contains(&self.concurrency) {
            return wrong(format!("concurrency is {}; it must be from 1 to 100000", self.concurrency));
        }
        let wrong_url = |name: &'static str, url: &Option<String>, example: &'static str| {
            url.as_deref().and_then(|url| url_problem(name, url, example))
        };
        let problem = wrong_url("public_url", &self.public_url, "https://jobs.example.com")
            .or_else(|| wrong_url("otlp_endpoint", &self.otlp_endpoint, "http://127.0.0.1:4318"));
        if let Some(problem) = problem {
            return wrong(problem);
        }
        if let Some(problem) = self.instance_name.as_deref().and_then(instance_name_problem) {
            return wrong(problem);
        }
        if self.memory.is_some_and(|memory| memory < MEMORY_MIN) {
            return wrong(format!("memory must be at least {MEMORY_MIN}"));
        }
        if !(1..=1_000_000).contains(&self.connections) {
            return wrong(format!("connections is {}; it must be from 1 to 1000000", self.connections));
        }
        if !(1..=self.connections).contains(&self.connections_per_address()) {
            return wrong(format!(
                "connections_per_address is {}; it must be from 1 to connections, which is {}",
                self.connections_per_address(),
                self.connections
            ));
        }
        if self.client_timeout.0.is_zero() {
            return wrong("client_timeout must be longer than 0s, such as 30s".to_owned());
        }
        if self.compile_memory < COMPILE_MEMORY_MIN {
            return wrong(format!(
                "compile_memory is {}; it must be at least {COMPILE_MEMORY_MIN}, which the compiler itself needs",
                self.compile_memory
            ));
        }
        if self.compile_time.0 < COMPILE_TIME_MIN {
            return wrong("compile_time must be at least 1s".to_owned());
        }
        if !self.queues.0.is_empty() && !self.except_queues.0.is_empty() {
            return wrong("queues and except_queues exclude each other; set only one".to_owned());
        }
        if self.tls_certificate.is_some() != self.tls_key.is_some() {
            return wrong("tls_certificate and tls_key belong together; set both or none".to_owned());
        }
        if !(1..=AUDIT_COUNT_MAX).contains(&self.retention_audit_count) {
            let count = self.retention_audit_count;
            return wrong(format!(
                "retention_audit_count is {count}; it must be from 1 to {AUDIT_COUNT_MAX}"
            ));
        }
        if self.heartbeat.0.is_zero() || self.heartbeat.0 * 3 > self.lease.0 {
            let (heartbeat, lease) = (String::from(self.heartbeat), String::from(self.lease));
            return wrong(format!(
                "heartbeat is {heartbeat}; it must be at most a third of lease, which is {lease}"
            ));
        }
        self.check_open_to(self.listen)?;
        self.tokens().map(|_| ())
    }

    /// Refuses an address that other machines reach if there is no token.
    pub(super) fn check_open_to(&self, address: SocketAddr) -> Result<(), SettingsError> {
        if !self.tokens.is_empty() || address.ip().is_loopback() {
            return Ok(());
        }
        Err(SettingsError::Wrong(format!(
            "refusing to listen on {address} without any token, because every client could upload code; listen on \
             127.0.0.1, or create a token with `taskbox token new`"
        )))
    }

    /// The tokens, with parsed digests.
    pub fn tokens(&self) -> Result<Vec<AccessToken>, SettingsError> {
        let read = |token: &TokenSetting| {
            let wrong = |error| SettingsError::Wrong(format!("token {:?}: {error}", token.name));
            let digest = token.digest.parse().map_err(wrong)?;
            let is_bound = !token.queues.is_empty() || !token.tasks.is_empty();
            if let Some(scope) = token.scopes.iter().find(|scope| is_bound && !scope.fits_bounds()) {
                let detail = format!("the scope {scope} cannot be bound to queues or tasks");
                return Err(SettingsError::Wrong(format!("token {:?}: {detail}", token.name)));
            }
            Ok(AccessToken {
                name: token.name.clone(),
                digest,
                scopes: token.scopes.clone(),
                bounds: TokenBounds { queues: token.queues.clone(), tasks: token.tasks.clone() },
                created_at: Timestamp::from_millis(0),
                created_by: Submitter::default(),
                expires_at: None,
                last_used_at: None,
            })
        };
        self.tokens.iter().map(read).collect()
    }

    /// The limits of clients.
    pub(super) fn clients(&self, have_tokens: Arc<AtomicBool>) -> ClientLimits {
        ClientLimits {
            connections: self.connections,
            per_address: self.connections_per_address(),
            proxies: self.proxies.clone(),
            silence: self.client_timeout.0,
            have_tokens,
        }
    }

    fn connections_per_address(&self) -> usize {
        self.connections_per_address.unwrap_or(self.connections.div_ceil(2))
    }

    /// The memory that the host may use.
    pub(super) fn memory(&self) -> ByteSize {
        let half = || ByteSize(memory::available_bytes().map_or(MEMORY_UNKNOWN.0, |bytes| bytes / 2));
        self.memory.unwrap_or_else(half)
    }

    /// The memory that all requests may use until their responses.
    pub(super) fn request_memory(&self) -> ByteSize {
        ByteSize(self.memory().0 / 4)
    }

    /// The value of a setting that was left out and whose default depends on others.
    pub fn derived(&self, key: &str) -> Option<String> {
        match key {
            "connections_per_address" => Some(self.connections_per_address().to_string()),
            "memory" => Some(self.memory().to_string()),
            _ => None,
        }
    }

    /// The settings of the compiler.
    pub(super) fn compiler(&self) -> CompilerConfig {
        CompilerConfig {
            memory: self.compile_memory,
            cpu: self.compile_time.0,
            ..CompilerConfig::new(THIS_PROGRAM)
        }
    }

    /// The retention of final jobs.
    pub fn retention(&self) -> Retention {
        let keep = |age: AgeText| RetentionRule { age: age.0, count: self.retention_count };
        Retention {
            completed: keep(self.retention_completed),
            discarded: keep(self.retention_discarded),
            cancelled: keep(self.retention_cancelled),
        }
    }

    /// The rates of requests.
    pub(super) fn rate_limits(&self) -> RateLimits {
        let rate = |text: Option<RateText>| text.map(|RateText(rate)| rate);
        RateLimits::new(rate(self.rate_per_token), rate(self.rate_per_address))
    }

    /// The certificate, if the host speaks TLS.
    pub(super) fn tls(&self) -> Result<Option<Arc<Tls>>, SettingsError> {
        let (Some(certificate), Some(key)) = (&self.tls_certificate, &self.tls_key) else { return Ok(None) };
        let wrong = |error| SettingsError::Wrong(format!("tls_certificate and tls_key: {error}"));
        Tls::load(certificate, key).map(|tls| Some(Arc::new(tls))).map_err(wrong)
    }

    /// The retention of the audit log.
    pub(super) fn audit_retention(&self) -> AuditRetention {
        AuditRetention { age: self.retention_audit.0, count: self.retention_audit_count }
    }

    fn queue_choice(&self) -> QueueChoice {
        let set = |list: &QueueList| list.0.iter().cloned().collect();
        match (self.queues.0.is_empty(), self.except_queues.0.is_empty()) {
            (false, _) => QueueChoice::Only(set(&self.queues)),
            (true, false) => QueueChoice::Except(set(&self.except_queues)),
            (true, true) => QueueChoice::All,
        }
    }

    /// The name and the colour of the host on its pages.
    pub fn instance(&self) -> Instance {
        Instance { name: self.instance_name.clone(), color: self.instance_color }
    }

    /// The settings of the worker.
    pub fn worker(&self) -> WorkerConfig {
        WorkerConfig {
            concurrency: self.concurrency,
            queues: Arc::new(self.queue_choice()),
            lease: self.lease.0,
            heartbeat: self.heartbeat.0,
            lease_margin: self.lease.0 / 6,
            drain_grace: self.drain.0,
            retention: self.retention(),
            names_max: self.names,
            public_url: self.public_url.as_deref().map(|url| url.trim_end_matches('/').into()),
            ..WorkerConfig::default()
        }
    }
}

/// The most characters of the name of a host on its pages.
const INSTANCE_NAME_MAX: usize = 40;

fn instance_name_problem(name: &str) -> Option<String> {
    let is_wrong = name.trim().is_empty() || name.chars().count() > INSTANCE_NAME_MAX;
    is_wrong.then(|| format!("instance_name must have 1 to {INSTANCE_NAME_MAX} characters"))
}

fn url_problem(name: &str, url: &str, example: &str) -> Option<String> {
    let wrong = callback_url_problem(url).is_some() || url.contains(['?', '#']);
    wrong.then(|| {
        format!("{name} is {url:?}; it must be an http or https URL without a query, such as {example}")
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::tests::nearly;

    fn read(toml: &str) -> Result<Settings, SettingsError> {
        let sources = Figment::from(Serialized::defaults(Settings::default())).merge(Toml::string(toml));
        Settings::read(&sources)
    }

    #[test]
    fn the_defaults_hold_and_a_file_overrides_them() {
        assert_eq!(read("").unwrap().listen.port(), 8080);
        assert_eq!(read("lease = \"90s\"").unwrap().worker().lease, Duration::from_secs(90));
    }

    #[test]
    fn what_does_not_go_together_is_refused_with_the_reason() {
        for (toml, reason) in [
            ("listen = \"0.0.0.0:8080\"", "without any token"),
            ("heartbeat = \"20s\"", "a third of lease"),
            ("public_url = \"jobs.example.com\"", "must be an http or https URL"),
            ("public_url = \"https://jobs.example.com/?a\"", "without a query"),
            ("otlp_endpoint = \"127.0.0.1:4318\"", "such as http://127.0.0.1:4318"),
            ("concurrency = 0", "from 1 to 100000"),
            ("rate_per_token = \"100\"", "is not a rate such as"),
            ("tls_key = \"key.pem\"", "set both or none"),
            ("retention_audit_count = 0", "from 1 to 10000000"),
            ("connections = 0", "from 1 to 1000000"),
            ("connections = 4\nconnections_per_address = 5", "from 1 to connections, which is 4"),
            ("proxies = \"lb.example\"", "a network such as"),
            ("client_timeout = \"0s\"", "longer than 0s"),
            ("memory = \"1MiB\"", "at least 64MiB"),
            ("memory = \"2GB\"", "is not a size"),
            ("compile_memory = \"1MiB\"", "at least 32MiB"),
            ("compile_time = \"10ms\"", "at least 1s"),
            ("lease = \"90\"", "no unit"),
            ("queues = [\"a\"]\nexcept_queues = [\"b\"]", "exclude each other"),
            ("queues = [\"A\"]", "is not a queue name"),
            ("leese = \"90s\"", "leese"),
        ] {
            let error = read(toml).unwrap_err().to_string();
            assert!(error.contains(reason), "{toml}: {error}");
        }
    }

    #[test]
    fn final_jobs_are_kept_as_long_as_is_said() {
        let settings = read("retention_completed = \"12h\"\nretention_cancelled = \"forever\"").unwrap();
        let retention = settings.retention();
        assert_eq!(retention.completed.age, Some(Duration::from_secs(12 * 3600)));
        assert_eq!(retention.cancelled.age, None);
        assert_eq!(retention.discarded, Retention::default().discarded);
        let error = read("retention_completed = \"always\"").unwrap_err().to_string();
        assert!(error.contains("forever"), "{error}");
    }

    #[test]
    fn queues_are_named_in_a_list_or_in_one_text() {
        let both: QueueChoice = QueueChoice::Only(["a", "b"].map(|name| name.parse().unwrap()).into());
        assert_eq!(*read("queues = [\"a\", \"b\"]").unwrap().worker().queues, both);
        assert_eq!(*read("queues = \"a, b\"").unwrap().worker().queues, both);
        let but_a = QueueChoice::Except(["a".parse().unwrap()].into());
        assert_eq!(*read("except_queues = \"a\"").unwrap().worker().queues, but_a);
        assert_eq!(*read("").unwrap().worker().queues, QueueChoice::All);
    }

    proptest! {
        #[test]
        fn any_file_is_read_or_refused(
            text in nearly(&[
                "lease = \"18446744073709551615s\"\nheartbeat = \"6148914691236517206s\"",
                "listen = \"[::1]:0\"\ndrain = \"18446744073709551615s 1000000000ns\"",
                "connections = -1\nretention_count = 18446744073709551616\nqueues = \"a,,b\"",
                "[[tokens]]\nname = \"ci\"\ndigest = \"sha256:0\"\nscopes = [\"read\"]",
            ]),
        ) {
            match read(&text) {
                Ok(settings) => drop((settings.worker(), settings.retention(), settings.clients(Arc::default()))),
                Err(error) => prop_assert!(!error.to_string().is_empty()),
            }
        }
    }

    #[test]
    fn one_address_may_take_half_of_all_connections_unless_more_is_said() {
        let per_address = |toml| read(toml).unwrap().clients(Arc::default()).per_address;
        assert_eq!(per_address(""), 5_000);
        assert_eq!(per_address("connections = 1"), 1);
        assert_eq!(per_address("connections_per_address = 7"), 7);
    }

    #[test]
    fn with_a_token_it_may_listen_elsewhere() {
        let digest = crate::domain::Digest::of(b"secret");
        let toml = format!(
            "listen = \"0.0.0.0:8080\"\n[[tokens]]\nname = \"ci\"\ndigest = \"{digest}\"\nscopes = [\"submit\", \"read\"]"
        );
        assert!(!read(&toml).unwrap().tokens().unwrap().is_empty());
    }
}
