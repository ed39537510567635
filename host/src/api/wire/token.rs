//! A token outside. The token itself is shown once, when it is made.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use super::one_of::{OneOf, ScopeName};
use crate::api::read::{Read, Value};
use crate::domain::{Timestamp, TokenBounds};
use crate::tokens::{Key, Made, NewToken};

/// An access token, without the token itself.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Token)]
pub(in crate::api) struct TokenBody {
    /// Its id: the first 16 hexadecimal digits of its SHA-256 digest.
    #[schema(example = "9f86d081884c7d65")]
    id: String,
    /// Its name, to which jobs belong.
    name: String,
    scopes: Vec<ScopeName>,
    /// The queues that it is bound to; all when empty.
    queues: Vec<String>,
    /// The tasks that it is bound to, such as `mail.*`; all when empty.
    tasks: Vec<String>,
    /// Whether it stands in the settings of the host, where alone it can be removed.
    in_settings: bool,
    /// When it was made; null if it stands in the settings.
    #[schema(format = DateTime)]
    created_at: Option<String>,
    /// Name of the token that made it; null if it stands in the settings, or if the host had none.
    created_by: Option<String>,
    /// The end of its validity; null without one.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// Its last use, to the minute; of one in the settings, since the start of the host.
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
}

/// A new token.
#[derive(Serialize, ToSchema)]
#[schema(as = MadeToken)]
pub(in crate::api) struct MadeTokenBody {
    #[serde(flatten)]
    #[schema(inline)]
    about: TokenBody,
    /// The token itself. It is shown only in this response.
    token: String,
    /// Whether this is the first token: the host was open, and answers only requests with a token from now on.
    closes_host: bool,
}

/// A token to make.
#[derive(ToSchema)]
#[schema(as = NewToken)]
#[allow(dead_code, reason = "describes what `read_new_token` reads")]
pub(in crate::api) struct NewTokenBody {
    /// 1 to 64 letters, digits, dots, hyphens, underscores or @. Several tokens may have the same name.
    #[schema(example = "ci")]
    name: String,
    /// At least one. Of a token that is bound to queues or tasks: `submit`, `read`, `queues` and those on jobs.
    scopes: Vec<ScopeName>,
    /// The queues that it is bound to; all when left out.
    queues: Option<Vec<String>>,
    /// The tasks that it is bound to, such as `mail.*`; all when left out.
    tasks: Option<Vec<String>>,
    /// The end of its validity.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// The same, from now on, instead of `expires_at`.
    #[schema(example = "90d")]
    expires_in: Option<String>,
}

/// Reads a token to make.
pub(in crate::api) fn read_new_token(value: Value<'_>, now: Timestamp) -> Read<NewToken> {
    let mut fields = value.object()?;
    let name = fields.required("name", Value::text);
    let scopes = fields.required("scopes", |value| value.list(Value::parsed));
    let queues = fields.optional("queues", |value| value.list(Value::parsed));
    let tasks = fields.optional("tasks", |value| value.list(Value::parsed));
    if fields.has("expires_at") && fields.has("expires_in") {
        fields.refuse("expires_in", "excludes expires_at; set only one");
    }
    let at = fields.optional("expires_at", Value::parsed);
    let expires_in: Option<Duration> = fields.optional("expires_in", Value::duration);
    fields.finish(|| {
        let bounds = TokenBounds { queues: queues.unwrap_or_default(), tasks: tasks.unwrap_or_default() };
        let expires_at = at.or(expires_in.map(|time| now.plus(time)));
        let mut scopes: Vec<_> = scopes?;
        scopes.sort_unstable();
        scopes.dedup();
        Some(NewToken { name: name?, scopes, bounds, expires_at })
    })
}

impl From<&Key> for TokenBody {
    fn from(key: &Key) -> Self {
        let token = &key.token;
        Self {
            id: token.id().to_string(),
            name: token.name.clone(),
            scopes: token.scopes.iter().copied().map(OneOf).collect(),
            queues: token.bounds.queues.iter().map(ToString::to_string).collect(),
            tasks: token.bounds.tasks.iter().cloned().map(String::from).collect(),
            in_settings: key.is_fixed,
            created_at: (!key.is_fixed).then(|| token.created_at.to_string()),
            created_by: token.created_by.name().map(str::to_owned),
            expires_at: token.expires_at.map(|at| at.to_string()),
            last_used_at: key.used_at().map(|at| at.to_string()),
        }
    }
}

impl MadeTokenBody {
    /// The response to the request that made it.
    pub(in crate::api) fn new(made: &Made) -> Self {
        let about = TokenBody::from(&*made.key);
        Self { about, token: made.text.clone(), closes_host: made.closes_host }
    }
}
