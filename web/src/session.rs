//! Who is signed in.

use devos_contracts::api::Me;
use devos_contracts::scope::Role;
use leptos::prelude::*;

use crate::api::Failure;

/// What is known about the person in front of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Not asked yet.
    Unknown,
    /// The server could not say.
    Unreachable(Failure),
    /// Nobody.
    SignedOut,
    /// Somebody.
    SignedIn(Me),
}

/// The session, shared by every page.
#[derive(Clone, Copy)]
pub struct Session(RwSignal<Standing>);

impl Session {
    /// A session nobody has asked about yet.
    pub fn new() -> Self {
        Self(RwSignal::new(Standing::Unknown))
    }

    /// What is known, and whatever becomes known.
    pub fn get(self) -> Standing {
        self.0.get()
    }

    /// The signed-in person.
    pub fn me(self) -> Option<Me> {
        match self.0.get() {
            Standing::SignedIn(me) => Some(me),
            _ => None,
        }
    }

    /// True when the person's role is at least this one; tokens and unknowns are not.
    pub fn is_at_least(self, role: Role) -> bool {
        // Roles are ordered strongest first.
        self.me().and_then(|me| me.role).is_some_and(|held| held <= role)
    }

    /// Records what was learnt.
    pub fn set(self, standing: Standing) {
        self.0.set(standing);
    }

    /// The server no longer knows the session.
    pub fn lose(self) {
        if self.0.get_untracked() != Standing::SignedOut {
            self.0.set(Standing::SignedOut);
        }
    }
}
