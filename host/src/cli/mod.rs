//! The command line: what people type. It starts hosts, and talks to running ones over HTTP.

mod client;
mod completions;
mod demo;
mod print_config;
mod serve;
mod shutdown;
mod token;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A task host: durable jobs, run by uploaded plugins, each in a fresh WebAssembly sandbox.
#[derive(Debug, Parser)]
#[command(name = "taskbox", version, max_term_width = 100, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a host.
    Serve(serve::ServeArgs),
    /// Run a host with stand-ins for Stripe and the partner, and the order plugin uploaded.
    Demo(demo::DemoArgs),
    /// Make access tokens.
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Print a script that completes commands in a shell.
    Completions(completions::CompletionsArgs),
}

/// Runs what was typed. The exit status is 0, 1 (it failed) or 2 (it was used wrongly).
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    let ended = runtime.block_on(async {
        match cli.command {
            Command::Serve(args) => serve::run(args).await,
            Command::Demo(args) => demo::run(args).await,
            Command::Token(command) => token::run(&command),
            Command::Completions(args) => completions::run(&args),
        }
    });
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("taskbox: {error:#}");
    ExitCode::from(if error.is::<UsedWrongly>() { 2 } else { 1 })
}

/// What was typed cannot be meant.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct UsedWrongly(String);
