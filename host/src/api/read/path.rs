//! The id or the name in a path.

use std::fmt::Display;
use std::str::FromStr;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use crate::api::problem::{Kind, Problem};

/// The id in the path, such as a [`crate::domain::JobId`].
pub(in crate::api) struct PathId<Id>(pub(in crate::api) Id);

/// The name in the path, such as a [`crate::domain::PluginName`].
pub(in crate::api) struct PathName<Name>(pub(in crate::api) Name);

impl<S: Send + Sync, Id: FromStr<Err: Display>> FromRequestParts<S> for PathId<Id> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        read(parts, state).await.map(Self)
    }
}

impl<S: Send + Sync, Name: FromStr<Err: Display>> FromRequestParts<S> for PathName<Name> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        read(parts, state).await.map(Self)
    }
}

async fn read<T: FromStr<Err: Display>>(parts: &mut Parts, state: &(impl Send + Sync)) -> Result<T, Problem> {
    let Path(text) = Path::<String>::from_request_parts(parts, state)
        .await
        .map_err(|rejection| Problem::new(Kind::MALFORMED, rejection.body_text()))?;
    text.parse().map_err(|error: T::Err| Problem::new(Kind::MALFORMED, error.to_string()))
}
