//! Logs over time.

use chrono::{DateTime, Utc};
use devos_web::view::quantity::{compact, grouped};
use devos_web::view::telemetry::axis::{self, Detail, Mark};
use devos_web::view::telemetry::bars::{self, Bar, Bars};
use devos_web::view::telemetry::search::Range;
use devos_web::view::telemetry::severity::Level;
use leptos::prelude::*;

use super::search_bar::Searching;
use crate::browser;

/// Width of a bar with its gap, in units of the drawing.
const PITCH: usize = 10;
/// Width of a bar.
const WIDTH: usize = 8;

/// Bars by severity; a click narrows the range to one.
#[component]
pub fn LogBars(drawn: Bars, searching: Searching) -> impl IntoView {
    let hovered = RwSignal::new(None::<Bar>);
    let total = drawn.total;
    let readout = move || match hovered.get() {
        Some(bar) => {
            let parts = bar.pieces.iter().map(|p| format!("{} {}", grouped(p.count), p.level.word().to_lowercase()));
            let parts = parts.collect::<Vec<_>>().join(", ");
            let when = browser::local_moment(bar.from);
            if parts.is_empty() { format!("{when}: none") } else { format!("{when}: {parts}") }
        }
        None => format!("{} {}", grouped(total), if total == 1 { "record" } else { "records" }),
    };
    let plot = plot(&drawn, hovered, searching);
    let levels = drawn.totals.into_iter().map(|(level, count)| view_level(level, count, searching)).collect_view();
    view! {
        <div class="histogram log-bars">
            <div class="histogram-bar">
                <span class="histogram-readout" data-testid="log-total">{readout}</span>
                <div class="severities" role="group" aria-label="Severity">{levels}</div>
            </div>
            {plot}
            <TimeAxis from=drawn.from to=drawn.to/>
        </div>
    }
}

fn view_level(level: Level, count: i64, searching: Searching) -> impl IntoView {
    let class = format!("severity {}", level.tone().class());
    let words = view! { <i aria-hidden="true"></i>{level.word()}<b title=grouped(count)>{compact(count)}</b> };
    let least = match level {
        Level::Error => "severity:>=error",
        Level::Warn => "severity:>=warn",
        Level::Info | Level::Debug => return view! { <span class=class>{words}</span> }.into_any(),
    };
    let title = format!("Filter by {least}");
    view! { <button type="button" class=class title=title on:click=move |_| searching.add_term(least)>{words}</button> }
        .into_any()
}

fn plot(drawn: &Bars, hovered: RwSignal<Option<Bar>>, searching: Searching) -> impl IntoView + use<> {
    let groups = drawn.bars.iter().cloned().enumerate().map(|(index, bar)| {
        let pieces = bar.pieces.iter().map(|piece| {
            let class = format!("plot-piece {}", piece.level.tone().class());
            view! { <rect class=class x=index * PITCH + 1 y=piece.y width=WIDTH height=piece.height></rect> }
        });
        let pieces = pieces.collect_view();
        let (from, to) = (bar.from, bar.to);
        let narrow = move |_| {
            searching.apply(&searching.search.with_untracked(|search| search.within(Range::Between(from, to))));
        };
        view! {
            <g data-testid="log-bar" on:pointerenter=move |_| hovered.set(Some(bar.clone())) on:click=narrow>
                <rect class="plot-hit" x=index * PITCH y="0" width=PITCH height=bars::HEIGHT></rect>
                {pieces}
            </g>
        }
    });
    let rows = drawn.bars.iter().filter(|bar| bar.total > 0).map(|bar| {
        let cell = |level: Level| bar.pieces.iter().find(|piece| piece.level == level).map_or(0, |piece| piece.count);
        let cells = Level::ALL.map(|level| view! { <td>{cell(level)}</td> });
        view! { <tr><td>{browser::local_time(bar.from)}</td>{cells.collect_view()}</tr> }
    });
    let heads = Level::ALL.map(|level| view! { <th>{level.word()}</th> });
    view! {
        <div class="plot">
            <span class="plot-top" aria-hidden="true">{compact(drawn.top)}</span>
            <svg
                viewBox=format!("0 0 {} {}", drawn.bars.len() * PITCH, bars::HEIGHT)
                preserveAspectRatio="none"
                aria-hidden="true"
                on:pointerleave=move |_| hovered.set(None)
            >
                {groups.collect_view()}
            </svg>
        </div>
        // A table itself would grow with its columns.
        <div class="unseen"><table>
            <caption>"Log records over time"</caption>
            <thead><tr><th>"From"</th>{heads.collect_view()}</tr></thead>
            <tbody>{rows.collect_view()}</tbody>
        </table></div>
    }
}

/// Times below a drawing.
#[component]
pub fn TimeAxis(from: DateTime<Utc>, to: DateTime<Utc>) -> impl IntoView {
    let marks = axis::times(from, to, 7, browser::zone_offset(from));
    let written = |mark: Mark| {
        let words = match mark.detail {
            Detail::Second => browser::local_second(mark.at),
            Detail::Minute => browser::local_minute(mark.at),
            Detail::Day => browser::local_date(mark.at),
        };
        // Words at the edges would stand out.
        let class = match mark.share {
            s if s < 0.04 => "is-first",
            s if s > 0.96 => "is-last",
            _ => "",
        };
        view! { <span class=class style:left=format!("{:.2}%", mark.share * 100.0)>{words}</span> }
    };
    view! { <div class="time-axis" aria-hidden="true">{marks.into_iter().map(written).collect_view()}</div> }
}
