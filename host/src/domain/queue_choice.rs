//! The queues whose jobs a host runs.

use std::collections::BTreeSet;

use super::QueueName;

/// The queues whose jobs a host runs. The jobs of the others wait for another host.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum QueueChoice {
    /// All.
    #[default]
    All,
    /// These.
    Only(BTreeSet<QueueName>),
    /// All but these.
    Except(BTreeSet<QueueName>),
}

impl QueueChoice {
    /// Whether this queue is among them.
    pub fn includes(&self, queue: &QueueName) -> bool {
        match self {
            QueueChoice::All => true,
            QueueChoice::Only(queues) => queues.contains(queue),
            QueueChoice::Except(queues) => !queues.contains(queue),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_names_what_is_in_or_what_is_out() {
        let (mail, post): (QueueName, QueueName) = ("mail".parse().unwrap(), "post".parse().unwrap());
        let named = BTreeSet::from([mail.clone()]);
        for (choice, has_mail, has_post) in [
            (QueueChoice::All, true, true),
            (QueueChoice::Only(named.clone()), true, false),
            (QueueChoice::Except(named), false, true),
        ] {
            assert_eq!((choice.includes(&mail), choice.includes(&post)), (has_mail, has_post), "{choice:?}");
        }
    }
}
