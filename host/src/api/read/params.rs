//! The query of a request, or the fields of a posted form. Unknown and repeated names are refused.

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt::Display;
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::nearest::unknown;
use crate::api::problem::{FieldError, Problem};

/// Parameters by name. Reading one makes it known; unknown ones are refused.
pub(in crate::api) struct Params {
    given: Vec<(String, String)>,
    known: Vec<&'static str>,
    errors: Vec<FieldError>,
}

impl Params {
    /// The parameters of a text such as `limit=10&cursor=abc`.
    pub(in crate::api) fn of(encoded: &[u8]) -> Self {
        let owned = |(name, value): (Cow<'_, str>, Cow<'_, str>)| (name.into_owned(), value.into_owned());
        let given = url::form_urlencoded::parse(encoded).map(owned).collect();
        Self { given, known: Vec::new(), errors: Vec::new() }
    }

    /// A parameter as text.
    pub(in crate::api) fn text(&mut self, name: &'static str) -> Option<String> {
        self.known.push(name);
        let index = self.given.iter().position(|(given, _)| given == name)?;
        Some(self.given.remove(index).1)
    }

    /// A parameter whose name is made at run time.
    pub(in crate::api) fn named(&mut self, name: &str) -> Option<String> {
        let index = self.given.iter().position(|(given, _)| given == name)?;
        Some(self.given.remove(index).1)
    }

    /// A parameter that is read by its `FromStr`.
    pub(in crate::api) fn parsed<T: FromStr<Err: Display>>(&mut self, name: &'static str) -> Option<T> {
        self.read(name, |text| text.parse().map_err(|error: T::Err| error.to_string()))
    }

    /// A parameter that is read by this function.
    pub(in crate::api) fn read<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.text(name)?;
        read(&text).map_err(|detail| self.errors.push(FieldError::parameter(name, detail))).ok()
    }

    /// Refuses the request if there are errors or unknown parameters.
    pub(in crate::api) fn finish(mut self) -> Result<(), Problem> {
        for (name, _) in std::mem::take(&mut self.given) {
            let detail = match self.known.contains(&name.as_str()) {
                true => format!("the parameter {name:?} is given twice"),
                false => unknown("parameter", &name, &self.known),
            };
            self.errors.push(FieldError::parameter(name, detail));
        }
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::parameters(self.errors)) }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts.uri.query().unwrap_or_default().as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_repeated_and_unreadable_parameters_are_refused_together() {
        let mut params = Params::of(b"limit=ten&state=a&state=b&curser=x");
        assert_eq!(params.parsed::<u32>("limit"), None);
        assert_eq!(params.text("state").as_deref(), Some("a"));
        assert_eq!(params.text("cursor"), None);
        let problem = params.finish().unwrap_err();
        let names: Vec<_> = problem.errors().iter().map(|e| e.parameter.as_deref().unwrap()).collect();
        assert_eq!(names, ["limit", "state", "curser"]);
        assert!(problem.errors()[2].detail.contains("did you mean \"cursor\""));
    }
}
