//! The first steps, each ticked off by real data.

use devos_contracts::api::Page;
use devos_contracts::pattern::Pattern;
use devos_contracts::repository::Repository;
use devos_contracts::signal::SignalType;
use leptos::prelude::*;

use crate::browser;
use crate::components::copy::Snippet;
use crate::components::header::PageHeader;
use crate::components::icon::{Icon, Name};
use crate::query::Query;

/// How to connect a repository.
pub fn connect_snippet() -> String {
    let access = access();
    format!("{access}\ndevos connect --remote https://git.example.com/my-service.git --gate \"npm test\"")
}

/// What the command line needs to reach this server.
fn access() -> String {
    format!("export DEVOS_URL={}\nexport DEVOS_TOKEN=dvs_…   # made under API tokens", browser::origin())
}

/// How to send telemetry.
pub fn telemetry_snippet() -> String {
    format!(
        "export OTEL_EXPORTER_OTLP_ENDPOINT={}\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\nexport OTEL_EXPORTER_OTLP_HEADERS=\"authorization=Bearer dvs_…\"\nexport OTEL_SERVICE_NAME=my-service",
        browser::origin()
    )
}

/// How to upload test results.
pub fn tests_snippet() -> String {
    let access = access();
    format!("{access}\ndevos upload junit --repo my-service --commit \"$(git rev-parse HEAD)\" junit.xml")
}

/// The guide.
#[component]
pub fn Onboarding(repositories: Query<Page<Repository>>, patterns: Query<Page<Pattern>>) -> impl IntoView {
    let seen = move |wanted: fn(&Pattern) -> bool| {
        Signal::derive(move || patterns.ready().is_some_and(|page| page.items.iter().any(wanted)))
    };
    let connected = Signal::derive(move || repositories.ready().is_some_and(|page| !page.items.is_empty()));
    let enabled = Signal::derive(move || {
        repositories.ready().is_some_and(|page| page.items.iter().any(|repository| repository.settings.enabled))
    });
    view! {
        <PageHeader title="Home"/>
        <p class="lead">"Welcome. Four steps to the first proven repair. Each is ticked off when the first real data arrives."</p>
        <ol class="steps">
            <Step done=connected icon=Name::Repository title="Connect a repository" text="Any git remote. Nothing is written to it until you say so.">
                <Snippet text=connect_snippet()/>
                <a class="quiet-link" href="/tokens">"Create a token"<Icon name=Name::Arrow/></a>
            </Step>
            <Step
                done=seen(|pattern| pattern.signal_type == SignalType::TestFailure)
                icon=Name::Upload
                title="Upload test results"
                text="JUnit XML from any runner. A failing test becomes a pattern."
            >
                <Snippet text=tests_snippet()/>
            </Step>
            <Step
                done=seen(|pattern| pattern.signal_type == SignalType::RuntimeError)
                icon=Name::Waves
                title="Send telemetry"
                text="Any OpenTelemetry SDK or Collector: change the endpoint, done."
            >
                <Snippet text=telemetry_snippet()/>
            </Step>
            <Step done=enabled icon=Name::Shield title="Choose autonomy" text="Every repository starts switched off. At level 0 the platform suggests and you merge.">
                <a class="button" href="/repositories">"Open repositories"</a>
            </Step>
        </ol>
    }
}

#[component]
fn Step(done: Signal<bool>, icon: Name, title: &'static str, text: &'static str, children: Children) -> impl IntoView {
    view! {
        <li class="step" class:is-done=done>
            <header>
                <span class="step-icon">{move || view! { <Icon name=if done.get() { Name::Check } else { icon }/> }}</span>
                <h2>{title}</h2>
                <span class="step-state">{move || if done.get() { "Done" } else { "Waiting for data" }}</span>
            </header>
            <p>{text}</p>
            {children()}
        </li>
    }
}
