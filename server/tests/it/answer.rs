//! An answer of the API, held to what every answer has.

use devos_contracts::problem::{Problem, ProblemCode};
use reqwest::RequestBuilder;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use serde::de::DeserializeOwned;

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    /// Sends a request and reads the whole answer; of a stream, which has no end, only its beginning.
    pub async fn to(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let streams = headers.get(CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
        let body = if streams { Vec::new() } else { response.bytes().await.unwrap().to_vec() };
        Self { status, headers, body }
    }

    /// A header's text, empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body of an answer with the given status.
    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self, status: u16) -> T {
        self.expect(status);
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// Fails unless the status is this one.
    #[track_caller]
    pub fn expect(&self, status: u16) {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("x-content-type-options"), "nosniff");
    }

    /// The detail of a refusal with the given code; every refusal is a problem document.
    #[track_caller]
    pub fn refused(&self, code: ProblemCode) -> String {
        assert_eq!(self.status, code.status(), "{}", self.text());
        assert_eq!(self.header(CONTENT_TYPE.as_str()), "application/problem+json", "{}", self.text());
        let problem: Problem =
            serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()));
        assert_eq!((problem.code, problem.status), (code, code.status()));
        assert_eq!(problem.title, code.title());
        assert_eq!(problem.r#type.strip_prefix("about:blank#"), serde_json::to_value(code).unwrap().as_str());
        assert!(!problem.request_id.is_empty());
        assert_eq!(problem.request_id, self.header("x-request-id"));
        assert!(!problem.detail.is_empty());
        let again = matches!(code, ProblemCode::RateLimited | ProblemCode::Unavailable);
        assert_eq!(self.headers.contains_key(RETRY_AFTER), again, "Retry-After is for what may be tried again");
        problem.detail
    }
}
