//! Calls of the REST API.

use devos_contracts::problem::{Problem, ProblemCode};
use gloo_net::http::{Request, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::session::Session;

/// Why a call did not give what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure, for a heading.
    pub title: String,
    /// What was wrong this time.
    pub detail: String,
    /// The API's stable code; none when no answer of the API was read.
    pub code: Option<ProblemCode>,
    /// Finds the request in the server's logs.
    pub request_id: Option<String>,
}

impl Failure {
    fn unreachable(detail: &str) -> Self {
        Self { title: "The server can not be reached".into(), detail: detail.to_owned(), code: None, request_id: None }
    }

    fn unreadable() -> Self {
        Self {
            title: "Unexpected answer".into(),
            detail: "The server answered with something this page does not understand. Reloading may help: the page could be older than the server.".into(),
            code: None,
            request_id: None,
        }
    }

    /// True when what was asked for does not exist.
    pub fn is_missing(&self) -> bool {
        self.code == Some(ProblemCode::NotFound)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self {
            title: problem.title,
            detail: problem.detail,
            code: Some(problem.code),
            request_id: Some(problem.request_id),
        }
    }
}

/// The text of an answer, or why there is none.
pub type Answer = Result<String, Failure>;

/// The API as the signed-in person.
#[derive(Clone, Copy)]
pub struct Api {
    session: Session,
}

impl Api {
    /// An API that reports a lost session.
    pub fn new(session: Session) -> Self {
        Self { session }
    }

    /// Reads.
    pub async fn get<T: DeserializeOwned>(self, path: &str) -> Result<T, Failure> {
        decode(self.read(path).await)
    }

    /// Reads the text of an answer.
    pub async fn read(self, path: &str) -> Answer {
        self.text(Request::get(&url(path)), None).await
    }

    /// Posts, and reads the answer.
    pub async fn post<T: DeserializeOwned>(self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        decode(self.text(Request::post(&url(path)), Some(json(body))).await)
    }

    /// Posts; the answer does not matter.
    pub async fn tell(self, path: &str, body: &impl Serialize) -> Result<(), Failure> {
        self.text(Request::post(&url(path)), Some(json(body))).await.map(drop)
    }

    /// Puts; the answer does not matter.
    pub async fn put(self, path: &str, body: &impl Serialize) -> Result<(), Failure> {
        self.text(Request::put(&url(path)), Some(json(body))).await.map(drop)
    }

    /// Puts on top of a known version, and reads the answer.
    pub async fn put_version<T: DeserializeOwned>(
        self,
        path: &str,
        version: i64,
        body: &impl Serialize,
    ) -> Result<T, Failure> {
        let request = Request::put(&url(path)).header("if-match", &format!("\"{version}\""));
        decode(self.text(request, Some(json(body))).await)
    }

    /// Deletes.
    pub async fn delete(self, path: &str) -> Result<(), Failure> {
        self.text(Request::delete(&url(path)), None).await.map(drop)
    }

    async fn text(self, request: RequestBuilder, body: Option<String>) -> Answer {
        let response = self.answered(request, body).await?;
        response.text().await.map_err(|error| Failure::unreachable(&error.to_string()))
    }

    async fn answered(self, request: RequestBuilder, body: Option<String>) -> Result<Response, Failure> {
        let session = self.session.number();
        let request = request.header("accept", "application/json");
        let request = match body {
            Some(body) => request.header("content-type", "application/json").body(body),
            None => request.build(),
        };
        let request = request.map_err(|error| Failure::unreachable(&error.to_string()))?;
        let response =
            request.send().await.map_err(|_| Failure::unreachable("Check your connection; nothing was changed."))?;
        if response.ok() {
            return Ok(response);
        }
        let text = response.text().await.unwrap_or_default();
        let failure = decode::<Problem>(Ok(text)).map_or_else(|unreadable| unreadable, Failure::from);
        if failure.code == Some(ProblemCode::Unauthenticated) {
            self.session.lose(session);
        }
        Err(failure)
    }
}

/// Reads the text of an answer as what it stands for.
pub fn decode<T: DeserializeOwned>(answer: Answer) -> Result<T, Failure> {
    serde_json::from_str(&answer?).map_err(|_| Failure::unreadable())
}

fn url(path: &str) -> String {
    format!("/api/v1{path}")
}

fn json(body: &impl Serialize) -> String {
    // The contracts' types hold nothing that JSON can not express.
    serde_json::to_string(body).unwrap_or_default()
}
