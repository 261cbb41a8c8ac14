//! A filter as arrays, and the condition that reads them.

use devos_contracts::query::{Field, Filter, Term, Test};
use devos_ports::store::RowSearch;
use sqlx::Postgres;
use sqlx::postgres::PgArguments;
use sqlx::query::QueryAs;

use crate::text::clean;

/// True of rows that the filter bound as $1 to $7 chooses; the argument computes what a term looks at, as text, from
/// `f.field` and `f.key`.
///
/// A number is compared as `numeric`, which every JSON number fits; a text counts as a number when it reads as one. Its
/// length is bounded beside the expression: bounds within it make it three times as slow.
macro_rules! chosen {
    ($value:literal) => {
        concat!(
            "NOT EXISTS (
                SELECT FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::float8[], $6::float8[],
                    $7::boolean[]) AS f (field, key, op, operand, low, high, negated)
                CROSS JOIN LATERAL (SELECT ",
            $value,
            " AS value) AS v
                CROSS JOIN LATERAL (SELECT CASE
                    WHEN octet_length(v.value) <= 400
                        AND v.value ~ '^[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]{1,3})?$' THEN v.value::numeric
                END AS number) AS n
                WHERE f.negated = coalesce(CASE f.op
                    WHEN 'contains' THEN position(lower(f.operand) IN lower(v.value)) > 0
                    WHEN 'begins' THEN starts_with(lower(v.value), lower(f.operand))
                    WHEN 'prefix' THEN starts_with(v.value, f.operand)
                    WHEN 'equals' THEN v.value = f.operand
                    WHEN 'same' THEN v.value = f.operand OR coalesce(n.number = f.low::numeric, false)
                    WHEN 'exists' THEN v.value IS NOT NULL
                    WHEN 'less' THEN n.number < f.low::numeric
                    WHEN 'at_most' THEN n.number <= f.low::numeric
                    WHEN 'greater' THEN n.number > f.low::numeric
                    WHEN 'at_least' THEN n.number >= f.low::numeric
                    WHEN 'within' THEN n.number BETWEEN f.low::numeric AND f.high::numeric
                END, false)
            )"
        )
    };
}
pub(super) use chosen;

/// A query that answers rows of a type.
pub(super) type Rows<T> = QueryAs<'static, Postgres, T, PgArguments>;

/// One term as a row of the arrays.
struct Bound<'a> {
    field: &'static str,
    key: Option<&'a str>,
    op: &'static str,
    operand: Option<&'a str>,
    low: Option<f64>,
    high: Option<f64>,
}

fn bound(term: &Term) -> Bound<'_> {
    let (field, key) = match &term.field {
        Field::Text => ("text", None),
        Field::Name => ("name", None),
        Field::Service => ("service", None),
        Field::Severity => ("severity", None),
        Field::Trace => ("trace", None),
        Field::Span => ("span", None),
        Field::Status => ("status", None),
        Field::Duration => ("duration", None),
        Field::Attribute(key) => ("attribute", Some(key.as_str())),
    };
    let (op, operand, low, high) = match &term.test {
        Test::Contains(text) => ("contains", Some(text.as_str()), None, None),
        Test::Prefix(text) if field == "text" => ("begins", Some(text.as_str()), None, None),
        Test::Prefix(text) => ("prefix", Some(text.as_str()), None, None),
        Test::Equals(text) => match text.parse::<f64>().ok().filter(|number| number.is_finite() && key.is_some()) {
            Some(number) => ("same", Some(text.as_str()), Some(number), None),
            None => ("equals", Some(text.as_str()), None, None),
        },
        Test::Exists => ("exists", None, None, None),
        Test::Less(number) => ("less", None, Some(*number), None),
        Test::AtMost(number) => ("at_most", None, Some(*number), None),
        Test::Greater(number) => ("greater", None, Some(*number), None),
        Test::AtLeast(number) => ("at_least", None, Some(*number), None),
        Test::Within(low, high) => ("within", None, Some(*low), Some(*high)),
    };
    Bound { field, key, op, operand, low, high }
}

/// Binds $1 to $7.
pub(super) fn bind<T>(query: Rows<T>, filter: &Filter) -> Rows<T> {
    let terms: Vec<_> = filter.terms.iter().map(bound).collect();
    let text = |of: fn(&Bound<'_>) -> Option<String>| terms.iter().map(of).collect::<Vec<_>>();
    query
        .bind(terms.iter().map(|term| term.field).collect::<Vec<_>>())
        .bind(text(|term| term.key.map(|key| clean(key).into_owned())))
        .bind(terms.iter().map(|term| term.op).collect::<Vec<_>>())
        .bind(text(|term| term.operand.map(|operand| clean(operand).into_owned())))
        .bind(terms.iter().map(|term| term.low).collect::<Vec<_>>())
        .bind(terms.iter().map(|term| term.high).collect::<Vec<_>>())
        .bind(filter.terms.iter().map(|term| term.negated).collect::<Vec<_>>())
}

/// Binds $1 to $13: the filter, the time, where the page begins and how long it is.
pub(super) fn bind_search<T>(query: Rows<T>, search: &RowSearch) -> Rows<T> {
    bind(query, &search.filter)
        .bind(search.range.from)
        .bind(search.range.to)
        .bind(search.after.map(|after| after.key.at))
        .bind(search.after.map(|after| after.key.tie))
        .bind(search.after.map_or(0, |after| i64::from(after.shown)))
        .bind(search.limit)
}

/// The severity that a log must have for all terms to hold. Comparing it first spares most rows the look at the terms.
pub(super) fn least_severity(filter: &Filter) -> i16 {
    let least = |term: &Term| match (&term.field, &term.test) {
        (Field::Severity, Test::AtLeast(least) | Test::Within(least, _) | Test::Greater(least)) if !term.negated => {
            // They are small whole numbers; a cast saturates others.
            #[expect(clippy::cast_possible_truncation, reason = "severities end at 24")]
            Some(*least as i16)
        }
        _ => None,
    };
    filter.terms.iter().filter_map(least).max().unwrap_or(0)
}

/// The service that a record must be of for all terms to hold, likewise.
pub(super) fn only_service(filter: &Filter) -> Option<String> {
    filter.terms.iter().find_map(|term| match (&term.field, &term.test) {
        (Field::Service, Test::Equals(service)) if !term.negated => Some(clean(service).into_owned()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortcuts_follow_from_the_terms() {
        let term = |negated, field, test| Term { negated, field, test };
        let equals = || Test::Equals("shop".to_owned());
        let filter = Filter {
            terms: vec![
                term(true, Field::Service, Test::Equals("cart".to_owned())),
                term(false, Field::Service, Test::Prefix("s".to_owned())),
                term(false, Field::Service, equals()),
                term(true, Field::Severity, Test::AtLeast(21.0)),
                term(false, Field::Severity, Test::Within(9.0, 12.0)),
                term(false, Field::Severity, Test::AtMost(24.0)),
                term(false, Field::Attribute("severity".to_owned()), Test::AtLeast(23.0)),
                term(false, Field::Severity, Test::Greater(10.0)),
            ],
        };
        assert_eq!((least_severity(&filter), only_service(&filter)), (10, Some("shop".to_owned())));
        assert_eq!((least_severity(&Filter::default()), only_service(&Filter::default())), (0, None));
    }
}
