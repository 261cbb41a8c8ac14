use super::{is_about_secrets, may_store};

#[test]
fn code_may_be_stored_at_any_depth() {
    for path in [
        "src/main.rs",
        "/src/main.rs",
        "./src/main.rs",
        "crates/logic/src/source.rs",
        "a/b/c/tests/it/d/e.py",
        "scripts/release.sh",
        "services\\cart\\src\\Cart.cs",
        "src/environment.ts",
        "src/keys.rs",
        "src/secrets.rs",
        "src/credentials/mod.ts",
        "tests/id_rsa_test.go",
    ] {
        assert!(may_store(path), "{path}");
    }
}

#[test]
fn other_places_may_not() {
    for path in ["", "src", "main.rs", "lib/cart.rb", "mysrc/a.c", "src.rs", "config/src.yml", "test/a.js", "/", "src/"]
    {
        assert!(!may_store(path), "{path}");
    }
}

#[test]
fn files_that_hold_secrets_may_not_wherever_they_are() {
    for name in [
        ".env",
        ".env.production",
        "prod.env",
        ".ENV",
        ".env.bak",
        ".env~",
        ".env.",
        ".env ",
        "secrets.yml",
        "secrets.yaml",
        "Secrets.YAML",
        "secrets.prod.json",
        "secret.toml",
        "credentials.json",
        "credentials",
        "credentials.json.bak",
        "server.pem",
        "server.key",
        "id_rsa",
        "id_ed25519",
        ".npmrc",
        ".pypirc",
        ".netrc",
        "vault.kdbx",
        "terraform.tfvars",
        "prod.auto.tfvars.json",
        "terraform.tfstate.backup",
        "service-account.json",
    ] {
        for path in [format!("src/{name}"), format!("a/tests/b/{name}"), format!("scripts\\{name}")] {
            assert!(!may_store(&path), "{path}");
        }
    }
    for path in ["src/../.env", "src/../config/app.yml", "src/../../x.c", "src/.ssh/config", "src/secrets/app.py"] {
        assert!(!may_store(path), "{path}");
    }
}

#[test]
fn rules_that_look_for_secrets_are_known() {
    for (tool, rule) in [("gitleaks", "generic"), ("Bandit", "hardcoded_password_string"), ("x", "detected-api_key")] {
        assert!(is_about_secrets(tool, rule), "{tool} {rule}");
    }
    assert!(!is_about_secrets("ruff", "F401"));
    assert!(!is_about_secrets("ESLint", "no-unexpected-token"));
}
