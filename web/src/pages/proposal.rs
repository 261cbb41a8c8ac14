//! One proposal: the change, its proof, its risk, and the decision.

mod decision;

use devos_contracts::api::Change;
use devos_contracts::proposal::{Culprit, Evidence, Proposal};
use devos_web::view::{diff, journal, prose, state};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::components::badge::StateBadge;
use crate::components::copy::{Commit, CopyButton, Ident};
use crate::components::diff::DiffView;
use crate::components::glyph::StateGlyph;
use crate::components::header::{Fact, PageHeader, Section};
use crate::components::icon::{Icon, Name};
use crate::components::loaded::Loaded;
use crate::components::moment::When;
use crate::components::prose::Prose;
use crate::components::risk::{Confidence, RiskWaterfall};
use crate::components::run::RunView;
use crate::live::on_change;
use crate::query::{Query, query};

/// The page.
#[component]
pub fn ProposalPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id")).unwrap_or_default());
    let proposal = query::<Proposal>(move || format!("/proposals/{}", id.get()));
    let concerns = move |change: &Change| matches!(change, Change::Proposal { id: changed } if changed.to_string() == id.get_untracked());
    on_change(concerns, move || proposal.refresh());
    view! { <div class="page is-proposal"><Loaded query=proposal lines=10 draw=move |value: Proposal| view_proposal(value, proposal)/></div> }
}

fn view_proposal(proposal: Proposal, query: Query<Proposal>) -> AnyView {
    let actions = decision::view_actions(&proposal, query);
    let (culprit, facts) = (culprit(proposal.culprit.clone()), facts(proposal.clone()));
    let meta = view! {
        <StateBadge look=state::proposal(proposal.state) testid="proposal-state"/>
        <span class="branches">
            <Icon name=Name::Branch/>
            <code>{proposal.base_branch.clone()}</code>
            <span aria-label="from">"←"</span>
            <code class="branch-long" title=proposal.branch.clone()>{proposal.branch.clone()}</code>
            <CopyButton text=proposal.branch.clone() label="Copy the branch name"/>
        </span>
        <span>{proposal.repository_name.clone()}</span>
        <span>"opened "<When at=proposal.created_at/></span>
    };
    let evidence = evidence_note(&proposal.evidence);
    view! {
        <PageHeader title=proposal.title.clone() crumb=("/proposals", "Proposals") meta=meta.into_any()>{actions}</PageHeader>
        {view_decision(&proposal)}
        <div class="split">
            <div class="split-main">
                {culprit}
                <Section title="Evidence" note=evidence>{view_evidence(&proposal.evidence)}</Section>
            </div>
            <aside class="split-side">
                <Section title="Risk"><RiskWaterfall risk=proposal.risk.clone()/></Section>
                <Section title="Confidence">
                    <Confidence percent=proposal.confidence/>
                    <p class="quiet">"How sure the search is that this commit broke it."</p>
                </Section>
                {facts}
            </aside>
        </div>
        <Section title="Changes"><DiffView files=diff::parse(&proposal.diff)/></Section>
        <Section title="Pull request text"><Prose blocks=prose::parse(&proposal.body)/></Section>
    }
    .into_any()
}

fn view_decision(proposal: &Proposal) -> Option<AnyView> {
    let decision = proposal.decision.clone()?;
    let tone = if decision.approved { "notice tone-good" } else { "notice tone-bad" };
    let word = if decision.approved { "Approved" } else { "Rejected" };
    let merged = proposal.merge.clone().map(|merge| {
        let tree = journal::working_tree(&merge.working_tree);
        view! { <span class="notice-line">"Merged as "<Commit id=merge.commit/>{tree.map(|tree| format!(" {tree}"))}</span> }
    });
    let reason = (!decision.reason.is_empty()).then(|| view! { <span>{decision.reason.clone()}</span> });
    let note = view! { <div class=tone><strong>{word}" by "{decision.by}</strong>{reason}<span class="quiet"><When at=decision.at/></span>{merged}</div> };
    Some(note.into_any())
}

fn culprit(culprit: Culprit) -> AnyView {
    view! {
        <div class="culprit">
            <span class="culprit-icon"><Icon name=Name::Commit/></span>
            <div>
                <span class="quiet">"Reverts the commit that broke it"</span>
                <strong>{culprit.subject}</strong>
                <span class="culprit-meta"><Commit id=culprit.commit/><span>{culprit.author}</span><When at=culprit.committed_at/></span>
            </div>
        </div>
    }
    .into_any()
}

fn evidence_note(evidence: &[Evidence]) -> AnyView {
    let holding = evidence.iter().filter(|item| item.holds).count();
    let tone = if holding == evidence.len() { "is-inked tone-good" } else { "is-inked tone-bad" };
    view! { <span class=tone>{holding}" of "{evidence.len()}" hold"</span> }.into_any()
}

fn view_evidence(evidence: &[Evidence]) -> AnyView {
    if evidence.is_empty() {
        return view! { <p class="calm">"No evidence is attached."</p> }.into_any();
    }
    let items = evidence.iter().map(|item| {
        let look = if item.holds {
            state::outcome(devos_contracts::journal::ProbeOutcome::Passed)
        } else {
            state::outcome(devos_contracts::journal::ProbeOutcome::Failed)
        };
        let word = if item.holds { "holds" } else { "does not hold" };
        view! {
            <li class="evidence-item" data-testid="evidence-item">
                <div class="evidence-head">
                    <StateGlyph look/>
                    <span class="evidence-claim">{state::claim(item.claim)}<span class="unseen">": "{word}</span></span>
                    <Commit id=item.commit.clone()/>
                </div>
                <RunView run=item.run.clone() expected=item.holds/>
            </li>
        }
    });
    view! { <ol class="evidence">{items.collect_view()}</ol> }.into_any()
}

fn facts(proposal: Proposal) -> AnyView {
    view! {
        <dl class="facts">
            <Fact label="Repair"><a href=format!("/repairs/{}", proposal.repair)>"Journal of the repair"</a></Fact>
            <Fact label="Pattern"><a href=format!("/patterns/{}", proposal.pattern)>"What it answers"</a></Fact>
            <Fact label="Repository"><a href=format!("/repositories/{}", proposal.repository)>{proposal.repository_name.clone()}</a></Fact>
            <Fact label="Built on"><Commit id=proposal.base_commit.clone()/></Fact>
            <Fact label="Change"><Commit id=proposal.head_commit.clone()/></Fact>
            <Fact label="Proposal"><Ident id=proposal.id.to_string()/></Fact>
        </dl>
    }
    .into_any()
}
