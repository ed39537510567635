//! The command line. It starts hosts, and calls running ones over HTTP.

mod answer;
mod ask;
mod audit;
mod backup;
mod backup_key;
mod batch;
mod bench;
mod building;
mod carried;
mod client;
mod compile;
mod completions;
mod context;
mod contexts;
mod demo;
mod failures;
mod guard;
mod holding;
mod ids;
mod job;
mod job_fields;
mod job_watch;
mod known;
mod layouts;
mod man;
mod many;
mod no_host;
mod object;
mod one_of;
mod open_files;
mod order;
mod out;
mod paging;
mod paint;
mod plugin;
mod pretty;
mod print_config;
mod private_files;
mod progress_bar;
mod queue;
mod relative_time;
mod remote;
mod retention;
mod schedule;
mod screen;
mod secret;
mod serve;
mod show;
mod shutdown;
mod storage;
mod table;
mod task;
mod token;
mod top;
mod user_cache;
mod view;
mod watch;
mod wrapped;

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::app::{SettingsError, flush_log, take_passed_socket};
use no_host::{no_host_and_json_flags, no_host_flags};
use remote::Remote;
use watch::NotCompleted;

/// Time for blocked threads to end, once the command is done.
const RUNTIME_GRACE: Duration = Duration::from_millis(500);

/// Time to write the last lines of the log.
const LOG_GRACE: Duration = Duration::from_millis(500);

/// A task host: durable jobs, run by uploaded plugins, each in a fresh WebAssembly sandbox.
#[derive(Debug, Parser)]
#[command(name = "taskbox", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    role: Role,
    #[command(flatten)]
    remote: Remote,
}

/// The user of the program: a person, or a host.
#[derive(Debug, Subcommand)]
enum Role {
    #[command(flatten)]
    Person(Box<Command>),
    /// Compile one component for a host.
    #[command(hide = true)]
    CompileComponent(compile::CompileArgs),
}

/// The commands. Those that call no host stand with `#[command(args(no_host_flags()))]`.
#[derive(Debug, Subcommand)]
enum Command {
    /// Run a host.
    #[command(args(no_host_and_json_flags()))]
    Serve(serve::ServeArgs),
    /// Run a host with stand-ins for Stripe and the partner, and with the order plugin.
    #[command(args(no_host_and_json_flags()))]
    Demo(demo::DemoArgs),
    /// Develop a plugin: build and run it at each change, on a throw-away host that shows its jobs.
    #[command(args(no_host_and_json_flags()))]
    Dev(Box<plugin::dev::DevArgs>),
    /// Place and watch orders.
    #[command(subcommand)]
    Order(order::OrderCommand),
    /// Submit, watch, cancel, retry and delete jobs.
    #[command(subcommand)]
    Job(job::JobCommand),
    /// Test, upload, activate, grant and remove plugins.
    #[command(subcommand)]
    Plugin(plugin::PluginCommand),
    /// List queues; pause and limit them.
    #[command(subcommand)]
    Queue(queue::QueueCommand),
    /// List tasks; pause and limit them over all queues.
    #[command(subcommand)]
    Task(task::TaskCommand),
    /// Write, list and remove schedules, which make jobs by the clock.
    #[command(subcommand)]
    Schedule(schedule::ScheduleCommand),
    /// Show how long final jobs are kept, and how many the next sweep deletes.
    Retention(retention::RetentionArgs),
    /// Store, list and remove secrets.
    #[command(subcommand)]
    Secret(secret::SecretCommand),
    /// Back up everything of a running host into one file.
    Backup(backup::BackupArgs),
    /// Restore a backup into a new data directory.
    #[command(args(no_host_and_json_flags()))]
    Restore(backup::RestoreArgs),
    /// Check data directories.
    #[command(subcommand, args(no_host_and_json_flags()))]
    Storage(storage::StorageCommand),
    /// Watch the queues, the tasks and the running jobs of a host, live on the terminal.
    Top(top::TopArgs),
    /// Name the hosts that are called, keep their tokens, and protect those in production.
    #[command(subcommand)]
    Context(context::ContextCommand),
    /// List and export the log of changes.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Make, list and revoke access tokens.
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Measure the throughput and latency of this machine, in about four minutes.
    #[command(args(no_host_flags()))]
    Bench(bench::BenchArgs),
    /// Print a completion script for a shell.
    #[command(args(no_host_and_json_flags()))]
    Completions(completions::CompletionsArgs),
    /// Write a manual page for each command.
    #[command(args(no_host_and_json_flags()))]
    Man(man::ManArgs),
}

/// Runs the command. The exit status is 0, 1 (the command failed) or 2 (the arguments are wrong); that of what was watched is
/// by its outcome.
pub fn main() -> ExitCode {
    completions::answer();
    let Cli { role, remote } = Cli::parse();
    match role {
        Role::Person(command) => execute(*command, &remote),
        Role::CompileComponent(args) => compile::run(args),
    }
}

fn execute(command: Command, remote: &Remote) -> ExitCode {
    open_files::raise_limit();
    private_files::by_default();
    if let Command::Serve(_) = command
        && let Err(error) = take_passed_socket()
    {
        return fail(
            &anyhow::Error::new(error).context("the socket that was passed is no listening TCP socket"),
        );
    }
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    let ended = runtime.block_on(run(command, remote));
    // A blocked thread, of a file system that hangs or a reader of a terminal, does not keep the process: nothing
    // acknowledged depends on it.
    runtime.shutdown_timeout(RUNTIME_GRACE);
    let status = match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    };
    flush_log(LOG_GRACE);
    status
}

async fn run(command: Command, remote: &Remote) -> anyhow::Result<()> {
    let json = remote.json;
    match command {
        Command::Serve(args) => serve::run(args).await,
        Command::Demo(args) => demo::run(args).await,
        Command::Dev(args) => plugin::dev::run(*args).await,
        Command::Order(command) => order::run(command, &remote.client()?, json).await,
        Command::Job(command) => job::run(command, &remote.client()?, json).await,
        Command::Plugin(command) => plugin::run(command, remote).await,
        Command::Queue(command) => queue::run(command, &remote.client()?, json).await,
        Command::Task(command) => task::run(command, &remote.client()?, json).await,
        Command::Schedule(command) => schedule::run(command, &remote.client()?, json).await,
        Command::Retention(args) => retention::run(args, &remote.client()?, json).await,
        Command::Secret(command) => secret::run(command, &remote.client()?, json).await,
        Command::Backup(args) => backup::backup(args, &remote.client()?, json).await,
        Command::Restore(args) => backup::restore(args).await,
        Command::Storage(command) => storage::run(command).await,
        Command::Top(args) => top::run(args, &remote.client()?).await,
        Command::Context(command) => context::run(command, remote),
        Command::Audit(command) => audit::run(command, &remote.client()?, json).await,
        Command::Token(command) => token::run(command, remote).await,
        Command::Bench(args) => bench::run(args).await,
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    }
}

fn fail(error: &anyhow::Error) -> ExitCode {
    out::remark(format_args!("taskbox: {error:#}"));
    let status = match error.downcast_ref::<NotCompleted>() {
        Some(watched) => watched.exit_status(),
        None if error.is::<UsageError>() => 2,
        None => 1,
    };
    ExitCode::from(status)
}

/// Wrong arguments.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct UsageError(String);

fn usage_error(error: SettingsError) -> anyhow::Error {
    UsageError(error.to_string()).into()
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};
    use proptest::prelude::*;

    use crate::domain::tests::nearly;

    #[test]
    fn every_command_is_one_that_can_be_typed() {
        super::Cli::command().debug_assert();
    }

    fn helps(command: &mut clap::Command) -> Vec<String> {
        let own = command.render_long_help().to_string();
        std::iter::once(own).chain(command.get_subcommands_mut().flat_map(helps)).collect()
    }

    #[test]
    fn no_help_speaks_of_several_hosts_where_there_is_one() {
        let helps = helps(&mut super::Cli::command());
        assert!(helps.len() > 30, "only {} commands", helps.len());
        for help in helps {
            assert!(!help.contains("all hosts"), "{help}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_a_command_or_is_refused(
            line in nearly(&[
                "serve --drain 18446744073709551615s --listen [::1]:0 --concurrency -1",
                "queue set mail --rate 100/18446744073709551616s --concurrency none",
                "job submit mail [1] --delay 9999999999999w --tag a --after x,y --with {}",
                "schedule set s --cron @daily --timezone Mars/Base report {} --until 10000-01-01T00:00:00Z",
                "retention --completed forever --count 99999999999999999999",
            ]),
        ) {
            let typed = std::iter::once("taskbox").chain(line.split(' '));
            if let Err(error) = super::Cli::try_parse_from(typed) {
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }
}
