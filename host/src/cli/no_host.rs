//! Commands that need no host, below a command whose others call one.

use clap::builder::{StringValueParser, TypedValueParser};
use clap::{Arg, ArgAction};

/// The flags of [`super::remote::Remote`] that say which host to call, for `#[command(args(..))]` of a command that calls
/// none. They are in no help, and refused.
pub(super) fn no_host_flags() -> [Arg; 4] {
    // A flag of the command above is not handed down to a command that has one of the same id.
    ["host", "token", "context", "confirm"].map(|id| Arg::new(id).long(id).hide(true).value_parser(refused()))
}

/// The same for a command that has no result to print as JSON either.
pub(super) fn no_host_and_json_flags() -> Vec<Arg> {
    let json = Arg::new("json").long("json").hide(true).action(ArgAction::SetTrue);
    no_host_flags().into_iter().chain([json]).collect()
}

fn refused() -> impl TypedValueParser {
    StringValueParser::new().try_map(|_| Err::<String, _>("this command runs without a host"))
}

#[cfg(test)]
mod tests {
    use clap::{FromArgMatches, Parser, Subcommand};

    use super::*;
    use crate::cli::remote::Remote;

    #[derive(Debug, Parser)]
    struct Typed {
        #[command(subcommand)]
        command: Command,
        #[command(flatten)]
        remote: Remote,
    }

    #[derive(Debug, Subcommand)]
    enum Command {
        List,
        #[command(args(no_host_flags()))]
        Local,
    }

    #[test]
    fn a_command_without_a_host_has_no_flags_of_one_and_the_commands_beside_it_have_them() {
        let mut command = <Typed as clap::CommandFactory>::command();
        command.build();
        let help = |name: &str| command.clone().find_subcommand_mut(name).unwrap().render_help().to_string();
        assert!(help("list").contains("--host") && help("list").contains("--token"));
        assert!(!help("local").contains("--host") && !help("local").contains("--token"));
        let error = Typed::try_parse_from(["x", "local", "--host", "http://a"]).unwrap_err();
        assert!(error.to_string().contains("runs without a host"), "{error}");
        for typed in [&["x", "--host", "http://a", "local"][..], &["x", "local", "--json"]] {
            let matches = command.clone().try_get_matches_from(typed).unwrap();
            assert!(matches!(Typed::from_arg_matches(&matches).unwrap().command, Command::Local));
        }
        assert!(Typed::try_parse_from(["x", "local", "--json"]).unwrap().remote.json);
    }
}
