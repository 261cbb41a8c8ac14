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
pub struct Session {
    standing: RwSignal<Standing>,
    sign_ins: StoredValue<u64>,
}

impl Session {
    /// A session nobody has asked about yet.
    pub fn new() -> Self {
        Self { standing: RwSignal::new(Standing::Unknown), sign_ins: StoredValue::new(0) }
    }

    /// What is known, and whatever becomes known.
    pub fn get(self) -> Standing {
        self.standing.get()
    }

    /// The signed-in person.
    pub fn me(self) -> Option<Me> {
        match self.standing.get() {
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
        if matches!(standing, Standing::SignedIn(_)) {
            self.sign_ins.update_value(|count| *count += 1);
        }
        self.standing.set(standing);
    }

    /// Tells one session from the next.
    pub fn number(self) -> u64 {
        self.sign_ins.get_value()
    }

    /// The server no longer knows the session that a call was made in.
    pub fn lose(self, number: u64) {
        // A late refusal says nothing about a session that began meanwhile.
        if number == self.number() && self.standing.get_untracked() != Standing::SignedOut {
            self.standing.set(Standing::SignedOut);
        }
    }
}
