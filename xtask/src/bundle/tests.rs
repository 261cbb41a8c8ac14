use super::*;

const PAGE: &str = r#"<link rel="stylesheet" href="{{css}}"><script type="module" src="{{js}}"></script>"#;

fn web() -> tempfile::TempDir {
    let web = tempfile::tempdir().unwrap();
    for folder in ["style", "public/icons"] {
        fs::create_dir_all(web.path().join(folder)).unwrap();
    }
    fs::write(web.path().join("index.html"), PAGE).unwrap();
    fs::write(web.path().join("style/20-page.css"), "b{}").unwrap();
    fs::write(web.path().join("style/10-tokens.css"), "a{}").unwrap();
    fs::write(web.path().join("public/icons/mark.svg"), "<svg/>").unwrap();
    web
}

fn bound(script: &str) -> Files {
    let files = [("devos.js", script), ("devos_bg.wasm", "wasm"), ("snippets/a/inline0.js", "export {}")];
    files.into_iter().map(|(name, content)| (name.to_owned(), content.as_bytes().to_vec())).collect()
}

#[test]
fn a_bundle_names_its_files_by_content_and_the_page_names_them() {
    let web = web();
    let files = assemble(web.path(), bound("one")).unwrap();
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    let page = String::from_utf8(files["index.html"].clone()).unwrap();
    let css = names.iter().find(|name| name.starts_with("app-")).unwrap();
    assert_eq!(files[*css], b"a{}\nb{}", "sheets in the order of their names");
    let boot = names.iter().find(|name| name.starts_with("boot-")).unwrap();
    assert!(page.contains(&format!("\"/{css}\"")) && page.contains(&format!("\"/{boot}\"")), "{page}");
    let starter = String::from_utf8(files[*boot].clone()).unwrap();
    for name in names.iter().filter(|name| name.starts_with("devos-")) {
        assert!(starter.contains(*name), "{starter}");
        let digest = name.trim_start_matches("devos-").split('.').next().unwrap();
        assert!(digest.len() == 16 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "browsers may keep {name}");
    }
    assert!(names.contains(&"icons/mark.svg") && names.contains(&"snippets/a/inline0.js"));

    let changed = assemble(web.path(), bound("two")).unwrap();
    assert_ne!(changed["index.html"], files["index.html"], "another script, another starter, another page");
}

#[test]
fn files_that_gain_by_it_are_compressed_beside_themselves() {
    let mut files: Files =
        [("a.css".to_owned(), b"color: red;".repeat(100)), ("b.js".to_owned(), b"1".to_vec())].into();
    compress(&mut files).unwrap();
    assert_eq!(files.keys().collect::<Vec<_>>(), ["a.css", "a.css.br", "b.js"]);
    let mut plain = Vec::new();
    brotli::BrotliDecompress(&mut files["a.css.br"].as_slice(), &mut plain).unwrap();
    assert_eq!(plain, files["a.css"]);
}

#[test]
fn a_page_without_the_starter_or_with_an_inline_script_is_refused() {
    let names = [("css", "app.css"), ("js", "boot.js")];
    assert!(fill(PAGE, &names).is_ok());
    assert!(fill("{{css}}", &names).is_err());
    assert!(fill(&format!("{PAGE}{{{{title}}}}"), &names).is_err());
    assert!(fill(&format!("{PAGE}<script>alert(1)</script>"), &names).is_err());
}

#[test]
fn an_equal_bundle_is_not_written_again_and_an_old_file_goes() {
    let folder = tempfile::tempdir().unwrap();
    let dist = folder.path().join("dist");
    let mut files: Files = [("a/b.js".to_owned(), b"1".to_vec())].into();
    replace(&dist, &files).unwrap();
    let written = fs::metadata(dist.join("a/b.js")).unwrap().modified().unwrap();
    replace(&dist, &files).unwrap();
    assert_eq!(fs::metadata(dist.join("a/b.js")).unwrap().modified().unwrap(), written);
    files = [("c.js".to_owned(), b"2".to_vec())].into();
    replace(&dist, &files).unwrap();
    assert!(!dist.join("a").exists() && dist.join("c.js").exists());
}
