//! Fields of forms.

use leptos::prelude::*;

/// A labelled line of text.
#[component]
pub fn TextField(
    label: &'static str,
    value: RwSignal<String>,
    #[prop(default = "text")] kind: &'static str,
    #[prop(optional)] hint: &'static str,
    #[prop(optional)] autocomplete: &'static str,
    #[prop(optional)] autofocus: bool,
    #[prop(optional)] required: bool,
    #[prop(optional)] placeholder: &'static str,
    #[prop(optional, into)] testid: String,
) -> impl IntoView {
    view! {
        <label class="field">
            <span class="field-label">{label}</span>
            <input
                class="input"
                type=kind
                prop:value=value
                on:input:target=move |event| value.set(event.target().value())
                autocomplete=(!autocomplete.is_empty()).then_some(autocomplete)
                placeholder=placeholder
                required=required
                data-autofocus=autofocus.then_some("")
                data-testid=testid
            />
            {(!hint.is_empty()).then(|| view! { <span class="field-hint">{hint}</span> })}
        </label>
    }
}

/// A labelled text of several lines.
#[component]
pub fn TextArea(
    label: &'static str,
    value: RwSignal<String>,
    #[prop(optional)] hint: &'static str,
    #[prop(default = 3)] rows: u32,
    #[prop(optional)] autofocus: bool,
    #[prop(optional)] mono: bool,
    #[prop(optional)] placeholder: &'static str,
    #[prop(optional, into)] testid: String,
) -> impl IntoView {
    view! {
        <label class="field">
            <span class="field-label">{label}</span>
            <textarea
                class="input"
                class:is-mono=mono
                rows=rows
                prop:value=value
                on:input:target=move |event| value.set(event.target().value())
                placeholder=placeholder
                data-autofocus=autofocus.then_some("")
                data-testid=testid
            ></textarea>
            {(!hint.is_empty()).then(|| view! { <span class="field-hint">{hint}</span> })}
        </label>
    }
}

/// A labelled number with its unit.
#[component]
pub fn NumberField(
    label: &'static str,
    value: Signal<u64>,
    set: impl Fn(u64) + 'static,
    #[prop(optional)] unit: &'static str,
    #[prop(optional)] hint: &'static str,
    #[prop(default = 1)] min: u64,
) -> impl IntoView {
    let changed = move |event: leptos::ev::Targeted<leptos::ev::Event, web_sys::HtmlInputElement>| {
        if let Ok(number) = event.target().value().trim().parse::<u64>() {
            set(number.max(min));
        }
    };
    view! {
        <label class="field is-number">
            <span class="field-label">{label}</span>
            <span class="field-unit">
                <input class="input" type="number" inputmode="numeric" min=min prop:value=move || value.get().to_string() on:change:target=changed/>
                <span>{unit}</span>
            </span>
            {(!hint.is_empty()).then(|| view! { <span class="field-hint">{hint}</span> })}
        </label>
    }
}

/// A switch.
#[component]
pub fn Toggle(
    label: &'static str,
    on: Signal<bool>,
    set: impl Fn(bool) + 'static,
    #[prop(optional, into)] testid: String,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="toggle"
            role="switch"
            aria-checked=move || on.get().to_string()
            aria-label=label
            data-testid=testid
            on:click=move |_| set(!on.get_untracked())
        >
            <span class="toggle-knob"></span>
        </button>
    }
}

/// One of a few.
#[component]
pub fn Segmented(
    label: &'static str,
    options: Vec<(&'static str, &'static str)>,
    #[prop(into)] chosen: Signal<String>,
    choose: impl Fn(&'static str) + Copy + 'static,
) -> impl IntoView {
    view! {
        <div class="segmented" role="group" aria-label=label>
            {options
                .into_iter()
                .map(|(value, text)| {
                    let pressed = move || (chosen.get() == value).to_string();
                    view! { <button type="button" aria-pressed=pressed on:click=move |_| choose(value)>{text}</button> }
                })
                .collect_view()}
        </div>
    }
}
