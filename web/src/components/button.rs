//! Buttons.

use leptos::prelude::*;

use super::badge::KeyHint;
use super::icon::{Icon, Name};

/// How much a button asks for attention.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Weight {
    /// One per view: the thing to do.
    Primary,
    /// Something to do.
    #[default]
    Plain,
    /// Something that hurts.
    Danger,
    /// Barely there.
    Ghost,
}

impl Weight {
    const fn class(self) -> &'static str {
        match self {
            Self::Primary => "button is-primary",
            Self::Plain => "button",
            Self::Danger => "button is-danger",
            Self::Ghost => "button is-ghost",
        }
    }
}

/// A button; while busy it can not be pressed again and says so.
#[component]
pub fn Button(
    #[prop(into)] label: String,
    press: impl Fn() + 'static,
    #[prop(optional)] weight: Weight,
    #[prop(optional)] icon: Option<Name>,
    #[prop(optional)] keys: Option<&'static str>,
    #[prop(optional, into)] busy: Signal<bool>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional)] submit: bool,
    #[prop(optional, into)] testid: String,
) -> impl IntoView {
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class=weight.class()
            class:is-busy=busy
            disabled=move || busy.get() || disabled.get()
            aria-busy=move || busy.get().to_string()
            data-testid=testid
            on:click=move |_| press()
        >
            {icon.map(|name| view! { <Icon name/> })}
            <span>{label}</span>
            {keys.map(|keys| view! { <KeyHint keys/> })}
        </button>
    }
}

/// A button that is only an icon, with a label for those who do not see it.
#[component]
pub fn IconButton(name: Name, label: &'static str, press: impl Fn() + 'static) -> impl IntoView {
    view! {
        <button type="button" class="icon-button" aria-label=label title=label on:click=move |_| press()>
            <Icon name/>
        </button>
    }
}
