//! Texts of pull requests.

use devos_web::view::prose::{Block, Inline};
use leptos::prelude::*;

/// A text that was read as Markdown.
#[component]
pub fn Prose(blocks: Vec<Block>) -> impl IntoView {
    view! { <div class="prose">{blocks.into_iter().map(block).collect_view()}</div> }
}

fn block(block: Block) -> AnyView {
    match block {
        // The page has its own first and second headings.
        Block::Heading(1 | 2, text) => view! { <h3>{line(text)}</h3> }.into_any(),
        Block::Heading(_, text) => view! { <h4>{line(text)}</h4> }.into_any(),
        Block::Paragraph(text) => view! { <p>{line(text)}</p> }.into_any(),
        Block::Quote(text) => view! { <blockquote>{line(text)}</blockquote> }.into_any(),
        Block::Code(text) => view! { <pre tabindex="0"><code>{text}</code></pre> }.into_any(),
        Block::List(numbered, items) => {
            let items = items.into_iter().map(|item| view! { <li>{line(item)}</li> }).collect_view();
            if numbered { view! { <ol>{items}</ol> }.into_any() } else { view! { <ul>{items}</ul> }.into_any() }
        }
        Block::Table(head, rows) => {
            let head = head.into_iter().map(|cell| view! { <th>{line(cell)}</th> }).collect_view();
            let row = |row: Vec<Vec<Inline>>| {
                let cells = row.into_iter().map(|cell| view! { <td>{line(cell)}</td> }).collect_view();
                view! { <tr>{cells}</tr> }
            };
            let rows = rows.into_iter().map(row).collect_view();
            view! { <div class="prose-table"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div> }
                .into_any()
        }
    }
}

fn line(pieces: Vec<Inline>) -> impl IntoView {
    let piece = |piece: Inline| match piece {
        Inline::Text(text) => text.into_any(),
        Inline::Code(text) => view! { <code>{text}</code> }.into_any(),
        Inline::Strong(text) => view! { <strong>{text}</strong> }.into_any(),
    };
    pieces.into_iter().map(piece).collect_view()
}
