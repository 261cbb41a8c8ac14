//! What is not the repository's own code: runtimes, test runners and installed packages.

/// Prefixes of qualified function names.
const FUNCTIONS: &[&str] = &[
    // JVM
    "java.",
    "javax.",
    "jakarta.",
    "jdk.",
    "sun.",
    "com.sun.",
    "kotlin.",
    "kotlinx.",
    "scala.",
    "groovy.lang.",
    "org.codehaus.groovy.",
    "org.apache.groovy.",
    "junit.",
    "org.junit.",
    "org.testng.",
    "org.hamcrest.",
    "org.assertj.",
    "org.mockito.",
    "org.gradle.",
    "worker.org.gradle.",
    "org.apache.maven.",
    "org.apache.tools.ant.",
    "org.springframework.",
    "org.apache.catalina.",
    "org.apache.tomcat.",
    "org.apache.coyote.",
    "org.eclipse.jetty.",
    "org.hibernate.",
    "io.netty.",
    "reactor.",
    "com.intellij.",
    "org.eclipse.jdt.",
    // Rust
    "std::",
    "core::",
    "alloc::",
    "test::",
    "tokio::",
    "futures_",
    "futures::",
    "hyper::",
    "hyper_util::",
    "tower::",
    "axum::",
    "rayon::",
    "rayon_core::",
    "tracing::",
    "backtrace::",
    "rust_begin_unwind",
    "__rust_",
    "__libc_start",
    "<alloc::",
    "<core::",
    "<std::",
    "<tokio::",
    "<futures",
    "<axum::",
    "<hyper::",
    "<tower::",
    "<tracing::",
    // Go
    "runtime.",
    "testing.",
    "net/http.",
    "net.",
    "reflect.",
    "sync.",
    "syscall.",
    "encoding/",
    "panic(",
    // JavaScript
    "Module._compile",
    "Module._extensions",
    "Module.load",
    "Function.Module",
    "node:",
    "process.processTicksAndRejections",
    "processTicksAndRejections",
    "Object.asyncJestTest",
];

/// Whole function names of runtimes, where no prefix is safe.
const FUNCTION_NAMES: &[&str] = &["panic", "_start", "clone", "clone3", "start_thread", "goexit", "__libc_start_main"];

/// Parts of a file's path.
const FILES: &[&str] = &[
    // Python
    "/site-packages/",
    "/dist-packages/",
    "/lib/python2",
    "/lib/python3",
    "/lib64/python3",
    "/_pytest/",
    "<frozen ",
    "<string>",
    "/Lib/unittest/",
    "/lib/unittest/",
    // JavaScript
    "/node_modules/",
    "node:",
    "internal/",
    "webpack/bootstrap",
    "/.yarn/",
    "/.pnpm/",
    "deno:",
    "ext:deno",
    "<anonymous>",
    "native",
    // Rust
    "/rustc/",
    "/.cargo/registry/",
    "/.cargo/git/",
    "/library/std/",
    "/library/core/",
    "/library/alloc/",
    "/library/test/",
    "/.rustup/toolchains/",
    // Go
    "/usr/local/go/src/",
    "/usr/lib/go",
    "/pkg/mod/",
    "/libexec/src/",
    "_testmain.go",
    "/hostedtoolcache/go/",
];

/// True when neither the function nor the file belongs to a runtime, a runner or an installed package.
pub(super) fn is_in_app(function: &str, file: Option<&str>) -> bool {
    if FUNCTION_NAMES.contains(&function) || FUNCTIONS.iter().any(|prefix| function.starts_with(prefix)) {
        return false;
    }
    let Some(file) = file else { return !function.is_empty() };
    // A leading slash lets `node_modules/x` match as `/node_modules/x`.
    let path = format!("/{}", file.replace('\\', "/"));
    !FILES.iter().any(|part| match *part {
        "native" => file == *part,
        // Node's own modules; a repository's `internal` directory has more than these in front of it.
        "internal/" | "node:" | "deno:" => file.starts_with(part),
        part => path.contains(part),
    })
}
