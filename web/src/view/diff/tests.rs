use super::*;

const DIFF: &str = r"diff --git a/checkout/prices.py b/checkout/prices.py
index 1111111..2222222 100644
--- a/checkout/prices.py
+++ b/checkout/prices.py
@@ -10,6 +10,7 @@ class PriceBook:
     def price(self, sku, currency):
-        key = sku
+        key = (sku, currency)
         if key in self._cache:
             return self._cache[key]
+        # The cache is keyed by currency too.
         value = self._load(sku, currency)
         return value
@@ -40,3 +41,2 @@ def _load(self):
     a = 1
-    b = 2
     c = 3
\ No newline at end of file
diff --git a/docs/old.md b/docs/new.md
similarity index 90%
rename from docs/old.md
rename to docs/new.md
diff --git a/logo.png b/logo.png
new file mode 100644
Binary files /dev/null and b/logo.png differ
diff --git a/gone.txt b/gone.txt
deleted file mode 100644
--- a/gone.txt
+++ /dev/null
@@ -1 +0,0 @@
---- not a header
";

fn changed(line: &Line) -> Vec<&str> {
    line.spans.iter().filter(|span| span.changed).map(|span| span.text.as_str()).collect()
}

#[test]
fn files_hunks_and_numbers_are_read() {
    let files = parse(DIFF);
    let paths: Vec<_> = files.iter().map(|file| (file.path.as_str(), file.change)).collect();
    assert_eq!(
        paths,
        [
            ("checkout/prices.py", Change::Modified),
            ("docs/new.md", Change::Renamed),
            ("logo.png", Change::Added),
            ("gone.txt", Change::Deleted),
        ]
    );
    assert_eq!((files[0].added, files[0].removed), (2, 2));
    assert_eq!(files[1].old_path.as_deref(), Some("docs/old.md"));
    assert!(files[2].binary);
    assert_eq!(totals(&files), (2, 3));

    let second = &files[0].hunks[1];
    assert_eq!((second.context.as_str(), second.skipped), ("def _load(self):", 24));
    let numbers: Vec<_> = second.lines.iter().map(|line| (line.old, line.new)).collect();
    assert_eq!(numbers, [(Some(40), Some(41)), (Some(41), None), (Some(42), Some(42))]);
    assert!(second.lines[2].unterminated);
}

#[test]
fn a_removed_line_that_looks_like_a_header_stays_a_line() {
    let files = parse(DIFF);
    assert_eq!(files[3].hunks[0].lines[0].text(), "--- not a header");
    assert_eq!(files[3].path, "gone.txt");
}

#[test]
fn only_the_words_that_differ_are_marked() {
    let files = parse(DIFF);
    let lines = &files[0].hunks[0].lines;
    assert_eq!(changed(&lines[1]), Vec::<&str>::new(), "nothing was taken away");
    assert_eq!(changed(&lines[2]), ["(", ", currency)"]);
}

#[test]
fn very_long_lines_share_their_ends() {
    let line = |letter: char| {
        let middle = (0..600).map(|n| format!("{letter}{n}")).collect::<Vec<_>>().join(" ");
        format!("{}{middle} {}", "head ".repeat(900), "tail ".repeat(900))
    };
    let text = format!("diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-{}\n+{}\n", line('a'), line('b'));
    let added = parse(&text)[0].hunks[0].lines[1].clone();
    let marked = changed(&added).concat();
    assert!(marked.starts_with("b0 b1") && marked.trim_end().ends_with("b598 b599"), "{marked}");
}

#[test]
fn lines_with_little_in_common_are_not_marked() {
    let files =
        parse("diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-import os\n+def quantize(amount, places):\n");
    assert!(files[0].hunks[0].lines.iter().all(|line| changed(line).is_empty()));
}

#[test]
fn tokens_never_change_the_text() {
    let text = "    key = f\"{sku}\"  # über 'x' 12 Foo(bar)";
    let files = parse(&format!("diff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n {text}\n"));
    let line = &files[0].hunks[0].lines[0];
    assert_eq!(line.text(), text);
    let last = line.spans.last().unwrap();
    assert_eq!((last.token, last.text.starts_with('#')), (Token::Comment, true));
}

#[test]
fn a_text_over_several_lines_stays_a_text() {
    let files = parse(
        "diff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -1,3 +1,3 @@\n \"\"\"Says\n why for it\n done.\"\"\" or None\n",
    );
    let lines = &files[0].hunks[0].lines;
    assert_eq!(lines[1].spans[0].token, Token::Text);
    assert_eq!(lines[2].spans[0].text, "done.\"\"\"");
    assert_eq!(lines[2].spans.last().unwrap().token, Token::Keyword);
}

#[test]
fn side_by_side_pairs_edits_and_leaves_gaps() {
    let files = parse(DIFF);
    let lines = &files[0].hunks[0].lines;
    let rows = rows(lines, 0..lines.len());
    assert_eq!(rows[1], Row { left: Some(1), right: Some(2) });
    assert_eq!(rows[4], Row { left: None, right: Some(5) });
    assert_eq!(rows.len(), lines.len() - 1);
}

#[test]
fn long_context_is_folded_and_nothing_is_lost() {
    let context = " same\n".repeat(30);
    let files = parse(&format!("diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,31 +1,31 @@\n-a\n+b\n{context}"));
    let lines = &files[0].hunks[0].lines;
    assert_eq!(blocks(lines), [Block::Shown(0..5), Block::Folded(5..32)]);
    let files = parse(&format!("diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,32 +1,32 @@\n-a\n+b\n{context}-c\n+d\n"));
    assert_eq!(blocks(&files[0].hunks[0].lines), [Block::Shown(0..5), Block::Folded(5..29), Block::Shown(29..34)]);
}

#[test]
fn edited_lines_find_each_other_across_others() {
    let diff = "diff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -1,3 +1,2 @@\n-key = sku\n-if key in cache:\n-return cache[key] * quantity\n+log(sku)\n+return price(key) * quantity\n";
    let files = parse(diff);
    let lines = &files[0].hunks[0].lines;
    let rows = rows(lines, 0..lines.len());
    assert!(rows.contains(&Row { left: Some(2), right: Some(4) }), "{rows:?}");
    assert_eq!(changed(&lines[4]).concat(), "price()");
}

#[test]
fn a_hunk_that_promises_too_much_does_not_swallow_the_next_file() {
    let files = parse(
        "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,9 +1,9 @@\n-a\n+b\ndiff --git a/y b/y\n--- a/y\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n",
    );
    assert_eq!(files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["x", "y"]);
}
