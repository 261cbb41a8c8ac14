//! Which action each operation of the API needs; the sweep test walks this table and the OpenAPI document.

use devos_logic::access::Action;

/// What an operation asks of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing: it is how one signs in.
    Public,
    /// An action of the access table.
    Needs(Action),
}

/// Every operation by its id.
pub const OPERATIONS: [(&str, Access); 37] = [
    ("signIn", Access::Public),
    ("redeemSignInLink", Access::Public),
    ("signOut", Access::Needs(Action::OwnAccount)),
    ("getMe", Access::Needs(Action::OwnAccount)),
    ("setPassword", Access::Needs(Action::OwnAccount)),
    ("listTokens", Access::Needs(Action::ManageTokens)),
    ("createToken", Access::Needs(Action::ManageTokens)),
    ("revokeToken", Access::Needs(Action::ManageTokens)),
    ("listRepositories", Access::Needs(Action::Read)),
    ("connectRepository", Access::Needs(Action::ConnectRepository)),
    ("getRepository", Access::Needs(Action::Read)),
    ("changeRepositorySettings", Access::Needs(Action::ChangeSettings)),
    ("listTestRuns", Access::Needs(Action::Read)),
    ("listLintFindings", Access::Needs(Action::Read)),
    ("uploadJunit", Access::Needs(Action::Ingest)),
    ("uploadResults", Access::Needs(Action::Ingest)),
    ("searchLogs", Access::Needs(Action::Read)),
    ("countLogs", Access::Needs(Action::Read)),
    ("searchTraces", Access::Needs(Action::Read)),
    ("getTrace", Access::Needs(Action::Read)),
    ("listMetrics", Access::Needs(Action::Read)),
    ("queryMetric", Access::Needs(Action::Read)),
    ("listServices", Access::Needs(Action::Read)),
    ("listDrops", Access::Needs(Action::Read)),
    ("listTests", Access::Needs(Action::Read)),
    ("listPatterns", Access::Needs(Action::Read)),
    ("getPattern", Access::Needs(Action::Read)),
    ("pausePattern", Access::Needs(Action::PausePattern)),
    ("resumePattern", Access::Needs(Action::PausePattern)),
    ("startRepair", Access::Needs(Action::SteerRepair)),
    ("listRepairs", Access::Needs(Action::Read)),
    ("getRepair", Access::Needs(Action::Read)),
    ("cancelRepair", Access::Needs(Action::SteerRepair)),
    ("listProposals", Access::Needs(Action::Read)),
    ("getProposal", Access::Needs(Action::Read)),
    ("approveProposal", Access::Needs(Action::DecideProposal)),
    ("rejectProposal", Access::Needs(Action::DecideProposal)),
];

/// Operations that stream instead of answering; the sweep opens and closes them.
pub const STREAMS: [(&str, Access); 1] = [("streamEvents", Access::Needs(Action::Read))];
