//! Pages, one per file.

pub mod account;
pub mod home;
pub mod onboarding;
pub mod pattern;
pub mod patterns;
pub mod proposal;
pub mod proposals;
pub mod repair;
pub mod repairs;
pub mod repositories;
pub mod repository;
pub mod sign_in;
pub mod telemetry;
pub mod tokens;
