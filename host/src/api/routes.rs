//! Routes, each with the access that it requires. Modules offer routes only in this form, so that none is served without
//! a guard.

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::MethodRouter;
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::{Operation, PathItem, Paths};
use utoipa::openapi::security::SecurityRequirement;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use super::Api;
use super::access::{Guard, Need, guard};
use super::audit::audited;
use crate::domain::{AuditAction, Scope};

/// The name of the security scheme in the description.
pub(super) const SECURITY_SCHEME: &str = "token";

/// The member of an operation in the description that names its change in the audit log.
pub(super) const CHANGE_EXTENSION: &str = "x-audit";

/// A set of routes.
#[derive(Default)]
pub(super) struct Routes(Vec<(Rule, Route)>);

/// What a route declares beside its handlers.
#[derive(Clone, Copy)]
struct Rule {
    need: Need,
    /// The change that its handlers make, if the audit log records one.
    change: Option<AuditAction>,
}

enum Route {
    /// Operations in the description of the API.
    Described(UtoipaMethodRouter<Api>),
    /// A path outside the description: pages, probes.
    Plain(&'static str, MethodRouter<Api>),
}

impl Routes {
    /// Adds operations of the API that require the same access, and change nothing that the audit log records.
    pub(super) fn operations(self, need: Need, operations: UtoipaMethodRouter<Api>) -> Self {
        self.with(Rule { need, change: None }, Route::Described(operations))
    }

    /// Adds an operation of the API that changes something, with what the audit log calls it.
    pub(super) fn change(self, need: Need, change: AuditAction, operation: UtoipaMethodRouter<Api>) -> Self {
        self.with(Rule { need, change: Some(change) }, Route::Described(operation))
    }

    /// Adds the methods of a path outside the description of the API, which change nothing that the audit log records.
    pub(super) fn plain(self, need: Need, path: &'static str, methods: MethodRouter<Api>) -> Self {
        self.with(Rule { need, change: None }, Route::Plain(path, methods))
    }

    /// Adds a method of a path outside the description of the API that changes something.
    pub(super) fn plain_change(
        self,
        need: Need,
        change: AuditAction,
        path: &'static str,
        method: MethodRouter<Api>,
    ) -> Self {
        self.with(Rule { need, change: Some(change) }, Route::Plain(path, method))
    }

    /// These routes and others.
    pub(super) fn and(mut self, others: Routes) -> Self {
        self.0.extend(others.0);
        self
    }

    fn with(mut self, rule: Rule, route: Route) -> Self {
        self.0.push((rule, route));
        self
    }

    /// The routes behind their guards and before the audit log, and the description with all operations and the access
    /// that they require.
    pub(super) fn served(self, api: &Api, description: OpenApi) -> (Router<Api>, OpenApi) {
        self.split(description, |rule, methods| {
            let methods = match rule.change {
                Some(change) => methods.route_layer(from_fn_with_state((api.clone(), change), recorded)),
                None => methods,
            };
            methods.route_layer(from_fn_with_state(Guard { api: api.clone(), need: rule.need }, guard))
        })
    }

    /// The description alone.
    #[cfg(test)]
    pub(super) fn described(self, description: OpenApi) -> OpenApi {
        self.split(description, |_, methods| methods).1
    }

    fn split(
        self,
        description: OpenApi,
        wrapped: impl Fn(Rule, MethodRouter<Api>) -> MethodRouter<Api>,
    ) -> (Router<Api>, OpenApi) {
        let add = |router: OpenApiRouter<Api>, (rule, route): (Rule, Route)| match route {
            Route::Described((schemas, paths, methods)) => {
                router.routes((schemas, described(paths, rule), wrapped(rule, methods)))
            }
            Route::Plain(path, methods) => router.route(path, wrapped(rule, methods)),
        };
        self.0.into_iter().fold(OpenApiRouter::with_openapi(description), add).split_for_parts()
    }
}

async fn recorded(State((api, change)): State<(Api, AuditAction)>, request: Request, next: Next) -> Response {
    audited(&api.audit, change, request, next).await
}

fn described(mut paths: Paths, rule: Rule) -> Paths {
    paths.paths.values_mut().flat_map(operations).for_each(|operation| describe(operation, rule));
    paths
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let methods = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
    methods.into_iter().flatten()
}

/// One of several scopes is enough; the empty alternative stands for a host without tokens, which requires none.
fn describe(operation: &mut Operation, Rule { need, change }: Rule) {
    let alternative = |scope: &Scope| SecurityRequirement::new(SECURITY_SCHEME, [scope.as_str()]);
    let alternatives = need.scopes().iter().map(alternative).chain([SecurityRequirement::default()]);
    operation.security = Some(alternatives.collect());
    let recorded = change.map(|change| format!(" The audit log records it as `{change}`."));
    let text = operation.description.take().map(|text| format!("{text}\n\n")).unwrap_or_default();
    operation.description = Some(format!("{text}{}{}", need.in_words(), recorded.unwrap_or_default()));
    if let Some(change) = change {
        let extensions = operation.extensions.get_or_insert_default();
        extensions.insert(CHANGE_EXTENSION.to_owned(), change.as_str().into());
    }
}
