//! The road of a repair, for the stepper above its journal.

use devos_contracts::journal::JournalEntry;
use devos_contracts::repair::RepairState;

/// A station of the road.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Station {
    /// Its name.
    pub label: &'static str,
    /// Whether the repair has been there.
    pub standing: Standing,
}

/// How a repair stands to a station.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Passed.
    Done,
    /// It is here now.
    Here,
    /// It ended here.
    Stopped,
    /// Not reached.
    Ahead,
}

const ROAD: [&str; 7] = ["Detect", "Reproduce", "Culprit", "Gates", "Pull request", "Watch", "Fixed"];

/// The stations of a repair, from its state and, where it ended early, its journal.
pub fn stations(state: RepairState, journal: &[JournalEntry]) -> [Station; ROAD.len()] {
    let here = position(state).or_else(|| journal.iter().rev().find_map(|entry| position(entry.state))).unwrap_or(0);
    let stopped = state.is_final() && state != RepairState::Fixed;
    let mut index = 0;
    ROAD.map(|label| {
        let standing = match index {
            i if i < here || (i == here && state == RepairState::Fixed) => Standing::Done,
            i if i == here && stopped => Standing::Stopped,
            i if i == here => Standing::Here,
            _ => Standing::Ahead,
        };
        index += 1;
        Station { label, standing }
    })
}

/// The station of a state; none for states that can be reached from several.
fn position(state: RepairState) -> Option<usize> {
    match state {
        RepairState::Detected | RepairState::Retrieving => Some(0),
        RepairState::Reproducing => Some(1),
        RepairState::Proposing => Some(2),
        RepairState::Validating | RepairState::Applying | RepairState::Gating | RepairState::GateFailed => Some(3),
        RepairState::PrOpen | RepairState::AwaitingHuman => Some(4),
        RepairState::Merged | RepairState::Watching | RepairState::Regressed => Some(5),
        RepairState::Fixed => Some(6),
        RepairState::SloExceeded
        | RepairState::Abstained
        | RepairState::Rejected
        | RepairState::Escalated
        | RepairState::Cancelled => None,
    }
}

#[cfg(test)]
mod tests {
    use devos_contracts::journal::Observation;

    use super::super::journal::samples::entry;
    use super::*;

    fn at(stations: &[Station], label: &str) -> Standing {
        stations.iter().find(|station| station.label == label).unwrap().standing
    }

    #[test]
    fn a_fixed_repair_has_passed_every_station() {
        assert!(stations(RepairState::Fixed, &[]).iter().all(|station| station.standing == Standing::Done));
    }

    #[test]
    fn a_repair_under_way_has_a_place() {
        let road = stations(RepairState::Gating, &[]);
        assert_eq!(
            (at(&road, "Culprit"), at(&road, "Gates"), at(&road, "Watch")),
            (Standing::Done, Standing::Here, Standing::Ahead)
        );
    }

    #[test]
    fn a_repair_that_ended_early_stopped_where_its_journal_last_was() {
        let journal = [entry(0, Observation::ProposalClosed)];
        let road = stations(RepairState::Abstained, &journal);
        assert_eq!((at(&road, "Detect"), at(&road, "Reproduce")), (Standing::Done, Standing::Stopped));
    }
}
