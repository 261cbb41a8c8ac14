//! What a secret looks like: one table, compiled once.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::Regex;

/// How sure a match is to be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// Its own shape says so, wherever it stands.
    Shape,
    /// Only what stands beside it says so.
    Context,
}

/// How a match is judged and what is put in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// The whole match.
    All,
    /// The whole match, if it has a digit or is long: words joined by dashes are neither.
    WithDigit,
    /// The group `secret`; what stands around it stays.
    Secret,
    /// The group `secret`, unless it is a word of a sentence.
    Bearer,
    /// The group `secret`, if the group `key` is a secret's name.
    Keyed,
    /// The whole match, if it is a card number.
    Card,
    /// The whole match, if it is a person's address.
    Email,
    /// The group `secret`: user and password of a URL.
    UserInfo,
}

pub(super) struct Rule {
    /// A stable name.
    pub name: &'static str,
    pub certainty: Certainty,
    /// One of these must occur, in any case; empty means always.
    literals: &'static [&'static str],
    pattern: &'static str,
    pub action: Action,
}

pub(super) struct Compiled {
    pub rule: &'static Rule,
    pub regex: Regex,
}

const fn shape(name: &'static str, literals: &'static [&'static str], pattern: &'static str) -> Rule {
    Rule { name, certainty: Certainty::Shape, literals, pattern, action: Action::All }
}

const fn context(name: &'static str, literals: &'static [&'static str], pattern: &'static str, action: Action) -> Rule {
    Rule { name, certainty: Certainty::Context, literals, pattern, action }
}

/// In order of application: whole blocks, then what names itself, then what its neighbours name.
static RULES: &[Rule] = &[
    shape(
        "pem",
        &["-----begin"],
        r"-----BEGIN [A-Z0-9 ]*-----(?:[\s\S]*?-----END [A-Z0-9 ]*-----|[A-Za-z0-9+/=\s\\:,-]*)",
    ),
    shape("jwt", &["eyj"], r"\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*"),
    Rule {
        name: "url_userinfo",
        certainty: Certainty::Shape,
        literals: &["://"],
        pattern: r#"\b(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<secret>[^\s/?#"'<>\[\]]+)@"#,
        action: Action::UserInfo,
    },
    shape(
        "github",
        &["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"],
        r"\b(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{20,})",
    ),
    shape(
        "gitlab",
        &["glpat-", "gldt-", "glrt-", "glptt-", "glcbt-", "gloas-"],
        r"\bgl(?:pat|dt|rt|ptt|cbt|oas)-[A-Za-z0-9_-]{16,}",
    ),
    shape("aws_key_id", &["akia", "asia"], r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    shape("slack", &["xox", "xapp-"], r"\b(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,}"),
    shape("slack_webhook", &["hooks.slack.com"], r"https://hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/_-]+"),
    shape(
        "stripe",
        &["sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_"],
        r"\b(?:[sr]k_(?:live|test)_|whsec_)[A-Za-z0-9]{10,}",
    ),
    shape(
        "google",
        &["aiza", "ya29.", "gocspx-"],
        r"\b(?:AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,})",
    ),
    shape("registry", &["npm_", "pypi-"], r"\b(?:npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{40,})"),
    shape("sendgrid", &["sg."], r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    shape("hugging_face", &["hf_"], r"\bhf_[A-Za-z0-9]{30,}"),
    shape("digital_ocean", &["dop_v1_", "doo_v1_"], r"\bdo[op]_v1_[a-f0-9]{32,}"),
    shape("devos", &["dvs_"], r"\bdvs_[A-Za-z0-9_-]{16,}"),
    Rule {
        name: "sk",
        certainty: Certainty::Shape,
        literals: &["sk-"],
        pattern: r"\bsk-[A-Za-z0-9_-]{6,}",
        action: Action::WithDigit,
    },
    context("bearer", &["bearer"], r"(?i)\bbearer[ \t]+(?P<secret>[A-Za-z0-9._~+/-]{4,}=*)", Action::Bearer),
    context(
        "authorization",
        &["authorization"],
        r#"(?i)\bauthorization["'\\]*[ \t]*[:=][ \t]*["'\\]*(?:basic|digest|token|apikey|negotiate|aws4-hmac-sha256)[ \t]+(?P<secret>[^\s"'\\,;]+(?:,[ \t]*[A-Za-z]+=[^\s"'\\]+)*)"#,
        Action::Secret,
    ),
    context(
        "cookie",
        &["cookie"],
        r#"(?i)\b(?:set-)?cookie["'\\]*[ \t]*:[ \t]*["'\\]*(?P<secret>[A-Za-z0-9_.-]+=[^\r\n"'\\]+)"#,
        Action::Secret,
    ),
    context("xml", &["</"], r"<(?P<key>[A-Za-z][A-Za-z0-9_.:-]*)>(?P<secret>[^<>\r\n]+)</", Action::Keyed),
    context(
        "flag",
        &["--"],
        r#"(?:^|[\s"'\[,])--?(?P<key>[A-Za-z][A-Za-z0-9-]*)[ \t]+(?P<secret>"[^"\r\n]*"|'[^'\r\n]*'|[^\s"'-][^\s"']*)"#,
        Action::Keyed,
    ),
    context(
        "assignment",
        super::names::LITERALS,
        r#"(?P<key>[A-Za-z0-9_.-]*(?i:password|passwd|pwd|passphrase|passcode|secret|token|(?:api|access)[ ]key|key|credential|cookie|auth|dsn|connection|signature|pass)[A-Za-z0-9_.-]*)(?P<sep>\\*["']?\]?[ \t]*(?:=>|:=|[:=])[ \t]*)(?P<secret>\\+"(?:[^"\\\r\n])*\\+"|"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*'|[^\s,;&"'<>{}()\[\]|\\][^\s,;&"'<>{}()|\\]*)"#,
        Action::Keyed,
    ),
    context("card", &[], r"[2-6][0-9](?:[ -]?[0-9]){11,17}", Action::Card),
    context(
        "email",
        &["@"],
        r"[A-Za-z0-9._%+-]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}",
        Action::Email,
    ),
];

/// The table, compiled, with one literal scan in front of it.
pub(super) struct Table {
    pub rules: Vec<Compiled>,
    scan: AhoCorasick,
    /// Which rule each literal belongs to.
    owners: Vec<usize>,
}

pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let compile = |rule: &'static Rule| Compiled {
        rule,
        regex: Regex::new(rule.pattern).unwrap_or_else(|error| unreachable!("rule {} is constant: {error}", rule.name)),
    };
    let literals =
        RULES.iter().enumerate().flat_map(|(index, rule)| rule.literals.iter().map(move |text| (index, *text)));
    let (owners, literals): (Vec<_>, Vec<_>) = literals.unzip();
    let scan = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(literals)
        .unwrap_or_else(|error| unreachable!("the literals are constant: {error}"));
    Table { rules: RULES.iter().map(compile).collect(), scan, owners }
});

impl Table {
    /// The rules that may match, in order of application.
    pub fn candidates<'a>(&'a self, text: &'a str) -> impl Iterator<Item = &'a Compiled> {
        let mut wanted = [false; RULES.len()];
        for found in self.scan.find_overlapping_iter(text) {
            wanted[self.owners[found.pattern().as_usize()]] = true;
        }
        let digits = text.bytes().filter(u8::is_ascii_digit).take(13).count() == 13;
        self.rules
            .iter()
            .enumerate()
            .filter(move |(index, compiled)| match compiled.rule.action {
                Action::Card => digits,
                _ => wanted[*index],
            })
            .map(|(_, compiled)| compiled)
    }
}
