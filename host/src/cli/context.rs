//! `taskbox context`: hosts with a name.

use clap::Subcommand;
use serde_json::json;

use super::UsageError;
use super::client::USUAL_HOST;
use super::contexts::{Context, Contexts};
use super::out::{self, say};
use super::remote::Remote;
use super::show;
use super::table::Heading;

const HEADINGS: [Heading; 5] = [
    Heading::of("CURRENT"),
    Heading::of("NAME"),
    Heading::of("HOST"),
    Heading::of("TOKEN"),
    Heading::of("PRODUCTION"),
];

/// Commands on contexts.
#[derive(Debug, Subcommand)]
pub(super) enum ContextCommand {
    /// List the contexts.
    #[command(visible_alias = "ls")]
    List,
    /// Create a context, or change what is given of it: its host by --host, its token by --keep-token.
    #[command(visible_alias = "add", after_help = SET_EXAMPLES)]
    Set {
        /// Name of the context.
        name: String,
        /// Keep the access token of --token or TASKBOX_TOKEN in the context.
        #[arg(long)]
        keep_token: bool,
        /// Ask for the name of the context before anything on its host is changed.
        #[arg(long, value_name = "YES", num_args = 0..=1, default_missing_value = "true")]
        production: Option<bool>,
        /// Also make it the current context.
        #[arg(long = "use")]
        make_current: bool,
    },
    /// Make a context the current one, whose host the commands call that name none.
    Use {
        /// Name of the context.
        name: String,
    },
    /// Remove a context.
    #[command(visible_alias = "rm")]
    Remove {
        /// Name of the context.
        name: String,
    },
}

const SET_EXAMPLES: &str = "Examples:
  taskbox context set dev --host http://127.0.0.1:8080 --use
  TASKBOX_TOKEN=... taskbox context set prod --host https://tasks.example.com --keep-token --production
  taskbox job list --context prod";

pub(super) fn run(command: ContextCommand, remote: &Remote) -> anyhow::Result<()> {
    let mut contexts = Contexts::read()?;
    match command {
        ContextCommand::List => {
            list(&contexts, remote.json);
            return Ok(());
        }
        ContextCommand::Set { name, keep_token, production, make_current } => {
            set(&mut contexts, &name, remote, keep_token, production)?;
            if make_current {
                contexts.current = Some(name);
            }
        }
        ContextCommand::Use { name } => {
            if !contexts.contexts.contains_key(&name) {
                return Err(contexts.unknown(&name));
            }
            contexts.current = Some(name);
        }
        ContextCommand::Remove { name } => {
            if contexts.contexts.remove(&name).is_none() {
                return Err(contexts.unknown(&name));
            }
            contexts.current = contexts.current.take().filter(|current| *current != name);
        }
    }
    contexts.write()
}

/// Creates or changes a context.
fn set(
    contexts: &mut Contexts,
    name: &str,
    remote: &Remote,
    keep_token: bool,
    production: Option<bool>,
) -> anyhow::Result<()> {
    let before = contexts.contexts.get(name);
    let host = remote.host.clone().or_else(|| before.map(|context| context.host.clone()));
    let host = host.unwrap_or_else(|| USUAL_HOST.to_owned());
    url::Url::parse(&host).map_err(|error| UsageError(format!("{host} is no URL of a host: {error}")))?;
    let token = match (keep_token, &remote.token) {
        (true, None) => {
            return Err(UsageError("--keep-token needs a token in TASKBOX_TOKEN".to_owned()).into());
        }
        (true, Some(token)) => Some(token.clone()),
        // A token is for the host that it was kept for.
        (false, _) => before.filter(|before| before.host == host).and_then(|before| before.token.clone()),
    };
    let production = production.unwrap_or(before.is_some_and(|before| before.production));
    contexts.contexts.insert(name.to_owned(), Context { host, token, production });
    Ok(())
}

/// Prints the contexts; of a token only that there is one.
fn list(contexts: &Contexts, as_json: bool) {
    let is_current = |name: &str| contexts.current.as_deref() == Some(name);
    if as_json {
        let row = |(name, context): (&String, &Context)| {
            json!({
                "name": name, "host": context.host, "current": is_current(name),
                "has_token": context.token.is_some(), "production": context.production,
            })
        };
        let items: Vec<_> = contexts.contexts.iter().map(row).collect();
        return out::json(&json!({ "items": items }).to_string());
    }
    if contexts.contexts.is_empty() {
        say!("There is no context; make one with: taskbox context set NAME --host URL --use");
        return;
    }
    let yes = |is_so: bool, yes: &str| if is_so { yes.to_owned() } else { "-".to_owned() };
    show::rows(
        &HEADINGS,
        contexts.contexts.iter().map(|(name, context)| {
            vec![
                yes(is_current(name), "*"),
                name.clone(),
                context.host.clone(),
                yes(context.token.is_some(), "kept"),
                yes(context.production, "yes"),
            ]
        }),
    );
}
