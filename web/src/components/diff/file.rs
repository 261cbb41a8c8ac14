//! One file of a diff.

use devos_web::view::diff::{Block, Change, FileDiff, Hunk, blocks};
use devos_web::view::quantity::counted;
use leptos::prelude::*;

use super::super::copy::CopyButton;
use super::super::icon::{Icon, Name};
use super::{Delta, Layout, lines, split_path};

/// A file with more changed lines than this starts folded.
const LARGE: usize = 800;

/// The id to jump to.
pub fn anchor(number: usize) -> String {
    format!("file-{number}")
}

/// What happened to a file, as a letter.
#[component]
pub fn ChangeMark(change: Change) -> impl IntoView {
    let (letter, word, class) = match change {
        Change::Added => ("A", "Added", "change-mark tone-good"),
        Change::Deleted => ("D", "Deleted", "change-mark tone-bad"),
        Change::Renamed => ("R", "Renamed", "change-mark tone-active"),
        Change::Modified => ("M", "Modified", "change-mark tone-warn"),
    };
    view! { <span class=class title=word><span aria-hidden="true">{letter}</span><span class="unseen">{word}</span></span> }
}

/// A file: its heading and its hunks.
#[component]
pub fn File(number: usize, file: FileDiff, layout: Memo<Layout>) -> impl IntoView {
    let open = RwSignal::new(file.added + file.removed <= LARGE);
    let (directory, name) = split_path(&file.path);
    let moved = file.old_path.clone().map(|old| view! { <span class="path-old">{old}" →"</span> });
    let (copied, label) = (file.path.clone(), file.path.clone());
    let (change, added, removed) = (file.change, file.added, file.removed);
    let file = StoredValue::new(file);
    view! {
        <section class="diff-file" id=anchor(number) data-testid="diff-file" aria-label=label>
            <header class="diff-file-head">
                <button
                    type="button"
                    class="fold"
                    aria-expanded=move || open.get().to_string()
                    aria-label="Fold or unfold the file"
                    on:click=move |_| open.update(|open| *open = !*open)
                >
                    <Icon name=Name::ChevronRight/>
                </button>
                <ChangeMark change/>
                {moved}
                <span class="path"><span class="path-dir">{directory}</span>{name}</span>
                <CopyButton text=copied label="Copy the path"/>
                <Delta added removed/>
            </header>
            <Show when=move || open.get()>{move || file.with_value(|file| body(file, layout.get()))}</Show>
        </section>
    }
}

fn body(file: &FileDiff, layout: Layout) -> AnyView {
    if file.binary {
        return view! { <p class="diff-note">"A binary file: git shows no text for it."</p> }.into_any();
    }
    if file.hunks.is_empty() {
        return view! { <p class="diff-note">"No lines changed."</p> }.into_any();
    }
    let hunks = file.hunks.iter().map(|hunk| view_hunk(hunk, layout)).collect_view();
    let columns = match layout {
        Layout::Unified => view! { <colgroup><col class="col-no"/><col class="col-no"/><col class="col-sign"/><col/></colgroup> }.into_any(),
        Layout::Split => {
            view! { <colgroup><col class="col-no"/><col class="col-half"/><col class="col-no"/><col class="col-half"/></colgroup> }.into_any()
        }
    };
    let class = if layout == Layout::Split { "code is-split" } else { "code" };
    view! { <div class="diff-scroll"><table class=class>{columns}{hunks}</table></div> }.into_any()
}

fn view_hunk(hunk: &Hunk, layout: Layout) -> AnyView {
    let skipped = (hunk.skipped > 0).then(|| counted(hunk.skipped as usize, "unchanged line"));
    let heading = (skipped.is_some() || !hunk.context.is_empty()).then(|| {
        view! {
            <tbody class="hunk-head">
                <tr><td colspan="4"><span>{skipped}</span><code>{hunk.context.clone()}</code></td></tr>
            </tbody>
        }
    });
    let parts = blocks(&hunk.lines).into_iter().map(|block| match block {
        Block::Shown(range) => view! { <tbody>{lines::rows(hunk, range, layout)}</tbody> }.into_any(),
        Block::Folded(range) => {
            let open = RwSignal::new(false);
            let label = counted(range.len(), "unchanged line");
            let hunk = hunk.clone();
            view! {
                <tbody class:is-hidden=open>
                    <tr class="fold-row">
                        <td colspan="4"><button type="button" on:click=move |_| open.set(true)>"Show "{label}</button></td>
                    </tr>
                </tbody>
                <tbody>{move || open.get().then(|| lines::rows(&hunk, range.clone(), layout))}</tbody>
            }
            .into_any()
        }
    });
    view! { {heading}{parts.collect_view()} }.into_any()
}
