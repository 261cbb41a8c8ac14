//! Recognises one test under the different names that runners print for it.

/// File endings that are part of a path, not of a name.
const ENDINGS: &[&str] = &["py", "js", "mjs", "cjs", "ts", "tsx", "jsx", "rs", "go", "java", "kt"];

/// A test's name in parts, outermost first.
pub(super) struct TestName {
    parts: Vec<String>,
}

impl TestName {
    pub fn new(name: &str) -> Self {
        Self { parts: parts(name) }
    }

    /// True when a printed name means this test: one's parts end the other's.
    pub fn is(&self, printed: &str) -> bool {
        let printed = parts(printed);
        if printed.is_empty() || self.parts.is_empty() {
            return false;
        }
        let suffix = self.parts.ends_with(&printed) || printed.ends_with(&self.parts);
        // Jest's reporter joins the names of suites and test with blanks.
        suffix || self.parts.last().is_some_and(|last| *last == printed.join(" "))
    }
}

/// `tests/test_a.py::A::test_b[x.y]` and `tests.test_a.A.test_b[x.y]` have the same parts.
fn parts(name: &str) -> Vec<String> {
    let name = name.trim();
    // Parameters may hold anything, separators too.
    let (name, parameters) = match name.find('[') {
        Some(at) if name.ends_with(']') => name.split_at(at),
        _ => (name, ""),
    };
    let name = name.trim_end_matches("()");
    let mut parts: Vec<String> = name
        .replace(" > ", "::")
        .replace(" › ", "::")
        .split([':', '.', '/', '\\', '#', '$'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect();
    let last = parts.len().saturating_sub(1);
    let mut index = 0;
    parts.retain(|part| {
        index += 1;
        index > last || !ENDINGS.contains(&part.as_str())
    });
    if let Some(last) = parts.last_mut() {
        last.push_str(parameters);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_test_has_many_names() {
        let is = |test: &str, printed: &str| TestName::new(test).is(printed);
        assert!(is("tests.test_cart.CartTest::test_total", "tests/test_cart.py::CartTest::test_total"));
        assert!(is("tests.test_cart.CartTest::test_total", "test_cart.CartTest.test_total"));
        assert!(is("tests.test_a::test_b[x.y/z]", "tests/test_a.py::test_b[x.y/z]"));
        assert!(is("shop::cart::tests::adds_up", "cart::tests::adds_up"));
        assert!(is("org.example.CartTest::total", "CartTest.total"));
        assert!(is("org.example.CartTest::total()", "CartTest > total()"));
        assert!(is("example.org/shop/cart::TestTax/reduced", "TestTax/reduced"));
        assert!(is("test::rounds 1.5 up", "rounds 1.5 up"));
        assert!(is("Cart adds up::Cart adds up", "Cart › adds up"));
        assert!(!is("tests.test_cart.CartTest::test_total", "tests.test_cart.CartTest.test_total_tax"));
        assert!(!is("tests.test_cart.CartTest::test_total", "tests.test_cart.OtherTest.test_total"));
        assert!(!is("tests.test_a::test_b[1]", "tests/test_a.py::test_b[2]"));
        assert!(!is("example.org/shop::TestTax/reduced", "TestTax"));
        assert!(!is("", "x") && !is("x", ""));
    }
}
