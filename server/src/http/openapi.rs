//! The REST router and the OpenAPI document, from the same handlers.

use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::operations::{Access, OPERATIONS, STREAMS};
use super::{Shared, account, events, patterns, proposals, repairs, repositories, telemetry, test_results, tokens};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "DevOS Cloud",
        description = "Telemetry and CI results in, proven pull requests out. Send an API token as \
                       `Authorization: Bearer dvs_...`, or sign in and use the session cookie. Every error is an RFC \
                       9457 problem with a stable `code` and the `request_id` that finds it in the logs.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(devos_contracts::problem::Problem))
)]
struct Base;

/// The REST routes with their descriptions.
pub fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(Base::openapi())
        .routes(routes!(account::sign_in))
        .routes(routes!(account::redeem_link))
        .routes(routes!(account::sign_out))
        .routes(routes!(account::me))
        .routes(routes!(account::set_password))
        .routes(routes!(tokens::list_tokens, tokens::create_token))
        .routes(routes!(tokens::revoke_token))
        .routes(routes!(repositories::list_repositories, repositories::connect_repository))
        .routes(routes!(repositories::get_repository))
        .routes(routes!(repositories::change_settings))
        .routes(routes!(repositories::list_test_runs))
        .routes(routes!(repositories::list_lint_findings))
        .routes(routes!(telemetry::search_logs))
        .routes(routes!(telemetry::count_logs))
        .routes(routes!(telemetry::search_traces))
        .routes(routes!(telemetry::get_trace))
        .routes(routes!(telemetry::list_metrics))
        .routes(routes!(telemetry::query_metric))
        .routes(routes!(telemetry::list_services))
        .routes(routes!(telemetry::list_drops))
        .routes(routes!(telemetry::list_tests))
        .routes(routes!(patterns::list_patterns))
        .routes(routes!(patterns::get_pattern))
        .routes(routes!(patterns::pause_pattern))
        .routes(routes!(patterns::resume_pattern))
        .routes(routes!(patterns::start_repair))
        .routes(routes!(repairs::list_repairs))
        .routes(routes!(repairs::get_repair))
        .routes(routes!(repairs::cancel_repair))
        .routes(routes!(proposals::list_proposals))
        .routes(routes!(proposals::get_proposal))
        .routes(routes!(proposals::approve_proposal))
        .routes(routes!(proposals::reject_proposal))
        .routes(routes!(events::stream))
}

/// The OpenAPI document: the routes above, the upload routes, problem answers and security.
pub fn document() -> utoipa::openapi::OpenApi {
    let upload = OpenApiRouter::<Shared>::new()
        .routes(routes!(test_results::upload_junit))
        .routes(routes!(test_results::upload_results));
    let mut document = router().into_openapi();
    document.merge(upload.into_openapi());
    let components = document.components.get_or_insert_default();
    let bearer = Http::builder().scheme(HttpAuthScheme::Bearer).bearer_format("dvs_...").build();
    components.add_security_scheme("token", SecurityScheme::Http(bearer));
    let cookie = ApiKey::Cookie(ApiKeyValue::new("__Host-devos"));
    components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            describe(operation);
        }
    }
    document
}

/// Adds what every operation has in common.
fn describe(operation: &mut utoipa::openapi::path::Operation) {
    use utoipa::openapi::security::SecurityRequirement;
    let problem = ResponseBuilder::new()
        .description("A problem document")
        .content(
            "application/problem+json",
            ContentBuilder::new().schema(Some(RefOr::Ref(Ref::from_schema_name("Problem")))).build(),
        )
        .build();
    operation.responses.responses.insert("default".into(), RefOr::T(problem));
    let id = operation.operation_id.as_deref().unwrap_or_default();
    let access = OPERATIONS.iter().chain(&STREAMS).find(|(known, _)| *known == id).map(|(_, access)| *access);
    let none: [&str; 0] = [];
    operation.security = match access {
        Some(Access::Public) => Some(vec![SecurityRequirement::default()]),
        _ => Some(vec![SecurityRequirement::new("token", none), SecurityRequirement::new("session", none)]),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_an_access_row_and_every_row_an_operation() {
        let document = document();
        let mut ids: Vec<String> = document
            .paths
            .paths
            .values()
            .flat_map(|item| [&item.get, &item.post, &item.put, &item.delete])
            .flatten()
            .map(|operation| operation.operation_id.clone().unwrap())
            .collect();
        ids.sort();
        let mut rows: Vec<String> = OPERATIONS.iter().chain(&STREAMS).map(|(id, _)| (*id).to_owned()).collect();
        rows.sort();
        assert_eq!(ids, rows);
    }
}
