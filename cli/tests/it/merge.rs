//! The merge of an approved proposal into a repository that somebody works in.

use std::fs;
use std::time::Duration;

use devos_contracts::journal::Observation;
use devos_contracts::proposal::{Proposal, ProposalState};
use devos_contracts::repair::RepairState;

use crate::shop::{self, RIGHT, WRONG};
use crate::system::{System, wait};

#[test]
fn uncommitted_work_is_never_touched_and_blocks_the_merge_until_it_is_put_away() {
    let system = System::start();
    let (history, _) = shop::broken(|_| {});
    shop::report(&system, "shop", &history);
    let proposal = system.settled("shop", RepairState::AwaitingHuman).proposal.unwrap();
    let before = history.head();
    let draft = "echo $(($1 * $2)) # a draft\n";
    history.write("total.sh", draft);

    let person = system.sign_in();
    assert!(system.approve(&person, &proposal).status().is_success());
    let repair = system.repair_of("shop");
    let reason = wait("the merge is blocked", Duration::from_secs(30), || {
        let journal = system.detail(&repair).journal;
        journal.into_iter().find_map(|entry| match entry.observation {
            Observation::MergeBlocked { reason } => Some(reason),
            _ => None,
        })
    });
    for word in ["uncommitted changes", "total.sh", "approve again"] {
        assert!(reason.contains(word), "{word:?} is missing in {reason:?}");
    }
    assert_eq!(history.head(), before);
    assert_eq!(fs::read_to_string(history.path().join("total.sh")).unwrap(), draft);
    assert_eq!(system.detail(&repair).repair.state, RepairState::AwaitingHuman);

    history.git(&["stash", "--quiet"]);
    assert_eq!(fs::read_to_string(history.path().join("total.sh")).unwrap(), WRONG);
    assert!(system.approve(&person, &proposal).status().is_success());
    system.settled("shop", RepairState::Merged);
    assert_eq!(history.git(&["rev-list", "--count", "--merges", "main"]), "1");
    assert_eq!(fs::read_to_string(history.path().join("total.sh")).unwrap(), RIGHT);
    assert_eq!(history.git(&["status", "--porcelain"]), "");
    let merged: Proposal = system.get(&format!("/proposals/{}", proposal.id));
    assert_eq!(merged.state, ProposalState::Merged);
    // Nobody can approve what is merged.
    assert_eq!(system.approve(&person, &proposal).status().as_u16(), 409);
}
