//! Approving and rejecting.

use devos_contracts::api::Reason;
use devos_contracts::proposal::{Proposal, ProposalState};
use devos_contracts::scope::Role;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::Api;
use crate::components::button::{Button, Weight};
use crate::components::dialog::Dialog;
use crate::components::field::TextArea;
use crate::components::icon::Name;
use crate::components::toast::Toasts;
use crate::keys::use_key;
use crate::query::Query;
use crate::session::Session;

/// The two buttons, while there is something to decide and one may.
pub fn view_actions(proposal: &Proposal, query: Query<Proposal>) -> AnyView {
    if proposal.state != ProposalState::Open {
        return ().into_any();
    }
    if !untrack(|| expect_context::<Session>().is_at_least(Role::Reviewer)) {
        return view! { <span class="quiet">"A reviewer decides."</span> }.into_any();
    }
    let (approving, rejecting) = (RwSignal::new(false), RwSignal::new(false));
    use_key("a", "Approve the proposal", move || approving.set(true));
    use_key("x", "Reject the proposal", move || rejecting.set(true));
    view! {
        <Button label="Reject" keys="x" testid="reject" press=move || rejecting.set(true)/>
        <Button label="Approve" icon=Name::Check keys="a" weight=Weight::Primary testid="approve" press=move || approving.set(true)/>
        <Approve open=approving proposal=proposal.clone() query/>
        <Reject open=rejecting proposal=proposal.clone() query/>
    }
    .into_any()
}

/// A decision that is being written.
#[derive(Clone, Copy)]
struct Draft {
    api: Api,
    toasts: Toasts,
    query: Query<Proposal>,
    open: RwSignal<bool>,
    reason: RwSignal<String>,
    busy: RwSignal<bool>,
}

impl Draft {
    fn new(open: RwSignal<bool>, query: Query<Proposal>) -> Self {
        let (api, toasts) = (expect_context::<Api>(), expect_context::<Toasts>());
        Self { api, toasts, query, open, reason: RwSignal::new(String::new()), busy: RwSignal::new(false) }
    }

    /// Sends it; on success the dialog closes and the page asks again.
    fn send(self, path: String, said: &'static str) {
        self.busy.set(true);
        let body = Reason { reason: self.reason.get_untracked().trim().to_owned() };
        spawn_local(async move {
            let answer = self.api.tell(&path, &body).await;
            self.busy.try_set(false);
            match answer {
                Ok(()) => {
                    self.open.try_set(false);
                    self.toasts.good(said);
                    self.query.refresh();
                }
                Err(failure) => self.toasts.failed(&failure),
            }
        });
    }
}

#[component]
fn Approve(open: RwSignal<bool>, proposal: Proposal, query: Query<Proposal>) -> impl IntoView {
    let draft = Draft::new(open, query);
    let (reason, busy) = (draft.reason, draft.busy);
    let failing = proposal.evidence.iter().filter(|evidence| !evidence.holds).count();
    let path = StoredValue::new(format!("/proposals/{}/approve", proposal.id));
    let confirm = move || draft.send(path.get_value(), "Approved. The merge is under way.");
    let (branch, base) = (proposal.branch, proposal.base_branch);
    let repository = proposal.repository_name;
    view! {
        <Dialog open title="Approve and merge">
            <p class="consequence">
                "Merges "<code>{branch.clone()}</code>" into "<code>{base.clone()}</code>" of "<strong>{repository.clone()}</strong>
                ". The pattern is then watched; if the failure comes back, the repair reopens."
            </p>
            {(failing > 0).then(|| view! { <p class="notice tone-bad">{failing}" of the proofs do not hold."</p> })}
            <TextArea label="Note (optional)" value=reason autofocus=true rows=2 testid="approve-reason"/>
            <div class="dialog-actions">
                <Button label="Cancel" weight=Weight::Ghost press=move || open.set(false)/>
                <Button label="Approve and merge" weight=Weight::Primary busy=busy testid="approve-confirm" press=confirm/>
            </div>
        </Dialog>
    }
}

#[component]
fn Reject(open: RwSignal<bool>, proposal: Proposal, query: Query<Proposal>) -> impl IntoView {
    let draft = Draft::new(open, query);
    let (reason, busy) = (draft.reason, draft.busy);
    let missing = Signal::derive(move || reason.with(|reason| reason.trim().is_empty()));
    let path = StoredValue::new(format!("/proposals/{}/reject", proposal.id));
    let confirm = move || draft.send(path.get_value(), "Rejected. It is remembered as a counter-example.");
    let branch = proposal.branch;
    view! {
        <Dialog open title="Reject this proposal">
            <p class="consequence">
                "Deletes "<code>{branch.clone()}</code>" and remembers the change with your reason, so that similar fixes are judged by it. Nothing is merged."
            </p>
            <TextArea label="Why" value=reason autofocus=true placeholder="What is wrong with it?" testid="reject-reason"/>
            <div class="dialog-actions">
                <Button label="Cancel" weight=Weight::Ghost press=move || open.set(false)/>
                <Button label="Reject" weight=Weight::Danger busy=busy disabled=missing testid="reject-confirm" press=confirm/>
            </div>
        </Dialog>
    }
}
