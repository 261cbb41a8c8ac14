//! The dashboard, embedded in the binary.

use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use super::problem;

#[derive(RustEmbed)]
#[folder = "../web/dist"]
struct Bundle;

/// A file of the bundle; any other path that a browser navigates to is the application itself.
pub async fn serve(request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    if !matches!(*request.method(), Method::GET | Method::HEAD) || path.starts_with("api/") || path.starts_with("v1/") {
        return problem::not_found().await.into_response();
    }
    if let Some(file) = Bundle::get(path).filter(|_| path != "index.html") {
        // Bundle names carry a content hash, the rest may change with the next version.
        let hashed = path.split(['-', '.']).any(|part| part.len() == 16 && part.bytes().all(|b| b.is_ascii_hexdigit()));
        let cache = if hashed { "public, max-age=31536000, immutable" } else { "public, max-age=300" };
        let kind = file.metadata.mimetype().to_owned();
        return ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache.to_owned())], file.data).into_response();
    }
    let wants_page = !path.rsplit('/').next().unwrap_or_default().contains('.');
    match Bundle::get("index.html").filter(|_| wants_page) {
        Some(page) => {
            let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
            (headers, page.data).into_response()
        }
        None if wants_page => {
            (StatusCode::NOT_FOUND, "This build has no dashboard; build one with `cargo xtask web`.").into_response()
        }
        None => problem::not_found().await.into_response(),
    }
}
