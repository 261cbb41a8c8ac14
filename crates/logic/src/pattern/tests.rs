use proptest::prelude::*;

use super::*;

#[test]
fn the_specified_input_is_built() {
    let input = fingerprint_input("  Connection   REFUSED\n to 10.0.0.1:5432  ", None, &[]);
    assert_eq!(input, "connection refused to 10.0.0.1:5432::::");
    let input = fingerprint_input("\u{feff}A\u{a0}B", Some("\n\n x \n\ny\nz"), &["b".into(), "a".into()]);
    assert_eq!(input, "a b::x|y::a,b");
}

#[test]
fn what_varies_becomes_a_placeholder() {
    for (text, expected) in [
        ("expected 3 but was 4.50", "expected <n> but was <n>"),
        ("id 550e8400-e29b-41d4-a716-446655440000", "id <uuid>"),
        ("at 2026-11-20T09:15:00.123Z and 09:15:00", "at <time> and <time>"),
        ("on Fri, 20 Nov 2026 09:15:00 GMT", "on <time>"),
        ("object at 0x7ffdeadbeef0, Foo@1a2b3c4d", "object at <addr>, Foo@<addr>"),
        ("commit 4f1c0e2b9d7a6c5e", "commit <hex>"),
        ("no such file: /tmp/pytest-of-ann/pytest-12/config.json", "no such file: <tmp>/config.json"),
        ("open '/tmp/tmp8x_k2p3q': denied", "open '<tmp>': denied"),
        ("in /home/ann/shop/src/cart.py:12:5", "in <path>/cart.py:<line>"),
        ("C:\\Users\\ann\\shop\\cart.py", "<path>/cart.py"),
        ("src/cart.rs:12:5: oops", "src/cart.rs:<line>: oops"),
        ("line 12, column 5", "line <n>, column <n>"),
        ("connect to 10.0.0.1:5432", "connect to <ip>:<port>"),
        ("connect to db.example.org:5432", "connect to db.example.org:<port>"),
        ("localhost:8080 refused on port 8080", "localhost:<port> refused on port <n>"),
        (
            "timed out after 30s, 1.5 seconds, 1h2m3s, 250ms",
            "timed out after <duration>, <duration>, <duration>, <duration>",
        ),
        ("utf8 int32 sha256 stay", "utf8 int32 sha256 stay"),
        ("deadbeef facade stay", "deadbeef facade stay"),
        ("https://example.org/a/b?c=1", "https://example.org/a/b?c=<n>"),
        ("a\t b\n  c", "a b\nc"),
    ] {
        assert_eq!(normalize(text), expected);
    }
}

/// One message with everything in it that may differ from one occurrence to the next.
fn varying() -> impl Strategy<Value = String> {
    (1_u32..99_999, any::<u64>(), any::<u128>(), 0_i64..4_000_000_000, "[a-z0-9_]{4,9}", 1024_u16.., 1_u32..500)
        .prop_map(|(count, address, id, seconds, temporary, port, line)| {
            let id = uuid::Uuid::from_u128(id);
            let time = chrono::DateTime::from_timestamp(seconds, 0).unwrap_or_default().to_rfc3339();
            format!(
                "{time} {count} of {line} rows failed: {id} at {address:#x} in /tmp/run-{temporary}/cart.json \
                 (/home/{temporary}/shop/cart.py:{line}:7) after {count}ms, host db.example.org:{port}, line {line}"
            )
        })
}

proptest! {
    #[test]
    fn what_varies_never_parts_a_group(a in varying(), b in varying()) {
        prop_assert_eq!(normalize(&a), normalize(&b));
        let key = |message: &str| group_key("Error", message, None, &[], None);
        prop_assert_eq!(key(&a), key(&b));
    }

    #[test]
    fn any_text_is_read(text in "\\PC*", trace in "(\tat |  File \"| in |[a-z.():\"0-9 /\n@]){0,60}") {
        let _ = (frames(&text), files(&trace), normalize(&trace));
        let key = group_key(&text, &trace, Some(&trace), &[], None);
        prop_assert!(key.as_str().starts_with("v1:"));
    }
}

/// Function, file and line of in-app frames.
fn in_app(stack: &str) -> Vec<(String, String, u32)> {
    let own = frames(stack).into_iter().filter(|frame| frame.in_app);
    own.map(|frame| (frame.function, frame.file.unwrap_or_default(), frame.line.unwrap_or_default())).collect()
}

#[track_caller]
fn assert_frames(stack: &str, expected: &[(&str, &str, u32)]) {
    let found = in_app(stack);
    let found: Vec<_> = found.iter().map(|(function, file, line)| (function.as_str(), file.as_str(), *line)).collect();
    assert_eq!(found, expected);
}

#[test]
fn python_frames_come_innermost_first() {
    let stack = "Traceback (most recent call last):\n  File \"/usr/lib/python3.11/unittest/case.py\", line 57, in run\n    self()\n  File \"/home/runner/work/shop/shop/tests/test_cart.py\", line 8, in test_total\n    total()\n  File \"/home/runner/work/shop/shop/shop/cart.py\", line 2, in total\n    return sum(lines)\n           ^^^^^^^^^^\n  File \"/venv/lib/python3.11/site-packages/lib/x.py\", line 3, in y\nTypeError: bad\n";
    assert_frames(stack, &[("total", "shop/cart.py", 2), ("test_total", "tests/test_cart.py", 8)]);
    assert!(scan(stack).rest.contains(&"TypeError: bad"));
}

#[test]
fn the_exception_that_was_reported_comes_first() {
    let stack = "Traceback (most recent call last):\n  File \"a.py\", line 1, in low\nKeyError: 1\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"b.py\", line 2, in high\nValueError: 2\n";
    assert_frames(stack, &[("high", "b.py", 2), ("low", "a.py", 1)]);
}

#[test]
fn pytest_sections_are_read() {
    let stack = "    def test_total():\n>       total(None)\n\ntests/test_cart.py:10: \n_ _ _ _\n\nlines = None\n\n    def total(lines):\n>       return sum(lines)\nE       TypeError: bad\n\nshop/cart.py:2: TypeError";
    assert_frames(stack, &[("total", "shop/cart.py", 2), ("test_total", "tests/test_cart.py", 10)]);
    assert_frames(
        "tests/test_a.py:5: in test_a\n    f()\nsrc/a.py:3: in f\n    x",
        &[("f", "src/a.py", 3), ("test_a", "tests/test_a.py", 5)],
    );
}

#[test]
fn jvm_frames_are_read() {
    let stack = "org.example.CartException: bad\n\tat org.example.shop.Cart$Line.total(Cart.java:12) ~[shop.jar:1.0]\n\tat app//org.example.shop.Cart.lambda$total$0(Cart.java:9)\n\tat java.base/java.util.ArrayList.forEach(ArrayList.java:1511)\n\tat org.junit.jupiter.engine.Run.go(Run.java:1)\n\tat sun.reflect.GeneratedMethodAccessor4.invoke(Unknown Source)\nCaused by: java.lang.NullPointerException\n\tat org.example.shop.Tax.rate(Tax.kt:3)\n\t... 12 more\n";
    assert_frames(
        stack,
        &[
            ("org.example.shop.Cart$Line.total", "org/example/shop/Cart.java", 12),
            ("org.example.shop.Cart.lambda$total$0", "org/example/shop/Cart.java", 9),
            ("org.example.shop.Tax.rate", "org/example/shop/Tax.kt", 3),
        ],
    );
    assert_eq!(files(stack), ["org/example/shop/Cart.java", "org/example/shop/Tax.kt"]);
}

#[test]
fn javascript_frames_are_read() {
    let stack = "TypeError: x\n    at load (src/a.ts:10:5)\n    at async Cart.total [as sum] (/app/src/cart.js:22:1)\n    at new Cart (file:///app/src/cart.js:3:4)\n    at /app/src/main.js:7:8\n    at Object.<anonymous> (/app/node_modules/x/index.js:1:1)\n    at Module._compile (node:internal/modules/cjs/loader:1495:20)\n    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)\n    at webpack:///./src/deep.js:4:2\n    at Array.map (<anonymous>)\n";
    assert_frames(
        stack,
        &[
            ("load", "src/a.ts", 10),
            ("Cart.total", "src/cart.js", 22),
            ("Cart", "src/cart.js", 3),
            ("", "src/main.js", 7),
            ("", "src/deep.js", 4),
        ],
    );
    assert_frames("render@https://shop.example.org/app.js:3:14\n", &[("render", "https://shop.example.org/app.js", 3)]);
}

#[test]
fn rust_frames_are_read() {
    let stack = "thread 'tests::adds_up' (12) panicked at src/cart.rs:6:28:\nassertion failed\nstack backtrace:\n   0: __rustc::rust_begin_unwind\n             at /rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/std/src/panicking.rs:689:5\n   1: core::panicking::panic_fmt\n   2:     0x55d0c1b2 - shop::cart::total::h0123456789abcdef\n             at ./src/cart.rs:6:28\n   3: shop::main\n             at ./src/main.rs:4:5\n   4: core::ops::function::FnOnce::call_once\n";
    assert_frames(stack, &[("shop::cart::total", "src/cart.rs", 6), ("shop::main", "src/main.rs", 4)]);
    assert_frames("thread 'main' panicked at 'boom, bang', src/a.rs:3:5", &[("", "src/a.rs", 3)]);
    assert!(scan(stack).rest.contains(&"assertion failed"));
}

#[test]
fn go_frames_are_read() {
    let stack = "panic: runtime error: index out of range [3] with length 3\n\ngoroutine 1 [running]:\nexample.org/shop/cart.(*Cart).Total(0xc000010000, {0x0, 0x0})\n\t/home/ann/shop/cart/cart.go:12 +0x1d\nmain.main()\n\t/home/ann/shop/main.go:7 +0x25\nruntime.main()\n\t/usr/local/go/src/runtime/proc.go:250 +0x207\ncreated by net/http.(*Server).Serve in goroutine 5\n\t/usr/local/go/src/net/http/server.go:3086 +0x5cb\n";
    assert_frames(
        stack,
        &[("example.org/shop/cart.(*Cart).Total", "shop/cart/cart.go", 12), ("main.main", "shop/main.go", 7)],
    );
    assert!(scan(stack).rest[0].starts_with("panic: runtime error"));
    assert_frames("    cart_test.go:14: total = 7, want 8", &[("", "cart_test.go", 14)]);
}

#[test]
fn checkouts_do_not_matter() {
    for path in [
        "/home/runner/work/shop/shop/src/a.py",
        "/builds/team/shop/src/a.py",
        "/app/src/a.py",
        "/tmp/x7/src/a.py",
        "C:\\a\\shop\\shop\\src\\a.py",
        "./src/a.py",
        "file:///workspace/src/a.py",
    ] {
        assert_eq!(relative(path), "src/a.py", "{path}");
    }
}

fn trace(line: u32, root: &str) -> String {
    format!(
        "Traceback (most recent call last):\n  File \"{root}/shop/cart.py\", line {line}, in total\n    x\nKeyError: 1\n"
    )
}

#[test]
fn equal_failures_share_a_group() {
    let key = |message: &str, stack: &str, test: Option<&str>| {
        group_key("shop.errors.CartError", message, Some(stack), &[], test)
    };
    let first = key("no price for 12 items in /tmp/tmpab12/x.json after 30s", &trace(12, "/app"), None);
    let again =
        key("no price for 99 items in /tmp/tmpzz99/x.json after 31s", &trace(14, "/home/runner/work/shop/shop"), None);
    assert_eq!(first, again);
    assert_ne!(first, key("no tax for 12 items", &trace(12, "/app"), None), "another message");
    assert_ne!(
        first,
        key(
            "no price for 12 items in /tmp/tmpab12/x.json after 30s",
            "  File \"/app/shop/tax.py\", line 1, in rate",
            None
        )
    );
    assert_ne!(key("m", "", Some("a::b")), key("m", "", Some("a::c")), "another test");
    let kind = |kind: &str, message: &str| group_key(kind, message, None, &[], None);
    assert_eq!(
        kind("java.lang.IllegalStateException", "closed"),
        kind("IllegalStateException", "IllegalStateException: closed")
    );
    assert_ne!(kind("KeyError", "closed"), kind("ValueError", "closed"));
}

#[test]
fn compared_values_do_not_part_a_test() {
    let key = |message: &str| group_key("AssertionError", message, None, &[], Some("tests.test_cart::test_total"));
    assert_eq!(key("'1.20' != '1.21'"), key("'7.00' != '9.99 EUR'"));
    assert_eq!(key("expected:<[abc]> but was:<[abd]>"), key("expected:<[x]> but was:<null>"));
    assert_ne!(key("'1.20' != '1.21' : total"), key("'1.20' != '1.21' : tax"));
    let error = |message: &str| group_key("KeyError", message, None, &[], Some("tests.test_cart::test_total"));
    assert_ne!(error("'sku'"), error("'price'"), "only assertions compare values");
}

#[test]
fn recursion_depth_does_not_part_a_group() {
    let stack = |depth: usize| "  File \"/app/a.py\", line 3, in walk\n    walk()\n".repeat(depth);
    let key = |depth: usize| group_key("RecursionError", "too deep", Some(&stack(depth)), &[], None);
    assert_eq!(key(2), key(900));
}

#[test]
fn files_count_where_no_stack_names_them() {
    let key = |files: &[&str]| {
        let files: Vec<_> = files.iter().map(|file| (*file).to_owned()).collect();
        group_key("lint", "unused", None, &files, None)
    };
    assert_eq!(key(&["/app/src/a.py", "b.py"]), key(&["b.py", "/tmp/x/src/a.py"]));
    assert_ne!(key(&["src/a.py"]), key(&["src/b.py"]));
}
