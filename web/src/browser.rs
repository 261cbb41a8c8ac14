//! What the pages need from the browser itself.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};

/// The present moment.
pub fn now() -> DateTime<Utc> {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 are whole and far below 2^53")]
    let milliseconds = js_sys::Date::now() as i64;
    DateTime::from_timestamp_millis(milliseconds).unwrap_or_default()
}

/// A moment in the reader's own zone and language, with the zone's name.
pub fn local_time(at: DateTime<Utc>) -> String {
    format_date(at, &[("dateStyle", "medium"), ("timeStyle", "long")])
}

/// The day and hour of a moment in the reader's zone: `20 Nov, 14:00`.
pub fn local_day(at: DateTime<Utc>) -> String {
    format_date(at, &[("day", "numeric"), ("month", "short"), ("hour", "2-digit"), ("minute", "2-digit")])
}

/// A moment with its second: `20 Nov, 14:00:05`.
pub fn local_moment(at: DateTime<Utc>) -> String {
    let day = [("day", "numeric"), ("month", "short"), ("hour", "2-digit"), ("minute", "2-digit")];
    format_date(at, &[&day[..], &[("second", "2-digit"), ("hourCycle", "h23")]].concat())
}

/// The time of a day: `14:00`.
pub fn local_minute(at: DateTime<Utc>) -> String {
    format_date(at, &[("hour", "2-digit"), ("minute", "2-digit"), ("hourCycle", "h23")])
}

/// The time of a day to the second: `14:00:05`.
pub fn local_second(at: DateTime<Utc>) -> String {
    format_date(at, &[("hour", "2-digit"), ("minute", "2-digit"), ("second", "2-digit"), ("hourCycle", "h23")])
}

/// The time of a day to the millisecond: `14:00:05.123`.
pub fn local_instant(at: DateTime<Utc>) -> String {
    let second = [("hour", "2-digit"), ("minute", "2-digit"), ("second", "2-digit"), ("hourCycle", "h23")];
    format_date(at, &[&second[..], &[("fractionalSecondDigits", "3")]].concat())
}

/// A day: `20 Nov`.
pub fn local_date(at: DateTime<Utc>) -> String {
    format_date(at, &[("day", "numeric"), ("month", "short")])
}

/// How many seconds the reader's zone is ahead of UTC at a moment.
pub fn zone_offset(at: DateTime<Utc>) -> i64 {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of any date that people meet are exact in f64")]
    let date = js_sys::Date::new(&JsValue::from_f64(at.timestamp_millis() as f64));
    #[expect(clippy::cast_possible_truncation, reason = "whole minutes, at most a day")]
    let minutes = date.get_timezone_offset() as i64;
    -60 * minutes
}

fn format_date(at: DateTime<Utc>, style: &[(&str, &str)]) -> String {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of any date that people meet are exact in f64")]
    let date = js_sys::Date::new(&JsValue::from_f64(at.timestamp_millis() as f64));
    let options = js_sys::Object::new();
    for (name, value) in style {
        // Setting a property of a plain object can not fail.
        let _ = js_sys::Reflect::set(&options, &(*name).into(), &(*value).into());
    }
    date.to_locale_string("default", &options).into()
}

/// `https://host`, for snippets that must work when pasted.
pub fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// The address without its host, to come back to.
pub fn here() -> String {
    let location = window().location();
    location.pathname().unwrap_or_default() + &location.search().unwrap_or_default()
}

/// The kind of machine, as the browser names it: `Linux x86_64`, `MacIntel`.
pub fn platform() -> String {
    window().navigator().platform().unwrap_or_default()
}

/// Puts text on the clipboard; false where the browser offers none.
pub async fn copy(text: &str) -> bool {
    let navigator = JsValue::from(window().navigator());
    // Without a secure context there is no clipboard, and the typed accessor would not say so.
    let offered = js_sys::Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|clipboard| clipboard.is_truthy());
    if !offered {
        return false;
    }
    let written = window().navigator().clipboard().write_text(text);
    wasm_bindgen_futures::JsFuture::from(written).await.is_ok()
}

/// Reads a preference.
pub fn preference(key: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(key).ok()?
}

/// Keeps a preference; a browser without storage forgets it.
pub fn prefer(key: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(key, value);
    }
}

/// Names the page in the browser's tab.
pub fn title(name: &str) {
    document().set_title(&if name.is_empty() { "DevOS Cloud".to_owned() } else { format!("{name} · DevOS Cloud") });
}

/// Follows the link of what was clicked, unless the click was on something that acts by itself: text with a hint
/// lies above a row's link, and a click on it must not be lost.
pub fn follow(event: &web_sys::MouseEvent, link: &str) {
    let Some(element) = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) else { return };
    if !matches!(element.closest("a, button, input, label"), Ok(None)) {
        return;
    }
    let row = event.current_target().and_then(|row| row.dyn_into::<web_sys::Element>().ok());
    let found = row.and_then(|row| row.query_selector(link).ok().flatten());
    if let Some(link) = found.and_then(|link| link.dyn_into::<web_sys::HtmlElement>().ok()) {
        // Not within this event's own handler, which the link's click bubbles up to.
        queue_microtask(move || link.click());
    }
}

/// Scrolls an element into view when it is not there already.
pub fn reveal(element: &web_sys::Element) {
    let options = web_sys::ScrollIntoViewOptions::new();
    options.set_block(web_sys::ScrollLogicalPosition::Nearest);
    element.scroll_into_view_with_scroll_into_view_options(&options);
}

/// Moves to the element with an id.
pub fn jump(id: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        element.scroll_into_view();
    }
}

/// True while the person types somewhere, so that letters are text and not shortcuts.
pub fn is_typing(target: Option<web_sys::EventTarget>) -> bool {
    let Some(element) = target.and_then(|target| target.dyn_into::<web_sys::HtmlElement>().ok()) else {
        return false;
    };
    matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT") || element.is_content_editable()
}

/// True while a dialog covers the page.
pub fn has_dialog() -> bool {
    document().query_selector("dialog[open]").is_ok_and(|found| found.is_some())
}
