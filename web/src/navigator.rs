//! Moving to other pages from code.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

/// The router's own way.
type Go = Box<dyn Fn(&str, NavigateOptions)>;

/// Moves to other pages.
#[derive(Clone, Copy)]
pub struct Navigator(StoredValue<Go, LocalStorage>);

/// The way to other pages, for as long as the present component lives.
pub fn use_navigator() -> Navigator {
    Navigator(StoredValue::new_local(Box::new(use_navigate())))
}

impl Navigator {
    /// Opens a page; the present one is a step back.
    pub fn open(self, path: &str) {
        // None when the component is gone: then somebody moved on already.
        let _ = self.0.try_with_value(|navigate| navigate(path, NavigateOptions::default()));
    }

    /// Changes the address without a step back, as for filters.
    pub fn replace(self, path: &str) {
        let options = NavigateOptions { replace: true, scroll: false, ..Default::default() };
        let _ = self.0.try_with_value(|navigate| navigate(path, options));
    }
}
