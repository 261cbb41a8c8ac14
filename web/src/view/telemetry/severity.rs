//! How grave a log record is.

use crate::view::state::Tone;

/// A class of severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Errors and fatal ones.
    Error,
    /// Warnings.
    Warn,
    /// Information, and what says nothing.
    Info,
    /// Debugging and tracing.
    Debug,
}

impl Level {
    /// Gravest first.
    pub const ALL: [Self; 4] = [Self::Error, Self::Warn, Self::Info, Self::Debug];

    /// The class of an OTLP severity number.
    pub fn of(number: i16) -> Self {
        match number {
            17.. => Self::Error,
            13..=16 => Self::Warn,
            1..=8 => Self::Debug,
            _ => Self::Info,
        }
    }

    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "Error",
            Self::Warn => "Warning",
            Self::Info => "Info",
            Self::Debug => "Debug",
        }
    }

    /// Its colour's meaning.
    pub fn tone(self) -> Tone {
        match self {
            Self::Error => Tone::Bad,
            Self::Warn => Tone::Warn,
            Self::Info => Tone::Active,
            Self::Debug => Tone::Quiet,
        }
    }
}

/// The word of a record: OTLP's short name for its number, else what the sender wrote.
pub fn word(number: i16, text: &str) -> String {
    let name = match number {
        1..=4 => "TRACE",
        5..=8 => "DEBUG",
        9..=12 => "INFO",
        13..=16 => "WARN",
        17..=20 => "ERROR",
        21..=24 => "FATAL",
        _ => return if text.is_empty() { "–".to_owned() } else { text.to_uppercase() },
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::Level::{Debug, Error, Info, Warn};
    use super::*;

    #[test]
    fn numbers_fall_into_the_classes_of_the_api() {
        let levels = [0, 1, 8, 9, 12, 13, 16, 17, 24].map(Level::of);
        assert_eq!(levels, [Info, Debug, Debug, Info, Info, Warn, Warn, Error, Error]);
    }

    #[test]
    fn a_number_names_itself_and_else_the_sender_does() {
        assert_eq!((word(18, "err"), word(0, "notice"), word(0, "")), ("ERROR".into(), "NOTICE".into(), "–".into()));
    }
}
