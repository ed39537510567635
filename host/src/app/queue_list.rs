//! Lists of queues in settings.

use serde::{Deserialize, Serialize};

use crate::domain::QueueName;

/// Names of queues: a list, or one text with commas, which is easier to type in a variable.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Vec<QueueName>")]
pub struct QueueList(pub Vec<QueueName>);

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    List(Vec<String>),
    Text(String),
}

impl TryFrom<Written> for QueueList {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let names = match written {
            Written::List(names) => names,
            Written::Text(text) => text.split(',').map(|name| name.trim().to_owned()).collect(),
        };
        let queues = names.iter().map(|name| name.parse());
        queues
            .collect::<Result<_, _>>()
            .map(Self)
            .map_err(|error: crate::domain::NameError| error.to_string())
    }
}

impl From<QueueList> for Vec<QueueName> {
    fn from(list: QueueList) -> Self {
        list.0
    }
}
