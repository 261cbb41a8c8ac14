//! Who may do what: one table, from which checks, tests and documents are made.

use devos_contracts::Scope;
use devos_contracts::scope::{Rights, Role, TokenScope};
use thiserror::Error;

/// Something an actor can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Send telemetry and CI results.
    Ingest,
    /// Read anything of the tenant.
    Read,
    /// Connect a repository.
    ConnectRepository,
    /// Change what a repository is granted.
    ChangeSettings,
    /// Pause or resume a pattern.
    PausePattern,
    /// Start or cancel a repair.
    SteerRepair,
    /// Approve or reject a proposal: a person's act, never a token's.
    DecideProposal,
    /// See, make and revoke API tokens.
    ManageTokens,
    /// Change one's own password and session: a person's act.
    OwnAccount,
    /// Work the platform does by itself.
    Operate,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The action.
    pub action: Action,
    /// The weakest role that may; none when no person may.
    pub role: Option<Role>,
    /// The token scope that may; none when no token may.
    pub scope: Option<TokenScope>,
}

/// The whole table.
pub const RULES: [Rule; 10] = [
    Rule { action: Action::Ingest, role: Some(Role::Maintainer), scope: Some(TokenScope::Ingest) },
    Rule { action: Action::Read, role: Some(Role::Viewer), scope: Some(TokenScope::Read) },
    Rule { action: Action::ConnectRepository, role: Some(Role::Maintainer), scope: Some(TokenScope::Write) },
    Rule { action: Action::ChangeSettings, role: Some(Role::Admin), scope: Some(TokenScope::Admin) },
    Rule { action: Action::PausePattern, role: Some(Role::Maintainer), scope: Some(TokenScope::Write) },
    Rule { action: Action::SteerRepair, role: Some(Role::Maintainer), scope: Some(TokenScope::Write) },
    Rule { action: Action::DecideProposal, role: Some(Role::Reviewer), scope: None },
    Rule { action: Action::ManageTokens, role: Some(Role::Admin), scope: Some(TokenScope::Admin) },
    Rule { action: Action::OwnAccount, role: Some(Role::Viewer), scope: None },
    Rule { action: Action::Operate, role: None, scope: None },
];

/// The action is not granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{action:?} is not granted to this {holder}")]
pub struct Denied {
    /// What was asked.
    pub action: Action,
    /// What kind of actor asked: `role` or `token`.
    pub holder: &'static str,
}

/// Fails unless the scope's actor may do `action`.
pub fn check(scope: &Scope, action: Action) -> Result<(), Denied> {
    if allows(&scope.rights, action) {
        return Ok(());
    }
    let holder = if matches!(scope.rights, Rights::Token(_)) { "token" } else { "role" };
    Err(Denied { action, holder })
}

/// True when these rights cover the action.
pub fn allows(rights: &Rights, action: Action) -> bool {
    let Some(rule) = RULES.iter().find(|rule| rule.action == action) else {
        return false;
    };
    match rights {
        Rights::System => true,
        // Roles are ordered strongest first, so a stronger role compares as less.
        Rights::Role(held) => rule.role.is_some_and(|weakest| *held <= weakest),
        Rights::Token(scopes) => rule.scope.is_some_and(|needed| scopes.contains(&needed)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stronger_role_may_do_what_a_weaker_one_may() {
        let roles = [Role::Owner, Role::Admin, Role::Maintainer, Role::Reviewer, Role::Viewer];
        for rule in RULES {
            for pair in roles.windows(2) {
                let weaker = allows(&Rights::Role(pair[1]), rule.action);
                assert!(!weaker || allows(&Rights::Role(pair[0]), rule.action), "{:?}", rule.action);
            }
        }
    }

    #[test]
    fn no_token_decides_a_proposal() {
        let all = vec![TokenScope::Ingest, TokenScope::Read, TokenScope::Write, TokenScope::Admin];
        assert!(!allows(&Rights::Token(all), Action::DecideProposal));
        assert!(allows(&Rights::Role(Role::Reviewer), Action::DecideProposal));
        assert!(!allows(&Rights::Role(Role::Viewer), Action::DecideProposal));
    }

    #[test]
    fn an_ingest_token_reads_nothing() {
        let rights = Rights::Token(vec![TokenScope::Ingest]);
        assert!(allows(&rights, Action::Ingest));
        assert!(!allows(&rights, Action::Read));
    }

    #[test]
    fn every_action_has_exactly_one_rule() {
        for (index, rule) in RULES.iter().enumerate() {
            assert!(!RULES[..index].iter().any(|other| other.action == rule.action), "{:?}", rule.action);
        }
    }
}
