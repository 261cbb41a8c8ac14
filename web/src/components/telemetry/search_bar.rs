//! When and what is searched.

use chrono::{DateTime, Utc};
use devos_web::view::telemetry::search::{Range, Search, complaint};
use leptos::html;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::api::Failure;
use crate::browser;
use crate::components::button::IconButton;
use crate::components::field::Segmented;
use crate::components::icon::{Icon, Name};
use crate::keys::use_key;
use crate::navigator::{Navigator, use_navigator};

/// The search of a page, which the address bar holds.
#[derive(Clone, Copy)]
pub struct Searching {
    /// What is searched.
    pub search: Memo<Search>,
    page: &'static str,
    kept: &'static [&'static str],
    others: Memo<Vec<(&'static str, String)>>,
    anchor: RwSignal<DateTime<Utc>>,
    navigate: Navigator,
}

/// The search of the page at this path; `kept` are the other keys that its address holds.
pub fn use_search(page: &'static str, kept: &'static [&'static str], preset: &'static str) -> Searching {
    let map = use_query_map();
    let search = Memo::new(move |_| map.with(|map| Search::read(|key| map.get(key).unwrap_or_default(), preset)));
    let others = Memo::new(move |_| {
        map.with(|map| kept.iter().map(|key| (*key, map.get(key).unwrap_or_default())).collect::<Vec<_>>())
    });
    Searching { search, page, kept, others, anchor: RwSignal::new(browser::now()), navigate: use_navigator() }
}

impl Searching {
    /// Searches for something else.
    pub fn apply(self, next: &Search) {
        self.go(next, &[]);
    }

    /// Changes one of the other keys.
    pub fn keep(self, key: &'static str, value: &str) {
        self.go(&self.search.get_untracked(), &[(key, value)]);
    }

    fn go(self, next: &Search, changed: &[(&str, &str)]) {
        let others = self.others.get_untracked();
        let others: Vec<(&str, &str)> = others
            .iter()
            .map(|(key, value)| (*key, changed.iter().find(|(k, _)| k == key).map_or(value.as_str(), |(_, v)| *v)))
            .collect();
        self.navigate.replace(&format!("{}{}", self.page, next.address(&others)));
        self.refresh();
    }

    /// Moves the end of the range to the present moment.
    pub fn refresh(self) {
        self.anchor.set(browser::now());
    }

    /// The value of one of the other keys.
    pub fn other(self, key: &str) -> String {
        debug_assert!(self.kept.contains(&key), "the address does not keep this key");
        self.others
            .with(|others| others.iter().find(|(known, _)| *known == key).map(|(_, v)| v.clone()).unwrap_or_default())
    }

    /// The query of an API call.
    pub fn api_query(self, others: &[(&str, &str)]) -> String {
        self.search.with(|search| search.api_query(self.anchor.get(), others))
    }

    /// Adds a term to the filter.
    pub fn add_term(self, term: &str) {
        self.apply(&self.search.with_untracked(|search| search.with_term(term)));
    }
}

/// The bar with the filter and the range. `failure` is what the API said about the search.
#[component]
pub fn SearchBar(
    searching: Searching,
    #[prop(optional)] placeholder: Option<&'static str>,
    #[prop(optional, into)] failure: Signal<Option<Failure>>,
) -> impl IntoView {
    let refresh = move || searching.refresh();
    use_key("r", "Look again", refresh);
    view! {
        <div class="searching" role="search">
            {placeholder.map(|placeholder| view! { <FilterBox searching placeholder failure/> })}
            <div class="time-range">
                <Fixed searching/>
                <Segmented
                    label="Time range"
                    options=Range::options()
                    chosen=Signal::derive(move || searching.search.with(|search| search.range.word().to_owned()))
                    choose=move |word| {
                        if let Some(range) = Range::last(word) {
                            searching.apply(&searching.search.with_untracked(|search| search.within(range)));
                        }
                    }
                />
                <IconButton name=Name::Refresh label="Look again" press=refresh/>
            </div>
        </div>
    }
}

/// The way out of a fixed range.
#[component]
fn Fixed(searching: Searching) -> impl IntoView {
    move || {
        let Range::Between(from, to) = searching.search.with(|search| search.range) else { return None };
        let words = format!("{} – {}", browser::local_moment(from), browser::local_moment(to));
        let back = move |_| {
            if let Some(range) = Range::last("1h") {
                searching.apply(&searching.search.with_untracked(|search| search.within(range)));
            }
        };
        Some(view! {
            <button type="button" class="fixed-range" title="Back to the last hour" data-testid="fixed-range" on:click=back>
                <span>{words}</span><Icon name=Name::Cross/>
            </button>
        })
    }
}

#[component]
fn FilterBox(searching: Searching, placeholder: &'static str, failure: Signal<Option<Failure>>) -> impl IntoView {
    let node = NodeRef::<html::Input>::new();
    use_key("f", "Filter", move || {
        if let Some(input) = node.get_untracked() {
            // Focus fails only for what is not on the page.
            let _ = input.focus();
        }
    });
    let apply = move || {
        if let Some(input) = node.get_untracked() {
            searching.apply(&searching.search.with_untracked(|search| search.filtered(input.value().trim())));
        }
    };
    let wrong = Memo::new(move |_| {
        let failure = failure.get()?;
        let (column, words) = complaint(&failure.detail)?;
        Some((format!("Column {column}: {words}."), failure.request_id))
    });
    let complaint = move || {
        wrong.get().map(|(words, request)| {
            let request = request.map(|id| view! { <span class="filter-request">"Request "<code>{id}</code></span> });
            view! { <p class="filter-wrong" id="filter-wrong" role="alert">{words}{request}</p> }
        })
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        apply();
    };
    view! {
        <form class="filter-box" on:submit=submit>
            <label class="filter-search" class:is-wrong=move || wrong.get().is_some()>
                <Icon name=Name::Search/>
                <span class="unseen">"Filter"</span>
                <input
                    type="search"
                    node_ref=node
                    spellcheck="false"
                    autocomplete="off"
                    autocapitalize="off"
                    data-testid="filter"
                    aria-invalid=move || wrong.get().is_some().to_string()
                    aria-describedby="filter-wrong"
                    placeholder=placeholder
                    prop:value=move || searching.search.with(|search| search.filter.clone())
                    on:search=move |_: leptos::ev::Event| apply()
                />
            </label>
            {complaint}
        </form>
    }
}
