//! Responses of templates, and the page of an error.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use super::frame::Frame;
use crate::api::problem::Problem;

/// A page, as HTML.
pub(super) fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => Problem::internal(error).into_response(),
    }
}

/// A part of a page that the script replaces.
pub(super) fn part(template: &impl Template) -> String {
    // A template of values in memory does not fail; if it does, the part stays unchanged.
    template.render().unwrap_or_default()
}

/// The page of an error.
pub(super) struct PageProblem(Problem);

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    frame: Frame,
    title: &'static str,
    detail: &'a str,
}

impl<E: Into<Problem>> From<E> for PageProblem {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for PageProblem {
    fn into_response(self) -> Response {
        let status = self.0.status();
        let title = match status {
            StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST => "There is nothing here",
            _ => "That did not work",
        };
        page(status, &ProblemPage { frame: Frame::bare(), title, detail: self.0.detail() })
    }
}
