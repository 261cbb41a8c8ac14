//! The frame around every page: navigation, search, who is signed in.

mod account;

pub use account::{set_theme, sign_out};

use devos_contracts::api::{Change, Page};
use devos_contracts::proposal::Proposal;
use leptos::prelude::*;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_location;

use super::badge::KeyHint;
use super::help::Help;
use super::icon::{Icon, Mark, Name};
use super::loaded::{Broken, Skeleton};
use super::palette::Palette;
use crate::browser;
use crate::keys::{self, Keys, use_key};
use crate::live::{Changes, on_change};
use crate::navigator::use_navigator;
use crate::query::query;
use crate::session::{Session, Standing};

/// A place of the product.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Its name.
    pub label: &'static str,
    /// Its address.
    pub href: &'static str,
    /// Its picture.
    pub icon: Name,
    /// The keys that lead there.
    pub keys: &'static str,
}

const fn place(label: &'static str, href: &'static str, icon: Name, keys: &'static str) -> Place {
    Place { label, href, icon, keys }
}

/// Every place, in the order of the navigation.
pub const PLACES: [Place; 6] = [
    place("Home", "/", Name::Home, "g h"),
    place("Patterns", "/patterns", Name::Layers, "g p"),
    place("Repairs", "/repairs", Name::Wrench, "g r"),
    place("Proposals", "/proposals", Name::PullRequest, "g o"),
    place("Repositories", "/repositories", Name::Repository, "g e"),
    place("API tokens", "/tokens", Name::Key, "g t"),
];

/// Places where telemetry is read.
pub const TELEMETRY: [Place; 5] = [
    place("Logs", "/logs", Name::Lines, "g l"),
    place("Traces", "/traces", Name::Spans, "g c"),
    place("Metrics", "/metrics", Name::Waves, "g m"),
    place("Tests", "/tests", Name::Flask, "g s"),
    place("Drops", "/drops", Name::Drop, "g d"),
];

/// The frame; pages are drawn inside it once it is known who looks.
#[component]
pub fn Shell() -> impl IntoView {
    let session = expect_context::<Session>();
    let navigate = use_navigator();
    Effect::new(move |_| {
        if session.get() == Standing::SignedOut {
            let back = browser::here();
            let next =
                if back == "/" { String::new() } else { format!("?next={}", devos_web::view::quantity::encode(&back)) };
            navigate.replace(&format!("/sign-in{next}"));
        }
    });
    // Who it is may change without the frame being built anew.
    let stage = Memo::new(move |_| match session.get() {
        Standing::Unknown | Standing::SignedOut => None,
        Standing::SignedIn(_) => Some(Ok(())),
        Standing::Unreachable(failure) => Some(Err(failure)),
    });
    move || match stage.get() {
        None => view! { <main class="waiting"><Skeleton lines=5/></main> }.into_any(),
        Some(Err(failure)) => {
            let retry = move || {
                session.set(Standing::Unknown);
                crate::app::ask_who(session);
            };
            view! { <main class="missing"><Broken failure retry/></main> }.into_any()
        }
        Some(Ok(())) => view! { <Frame/> }.into_any(),
    }
}

#[component]
fn Frame() -> impl IntoView {
    let palette = RwSignal::new(false);
    let help = RwSignal::new(false);
    let drawer = RwSignal::new(false);
    let collapsed = RwSignal::new(browser::preference("devos.sidebar").as_deref() == Some("narrow"));
    let fold = move || {
        collapsed.update(|collapsed| *collapsed = !*collapsed);
        browser::prefer("devos.sidebar", if collapsed.get_untracked() { "narrow" } else { "wide" });
    };
    provide_context(Keys::listen(move || palette.update(|open| *open = !*open)));
    let changes = expect_context::<Changes>();
    changes.connect();
    on_cleanup(move || changes.disconnect());
    let navigate = use_navigator();
    for place in PLACES.into_iter().chain(TELEMETRY) {
        use_key(place.keys, place.label, move || {
            navigate.open(place.href);
        });
    }
    use_key("?", "Keyboard shortcuts", move || help.set(true));
    use_key("/", "Search and commands", move || palette.set(true));
    use_key("[", "Fold the sidebar", fold);

    let path = use_location().pathname;
    Effect::new(move |previous: Option<String>| {
        let path = path.get();
        if previous.is_some_and(|previous| previous != path) {
            drawer.set(false);
            window().scroll_to_with_x_and_y(0.0, 0.0);
        }
        path
    });
    view! {
        <div class="app" class:is-collapsed=collapsed class:has-drawer=drawer>
            <a class="skip" href="#main">"Skip to content"</a>
            <Sidebar palette fold/>
            <button type="button" class="scrim" aria-label="Close the menu" on:click=move |_| drawer.set(false)></button>
            <main id="main" tabindex="-1"><Outlet/></main>
            <BottomBar drawer/>
        </div>
        <Palette open=palette help/>
        <Help open=help/>
    }
}

#[component]
fn Sidebar(palette: RwSignal<bool>, fold: impl Fn() + Copy + 'static) -> impl IntoView {
    let session = expect_context::<Session>();
    let tenant = move || session.me().map(|me| me.tenant_name);
    let links = |places: &[Place]| places.iter().map(|place| view! { <PlaceLink place=*place/> }).collect_view();
    let (work, access) = PLACES.split_at(5);
    view! {
        <header class="sidebar">
            <div class="brand">
                <Mark/>
                <span class="brand-words"><strong>"DevOS Cloud"</strong><span>{tenant}</span></span>
                <button type="button" class="icon-button" aria-label="Fold the sidebar" title="Fold the sidebar" on:click=move |_| fold()>
                    <Icon name=Name::Panel/>
                </button>
            </div>
            <button type="button" class="search" aria-label="Search and commands" on:click=move |_| palette.set(true)>
                <Icon name=Name::Search/>
                <span>"Search"</span>
                <KeyHint keys=keys::palette()/>
            </button>
            <nav class="places" aria-label="Places">
                {links(work)}
                <div class="place-group" role="group" aria-labelledby="places-telemetry">
                    <span class="place-heading" id="places-telemetry">"Telemetry"</span>
                    {links(&TELEMETRY)}
                </div>
                <div class="place-group">{links(access)}</div>
            </nav>
            <div class="sidebar-foot">
                <LiveLight/>
                <account::AccountMenu/>
            </div>
        </header>
    }
}

/// A link of the navigation, marked while one is there.
#[component]
fn PlaceLink(place: Place) -> impl IntoView {
    let path = use_location().pathname;
    let here = move || {
        let path = path.get();
        if place.href == "/" { path == "/" } else { path.starts_with(place.href) }
    };
    let count = (place.href == "/proposals").then(|| view! { <Waiting/> });
    view! {
        <a class="place" href=place.href aria-current=move || here().then_some("page") title=place.label>
            <Icon name=place.icon/>
            <span class="place-label">{place.label}</span>
            {count}
            <KeyHint keys=place.keys/>
        </a>
    }
}

/// How many proposals wait for a decision.
#[component]
fn Waiting() -> impl IntoView {
    let open = query::<Page<Proposal>>(|| "/proposals?state=open".into());
    on_change(|change| matches!(change, Change::Proposal { .. }), move || open.refresh());
    let count = move || {
        let page = open.ready()?;
        let more = if page.next_cursor.is_some() { "+" } else { "" };
        (!page.items.is_empty()).then(|| format!("{}{more}", page.items.len()))
    };
    move || {
        count().map(|count| view! { <span class="count" aria-label=format!("{count} waiting")>{count.clone()}</span> })
    }
}

/// Whether changes arrive by themselves.
#[component]
fn LiveLight() -> impl IntoView {
    let changes = expect_context::<Changes>();
    let class = move || match changes.connected() {
        Some(true) => "live tone-good",
        Some(false) => "live tone-warn",
        None => "live tone-quiet",
    };
    let words = move || match changes.connected() {
        Some(true) => "Live",
        Some(false) => "Reconnecting",
        None => "Connecting",
    };
    view! { <span class=class role="status" title="Changes appear by themselves while this says live"><i></i><span class="live-words">{words}</span></span> }
}

#[component]
fn BottomBar(drawer: RwSignal<bool>) -> impl IntoView {
    let links = PLACES.into_iter().take(4).map(|place| view! { <PlaceLink place/> }).collect_view();
    view! {
        <nav class="bottom-bar" aria-label="Places">
            {links}
            <button type="button" class="place" aria-expanded=move || drawer.get().to_string() on:click=move |_| drawer.update(|open| *open = !*open)>
                <Icon name=Name::Panel/>
                <span class="place-label">"More"</span>
            </button>
        </nav>
    }
}
