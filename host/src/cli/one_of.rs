//! Arguments that are members of a closed set.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::domain::ClosedSet;

/// Reads a member; the help lists all of them.
pub(super) fn one_of<T: ClosedSet>() -> impl TypedValueParser<Value = T> {
    let members = T::MEMBERS.iter();
    let values = members.map(|member| PossibleValue::new(member.text).help(member.docs.trim()));
    PossibleValuesParser::new(values).try_map(|text| text.parse::<T>())
}

#[cfg(test)]
mod tests {
    use clap::{Arg, Command};

    use super::*;
    use crate::domain::AfterWhen;

    fn command() -> Command {
        Command::new("wait").arg(Arg::new("when").value_parser(one_of::<AfterWhen>()))
    }

    #[test]
    fn a_member_is_read_and_the_help_and_the_error_list_all_of_them() {
        let typed = command().try_get_matches_from(["wait", "any"]).unwrap();
        assert_eq!(typed.get_one::<AfterWhen>("when"), Some(&AfterWhen::Any));
        let error = command().try_get_matches_from(["wait", "some"]).unwrap_err().to_string();
        assert!(error.contains("[possible values: all, any]"), "{error}");
        let help = command().render_long_help().to_string();
        assert!(help.contains("any: The first of them."), "{help}");
    }
}
