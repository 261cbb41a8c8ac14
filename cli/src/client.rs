//! A client of the REST API, as the commands use it.

use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use devos_contracts::problem::Problem;
use reqwest::blocking::{Client as Http, RequestBuilder, Response};
use reqwest::header::SET_COOKIE;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::config;
use crate::place::Place;

/// The API, with somebody's credentials.
#[derive(Clone)]
pub struct Client {
    http: Http,
    url: String,
    credentials: Credentials,
}

#[derive(Clone)]
enum Credentials {
    Token(String),
    Cookie(String),
    None,
}

impl Client {
    /// The API that `--url`, `DEVOS_URL` or the running `devos up` names.
    pub fn open(url: Option<String>) -> Result<Self> {
        let local = Place::locate("local")?.access();
        let url = url
            .or_else(config::url)
            .or_else(|| local.as_ref().map(|access| access.url.clone()))
            .context("no server is known; start one with `devos up`, or set DEVOS_URL and DEVOS_TOKEN")?;
        let token = config::token().or_else(|| local.filter(|access| access.url == url).map(|access| access.token));
        let token = token.context("no API token is known; set DEVOS_TOKEN (the dashboard makes one under Settings)")?;
        Self::with_token(&url, token)
    }

    /// The API at `url` with a token.
    pub fn with_token(url: &str, token: String) -> Result<Self> {
        Ok(Self { http: http()?, url: url.trim_end_matches('/').to_owned(), credentials: Credentials::Token(token) })
    }

    /// The API as a person, signed in with a one-time link.
    pub fn sign_in(url: &str, link: &str) -> Result<Self> {
        let mut client =
            Self { http: http()?, url: url.trim_end_matches('/').to_owned(), credentials: Credentials::None };
        let request = client.http.post(client.at("/sign-in/link")).json(&serde_json::json!({ "token": link }));
        let response = check(request.send().context("the server does not answer")?)?;
        let cookie = response.headers().get(SET_COOKIE).and_then(|value| value.to_str().ok());
        let cookie = cookie.and_then(|cookie| cookie.split(';').next()).context("the server set no session")?;
        client.credentials = Credentials::Cookie(cookie.to_owned());
        Ok(client)
    }

    /// The server's address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The bearer token; empty for a signed-in person.
    pub fn token(&self) -> &str {
        match &self.credentials {
            Credentials::Token(token) => token,
            _ => "",
        }
    }

    fn at(&self, path: &str) -> String {
        format!("{}/api/v1{path}", self.url)
    }

    /// `GET`.
    pub fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.send(self.http.get(self.at(path)))
    }

    /// `POST` with a JSON body.
    pub fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T> {
        self.send(self.http.post(self.at(path)).json(body))
    }

    /// `POST` of a report of some media type.
    pub fn upload<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        media: &str,
        body: Vec<u8>,
    ) -> Result<T> {
        let request = self.http.post(self.at(path)).query(query).header("content-type", media);
        self.send(request.body(body))
    }

    /// `DELETE`.
    pub fn delete(&self, path: &str) -> Result<()> {
        check(self.authorised(self.http.delete(self.at(path))).send().context("the server does not answer")?)?;
        Ok(())
    }

    fn authorised(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.credentials {
            Credentials::Token(token) => request.bearer_auth(token),
            Credentials::Cookie(cookie) => request.header("cookie", cookie),
            Credentials::None => request,
        }
    }

    fn send<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T> {
        let response = self.authorised(request).send().with_context(|| format!("{} does not answer", self.url))?;
        check(response)?.json().context("the server's answer is not understood; are client and server of one version?")
    }
}

fn http() -> Result<Http> {
    Ok(Http::builder().timeout(Duration::from_mins(1)).build()?)
}

/// A problem document becomes the error's text.
fn check(response: Response) -> Result<Response> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let text = response.text().unwrap_or_default();
    match serde_json::from_str::<Problem>(&text) {
        Ok(problem) => Err(anyhow!("{}: {} (request {})", problem.title, problem.detail, problem.request_id)),
        Err(_) => bail!("the server answered {status}"),
    }
}
