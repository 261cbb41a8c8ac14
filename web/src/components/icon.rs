//! Line icons on a 16-unit grid.

use leptos::prelude::*;

/// An icon's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    Alert,
    Arrow,
    Branch,
    Check,
    ChevronDown,
    ChevronRight,
    Commit,
    Copy,
    Cross,
    Drop,
    Exit,
    Flask,
    Home,
    Key,
    Keyboard,
    Layers,
    Lines,
    Moon,
    Panel,
    Pause,
    Person,
    Play,
    Plus,
    PullRequest,
    Refresh,
    Repository,
    Screen,
    Search,
    Shield,
    Spans,
    Sun,
    Upload,
    Waves,
    Wrench,
}

impl Name {
    const fn path(self) -> &'static str {
        match self {
            Self::Alert => "M8 2.2 14.3 13.2H1.7zM8 6.4v3M8 11.3v.1",
            Self::Arrow => "M3 8h10M9 4l4 4-4 4",
            Self::Branch => {
                "M4.5 10V6M4.5 6a1.75 1.75 0 1 0 0-3.5 1.75 1.75 0 0 0 0 3.5zM4.5 13.5a1.75 1.75 0 1 0 0-3.5 1.75 1.75 0 0 0 0 3.5zM11.5 6.5a1.75 1.75 0 1 0 0-3.5 1.75 1.75 0 0 0 0 3.5zM11.5 6.5c0 2.5-2.5 2.5-4 2.7-1.6.2-3 .5-3 .8"
            }
            Self::Check => "M3 8.5 6.5 12 13 4.5",
            Self::ChevronDown => "M4 6.2 8 10.2 12 6.2",
            Self::ChevronRight => "M6.2 4 10.2 8 6.2 12",
            Self::Commit => "M8 10.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM1.5 8h4M10.5 8h4",
            Self::Copy => "M5.5 5.5V2.5h8v8h-3M2.5 5.5h8v8h-8z",
            Self::Cross => "M4 4l8 8M12 4l-8 8",
            Self::Drop => "M8 2.2c2.6 3 4 5 4 7a4 4 0 0 1-8 0c0-2 1.4-4 4-7z",
            Self::Exit => "M6.5 2.5H3v11h3.5M10 5l3 3-3 3M13 8H6.5",
            Self::Flask => "M6.2 2.3h3.6M6.8 2.3v4L3 12.6c-.4.7 0 1.2.7 1.2h8.6c.7 0 1.1-.5.7-1.2L9.2 6.3v-4M5 10h6",
            Self::Home => "M2.5 7 8 2.5 13.5 7v6.5h-4v-4h-3v4h-4z",
            Self::Key => {
                "M10.2 9.3a3.4 3.4 0 1 0-3.2-2.2L2.5 11.5v2h2.3v-1.6h1.6v-1.6h1.2l1-.9c.5.1 1 .1 1.6-.1zM11 5.2v.1"
            }
            Self::Keyboard => "M1.5 4h13v8h-13zM4 6.6h.1M6.6 6.6h.1M9.3 6.6h.1M12 6.6h.1M5 9.5h6",
            Self::Layers => "M8 2.3 14 5.3 8 8.3 2 5.3zM2 8.2l6 3 6-3M2 11l6 3 6-3",
            Self::Lines => "M2.5 4h11M2.5 8h8M2.5 12h10",
            Self::Moon => "M13.3 9.6A5.7 5.7 0 0 1 6.4 2.7a5.7 5.7 0 1 0 6.9 6.9z",
            Self::Panel => "M2 3h12v10H2zM6 3v10",
            Self::Pause => "M5.5 3.5v9M10.5 3.5v9",
            Self::Person => {
                "M8 7.8a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4zM2.8 13.6c.5-2.6 2.5-3.9 5.2-3.9s4.7 1.3 5.2 3.9"
            }
            Self::Play => "M5 3.2 12.5 8 5 12.8z",
            Self::Plus => "M8 3v10M3 8h10",
            Self::PullRequest => {
                "M4.5 10V6M4.5 6a1.75 1.75 0 1 0 0-3.5 1.75 1.75 0 0 0 0 3.5zM4.5 13.5a1.75 1.75 0 1 0 0-3.5 1.75 1.75 0 0 0 0 3.5zM11.5 13.5a1.75 1.75 0 1 0 0-3.5 1.75 1.75 0 0 0 0 3.5zM11.5 10V6.25a2 2 0 0 0-2-2H7.8M9.3 2.5 7.5 4.25 9.3 6"
            }
            Self::Refresh => "M13 8a5 5 0 1 1-1.5-3.6M13 2.5v2.8h-2.8",
            Self::Repository => {
                "M3.5 12.3V3.7c0-.7.5-1.2 1.2-1.2h7.8v11H4.7c-.7 0-1.2-.5-1.2-1.2s.5-1.2 1.2-1.2h7.8M6.3 5.3h3.5"
            }
            Self::Screen => "M2 3h12v8H2zM8 11v2.5M5 13.5h6",
            Self::Search => "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.3 10.3 13.5 13.5",
            Self::Shield => "M8 2l5 1.9V8c0 3-2 4.9-5 6-3-1.1-5-3-5-6V3.9zM5.8 8l1.6 1.6 2.9-3.1",
            Self::Spans => "M2 3.8h8M5 8h6M9 12.2h5",
            Self::Sun => {
                "M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9"
            }
            Self::Upload => "M8 10.5V2.5M4.8 5.5 8 2.5l3.2 3M2.5 10.5v3h11v-3",
            Self::Waves => "M1.5 8h2.7l1.9-4.8 3.4 9.6L11.6 8h2.9",
            Self::Wrench => {
                "M10.9 2.6a3.6 3.6 0 0 0-4.5 4.7L2.7 11a1.65 1.65 0 0 0 2.3 2.3l3.7-3.7a3.6 3.6 0 0 0 4.7-4.5L11.2 7.3 9 7 8.7 4.8z"
            }
        }
    }
}

/// An icon; decoration, since the text beside it or the label around it says what it means.
#[component]
pub fn Icon(name: Name) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
            <path d=name.path()></path>
        </svg>
    }
}

/// The product's mark: a broken ring that is mended.
#[component]
pub fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
            <path class="mark-ring" d="M20.2 9A8.7 8.7 0 1 1 15 3.83"></path>
            <path class="mark-stitch" d="M8.2 12.3 11 15.1 20 5.2"></path>
        </svg>
    }
}
