//! Lines of a diff as rows of a table. Numbers are drawn by the style sheet, so that selecting code copies only code.

use std::ops::Range;

use devos_web::view::diff::{self, Hunk, Line, Side, Span, Token};
use leptos::prelude::*;

use super::Layout;

/// The rows of a stretch of a hunk.
pub fn rows(hunk: &Hunk, range: Range<usize>, layout: Layout) -> AnyView {
    match layout {
        Layout::Unified => hunk.lines[range].iter().map(unified).collect_view().into_any(),
        Layout::Split => {
            let pairs = diff::rows(&hunk.lines, range);
            let line = |index: Option<usize>| index.and_then(|index| hunk.lines.get(index));
            pairs
                .into_iter()
                .map(|row| view! { <tr>{half(line(row.left), true)}{half(line(row.right), false)}</tr> })
                .collect_view()
                .into_any()
        }
    }
}

fn unified(line: &Line) -> impl IntoView + use<> {
    let sign = match line.side {
        Side::Both => "",
        Side::Old => "−",
        Side::New => "+",
    };
    view! {
        <tr class=side_class(line.side)>
            <td class="no" data-no=number(line.old)></td>
            <td class="no" data-no=number(line.new)></td>
            <td class="sign" data-sign=sign></td>
            {text(line)}
        </tr>
    }
}

fn half(line: Option<&Line>, old: bool) -> AnyView {
    let Some(line) = line else {
        return view! { <td class="no is-void"></td><td class="is-void"></td> }.into_any();
    };
    let class = side_class(line.side);
    let shown = if old { line.old } else { line.new };
    view! { <td class=format!("no {class}") data-no=number(shown)></td><td class=format!("text {class}")>{spans(line)}</td> }.into_any()
}

fn text(line: &Line) -> impl IntoView + use<> {
    view! { <td class="text">{spans(line)}</td> }
}

fn spans(line: &Line) -> impl IntoView + use<> {
    let end = line
        .unterminated
        .then(|| view! { <span class="unterminated" title="No newline at the end of the file">"⏎"</span> });
    // A line without text still has its height.
    let blank = line.spans.is_empty().then_some("\u{200b}");
    view! { {blank}{line.spans.iter().map(span).collect_view()}{end} }
}

fn span(span: &Span) -> AnyView {
    let token = match span.token {
        Token::Plain => "",
        Token::Keyword => "t-key",
        Token::Text => "t-str",
        Token::Comment => "t-com",
        Token::Number => "t-num",
        Token::Call => "t-fn",
        Token::Type => "t-ty",
    };
    match (token, span.changed) {
        ("", false) => span.text.clone().into_any(),
        (token, changed) => {
            let class = if changed { format!("{token} is-changed") } else { token.to_owned() };
            view! { <span class=class>{span.text.clone()}</span> }.into_any()
        }
    }
}

fn side_class(side: Side) -> &'static str {
    match side {
        Side::Both => "",
        Side::Old => "is-del",
        Side::New => "is-add",
    }
}

fn number(number: Option<u32>) -> String {
    number.map_or_else(String::new, |number| number.to_string())
}
