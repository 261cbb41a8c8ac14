//! One metric over time.

use devos_contracts::api::Page;
use devos_contracts::problem::ProblemCode;
use devos_contracts::query::{MetricAnswer, MetricInfo};
use devos_web::view::filter;
use devos_web::view::telemetry::measure;
use devos_web::view::telemetry::metric::{asked, instead, kind, kind_word, questions};
use devos_web::view::telemetry::search::complaint;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::view_unread;
use crate::components::badge::Chip;
use crate::components::empty::Empty;
use crate::components::field::Segmented;
use crate::components::header::PageHeader;
use crate::components::icon::Name;
use crate::components::loaded::{Broken, Skeleton};
use crate::components::telemetry::chart::LineChart;
use crate::components::telemetry::search_bar::{SearchBar, Searching, use_search};
use crate::query::{Load, Query, query};
use devos_web::view::state::Tone;

/// The page.
#[component]
pub fn MetricPage() -> impl IntoView {
    let map = use_query_map();
    let searching = use_search("/metrics/chart", &["name", "kind", "op", "by"], "1h");
    let name = Memo::new(move |_| map.with(|map| map.get("name")).unwrap_or_default());
    let found = query::<Page<MetricInfo>>(move || format!("/metrics{}", filter::query(&[("q", &name.get())])));
    let chosen = Memo::new(move |_| {
        let (name, word) = (name.get(), searching.other("kind"));
        let metrics = found.ready()?.items.into_iter().filter(|metric| metric.name == name).collect::<Vec<_>>();
        metrics.iter().find(|metric| kind_word(metric.kind) == word).or_else(|| metrics.first()).cloned()
    });
    let stage = Memo::new(move |_| match found.get() {
        Load::Loading => Load::Loading,
        Load::Failed(failure) => Load::Failed(failure),
        Load::Ready(_) => Load::Ready(chosen.get()),
    });
    view! {
        <div class="page is-telemetry">
            {move || match stage.get() {
                Load::Loading => view! { <Skeleton lines=10/> }.into_any(),
                Load::Failed(failure) => view! { <Broken failure retry=move || found.retry()/> }.into_any(),
                Load::Ready(None) => view! {
                    <PageHeader title="Metric" crumb=("/metrics", "Metrics")/>
                    <Empty icon=Name::Search title="No such metric" text="Nobody sent a metric of this name."><a class="button" href="/metrics">"All metrics"</a></Empty>
                }
                .into_any(),
                Load::Ready(Some(info)) => view! { <Panel info searching/> }.into_any(),
            }}
        </div>
    }
}

#[component]
fn Panel(info: MetricInfo, searching: Searching) -> impl IntoView {
    // Whether the usual question was refused, so that the next best one is asked.
    let refused = RwSignal::new(false);
    let metric = info.kind;
    let question = Memo::new(move |_| {
        let word = searching.other("op");
        let usual = if refused.get() { instead(metric).unwrap_or_default() } else { "" };
        asked(metric, if word.is_empty() { usual } else { &word })
    });
    let name = info.name.clone();
    let answer = query::<MetricAnswer>(move || {
        let (question, by) = (question.get(), searching.other("by"));
        let asked = [("name", name.as_str()), ("op", question.op), ("q", question.quantile), ("by", by.as_str())];
        format!("/metrics/query{}", searching.api_query(&asked))
    });
    let failure = Signal::derive(move || if let Load::Failed(failure) = answer.get() { Some(failure) } else { None });
    Effect::new(move |_| {
        let invalid = failure.get().filter(|failure| failure.code == Some(ProblemCode::Invalid));
        let unasked = searching.other("op").is_empty() && instead(metric).is_some();
        if unasked && invalid.is_some_and(|failure| complaint(&failure.detail).is_none()) && !refused.get_untracked() {
            refused.set(true);
        }
    });
    let unit = measure::unit(&info.unit);
    let meta = view! {
        <Chip tone=Tone::Quiet text=kind(metric)/>
        {(!unit.is_empty()).then(|| view! { <span>{format!("in {unit}")}</span> })}
        <span>{info.services.join(", ")}</span>
    };
    let described = (!info.description.is_empty()).then(|| view! { <p class="lead">{info.description.clone()}</p> });
    let options = questions(metric).iter().map(|question| (question.word, question.label)).collect::<Vec<_>>();
    view! {
        <PageHeader title=info.name.clone() crumb=("/metrics", "Metrics") meta=meta.into_any()/>
        {described}
        <SearchBar searching placeholder="service:checkout http.route:/pay*" failure/>
        <div class="chart-questions">
            <Segmented
                label="Operation"
                options
                chosen=Signal::derive(move || question.get().word.to_owned())
                choose=move |word| searching.keep("op", word)
            />
            <By labels=info.labels searching/>
        </div>
        {move || view_answer(answer)}
    }
}

/// What tells the lines apart.
#[component]
fn By(labels: Vec<String>, searching: Searching) -> impl IntoView {
    let options = move || {
        let here = searching.other("by");
        let fixed = [(String::new(), "One line".to_owned()), ("service".to_owned(), "By service".to_owned())];
        let labels =
            labels.iter().filter(|label| *label != "service").map(|label| (label.clone(), format!("By {label}")));
        let option = |(value, text): (String, String)| view! { <option value=value.clone() selected=value == here>{text}</option> };
        fixed.into_iter().chain(labels).map(option).collect_view()
    };
    view! {
        <label class="filter-select">
            <span class="unseen">"Lines"</span>
            <select class="input" data-testid="metric-by" on:change:target=move |event| searching.keep("by", &event.target().value())>{options}</select>
        </label>
    }
}

fn view_answer(answer: Query<MetricAnswer>) -> AnyView {
    match answer.get() {
        Load::Loading => view! { <div class="chart is-waiting"><Skeleton lines=7/></div> }.into_any(),
        Load::Failed(failure) if complaint(&failure.detail).is_some() => view_unread(),
        Load::Failed(failure) => view! { <Broken failure retry=move || answer.retry()/> }.into_any(),
        Load::Ready(value) if value.series.iter().all(|series| series.values.is_empty()) => view! {
            <Empty icon=Name::Waves title="No values in this time" text="Choose a longer time or another filter. A rate needs two points of a counter."/>
        }
        .into_any(),
        Load::Ready(value) => view! { <LineChart answer=value/> }.into_any(),
    }
}
