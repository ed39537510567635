//! The composition root: the only place where concrete adapters meet.

mod age_text;
mod development;
mod host;
mod listen;
mod log_writer;
mod logging;
pub mod offline;
mod otlp;
mod queue_list;
mod rate_text;
mod sandbox;
pub mod service_manager;
mod serving;
mod settings;
mod start_error;
mod summary;
mod tasks;
mod telemetry;
mod workbench;

// The process that a host starts for each compilation is this program as well.
pub use crate::sandbox::{CompileOrder, compile_component};
pub use age_text::AgeText;
pub use development::Development;
pub use host::Host;
pub use listen::take_passed_socket;
pub use logging::{flush as flush_log, init as init_logging};
pub use queue_list::QueueList;
pub use rate_text::RateText;
pub use serving::Proxies;
pub use settings::{DurationText, LogFormat, Settings, SettingsError, TokenSetting};
pub use start_error::StartError;
pub use summary::Summary;
pub use workbench::{Loaded, Workbench};
