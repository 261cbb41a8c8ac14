//! The command palette: places, commands and things by their name.

use std::time::Duration;

use devos_contracts::api::Page;
use devos_contracts::pattern::Pattern;
use devos_contracts::proposal::Proposal;
use devos_contracts::repository::Repository;
use devos_web::view::filter;
use devos_web::view::fuzzy::{self, Hit};
use leptos::html;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::badge::KeyHint;
use super::dialog::{close_outside, heed_close, show_while};
use super::icon::{Icon, Name};
use super::shell::{PLACES, TELEMETRY};
use super::toast::Toasts;
use crate::api::Api;
use crate::browser;
use crate::navigator::use_navigator;
use crate::session::Session;

/// Entries shown at once.
const SHOWN: usize = 17;
/// How long typing must rest before the server is asked.
const REST: Duration = Duration::from_millis(180);

/// What an entry does.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Deed {
    Go(String),
    Theme(&'static str),
    Help,
    SignOut,
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    group: &'static str,
    icon: Name,
    label: String,
    note: String,
    keys: Option<&'static str>,
    deed: Deed,
}

fn entry(group: &'static str, icon: Name, label: &str, note: &str, deed: Deed) -> Entry {
    Entry { group, icon, label: label.to_owned(), note: note.to_owned(), keys: None, deed }
}

fn commands() -> Vec<Entry> {
    let places = PLACES.into_iter().chain(TELEMETRY).map(|place| Entry {
        keys: Some(place.keys),
        ..entry("Go to", place.icon, place.label, "", Deed::Go(place.href.into()))
    });
    let others = [
        entry("Go to", Name::Person, "Account", "", Deed::Go("/account".into())),
        entry("Commands", Name::Screen, "Colours: like the system", "", Deed::Theme("system")),
        entry("Commands", Name::Sun, "Colours: light", "", Deed::Theme("light")),
        entry("Commands", Name::Moon, "Colours: dark", "", Deed::Theme("dark")),
        Entry { keys: Some("?"), ..entry("Commands", Name::Keyboard, "Keyboard shortcuts", "", Deed::Help) },
        entry("Commands", Name::Exit, "Sign out", "", Deed::SignOut),
    ];
    places.chain(others).collect()
}

/// Asks the server for things that carry these words.
async fn found(api: Api, words: &str) -> Vec<Entry> {
    let path = format!("/patterns{}", filter::query(&[("q", words)]));
    let patterns = api.get::<Page<Pattern>>(&path).await.map(|page| page.items).unwrap_or_default();
    let note =
        |pattern: &Pattern| pattern.repository_name.clone().or_else(|| pattern.service.clone()).unwrap_or_default();
    let entries = patterns.iter().take(6);
    entries
        .map(|pattern| {
            entry(
                "Patterns",
                Name::Layers,
                &pattern.title,
                &note(pattern),
                Deed::Go(format!("/patterns/{}", pattern.id)),
            )
        })
        .collect()
}

/// Repositories and proposals, which are few.
async fn known(api: Api) -> Vec<Entry> {
    let repositories = api.get::<Page<Repository>>("/repositories").await.map(|page| page.items).unwrap_or_default();
    let proposals = api.get::<Page<Proposal>>("/proposals").await.map(|page| page.items).unwrap_or_default();
    let repositories = repositories
        .iter()
        .map(|r| entry("Repositories", Name::Repository, &r.name, "", Deed::Go(format!("/repositories/{}", r.id))));
    let proposals = proposals.iter().map(|p| {
        entry("Proposals", Name::PullRequest, &p.title, &p.repository_name, Deed::Go(format!("/proposals/{}", p.id)))
    });
    repositories.chain(proposals).collect()
}

/// The entries that answer the words, best first.
fn matching(words: &str, candidates: &[Entry], found: &[Entry]) -> Vec<(Entry, Hit)> {
    let mut hits: Vec<_> = candidates
        .iter()
        .filter_map(|entry| fuzzy::find(words, &entry.label).map(|hit| (entry.clone(), hit)))
        .collect();
    if !words.trim().is_empty() {
        hits.sort_by_key(|(_, hit)| std::cmp::Reverse(hit.score));
    }
    hits.truncate(SHOWN);
    // One heading per group: the group with the best entry first.
    let groups: Vec<&str> = hits.iter().map(|(entry, _)| entry.group).collect();
    hits.sort_by_key(|(entry, _)| groups.iter().position(|group| *group == entry.group));
    // The server searched more than titles: what it found stays found.
    let found =
        found.iter().filter(|entry| !hits.iter().any(|(hit, _)| hit.deed == entry.deed)).cloned().collect::<Vec<_>>();
    hits.extend(found.into_iter().map(|entry| {
        let hit = fuzzy::find(words, &entry.label).unwrap_or(Hit { score: 0, positions: Vec::new() });
        (entry, hit)
    }));
    hits
}

/// The palette.
#[component]
pub fn Palette(open: RwSignal<bool>, help: RwSignal<bool>) -> impl IntoView {
    let (api, session, toasts) = (expect_context::<Api>(), expect_context::<Session>(), expect_context::<Toasts>());
    let node = NodeRef::<html::Dialog>::new();
    let words = RwSignal::new(String::new());
    let at = RwSignal::new(0_usize);
    let things = RwSignal::new(Vec::<Entry>::new());
    let answers = RwSignal::new(Vec::<Entry>::new());
    let navigate = use_navigator();
    show_while(node, open);

    Effect::new(move |_| {
        if open.get() {
            words.set(String::new());
            answers.set(Vec::new());
            spawn_local(async move { drop(things.try_set(known(api).await)) });
        }
    });
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let ask = move || {
        if let Some(handle) = waiting.get_value() {
            handle.clear();
        }
        let rested = move || {
            let asked = words.get_untracked();
            if asked.trim().len() < 2 {
                answers.set(Vec::new());
                return;
            }
            spawn_local(async move {
                let entries = found(api, asked.trim()).await;
                if words.try_get_untracked().as_ref() == Some(&asked) {
                    answers.set(entries);
                }
            });
        };
        waiting.set_value(set_timeout_with_handle(rested, REST).ok());
    };
    let hits = Memo::new(move |_| {
        let mut candidates = commands();
        candidates.extend(things.get());
        answers.with(|answers| matching(&words.get(), &candidates, answers))
    });
    let act = move |deed: Deed| {
        open.set(false);
        match deed {
            Deed::Go(path) => navigate.open(&path),
            Deed::Theme(theme) => super::shell::set_theme(theme),
            Deed::Help => help.set(true),
            Deed::SignOut => super::shell::sign_out(api, session, toasts),
        }
    };
    let pressed = move |event: leptos::ev::KeyboardEvent| {
        let count = hits.with(Vec::len).max(1);
        match event.key().as_str() {
            "ArrowDown" => at.update(|at| *at = (*at + 1) % count),
            "ArrowUp" => at.update(|at| *at = (*at + count - 1) % count),
            "Enter" => {
                if let Some((entry, _)) = hits.with(|hits| hits.get(at.get_untracked()).cloned()) {
                    act(entry.deed);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let typed = move |event: leptos::ev::Targeted<leptos::ev::Event, web_sys::HtmlInputElement>| {
        words.set(event.target().value());
        at.set(0);
        ask();
    };
    view! {
        <dialog class="palette" node_ref=node aria-label="Search and commands" on:cancel=move |_: leptos::ev::Event| open.set(false) on:close=move |_| heed_close(node, open) on:mousedown=move |event| close_outside(&event, open)>
            // Always there, so that not even the first letter is lost.
            <div class="palette-input">
                <Icon name=Name::Search/>
                <input
                    type="text"
                    placeholder="Search patterns, proposals, repositories and commands"
                    aria-label="Search"
                    role="combobox"
                    aria-expanded="true"
                    aria-controls="palette-list"
                    aria-activedescendant=move || format!("palette-{}", at.get())
                    autocomplete="off"
                    spellcheck="false"
                    data-autofocus=""
                    prop:value=words
                    on:input:target=typed
                    on:keydown=pressed
                />
                <KeyHint keys="Esc"/>
            </div>
            <Show when=move || open.get()>
                <ul class="palette-list" id="palette-list" role="listbox" aria-label="Results">
                    {move || hits.with(|hits| list(hits, at, act))}
                </ul>
            </Show>
        </dialog>
    }
}

fn list(hits: &[(Entry, Hit)], at: RwSignal<usize>, act: impl Fn(Deed) + Copy + 'static) -> AnyView {
    if hits.is_empty() {
        return view! { <li class="palette-none">"Nothing found"</li> }.into_any();
    }
    let mut group = "";
    let rows = hits.iter().enumerate().map(|(index, (entry, hit))| {
        let heading =
            (entry.group != group).then(|| view! { <li class="palette-group" role="presentation">{entry.group}</li> });
        group = entry.group;
        let deed = entry.deed.clone();
        let node = NodeRef::<html::Li>::new();
        Effect::new(move |_| {
            if at.get() == index
                && let Some(element) = node.get_untracked()
            {
                browser::reveal(&element);
            }
        });
        view! {
            {heading}
            <li
                id=format!("palette-{index}")
                class="palette-row"
                role="option"
                node_ref=node
                aria-selected=move || (at.get() == index).to_string()
                on:pointermove=move |_| if at.get_untracked() != index { at.set(index) }
                on:click=move |_| act(deed.clone())
            >
                <Icon name=entry.icon/>
                <span class="palette-label">{marked(&entry.label, hit)}</span>
                <span class="palette-note">{entry.note.clone()}</span>
                {entry.keys.map(|keys| view! { <KeyHint keys/> })}
            </li>
        }
    });
    rows.collect_view().into_any()
}

/// A label with the letters that were typed.
fn marked(label: &str, hit: &Hit) -> impl IntoView + use<> {
    let letters = label.chars().enumerate().map(|(position, letter)| {
        if hit.positions.contains(&position) {
            view! { <mark>{letter.to_string()}</mark> }.into_any()
        } else {
            letter.to_string().into_any()
        }
    });
    letters.collect_view()
}
