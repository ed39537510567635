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

/// The id and the name in the path, such as those of an event of a job.
pub(in crate::api) struct PathIdAndName<Id, Name>(pub(in crate::api) Id, pub(in crate::api) Name);

impl<S, Id, Name> FromRequestParts<S> for PathIdAndName<Id, Name>
where
    S: Send + Sync,
    Id: FromStr<Err: Display>,
    Name: FromStr<Err: Display>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        let Path((id, name)) =
            path.map_err(|rejection| Problem::new(Kind::MALFORMED, rejection.body_text()))?;
        Ok(Self(parse(&id)?, parse(&name)?))
    }
}

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
    parse(&text)
}

fn parse<T: FromStr<Err: Display>>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|error: T::Err| Problem::new(Kind::MALFORMED, error.to_string()))
}
