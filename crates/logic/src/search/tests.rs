use proptest::prelude::*;

use super::*;

const PYTHON: &str = "Traceback (most recent call last):\n  File \"/app/shop/cart.py\", line 12, in computeTotal\n    x\n  File \"/usr/lib/python3.11/json/decoder.py\", line 3, in raw_decode\nValueError: bad_amount 12 in HTTPResponse\n";

#[test]
fn terms_are_split_words_without_numbers_and_framework_frames() {
    let terms = terms(PYTHON);
    for term in ["compute", "total", "value", "error", "bad", "amount", "http", "response"] {
        assert!(terms.contains(&term.to_owned()), "{term} in {terms:?}");
    }
    for term in ["12", "raw", "decode", "computetotal"] {
        assert!(!terms.contains(&term.to_owned()), "{term} in {terms:?}");
    }
}

#[test]
fn the_same_failure_ranks_first_and_scores_one() {
    let documents = [
        ("other", "java.io.IOException: disk full\n\tat org.example.Disk.write(Disk.java:3)"),
        ("same", "ValueError: bad amount 99\n  File \"/tmp/x/shop/cart.py\", line 44, in computeTotal"),
        ("near", "TypeError: no total"),
    ];
    let ranked = rank(documents[1].1, &documents, 10);
    assert_eq!(ranked[0].0, "same");
    assert!((ranked[0].1 - 1.0).abs() < 1e-9);
    assert_eq!(ranked[1].0, "near");
    assert!(ranked[1].1 < 0.5);
    assert_eq!(ranked.len(), 2, "what shares no term is not similar");
    assert_eq!(rank(documents[1].1, &documents, 1).len(), 1);
}

#[test]
fn nothing_is_similar_to_nothing() {
    assert_eq!(rank::<u8>("anything", &[], 5), []);
    assert_eq!(rank("", &[(1, "text")], 5), []);
    assert_eq!(rank("12 34", &[(1, "text")], 5), []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn scores_are_shares_in_falling_order(
        query in "[a-c ]{0,12}( [a-z]{2,4}){0,6}",
        texts in proptest::collection::vec("([a-z]{2,4} ){0,8}", 0..12),
    ) {
        let documents: Vec<_> = texts.iter().enumerate().map(|(index, text)| (index, text.as_str())).collect();
        let ranked = rank(&query, &documents, 5);
        prop_assert!(ranked.len() <= 5);
        prop_assert!(ranked.iter().all(|(_, score)| (0.0..=1.0).contains(score)));
        prop_assert!(ranked.is_sorted_by(|a, b| a.1 >= b.1));
        prop_assert_eq!(&ranked, &rank(&query, &documents, 5));
    }
}
