//! Which source text may be stored.

#[cfg(test)]
mod tests;

/// Directories of code; source text is stored of files below them only.
const CODE: &[&str] = &["src", "tests", "scripts"];

/// Files that hold secrets by their nature, whatever directory they are in.
const SECRET_FILES: &[&str] = &[
    ".env",
    ".envrc",
    ".npmrc",
    ".yarnrc.yml",
    ".pypirc",
    ".netrc",
    "_netrc",
    ".pgpass",
    ".my.cnf",
    ".htpasswd",
    ".dockercfg",
    ".dockerconfigjson",
    ".git-credentials",
    ".vault-token",
    ".vault_pass",
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "credentials",
    "credentials.xml",
    "kubeconfig",
    "master.key",
    "service-account.json",
    "service_account.json",
    "serviceaccount.json",
    "wp-config.php",
];

/// Names that hold secrets with any of [`DATA`] behind them.
const SECRET_STEMS: &[&str] = &["secret", "secrets", "credential", "credentials", "passwords"];
/// Endings of data.
const DATA: &[&str] = &["yml", "yaml", "json", "json5", "toml", "ini", "properties", "enc", "txt", "csv"];

/// Endings of keys, key stores, variables and states that hold secrets.
const SECRET_ENDINGS: &[&str] = &[
    "env", "pem", "key", "p8", "p12", "pfx", "der", "ppk", "jks", "keystore", "kdbx", "kdb", "asc", "gpg", "age",
    "ovpn", "tfvars", "tfstate", "pgpass",
];

/// Directories that hold secrets.
const SECRET_DIRECTORIES: &[&str] = &[".ssh", ".aws", ".azure", ".gcloud", ".gnupg", ".kube", ".docker", "secrets"];

/// Endings that editors and people give to copies.
const COPIES: &[&str] = &["bak", "backup", "old", "orig", "save", "swp", "tmp", "copy", "example", "sample", "dist"];

/// Words of tools and rules that look for secrets: what they point at is one.
const SECRET_RULES: &[&str] = &[
    "secret",
    "credential",
    "password",
    "passwd",
    "hardcoded",
    "hard-coded",
    "api-key",
    "apikey",
    "private-key",
    "gitleaks",
    "trufflehog",
    "ggshield",
    "cwe-798",
];

/// True when source text of this file may be stored: it lies under `src`, `tests` or `scripts`, and is no file that
/// holds secrets.
pub fn may_store(path: &str) -> bool {
    let path = path.replace('\\', "/").to_lowercase();
    let mut parts: Vec<&str> = path.split('/').map(|part| part.trim_end_matches([' ', '.', '~'])).collect();
    let climbs = path.split('/').any(|part| part == "..");
    let name = parts.pop().unwrap_or_default();
    let held = |part: &&str| SECRET_DIRECTORIES.contains(part);
    !climbs && parts.iter().any(|part| CODE.contains(part)) && !parts.iter().any(held) && !holds_secrets(name)
}

/// True for tools and rules that look for secrets, whose findings quote them.
pub fn is_about_secrets(tool: &str, rule: &str) -> bool {
    let (tool, rule) = (tool.to_lowercase(), rule.to_lowercase().replace('_', "-"));
    SECRET_RULES.iter().any(|word| tool.contains(word) || rule.contains(word))
}

/// By the name of a file, in lower case.
fn holds_secrets(name: &str) -> bool {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    if name.is_empty() || SECRET_FILES.contains(&name) || SECRET_ENDINGS.contains(&ending) || name.starts_with(".env.")
    {
        return true;
    }
    let first = name.trim_start_matches('.').split('.').next().unwrap_or_default();
    if SECRET_STEMS.contains(&first) && DATA.contains(&ending) {
        return true;
    }
    // Terraform's variables and states go on behind theirs: `prod.tfvars.json`.
    let inner = [".tfvars.", ".tfstate."].iter().any(|ending| name.contains(ending));
    inner || (COPIES.contains(&ending) && holds_secrets(stem))
}
