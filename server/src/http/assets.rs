//! The dashboard, embedded in the binary.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use super::problem;

#[derive(RustEmbed)]
#[folder = "../web/dist"]
struct Bundle;

fn takes_brotli(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|coding| match coding.split_once(';') {
        None => coding.trim() == "br",
        Some((name, quality)) => {
            let quality = quality.trim().strip_prefix("q=").and_then(|quality| quality.parse::<f32>().ok());
            name.trim() == "br" && quality.is_some_and(|quality| quality > 0.0)
        }
    })
}

/// A file of the bundle; any other path that a browser navigates to is the application itself.
pub async fn serve(request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    if !matches!(*request.method(), Method::GET | Method::HEAD) || path.starts_with("api/") || path.starts_with("v1/") {
        return problem::not_found().await.into_response();
    }
    if let Some(file) = Bundle::get(path).filter(|_| path != "index.html") {
        let compressed = takes_brotli(request.headers()).then(|| Bundle::get(&format!("{path}.br"))).flatten();
        // Bundle names carry a content hash, the rest may change with the next version.
        let hashed = path.split(['-', '.']).any(|part| part.len() == 16 && part.bytes().all(|b| b.is_ascii_hexdigit()));
        let cache = if hashed { "public, max-age=31536000, immutable" } else { "public, max-age=300" };
        let mut response = match compressed {
            Some(small) => ([(header::CONTENT_ENCODING, "br")], small.data).into_response(),
            None => file.data.into_response(),
        };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Ok(kind) = HeaderValue::from_str(file.metadata.mimetype()) {
            headers.insert(header::CONTENT_TYPE, kind);
        }
        return response;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brotli_goes_to_those_who_take_it() {
        let takes = |value: &'static str| {
            takes_brotli(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]))
        };
        assert!(takes("gzip, deflate, br, zstd") && takes("br;q=0.5") && takes("br"));
        assert!(!takes("gzip") && !takes("br;q=0") && !takes("brotli") && !takes_brotli(&HeaderMap::new()));
    }
}
