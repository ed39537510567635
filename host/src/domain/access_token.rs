//! Tokens that are kept in the store. The host keeps their digests, from which no token can be read.

use std::fmt;
use std::str::FromStr;

use super::{Digest, QueueName, Scope, Submitter, TaskName, TaskPattern, Timestamp};

/// The most tokens in a store. All of them are compared for each request.
pub const TOKENS_MAX: usize = 1_000;

/// The most queues, and the most task patterns, that a token is bound to.
pub const TOKEN_BOUNDS_MAX: usize = 32;

/// The longest name of a token, in characters.
const NAME_CHARS_MAX: usize = 64;

/// Names a token: the first eight bytes of its digest. They reveal nothing of the token.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TokenId([u8; 8]);

impl TokenId {
    /// The id of the token with this digest.
    pub fn of(digest: &Digest) -> Self {
        let bytes = digest.as_bytes().first_chunk().expect("a digest has 32 bytes");
        Self(*bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for TokenId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u64::from_str_radix(text, 16).ok().filter(|_| digits);
        let number = number
            .ok_or_else(|| format!("{text:?} is not the id of a token, which has 16 hexadecimal digits"))?;
        Ok(Self(number.to_be_bytes()))
    }
}

/// The queues and tasks that a token is bound to. An empty list binds to nothing: all are allowed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TokenBounds {
    /// The queues.
    pub queues: Vec<QueueName>,
    /// The tasks.
    pub tasks: Vec<TaskPattern>,
}

impl TokenBounds {
    /// Whether all queues and tasks are allowed.
    pub fn is_empty(&self) -> bool {
        self.queues.is_empty() && self.tasks.is_empty()
    }

    /// Whether jobs of this task in this queue are within the bounds.
    pub fn admit(&self, queue: &QueueName, task: &TaskName) -> bool {
        self.admit_queue(queue) && self.admit_task(task)
    }

    /// Whether the queue is within the bounds.
    pub fn admit_queue(&self, queue: &QueueName) -> bool {
        self.queues.is_empty() || self.queues.contains(queue)
    }

    /// Whether the task is within the bounds.
    pub fn admit_task(&self, task: &TaskName) -> bool {
        self.tasks.is_empty() || self.tasks.iter().any(|pattern| pattern.matches(task))
    }
}

/// A token of the store.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccessToken {
    /// Its name, to which jobs belong. Several tokens may have the same one, while a new one takes over.
    pub name: String,
    /// The SHA-256 digest of the token itself.
    pub digest: Digest,
    /// Its scopes.
    pub scopes: Vec<Scope>,
    /// The queues and tasks that it is bound to.
    pub bounds: TokenBounds,
    /// When it was made.
    pub created_at: Timestamp,
    /// The token that made it, if the host had one.
    pub created_by: Submitter,
    /// The end of its validity.
    pub expires_at: Option<Timestamp>,
    /// Its last use, to the minute.
    pub last_used_at: Option<Timestamp>,
}

impl AccessToken {
    /// Its id.
    pub fn id(&self) -> TokenId {
        TokenId::of(&self.digest)
    }

    /// Whether it has expired.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }

    /// The same token, used at least as late as this.
    pub fn used(self, at: Timestamp) -> Self {
        Self { last_used_at: self.last_used_at.max(Some(at)), ..self }
    }
}

/// The reason why this is no name of a token, if it is none.
pub fn token_name_problem(name: &str) -> Option<String> {
    let is_fine = |char: char| char.is_ascii_alphanumeric() || "._@-".contains(char);
    let right = !name.is_empty() && name.chars().count() <= NAME_CHARS_MAX && name.chars().all(is_fine);
    (!right).then(|| {
        format!(
            "must have 1 to {NAME_CHARS_MAX} letters, digits, dots, hyphens, underscores or @, such as \"ci\""
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_beginning_of_the_digest_and_is_read_again() {
        let digest = Digest::of(b"token");
        let id = TokenId::of(&digest);
        assert!(digest.to_hex().starts_with(&id.to_string()));
        assert_eq!(id.to_string().parse(), Ok(id));
        for wrong in ["", "+123456789abcdef", "0123456789abcdeg", "0123456789abcdef0"] {
            assert!(wrong.parse::<TokenId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn bounds_admit_what_they_name_and_empty_ones_everything() {
        let (mail, sms) = ("mail".parse().unwrap(), "sms".parse().unwrap());
        let (send, drop) = ("mail.send".parse().unwrap(), "drop".parse().unwrap());
        assert!(TokenBounds::default().admit(&mail, &send));
        let bounds = TokenBounds { queues: vec![mail], tasks: vec!["mail.*".parse().unwrap()] };
        let mail: QueueName = "mail".parse().unwrap();
        assert!(bounds.admit(&mail, &send));
        assert!(!bounds.admit(&mail, &drop) && !bounds.admit(&sms, &send));
    }

    #[test]
    fn a_name_is_short_and_plain() {
        assert_eq!(token_name_problem("ci@build-1.x_y"), None);
        for wrong in ["", "a b", "a\n", "ä", &"a".repeat(65)] {
            assert!(token_name_problem(wrong).is_some(), "{wrong}");
        }
    }
}
