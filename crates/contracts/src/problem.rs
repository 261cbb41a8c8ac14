//! Errors as clients see them: RFC 9457 problem documents with stable codes.

use serde::{Deserialize, Serialize};

/// The stable machine-readable reason of a failed request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// 400: the body or a parameter is not of the documented form.
    Malformed,
    /// 401: no credentials, or unknown, expired or revoked ones.
    Unauthenticated,
    /// 403: known, but this action is not granted.
    Forbidden,
    /// 403: a browser sent a mutation from another origin.
    CrossOrigin,
    /// 404: it does not exist, or not for this tenant.
    NotFound,
    /// 405: the path exists, the method does not.
    MethodNotAllowed,
    /// 409: the present state does not allow it.
    Conflict,
    /// 412: `If-Match` names an older version.
    PreconditionFailed,
    /// 413: larger than allowed, before or after decompression.
    TooLarge,
    /// 415: unknown content type or encoding.
    UnsupportedMedia,
    /// 422: well-formed, but refused by a rule; `detail` says which.
    Invalid,
    /// 428: this change needs an `If-Match` header.
    PreconditionRequired,
    /// 429: too many; `Retry-After` says when again.
    RateLimited,
    /// 500: our fault; the request id finds it in the logs.
    Internal,
    /// 503: overloaded or the database is away; `Retry-After` says when again.
    Unavailable,
}

impl ProblemCode {
    /// The HTTP status that carries this code.
    pub fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden | Self::CrossOrigin => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::Conflict => 409,
            Self::PreconditionFailed => 412,
            Self::TooLarge => 413,
            Self::UnsupportedMedia => 415,
            Self::Invalid => 422,
            Self::PreconditionRequired => 428,
            Self::RateLimited => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }

    /// A short human title, the same for every occurrence of the code.
    pub fn title(self) -> &'static str {
        match self {
            Self::Malformed => "Malformed request",
            Self::Unauthenticated => "Sign in or send a valid token",
            Self::Forbidden => "Not allowed",
            Self::CrossOrigin => "Cross-origin request refused",
            Self::NotFound => "Not found",
            Self::MethodNotAllowed => "Method not allowed",
            Self::Conflict => "Conflict with the present state",
            Self::PreconditionFailed => "Changed since you read it",
            Self::TooLarge => "Too large",
            Self::UnsupportedMedia => "Unsupported content type or encoding",
            Self::Invalid => "Refused by a rule",
            Self::PreconditionRequired => "If-Match required",
            Self::RateLimited => "Too many requests",
            Self::Internal => "Internal error",
            Self::Unavailable => "Temporarily unavailable",
        }
    }
}

/// The body of every failed request (`application/problem+json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// `about:blank#{code}`; the code is what to match on.
    pub r#type: String,
    /// The code's title.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable code.
    pub code: ProblemCode,
    /// What was wrong this time, for a person; never holds a secret.
    pub detail: String,
    /// Finds this request in the server's logs.
    pub request_id: String,
}
