//! How to make a well-known test command leave a JUnit report.

/// What to set and where to look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportPlan {
    /// Environment variables for the command.
    pub env: Vec<(String, String)>,
    /// Where reports appear: absolute below `out`, else globs relative to the repository's root.
    pub paths: Vec<String>,
}

/// The report plan of a shell command; `out` is an absolute, writable directory outside the checkout.
///
/// A report that the command itself names (`--junitxml=report.xml`, `runner.py report.xml`) is looked for there.
pub fn detect_reports(command: &str, out: &str) -> ReportPlan {
    let out = out.trim_end_matches('/');
    let mut plan = ReportPlan::default();
    let words: Vec<&str> =
        command.split([' ', '\t', '\n', ';', '&', '|', '(', ')']).filter(|word| !word.is_empty()).collect();
    for word in &words {
        let path = word.rsplit('=').next().unwrap_or(word).trim_matches(['"', '\'']);
        // A configuration is no report.
        let xml = path.rsplit_once('.').is_some_and(|(_, ending)| ending == "xml");
        let report = xml && !path.ends_with("pom.xml") && !path.starts_with('-');
        if report && !plan.paths.iter().any(|known| known == path) {
            plan.paths.push(path.to_owned());
        }
    }
    let named = !plan.paths.is_empty();
    let program = |name: &str| words.iter().any(|word| word.rsplit('/').next() == Some(name));
    let says = |text: &str| command.contains(text);
    if (program("pytest") || program("py.test") || says("-m pytest")) && !named {
        plan.set("PYTEST_ADDOPTS", format!("--junitxml={out}/pytest.xml"), format!("{out}/pytest.xml"));
    }
    if program("node") && says("--test") && !says("--test-reporter") {
        // The second reporter keeps the readable output, which the first one would replace.
        let options = format!(
            "--test-reporter=junit --test-reporter-destination={out}/node.xml --test-reporter=spec --test-reporter-destination=stdout"
        );
        plan.set("NODE_OPTIONS", options, format!("{out}/node.xml"));
    }
    if program("gotestsum") && !named {
        plan.set("GOTESTSUM_JUNITFILE", format!("{out}/go.xml"), format!("{out}/go.xml"));
    }
    if program("jest") {
        plan.set("JEST_JUNIT_OUTPUT_FILE", format!("{out}/jest.xml"), format!("{out}/jest.xml"));
    }
    if program("mocha") {
        plan.set("MOCHA_FILE", format!("{out}/mocha.xml"), format!("{out}/mocha.xml"));
    }
    if says("nextest") {
        // Written only where the repository's own profile asks for it.
        plan.look("target/nextest/*/*.xml");
    }
    if program("mvn") || program("mvnw") {
        plan.look("**/target/surefire-reports/TEST-*.xml");
        plan.look("**/target/failsafe-reports/TEST-*.xml");
    }
    if program("gradle") || program("gradlew") {
        plan.look("**/build/test-results/**/*.xml");
    }
    plan
}

impl ReportPlan {
    fn set(&mut self, variable: &str, value: String, path: String) {
        self.env.push((variable.to_owned(), value));
        self.paths.push(path);
    }

    fn look(&mut self, glob: &str) {
        self.paths.push(glob.to_owned());
    }
}
