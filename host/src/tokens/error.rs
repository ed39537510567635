//! Why a change of tokens was refused.

use crate::domain::{RequestProblem, TOKENS_MAX, TokenId};
use crate::ports::StorageError;

/// Why a token was not made or revoked.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The request has wrong values.
    #[error("the token is not valid")]
    Invalid(Vec<RequestProblem>),
    /// The caller lacks scopes that the token has.
    #[error("the token has scopes that the caller lacks: {0}; this requires the scope operate")]
    NotCovered(String),
    /// There are as many tokens as there may be.
    #[error("there are {TOKENS_MAX} tokens already; revoke one first")]
    TooMany,
    /// Without this token, nobody could make another one.
    #[error("this is the last token with the scope operate; make another one first")]
    LastOperator,
    /// It stands in the settings.
    #[error("the token {0:?} stands in the settings of the host; remove it there")]
    OfSettings(String),
    /// There is no such token.
    #[error("there is no token {0}")]
    Unknown(TokenId),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}
