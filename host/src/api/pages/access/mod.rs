//! The pages about who may do what: logging in and out, tokens, the audit log.

mod audit;
mod login;
mod tokens;

use axum::routing::{get, post};

use super::protected;
use crate::api::access::Need;
use crate::api::routes::Routes;
use crate::domain::AuditAction;

pub(super) fn routes() -> Routes {
    Routes::default()
        .plain(Need::Nothing, "/login", protected(get(login::show).post(login::log_in)))
        .plain(Need::Nothing, "/logout", protected(post(login::log_out)))
        .plain(Need::Audit, "/audit", protected(get(audit::show)))
        .plain(Need::Tokens, "/tokens", protected(get(tokens::show)))
        .plain_change(Need::Tokens, AuditAction::TokenCreate, "/tokens", protected(post(tokens::create)))
        .plain_change(
            Need::Tokens,
            AuditAction::TokenRevoke,
            "/tokens/{id}/revoke",
            protected(post(tokens::revoke)),
        )
}
