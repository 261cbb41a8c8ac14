//! Metrics by name.

use devos_contracts::api::Page;
use devos_contracts::query::MetricInfo;
use devos_web::view::filter;
use devos_web::view::quantity::grouped;
use devos_web::view::telemetry::measure;
use devos_web::view::telemetry::metric::{kind, kind_word};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::view_silence;
use crate::components::button::Button;
use crate::components::empty::Empty;
use crate::components::header::PageHeader;
use crate::components::icon::{Icon, Name};
use crate::components::loaded::{Broken, Skeleton};
use crate::components::rows::{Cell, Head, Row};
use crate::keys::{RowCursor, use_row_cursor};
use crate::navigator::use_navigator;
use crate::query::{Load, query};

/// The page.
#[component]
pub fn MetricsPage() -> impl IntoView {
    let map = use_query_map();
    let words = Memo::new(move |_| map.with(|map| map.get("q")).unwrap_or_default());
    let metrics = query::<Page<MetricInfo>>(move || format!("/metrics{}", filter::query(&[("q", words.get().trim())])));
    let navigate = use_navigator();
    let apply = move |words: &str| navigate.replace(&format!("/metrics{}", filter::query(&[("q", words)])));
    let addresses = move || metrics.ready().map(|page| page.items.iter().map(address).collect()).unwrap_or_default();
    let cursor = use_row_cursor(addresses, move |path| navigate.open(path));
    view! {
        <div class="page is-telemetry">
            <PageHeader title="Metrics"/>
            <div class="filters" role="search">
                <label class="filter-search">
                    <Icon name=Name::Search/>
                    <span class="unseen">"Search metrics"</span>
                    <input type="search" placeholder="Search names" prop:value=words on:input:target=move |event| apply(&event.target().value())/>
                </label>
            </div>
            {move || match metrics.get() {
                Load::Loading => view! { <Skeleton lines=8/> }.into_any(),
                Load::Failed(failure) => view! { <Broken failure retry=move || metrics.retry()/> }.into_any(),
                Load::Ready(page) if page.items.is_empty() && !words.with(|words| words.trim().is_empty()) => view! {
                    <Empty icon=Name::Search title="Nothing matches" text="No metric's name contains this.">
                        <Button label="Clear the search" press=move || apply("")/>
                    </Empty>
                }
                .into_any(),
                Load::Ready(page) if page.items.is_empty() => view_silence("No metrics yet", "Send metrics with any OpenTelemetry SDK or Collector."),
                Load::Ready(page) => table(page.items, cursor),
            }}
        </div>
    }
}

/// The address of a metric's chart.
fn address(metric: &MetricInfo) -> String {
    format!("/metrics/chart{}", filter::query(&[("name", &metric.name), ("kind", kind_word(metric.kind))]))
}

fn table(metrics: Vec<MetricInfo>, cursor: RowCursor) -> AnyView {
    let rows = metrics.into_iter().map(|metric| view_row(metric, cursor)).collect_view();
    view! {
        <div class="table is-metrics" role="table" aria-label="Metrics by name">
            <div class="table-head" role="row">
                <Head text="Metric" class="is-main"/>
                <Head text="Kind" class="is-state"/>
                <Head text="Unit" class="is-unit"/>
                <Head text="Services" class="is-source"/>
                <Head text="Series" class="is-number"/>
            </div>
            {rows}
        </div>
    }
    .into_any()
}

fn view_row(metric: MetricInfo, cursor: RowCursor) -> impl IntoView {
    let href = address(&metric);
    let services = metric.services.join(", ");
    view! {
        <Row key=href.clone() cursor testid="metric-row">
            <Cell class="is-main">
                <a class="row-link" href=href>{metric.name}</a>
                <span class="row-note">{metric.description}</span>
            </Cell>
            <Cell class="is-state" label="Kind">{kind(metric.kind)}</Cell>
            <Cell class="is-unit" label="Unit">{measure::unit(&metric.unit)}</Cell>
            <Cell class="is-source" label="Services"><span class="source" title=services.clone()>{services.clone()}</span></Cell>
            <Cell class="is-number" label="Series">{grouped(metric.series)}</Cell>
        </Row>
    }
}
