//! The compose file: what it starts exists, is pinned, watched, bounded, and is configured by known variables.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::Offence;
use super::rust::Code;
use crate::tree::Source;

const FILE: &str = "docker-compose.yml";

/// Variables read by others than us: the database image, the tracing library, the C library.
const FOREIGN: [&str; 6] = ["POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB", "RUST_LOG", "TZ", "PGDATA"];

#[derive(Deserialize)]
struct Compose {
    services: BTreeMap<String, Service>,
    #[serde(default)]
    volumes: BTreeMap<String, Option<serde_json::Value>>,
}

#[derive(Deserialize)]
struct Service {
    image: Option<String>,
    build: Option<Build>,
    #[serde(default)]
    depends_on: BTreeMap<String, Dependency>,
    #[serde(default)]
    environment: BTreeMap<String, Option<serde_json::Value>>,
    #[serde(default)]
    env_file: Vec<String>,
    #[serde(default)]
    volumes: Vec<String>,
    healthcheck: Option<serde_json::Value>,
    restart: Option<String>,
    mem_limit: Option<String>,
}

#[derive(Deserialize)]
struct Build {
    dockerfile: String,
}

#[derive(Deserialize)]
struct Dependency {
    condition: String,
}

/// Checks the compose file, if the tree has one.
pub fn check(sources: &[Source]) -> Vec<Offence> {
    let Some(file) = sources.iter().find(|source| source.path == FILE) else {
        return Vec::new();
    };
    let compose: Compose = match serde_saphyr::from_str(&file.text) {
        Ok(compose) => compose,
        Err(error) => return vec![Offence::of(FILE, error.to_string())],
    };
    let known = variables(sources);
    let paths: BTreeSet<&str> = sources.iter().map(|source| source.path.as_str()).collect();
    let services = compose.services.iter();
    let says = services.flat_map(|(name, service)| {
        let says = [
            origin(service, &paths),
            dependencies(service, &compose),
            volumes(service, &compose),
            environment(service, sources, &known),
            care(service),
        ];
        says.concat().into_iter().map(move |says| Offence::of(FILE, format!("service {name}: {says}")))
    });
    says.collect()
}

/// An image with a version, or a build whose file exists.
fn origin(service: &Service, paths: &BTreeSet<&str>) -> Vec<String> {
    let mut says = Vec::new();
    match (&service.image, &service.build) {
        (_, Some(build)) if !paths.contains(build.dockerfile.as_str()) => {
            says.push(format!("{} does not exist", build.dockerfile));
        }
        (Some(image), None) => {
            let tag = image.rsplit('/').next().and_then(|name| name.split_once(':')).map(|(_, tag)| tag);
            if tag.is_none_or(|tag| tag.is_empty() || tag == "latest") {
                says.push(format!("{image} is not pinned to a version"));
            }
        }
        (None, None) => says.push("has neither image nor build".to_owned()),
        _ => {}
    }
    says
}

/// What is waited for exists and can be waited for.
fn dependencies(service: &Service, compose: &Compose) -> Vec<String> {
    let says = service.depends_on.iter().filter_map(|(target, dependency)| {
        let Some(other) = compose.services.get(target) else {
            return Some(format!("waits for {target}, which is not there"));
        };
        match dependency.condition.as_str() {
            "service_completed_successfully" | "service_started" => None,
            "service_healthy" if other.healthcheck.is_some() => None,
            "service_healthy" => Some(format!("waits for the health of {target}, which has no check")),
            unknown => Some(format!("waits for {target} with the unknown condition {unknown}")),
        }
    });
    says.collect()
}

/// Named volumes are declared.
fn volumes(service: &Service, compose: &Compose) -> Vec<String> {
    let sources = service.volumes.iter().filter_map(|volume| volume.split(':').next());
    let undeclared = sources.filter(|source| !source.starts_with(['.', '/']) && !compose.volumes.contains_key(*source));
    undeclared.map(|source| format!("mounts {source}, which is not declared")).collect()
}

/// Every variable is read by somebody, those of the example beside an environment file too.
fn environment(service: &Service, sources: &[Source], known: &BTreeSet<String>) -> Vec<String> {
    let mut names: Vec<&str> = service.environment.keys().map(String::as_str).collect();
    let mut says = Vec::new();
    for file in &service.env_file {
        let example = format!("{file}.example");
        match sources.iter().find(|source| source.path == example) {
            Some(source) => {
                let lines = source.text.lines().filter(|line| !line.trim_start().starts_with('#'));
                names.extend(lines.filter_map(|line| line.split_once('=')).map(|(name, _)| name));
            }
            None => says.push(format!("{example} does not exist")),
        }
    }
    let unknown = names.into_iter().filter(|name| !known.contains(*name) && !FOREIGN.contains(name));
    says.extend(unknown.map(|name| format!("sets {name}, which nothing reads")));
    says
}

/// A long-running service is watched, and every service is bounded.
fn care(service: &Service) -> Vec<String> {
    let mut says = Vec::new();
    let runs_once = service.restart.as_deref() == Some("no");
    if !runs_once && service.healthcheck.is_none() {
        says.push("has no healthcheck".to_owned());
    }
    if service.mem_limit.is_none() {
        says.push("has no mem_limit".to_owned());
    }
    says
}

/// Names in capitals that stand in our configuration modules or in scripts of the containers.
fn variables(sources: &[Source]) -> BTreeSet<String> {
    let modules = sources.iter().filter(|source| source.name() == "config.rs");
    let literals = modules.filter_map(|source| Code::read(&source.text)).flat_map(|code| code.literals);
    let words = literals.map(|(_, literal)| literal.trim_matches('"').to_owned());

    let scripts = sources.iter().filter(|source| source.path.starts_with("infra/") && source.extension() == "sh");
    let uses = scripts.flat_map(|source| source.text.split('$').skip(1));
    let shell = uses.map(|rest| rest.trim_start_matches('{').chars().take_while(|c| is_of_name(*c)).collect());

    words.chain(shell).filter(|word| !word.is_empty() && word.chars().all(is_of_name)).collect()
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'
}

#[cfg(test)]
mod tests;
