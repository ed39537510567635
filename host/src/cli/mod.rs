//! The command line. It starts hosts, and calls running ones over HTTP.

mod answer;
mod audit;
mod bench;
mod building;
mod carried;
mod client;
mod compile;
mod completions;
mod demo;
mod failures;
mod holding;
mod job;
mod job_fields;
mod many;
mod no_host;
mod object;
mod one_of;
mod open_files;
mod order;
mod out;
mod paging;
mod plugin;
mod pretty;
mod print_config;
mod private_files;
mod queue;
mod retention;
mod schedule;
mod secret;
mod serve;
mod show;
mod shutdown;
mod task;
mod token;
mod user_cache;
mod watch;

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::app::{SettingsError, flush_log};
use client::Remote;

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

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a host.
    Serve(serve::ServeArgs),
    /// Run a host with stand-ins for Stripe and the partner, and with the order plugin.
    Demo(demo::DemoArgs),
    /// Develop a plugin: build and run it at each change, on a throw-away host that shows its jobs.
    Dev(Box<plugin::dev::DevArgs>),
    /// Place and watch orders.
    Order(RemoteCommand<order::OrderCommand>),
    /// Submit, watch, cancel, retry and delete jobs.
    Job(RemoteCommand<job::JobCommand>),
    /// Test, upload, activate, grant and remove plugins.
    Plugin(RemoteCommand<plugin::PluginCommand>),
    /// List queues; pause and limit them.
    Queue(RemoteCommand<queue::QueueCommand>),
    /// List tasks; pause and limit them over all queues.
    Task(RemoteCommand<task::TaskCommand>),
    /// Write, list and remove schedules, which make jobs by the clock.
    Schedule(RemoteCommand<schedule::ScheduleCommand>),
    /// Show how long final jobs are kept, and how many the next sweep deletes.
    Retention(RemoteArgs<retention::RetentionArgs>),
    /// Store, list and remove secrets.
    Secret(RemoteCommand<secret::SecretCommand>),
    /// List and export the log of changes.
    Audit(RemoteCommand<audit::AuditCommand>),
    /// Make, list and revoke access tokens.
    Token(RemoteCommand<token::TokenCommand>),
    /// Measure the throughput and latency of this machine, in about four minutes.
    Bench(bench::BenchArgs),
    /// Print a completion script for a shell.
    Completions(completions::CompletionsArgs),
}

/// A command for a running host.
#[derive(Debug, clap::Args)]
struct RemoteCommand<C: Subcommand> {
    #[command(subcommand)]
    command: C,
    #[command(flatten)]
    remote: Remote,
}

/// A command for a running host that has no commands below it.
#[derive(Debug, clap::Args)]
struct RemoteArgs<A: clap::Args> {
    #[command(flatten)]
    args: A,
    #[command(flatten)]
    remote: Remote,
}

/// Runs the command. The exit status is 0, 1 (the command failed) or 2 (the arguments are wrong).
pub fn main() -> ExitCode {
    match Cli::parse().role {
        Role::Person(command) => execute(*command),
        Role::CompileComponent(args) => compile::run(args),
    }
}

fn execute(command: Command) -> ExitCode {
    open_files::raise_limit();
    private_files::by_default();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    let ended = runtime.block_on(run(command));
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

async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(args) => serve::run(args).await,
        Command::Demo(args) => demo::run(args).await,
        Command::Dev(args) => plugin::dev::run(*args).await,
        Command::Order(RemoteCommand { command, remote }) => {
            order::run(command, &remote.client()?, remote.json).await
        }
        Command::Job(RemoteCommand { command, remote }) => {
            job::run(command, &remote.client()?, remote.json).await
        }
        Command::Plugin(RemoteCommand { command, remote }) => plugin::run(command, &remote).await,
        Command::Queue(RemoteCommand { command, remote }) => {
            queue::run(command, &remote.client()?, remote.json).await
        }
        Command::Task(RemoteCommand { command, remote }) => {
            task::run(command, &remote.client()?, remote.json).await
        }
        Command::Schedule(RemoteCommand { command, remote }) => {
            schedule::run(command, &remote.client()?, remote.json).await
        }
        Command::Retention(RemoteArgs { args, remote }) => {
            retention::run(args, &remote.client()?, remote.json).await
        }
        Command::Secret(RemoteCommand { command, remote }) => {
            secret::run(command, &remote.client()?, remote.json).await
        }
        Command::Audit(RemoteCommand { command, remote }) => {
            audit::run(command, &remote.client()?, remote.json).await
        }
        Command::Token(RemoteCommand { command, remote }) => token::run(command, &remote).await,
        Command::Bench(args) => bench::run(args).await,
        Command::Completions(args) => completions::run(&args),
    }
}

fn fail(error: &anyhow::Error) -> ExitCode {
    out::remark(format_args!("taskbox: {error:#}"));
    ExitCode::from(if error.is::<UsageError>() { 2 } else { 1 })
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
