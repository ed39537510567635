//! Routes, each with the access that it requires. Modules offer routes only in this form, so that none is served without
//! a guard.

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::MethodRouter;
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::{Operation, PathItem, Paths};
use utoipa::openapi::security::SecurityRequirement;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use super::Api;
use super::access::{Guard, Need, Scope, Tokens, guard};

/// The name of the security scheme in the description.
pub(super) const SECURITY_SCHEME: &str = "token";

/// A set of routes.
#[derive(Default)]
pub(super) struct Routes(Vec<(Need, Route)>);

enum Route {
    /// Operations in the description of the API.
    Described(UtoipaMethodRouter<Api>),
    /// A path outside the description: pages, probes.
    Plain(&'static str, MethodRouter<Api>),
}

impl Routes {
    /// Adds operations of the API that require the same access.
    pub(super) fn operations(mut self, need: Need, operations: UtoipaMethodRouter<Api>) -> Self {
        self.0.push((need, Route::Described(operations)));
        self
    }

    /// Adds the methods of a path outside the description of the API.
    pub(super) fn plain(mut self, need: Need, path: &'static str, methods: MethodRouter<Api>) -> Self {
        self.0.push((need, Route::Plain(path, methods)));
        self
    }

    /// These routes and others.
    pub(super) fn and(mut self, others: Routes) -> Self {
        self.0.extend(others.0);
        self
    }

    /// The routes behind their guards, and the description with all operations and the access that they require.
    pub(super) fn guarded(self, tokens: &Tokens, description: OpenApi) -> (Router<Api>, OpenApi) {
        let add = |router: OpenApiRouter<Api>, (need, route)| {
            let guarded = |methods: MethodRouter<Api>| {
                methods.route_layer(from_fn_with_state(Guard { tokens: tokens.clone(), need }, guard))
            };
            match route {
                Route::Described((schemas, paths, methods)) => {
                    router.routes((schemas, described(paths, need), guarded(methods)))
                }
                Route::Plain(path, methods) => router.route(path, guarded(methods)),
            }
        };
        self.0.into_iter().fold(OpenApiRouter::with_openapi(description), add).split_for_parts()
    }
}

fn described(mut paths: Paths, need: Need) -> Paths {
    paths.paths.values_mut().flat_map(operations).for_each(|operation| describe(operation, need));
    paths
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let methods = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
    methods.into_iter().flatten()
}

/// One of several scopes is enough; the empty alternative stands for a host without tokens, which requires none.
fn describe(operation: &mut Operation, need: Need) {
    let alternative = |scope: &Scope| SecurityRequirement::new(SECURITY_SCHEME, [scope.as_str()]);
    let alternatives = need.scopes().iter().map(alternative).chain([SecurityRequirement::default()]);
    operation.security = Some(alternatives.collect());
    let text = operation.description.take().map(|text| format!("{text}\n\n")).unwrap_or_default();
    operation.description = Some(format!("{text}{}", need.in_words()));
}
