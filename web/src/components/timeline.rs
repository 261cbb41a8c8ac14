//! The journal of a repair, newest step last.

use std::iter;

use devos_contracts::journal::{Guards, JournalEntry, Observation};
use devos_web::view::{journal, moment, quantity, state};
use leptos::prelude::*;

use super::badge::{Chip, RiskChip, StateBadge};
use super::copy::{Commit, Ident};
use super::moment::When;
use super::run::RunView;
use crate::browser;

/// Every step with its reason and what stands behind it.
#[component]
pub fn Timeline(entries: Memo<Vec<JournalEntry>>, going: Signal<bool>) -> impl IntoView {
    view! {
        <ol class="timeline" class:is-going=going>
            <For each=move || entries.with(|entries| steps(entries)) key=|(entry, _)| entry.step children=|(entry, turned)| view_entry(&entry, turned)/>
        </ol>
    }
}

/// Every entry with whether it brought the repair into another state.
fn steps(entries: &[JournalEntry]) -> Vec<(JournalEntry, bool)> {
    let before = iter::once(None).chain(entries.iter().map(|entry| Some(entry.state)));
    entries.iter().zip(before).map(|(entry, before)| (entry.clone(), before != Some(entry.state))).collect()
}

fn view_entry(entry: &JournalEntry, turned: bool) -> AnyView {
    let tone = journal::tone(&entry.observation);
    let more = detail(&entry.observation);
    let hash = entry.hash.clone();
    view! {
        <li class=format!("entry {}", tone.class()) data-testid="journal-entry">
            <span class="entry-dot"></span>
            <div class="entry-head">
                <span class="entry-title">{journal::headline(&entry.observation)}</span>
                <span class="entry-time"><When at=entry.at/></span>
            </div>
            <p class="entry-reason">
                {turned.then(|| view! { <StateBadge look=state::repair(entry.state)/> })}
                <span>{entry.reason.clone()}</span>
            </p>
            {more}
            <span class="entry-hash" title="This entry's link in the hash chain">{entry.step}" · "<Ident id=hash/></span>
        </li>
    }
    .into_any()
}

fn detail(observation: &Observation) -> Option<AnyView> {
    let drawn = match observation {
        Observation::Probed { run, .. } | Observation::ChangeProven { run, .. } => view! { <RunView run=run.clone()/> }.into_any(),
        Observation::GateRan { runs, .. } => runs.iter().map(|run| view! { <RunView run=run.clone()/> }).collect_view().into_any(),
        Observation::GuardsChecked { guards } => limits(guards),
        Observation::Retrieved { similar } if !similar.is_empty() => {
            let items = similar.iter().map(|item| {
                let (label, tone) = state::memory(item.kind);
                view! { <li><Chip tone text=label/><span class="grow">{item.title.clone()}</span><span class="figure">{format!("{:.2}", item.score)}</span></li> }
            });
            view! { <ul class="entry-list">{items.collect_view()}</ul> }.into_any()
        }
        Observation::RevertBuilt { culprit, .. } => view! {
            <p class="entry-note"><Commit id=culprit.commit.clone()/><strong>{culprit.subject.clone()}</strong>" by "{culprit.author.clone()}</p>
        }
        .into_any(),
        Observation::RevertConflicted { files, .. } => {
            view! { <ul class="entry-list">{files.iter().map(|file| view! { <li><code>{file.clone()}</code></li> }).collect_view()}</ul> }.into_any()
        }
        Observation::Validated { violations, risk } => {
            let broken = violations.iter().map(|violation| {
                view! { <li><code>{violation.path.clone().unwrap_or_else(|| violation.rule.clone())}</code><span>{violation.explanation.clone()}</span></li> }
            });
            view! { <ul class="entry-list"><li><RiskChip score=risk.score label=risk.label/></li>{broken.collect_view()}</ul> }.into_any()
        }
        Observation::AutonomyChecked { limited_by, .. } if !limited_by.is_empty() => {
            view! { <ul class="entry-list">{limited_by.iter().map(|limit| view! { <li>{limit.clone()}</li> }).collect_view()}</ul> }.into_any()
        }
        Observation::Decided { decision } if !decision.reason.is_empty() => note(&decision.reason),
        Observation::Merged { result, watch_until } => {
            let tree = journal::working_tree(&result.working_tree).unwrap_or_default();
            note(&format!("{tree} Watched until {}.", browser::local_time(*watch_until)))
        }
        Observation::MergeConflicted { reason } | Observation::MergeBlocked { reason } | Observation::Cancelled { reason, .. } if !reason.is_empty() => {
            note(reason)
        }
        Observation::Failed { detail, .. } => view! { <pre class="log" tabindex="0"><code>{detail.clone()}</code></pre> }.into_any(),
        _ => return None,
    };
    Some(drawn)
}

fn note(text: &str) -> AnyView {
    view! { <p class="entry-note">{text.trim().to_owned()}</p> }.into_any()
}

fn limits(guards: &Guards) -> AnyView {
    let settings = &guards.settings;
    let window = quantity::span(u64::from(settings.attempts_window_hours) * 3600);
    let facts = [
        ("Self-healing", if settings.enabled { "on".to_owned() } else { "off".to_owned() }),
        ("Level", format!("{} at tier {}", settings.level, settings.tier)),
        ("Attempts", format!("{} of {} in {window}", guards.attempts, settings.max_attempts_per_pattern)),
        ("Open proposals", format!("{} of {}", guards.open_proposals, settings.max_proposals)),
        ("Pause", guards.paused.clone().unwrap_or_else(|| "none".into())),
        ("Read at", moment::date(guards.at, browser::now())),
    ];
    let facts = facts.into_iter().map(|(label, value)| view! { <div><dt>{label}</dt><dd>{value}</dd></div> });
    view! { <dl class="entry-facts">{facts.collect_view()}</dl> }.into_any()
}
