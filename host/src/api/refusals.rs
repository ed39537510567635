//! The HTTP form of the errors of use cases, which do not know HTTP.

use axum::http::header::RETRY_AFTER;

use crate::backups::BackupError;
use crate::domain::transition::Refusal;
use crate::domain::{CatalogError, RequestProblem};
use crate::intake::UnknownTask;
use crate::orders::OrderError;
use crate::plugins::PluginError;
use crate::ports::StorageError;
use crate::queue::{BulkError, OperationError, SubmitError};
use crate::schedules::ScheduleError;
use crate::tokens::TokenError;

use super::problem::{FieldError, Kind, Problem};

/// Seconds until a retry after a full disk: an operator has to free space.
const FULL_RETRY_SECONDS: u32 = 30;

/// Seconds until a retry of an upload: other compilations have to end first.
const COMPILE_RETRY_SECONDS: u32 = 10;

/// Seconds until a retry after any other fault.
const RETRY_SECONDS: u32 = 5;

impl From<RequestProblem> for FieldError {
    fn from(problem: RequestProblem) -> Self {
        Self::at(problem.pointer, problem.detail)
    }
}

fn invalid(problems: Vec<RequestProblem>) -> Problem {
    Problem::fields(problems.into_iter().map(FieldError::from).collect())
}

impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::NotFound { .. } => Problem::new(Kind::NOT_FOUND, error.to_string()),
            StorageError::Refused(refusal) => refusal.into(),
            StorageError::Catalog(error) => error.into(),
            StorageError::KeyReused => Problem::new(Kind::KEY_REUSED, error.to_string()),
            StorageError::Full(reason) => {
                tracing::error!(reason, "the disk is full");
                let detail = "the host's disk is full; it accepts nothing new until space is freed";
                Problem::new(Kind::DISK_FULL, detail).with_header(RETRY_AFTER, FULL_RETRY_SECONDS.into())
            }
            StorageError::Unavailable(reason) => {
                tracing::error!(reason, "storage cannot be written");
                let detail = "the host cannot write to its storage now; try again later";
                Problem::new(Kind::UNAVAILABLE, detail).with_header(RETRY_AFTER, RETRY_SECONDS.into())
            }
            StorageError::Corrupt(_) => Problem::internal(error),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let kind = if matches!(refusal, Refusal::Foreign(_) | Refusal::Beyond(_)) {
            Kind::FORBIDDEN
        } else {
            Kind::CONFLICT
        };
        Problem::new(kind, refusal.to_string())
    }
}

impl From<CatalogError> for Problem {
    fn from(error: CatalogError) -> Self {
        let detail = error.to_string();
        match error {
            CatalogError::UnknownPlugin(_) => Problem::new(Kind::NOT_FOUND, detail),
            CatalogError::UnknownVersion { .. } => Problem::fields(vec![FieldError::at("/version", detail)]),
            CatalogError::TaskTaken { .. } => Problem::new(Kind::CONFLICT, detail),
        }
    }
}

impl From<OrderError> for Problem {
    fn from(error: OrderError) -> Self {
        match error {
            OrderError::Invalid(problems) => invalid(problems),
            OrderError::NoPlugin => Problem::new(Kind::UNAVAILABLE, error.to_string()),
            OrderError::Storage(error) => error.into(),
        }
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Invalid(problems) => invalid(problems),
            SubmitError::UnknownTask { pointer, unknown } => unknown_task(&pointer, &unknown),
            SubmitError::Foreign(problem) => Problem::forbidden(problem.into()),
            SubmitError::Storage(error) => error.into(),
        }
    }
}

impl From<BulkError> for Problem {
    fn from(error: BulkError) -> Self {
        match error {
            BulkError::WithoutIds | BulkError::BeyondBounds => {
                Problem::new(Kind::FORBIDDEN, error.to_string())
            }
            BulkError::Storage(error) => error.into(),
        }
    }
}

impl From<OperationError> for Problem {
    fn from(error: OperationError) -> Self {
        match error {
            OperationError::TooMany => Problem::new(Kind::CONFLICT, error.to_string()),
            OperationError::Storage(error) => error.into(),
        }
    }
}

impl From<BackupError> for Problem {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::UnderWay => Problem::new(Kind::CONFLICT, error.to_string()),
            BackupError::Storage(error) => error.into(),
        }
    }
}

impl From<ScheduleError> for Problem {
    fn from(error: ScheduleError) -> Self {
        match error {
            ScheduleError::Invalid(problems) => invalid(problems),
            ScheduleError::UnknownTask(unknown) => unknown_task("/job/task", &unknown),
            ScheduleError::Storage(error) => error.into(),
        }
    }
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Invalid(problems) => invalid(problems),
            TokenError::NotCovered(_) => Problem::new(Kind::FORBIDDEN, error.to_string()),
            TokenError::TooMany | TokenError::LastOperator | TokenError::OfSettings(_) => {
                Problem::new(Kind::CONFLICT, error.to_string())
            }
            TokenError::Unknown(_) => Problem::new(Kind::NOT_FOUND, error.to_string()),
            TokenError::Storage(error) => error.into(),
        }
    }
}

/// No plugin offers the task; suggests the nearest name.
fn unknown_task(pointer: &str, unknown: &UnknownTask) -> Problem {
    let known: Vec<_> = unknown.known.iter().map(|name| name.as_str()).collect();
    let advice = super::read::nearest_or_all(unknown.task.as_str(), &known);
    Problem::fields(vec![FieldError::at(pointer, format!("{unknown}; {advice}"))])
}

impl From<PluginError> for Problem {
    fn from(error: PluginError) -> Self {
        match error {
            PluginError::Unfit(unfit) => Problem::new(Kind::UNFIT, unfit.to_string()),
            PluginError::Later(_) => Problem::new(Kind::UNAVAILABLE, error.to_string())
                .with_header(RETRY_AFTER, COMPILE_RETRY_SECONDS.into()),
            PluginError::Catalog(error) => error.into(),
            PluginError::Invalid(problems) => invalid(problems),
            PluginError::UnknownSecret(_) | PluginError::UnknownPlugin(_) => {
                Problem::new(Kind::NOT_FOUND, error.to_string())
            }
            PluginError::Storage(error) => error.into(),
        }
    }
}
