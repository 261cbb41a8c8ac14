//! The diff viewer: files, unified or side by side, words that changed, folded context.

mod file;
mod lines;

use devos_web::view::diff::{self, FileDiff};
use devos_web::view::quantity::counted;
use leptos::prelude::*;

use super::field::Segmented;
use crate::browser;

/// The preference that remembers the chosen layout.
const LAYOUT: &str = "devos.diff";

/// How old and new stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Unified,
    Split,
}

/// A whole diff.
#[component]
pub fn DiffView(files: Vec<FileDiff>) -> impl IntoView {
    let (added, removed) = diff::totals(&files);
    let chosen = RwSignal::new(browser::preference(LAYOUT).unwrap_or_else(|| "unified".into()));
    let layout = Memo::new(move |_| if chosen.get() == "split" { Layout::Split } else { Layout::Unified });
    let choose = move |value: &'static str| {
        browser::prefer(LAYOUT, value);
        chosen.set(value.into());
    };
    let index = (files.len() > 1).then(|| view! { <Index files=files.clone()/> });
    view! {
        <div class="diff">
            <div class="diff-bar">
                <span>{counted(files.len(), "file")}" changed"</span>
                <Delta added removed/>
                <Segmented label="Layout of the diff" options=vec![("unified", "Unified"), ("split", "Side by side")] chosen choose/>
            </div>
            {index}
            {files.into_iter().enumerate().map(|(number, file)| view! { <file::File number file layout/> }).collect_view()}
        </div>
    }
}

/// Added and removed lines, in figures and as a bar of five.
#[component]
fn Delta(added: usize, removed: usize) -> impl IntoView {
    let total = (added + removed).max(1);
    let green = (added * 5 + total / 2) / total;
    let squares = (0..5).map(|index| {
        let side = if added + removed == 0 {
            ""
        } else if index < green {
            "is-add"
        } else {
            "is-del"
        };
        view! { <i class=side></i> }
    });
    view! {
        <span class="delta">
            <span class="delta-add">"+"{added}</span>
            <span class="delta-del">"−"{removed}</span>
            <span class="delta-bar" aria-hidden="true">{squares.collect_view()}</span>
        </span>
    }
}

/// The files of a diff, to jump to.
#[component]
fn Index(files: Vec<FileDiff>) -> impl IntoView {
    let entries = files.into_iter().enumerate().map(|(number, file)| {
        let (directory, name) = split_path(&file.path);
        view! {
            <li>
                <button type="button" on:click=move |_| browser::jump(&file::anchor(number))>
                    <file::ChangeMark change=file.change/>
                    <span class="path"><span class="path-dir">{directory}</span>{name}</span>
                    <Delta added=file.added removed=file.removed/>
                </button>
            </li>
        }
    });
    view! { <ul class="diff-index" aria-label="Changed files">{entries.collect_view()}</ul> }
}

/// A path as its directory, with the last slash, and its name.
fn split_path(path: &str) -> (String, String) {
    path.rfind('/')
        .map_or_else(|| (String::new(), path.to_owned()), |at| (path[..=at].to_owned(), path[at + 1..].to_owned()))
}
