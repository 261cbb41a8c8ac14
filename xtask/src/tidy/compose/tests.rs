use super::*;

const GOOD: &str = r"
services:
  db:
    image: example/db:17
    environment: { POSTGRES_DB: x }
    env_file: [infra/db.env]
    volumes: [data:/data]
    healthcheck: { test: [CMD, ready] }
    mem_limit: 1g
  migrate:
    build: { context: ., dockerfile: infra/Containerfile }
    depends_on: { db: { condition: service_healthy } }
    environment: { DATABASE_URL: postgres://db }
    restart: 'no'
    mem_limit: 256m
volumes:
  data:
";

fn offences(compose: &str) -> Vec<Offence> {
    let source = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
    check(&[
        source(FILE, compose),
        source("infra/Containerfile", ""),
        source("infra/db.env.example", "# Passwords\nPOSTGRES_PASSWORD=x\nAPP_PASSWORD=x\n"),
        source("infra/roles.sh", "psql --set=app=\"$APP_PASSWORD\""),
        source("server/src/config.rs", "const URL: &str = \"DATABASE_URL\";"),
    ])
}

#[test]
fn a_good_file_has_no_offence() {
    assert_eq!(offences(GOOD), []);
}

#[test]
fn each_fault_is_told() {
    let faults = [
        ("example/db:17", "example/db", "not pinned"),
        ("example/db:17", "example/db:latest", "not pinned"),
        ("infra/Containerfile", "infra/Nothing", "does not exist"),
        ("depends_on: { db:", "depends_on: { cache:", "which is not there"),
        ("condition: service_healthy", "condition: service_happy", "unknown condition"),
        ("    healthcheck: { test: [CMD, ready] }\n", "", "has no healthcheck"),
        ("    healthcheck: { test: [CMD, ready] }\n", "", "has no check"),
        ("data:/data", "other:/data", "not declared"),
        ("DATABASE_URL:", "DATABASE_ULR:", "which nothing reads"),
        ("POSTGRES_DB:", "POSTGRES_BD:", "which nothing reads"),
        ("infra/db.env", "infra/app.env", "infra/app.env.example does not exist"),
        ("    mem_limit: 1g\n", "", "has no mem_limit"),
        ("    image: example/db:17\n", "", "neither image nor build"),
        ("services:", "services", "docker-compose.yml"),
    ];
    for (part, with, told) in faults {
        assert!(GOOD.contains(part), "{part}");
        let found = offences(&GOOD.replacen(part, with, 1));
        assert!(found.iter().any(|offence| offence.to_string().contains(told)), "{told}: {found:?}");
    }
}

#[test]
fn a_variable_of_an_environment_file_that_nothing_reads_is_told() {
    let source = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
    let one = source("infra/db.env.example", "APP_PASSWORD=x");
    let compose =
        source(FILE, "services: { db: { image: 'x:1', env_file: [infra/db.env], restart: 'no', mem_limit: 1g } }");
    let found = check(&[compose, one]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].to_string().contains("APP_PASSWORD"), "{found:?}");
}
