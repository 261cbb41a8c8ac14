//! The application: what every page shares, and which page stands at which address.

use devos_contracts::api::Me;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::path;

use crate::api::{Api, Failure};
use crate::components::empty::Empty;
use crate::components::icon::Name;
use crate::components::moment::Clock;
use crate::components::shell::Shell;
use crate::components::toast::{ToastArea, Toasts};
use crate::live::Changes;
use crate::pages::{self, telemetry};
use crate::session::{Session, Standing};

/// The whole application.
#[component]
pub fn App() -> impl IntoView {
    let session = Session::new();
    provide_context(session);
    provide_context(Api::new(session));
    provide_context(Toasts::new());
    provide_context(Clock::start());
    provide_context(Changes::new());
    ask_who(session);
    view! {
        <Router>
            <Routes fallback=Missing>
                <Route path=path!("/sign-in") view=pages::sign_in::SignInPage/>
                <ParentRoute path=path!("") view=Shell>
                    <Route path=path!("/") view=pages::home::HomePage/>
                    <Route path=path!("/patterns") view=pages::patterns::PatternsPage/>
                    <Route path=path!("/patterns/:id") view=pages::pattern::PatternPage/>
                    <Route path=path!("/repairs") view=pages::repairs::RepairsPage/>
                    <Route path=path!("/repairs/:id") view=pages::repair::RepairPage/>
                    <Route path=path!("/proposals") view=pages::proposals::ProposalsPage/>
                    <Route path=path!("/proposals/:id") view=pages::proposal::ProposalPage/>
                    <Route path=path!("/repositories") view=pages::repositories::RepositoriesPage/>
                    <Route path=path!("/repositories/:id") view=pages::repository::RepositoryPage/>
                    <Route path=path!("/logs") view=telemetry::logs::LogsPage/>
                    <Route path=path!("/traces") view=telemetry::traces::TracesPage/>
                    <Route path=path!("/traces/:id") view=telemetry::trace::TracePage/>
                    <Route path=path!("/metrics") view=telemetry::metrics::MetricsPage/>
                    <Route path=path!("/metrics/chart") view=telemetry::metric::MetricPage/>
                    <Route path=path!("/tests") view=telemetry::test_results::TestsPage/>
                    <Route path=path!("/drops") view=telemetry::drops::DropsPage/>
                    <Route path=path!("/tokens") view=pages::tokens::TokensPage/>
                    <Route path=path!("/account") view=pages::account::AccountPage/>
                </ParentRoute>
            </Routes>
        </Router>
        <ToastArea/>
    }
}

/// Asks the server who is signed in.
pub fn ask_who(session: Session) {
    let api = expect_context::<Api>();
    spawn_local(async move {
        match api.get::<Me>("/me").await {
            Ok(me) => session.set(Standing::SignedIn(me)),
            // A lost session was recorded by the call itself.
            Err(Failure { code: Some(devos_contracts::problem::ProblemCode::Unauthenticated), .. }) => {}
            Err(failure) => session.set(Standing::Unreachable(failure)),
        }
    });
}

/// An address without a page.
#[component]
fn Missing() -> impl IntoView {
    view! {
        <main class="missing">
            <Empty icon=Name::Search title="No such page" text="The address may be mistyped, or the page moved.">
                <a class="button" href="/">"Go home"</a>
            </Empty>
        </main>
    }
}
