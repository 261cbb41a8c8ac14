//! Repositories that are proven by real test runners, with nothing but the runner's own command as their gate.

use std::process::{Command, Stdio};

use devos_contracts::repair::RepairState;

use crate::history::History;
use crate::shop;
use crate::system::System;

struct Runner {
    /// The program without which the case is skipped.
    program: &'static str,
    gate: &'static str,
    /// The file that the culprit breaks, as it should be and as it is broken.
    code: (&'static str, &'static str, &'static str),
    /// Everything else.
    files: &'static [(&'static str, &'static str)],
    /// The failing test as continuous integration reports it.
    class: &'static str,
    test: &'static str,
}

const RUNNERS: [Runner; 3] = [
    Runner {
        program: "node",
        gate: "node --test",
        code: ("total.js", "module.exports = (a, b) => a + b\n", "module.exports = (a, b) => a * b\n"),
        files: &[(
            "total.test.js",
            "const { test } = require('node:test')\nconst assert = require('node:assert')\nconst total = require('./total')\n\
             test('adds', () => assert.strictEqual(total(2, 3), 5))\n\
             test('is nothing of nothing', () => assert.strictEqual(total(0, 0), 0))\n",
        )],
        class: "test",
        test: "adds",
    },
    Runner {
        program: "python3",
        gate: "python3 -m unittest -v",
        code: ("total.py", "def total(a, b):\n    return a + b\n", "def total(a, b):\n    return a * b\n"),
        files: &[(
            "test_total.py",
            "import unittest\nfrom total import total\n\n\nclass TotalTest(unittest.TestCase):\n    def test_adds(self):\n        \
             self.assertEqual(total(2, 3), 5)\n\n    def test_nothing(self):\n        self.assertEqual(total(0, 0), 0)\n",
        )],
        class: "test_total.TotalTest",
        test: "test_adds",
    },
    Runner {
        program: "cargo",
        gate: "cargo test --offline",
        code: (
            "src/lib.rs",
            "pub fn total(a: u32, b: u32) -> u32 {\n    a + b\n}\n",
            "pub fn total(a: u32, b: u32) -> u32 {\n    a * b\n}\n",
        ),
        files: &[
            ("Cargo.toml", "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"),
            ("Cargo.lock", "version = 4\n\n[[package]]\nname = \"shop\"\nversion = \"0.1.0\"\n"),
            (
                "tests/cart.rs",
                "#[test]\nfn adds() {\n    assert_eq!(shop::total(2, 3), 5);\n}\n\n\
                 #[test]\nfn nothing() {\n    assert_eq!(shop::total(0, 0), 0);\n}\n",
            ),
        ],
        class: "shop::cart",
        test: "adds",
    },
];

impl Runner {
    fn is_here(&self) -> bool {
        let status = Command::new(self.program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    }

    /// The repository, and the commit that broke it.
    fn broken(&self) -> (History, String) {
        let (path, right, wrong) = self.code;
        let history = History::new();
        for (path, text) in self.files {
            history.write(path, text);
        }
        history.write(path, right).commit("Found the shop");
        history.write("README.md", "A shop.\n").commit("Describe the shop");
        let culprit = history.write(path, wrong).commit("Speed up the total");
        history.write("prices.txt", "apple 3\n").commit("Add a price list");
        (history, culprit)
    }

    fn report(&self) -> String {
        let (class, test) = (self.class, self.test);
        format!(
            r#"<testsuite name="{class}"><testcase classname="{class}" name="{test}"><failure message="6 is not 5"/></testcase></testsuite>"#
        )
    }
}

#[test]
fn a_runner_s_own_command_is_gate_enough() {
    let system = System::start();
    let here: Vec<_> = RUNNERS.iter().filter(|runner| runner.is_here()).collect();
    let missing: Vec<_> = RUNNERS.iter().filter(|runner| !runner.is_here()).map(|runner| runner.program).collect();
    assert!(missing.is_empty() || std::env::var_os("CI").is_none(), "CI must have {missing:?}");
    let repositories: Vec<_> = here.iter().map(|runner| (runner, runner.broken())).collect();
    for (runner, (history, _)) in &repositories {
        shop::connect(&system, runner.program, history.path(), runner.gate, "60");
        shop::upload(&system, runner.program, &history.head(), &runner.report());
    }
    for (runner, (_, culprit)) in &repositories {
        let proposal = system.settled(runner.program, RepairState::AwaitingHuman).proposal.unwrap();
        assert_eq!(proposal.culprit.commit.as_str(), culprit, "{}", runner.program);
    }
    if !missing.is_empty() {
        println!("skipped, for they are not installed: {missing:?}");
    }
}
