//! Texts of pull requests.

use devos_web::view::prose::{self, Block, Inline};
use leptos::prelude::*;

/// A text in the Markdown that pull requests use.
#[component]
pub fn Prose(#[prop(into)] text: String) -> impl IntoView {
    view! { <div class="prose">{prose::parse(&text).iter().map(block).collect_view()}</div> }
}

fn block(block: &Block) -> AnyView {
    match block {
        // The page has its own first and second headings.
        Block::Heading(1 | 2, text) => view! { <h3>{line(text)}</h3> }.into_any(),
        Block::Heading(_, text) => view! { <h4>{line(text)}</h4> }.into_any(),
        Block::Paragraph(text) => view! { <p>{line(text)}</p> }.into_any(),
        Block::Quote(text) => view! { <blockquote>{line(text)}</blockquote> }.into_any(),
        Block::Code(text) => view! { <pre tabindex="0"><code>{text.clone()}</code></pre> }.into_any(),
        Block::List(numbered, items) => {
            let items = items.iter().map(|item| view! { <li>{line(item)}</li> }).collect_view();
            if *numbered { view! { <ol>{items}</ol> }.into_any() } else { view! { <ul>{items}</ul> }.into_any() }
        }
        Block::Table(head, rows) => {
            let head = head.iter().map(|cell| view! { <th>{line(cell)}</th> }).collect_view();
            let row = |row: &Vec<Vec<Inline>>| view! { <tr>{row.iter().map(|cell| view! { <td>{line(cell)}</td> }).collect_view()}</tr> };
            let rows = rows.iter().map(row).collect_view();
            view! { <div class="prose-table"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div> }
                .into_any()
        }
    }
}

fn line(pieces: &[Inline]) -> impl IntoView + use<> {
    let piece = |piece: &Inline| match piece {
        Inline::Text(text) => text.clone().into_any(),
        Inline::Code(text) => view! { <code>{text.clone()}</code> }.into_any(),
        Inline::Strong(text) => view! { <strong>{text.clone()}</strong> }.into_any(),
    };
    pieces.iter().map(piece).collect_view()
}
