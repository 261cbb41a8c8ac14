//! The dashboard's bundle: compiled for the browser, bound to JavaScript, named by content.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::command::Cargo;
use crate::prerequisites;
use crate::workspace::Workspace;

/// Files of a bundle by their path below `web/dist`.
type Files = BTreeMap<String, Vec<u8>>;

/// Which bundle is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Quick to build, with names for a debugger.
    Quick,
    /// Small, for shipping.
    Release,
}

impl Mode {
    /// The mode of a `--release` flag.
    pub fn of(release: bool) -> Self {
        if release { Self::Release } else { Self::Quick }
    }

    fn profile(self) -> &'static str {
        match self {
            Self::Quick => "wasm-dev",
            Self::Release => "wasm-release",
        }
    }
}

/// Builds `web/dist`, leaving it untouched when nothing changed, so that what embeds it is not rebuilt.
pub fn build(workspace: &Workspace, mode: Mode) -> Result<()> {
    let start = Instant::now();
    prerequisites::wasm_target()?;
    let target = workspace.web_target();
    let wasm_target = ["build", "--package", "devos-web", "--target", "wasm32-unknown-unknown"];
    Cargo::new(workspace.root(), &[&wasm_target[..], &["--profile", mode.profile()]].concat())
        .env("CARGO_TARGET_DIR", &target)
        .run()?;
    let compiled = target.join("wasm32-unknown-unknown").join(mode.profile()).join("devos-web.wasm");

    let web = workspace.path("web");
    let dist = web.join("dist");
    let stamp = stamp(&compiled, &web, mode)?;
    let stamp_file = target.join("bundle.stamp");
    if dist.join("index.html").exists() && fs::read_to_string(&stamp_file).is_ok_and(|last| last == stamp) {
        eprintln!("dashboard: unchanged ({:.1} s)", start.elapsed().as_secs_f64());
        return Ok(());
    }
    let mut files = assemble(&web, bind(&compiled, mode)?)?;
    if mode == Mode::Release {
        compress(&mut files)?;
    }
    replace(&dist, &files)?;
    fs::write(&stamp_file, stamp).with_context(|| stamp_file.display().to_string())?;
    // What a browser loads: the compressed form where there is one.
    let loaded = |name: &String| files.get(&format!("{name}.br")).or(files.get(name)).map_or(0, Vec::len);
    let size: usize =
        files.keys().filter(|name| Path::new(name).extension().is_none_or(|end| end != "br")).map(loaded).sum();
    eprintln!(
        "dashboard: {} files, {} KB to load from web/dist ({:.1} s)",
        files.len(),
        size / 1024,
        start.elapsed().as_secs_f64()
    );
    Ok(())
}

/// What wasm-bindgen makes of the compiled module: `devos.js`, `devos_bg.wasm` and the snippets of dependencies.
fn bind(compiled: &Path, mode: Mode) -> Result<Files> {
    let out = tempfile::tempdir()?;
    Bindgen::new()
        .input_path(compiled)
        .out_name("devos")
        .web(true)
        .and_then(|bindgen| {
            bindgen
                .typescript(false)
                .omit_default_module_path(true)
                .remove_name_section(mode == Mode::Release)
                .remove_producers_section(mode == Mode::Release)
                .generate(out.path())
        })
        .map_err(|error| anyhow!("wasm-bindgen: {error:#}"))?;
    let mut files = Files::new();
    collect(out.path(), "", &mut files)?;
    Ok(files)
}

/// Names the bound module, the styles and the starter by content, and fills in the page.
fn assemble(web: &Path, mut bound: Files) -> Result<Files> {
    let mut files = Files::new();
    collect(&web.join("public"), "", &mut files)?;
    let wasm = bound.remove("devos_bg.wasm").context("wasm-bindgen made no module")?;
    let script = bound.remove("devos.js").context("wasm-bindgen made no script")?;
    files.append(&mut bound);

    let wasm = put(&mut files, "devos", ".wasm", wasm);
    let script = put(&mut files, "devos", ".js", script);
    let styles = put(&mut files, "app", ".css", styles(&web.join("style"))?);
    // A file of its own, because the content policy allows no script in the page.
    let boot = format!("import init from \"/{script}\";\n\nawait init({{ module_or_path: \"/{wasm}\" }});\n");
    let boot = put(&mut files, "boot", ".js", boot.into_bytes());

    let page = web.join("index.html");
    let page = fs::read_to_string(&page).with_context(|| page.display().to_string())?;
    let page = fill(&page, &[("css", &styles), ("js", &boot), ("wasm", &wasm)])?;
    files.insert("index.html".to_owned(), page.into_bytes());
    Ok(files)
}

/// Adds a brotli form beside every file that gains by it, `NAME.br`: best at the highest quality, which takes seconds.
fn compress(files: &mut Files) -> Result<()> {
    let mut compressed = Files::new();
    for (name, content) in &*files {
        let mut small = Vec::new();
        let mut input = content.as_slice();
        brotli::BrotliCompress(&mut input, &mut small, &brotli::enc::BrotliEncoderParams::default())
            .with_context(|| format!("{name} can not be compressed"))?;
        if small.len() < content.len() {
            compressed.insert(format!("{name}.br"), small);
        }
    }
    files.append(&mut compressed);
    Ok(())
}

/// Replaces `{{name}}` by the address of a file; `css` and `js` must occur, and nothing else may.
fn fill(page: &str, names: &[(&str, &str)]) -> Result<String> {
    let mut filled = page.to_owned();
    for (name, file) in names {
        let placeholder = format!("{{{{{name}}}}}");
        if matches!(*name, "css" | "js") && !page.contains(&placeholder) {
            bail!("web/index.html lacks {placeholder}");
        }
        filled = filled.replace(&placeholder, &format!("/{file}"));
    }
    if let Some((_, rest)) = filled.split_once("{{") {
        bail!("web/index.html names an unknown placeholder {{{{{}", rest.chars().take(20).collect::<String>());
    }
    for script in filled.split("<script").skip(1) {
        if !script.split('>').next().is_some_and(|tag| tag.contains("src=")) {
            bail!("web/index.html has a script without src, which the content policy refuses");
        }
    }
    Ok(filled)
}

/// The style sheets, one after another by name.
fn styles(folder: &Path) -> Result<Vec<u8>> {
    let mut sheets = Files::new();
    collect(folder, "", &mut sheets)?;
    sheets.retain(|name, _| Path::new(name).extension().is_some_and(|end| end == "css"));
    if sheets.is_empty() {
        bail!("no style sheet in {}", folder.display());
    }
    Ok(sheets.into_values().collect::<Vec<_>>().join(&b'\n'))
}

/// Adds a file under a name that changes with its content, and returns that name: `stem-digest.end`, which the
/// server reads as a promise that it never changes and lets browsers keep.
fn put(files: &mut Files, stem: &str, end: &str, content: Vec<u8>) -> String {
    let name = format!("{stem}-{}{end}", &digest(&content)[..16]);
    files.insert(name.clone(), content);
    name
}

/// Puts the files in place of what was there.
fn replace(dist: &Path, files: &Files) -> Result<()> {
    let mut present = Files::new();
    collect(dist, "", &mut present)?;
    if present == *files {
        return Ok(());
    }
    let fresh = dist.with_extension("new");
    for folder in [&fresh, dist] {
        if folder.exists() {
            fs::remove_dir_all(folder).with_context(|| folder.display().to_string())?;
        }
    }
    for (name, content) in files {
        let path = fresh.join(name);
        let parent = path.parent().unwrap_or(&fresh);
        fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
        fs::write(&path, content).with_context(|| path.display().to_string())?;
    }
    fs::rename(&fresh, dist).with_context(|| dist.display().to_string())
}

/// Reads all files below a folder, which may be absent.
fn collect(folder: &Path, prefix: &str, into: &mut Files) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).context("a file name is not UTF-8")?;
        let name = format!("{prefix}{name}");
        if path.is_dir() {
            collect(&path, &format!("{name}/"), into)?;
        } else {
            let content = fs::read(&path).with_context(|| path.display().to_string())?;
            into.insert(name, content);
        }
    }
    Ok(())
}

/// A digest of everything the bundle is made of.
fn stamp(compiled: &Path, web: &Path, mode: Mode) -> Result<String> {
    let mut inputs = Files::new();
    for folder in ["style", "public"] {
        collect(&web.join(folder), &format!("{folder}/"), &mut inputs)?;
    }
    for path in [compiled.to_owned(), web.join("index.html"), current_program()?] {
        let content = fs::read(&path).with_context(|| path.display().to_string())?;
        inputs.insert(path.display().to_string(), content);
    }
    let lines = inputs.iter().map(|(name, content)| format!("{name} {}\n", digest(content)));
    Ok(digest(format!("{mode:?}\n{}", lines.collect::<String>()).as_bytes()))
}

/// Ourselves: another bundler makes another bundle.
fn current_program() -> Result<PathBuf> {
    std::env::current_exe().context("where this program lies")
}

fn digest(content: &[u8]) -> String {
    let bytes = Sha256::digest(content);
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

#[cfg(test)]
mod tests;
