//! Considering a pattern that was seen for repair.

use devos_contracts::journal::Observation;
use devos_contracts::{PatternId, RepairId, Scope};
use devos_logic::access::{self, Action};
use devos_logic::repair as machine;

use super::Repair;
use crate::{ServiceResult, opening};

impl Repair {
    /// Opens a repair for a pattern that was seen, if its repository opted in and nothing speaks against it.
    pub async fn consider(&self, scope: &Scope, pattern: PatternId) -> ServiceResult<Option<RepairId>> {
        access::check(scope, Action::Operate)?;
        let mut tx = self.store.begin(scope).await?;
        let Some(found) = tx.pattern(pattern).await? else {
            return Ok(None);
        };
        let Some(repository) = found.repository else {
            return Ok(None);
        };
        let Some(repository) = tx.repository(repository).await? else {
            return Ok(None);
        };
        let tried = tx.repairs_of(pattern, 1).await?.into_iter().next();
        let tried_commit = match &tried {
            Some(tried) => tx.journal(tried.id).await?.into_iter().next().and_then(|entry| match entry.observation {
                Observation::Opened { commit, .. } => commit,
                _ => None,
            }),
            None => None,
        };
        let worth_it = tried
            .is_none_or(|tried| machine::is_worth_another(tried.state, tried_commit.as_ref() == found.commit.as_ref()));
        // It failed and passed on the very same commit, perhaps only since the signal: nobody broke it there.
        let flaky = match (&found.test, &found.commit) {
            (Some(test), Some(commit)) => {
                tx.flaky_tests(repository.id, commit, std::slice::from_ref(test)).await?.contains(test)
            }
            _ => false,
        };
        let paused = found.pause.as_ref().is_some_and(|pause| pause.holds(self.clock.now()));
        if !repository.settings.enabled || paused || flaky || !worth_it {
            return Ok(None);
        }
        if found.pause.is_some() {
            tx.set_pause(pattern, None).await?;
        }
        let opened = opening::open(&mut *tx, scope, &*self.clock, &*self.entropy, pattern, "devos").await?;
        tx.commit().await?;
        Ok(opened)
    }
}
