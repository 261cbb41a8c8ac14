//! Finds earlier failures that read like the present one: BM25 over normalised, split identifiers.

mod terms;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

pub use terms::terms;

/// Okapi BM25's saturation of repeated terms.
const K1: f64 = 1.2;
/// Okapi BM25's length normalisation.
const B: f64 = 0.75;

/// Documents with their statistics, ready for many queries.
#[derive(Debug, Clone)]
pub struct Index<T> {
    documents: Vec<(T, u32)>,
    /// For each term the documents that have it, with how often.
    postings: HashMap<String, Vec<(usize, u32)>>,
    average_length: f64,
}

impl<T: Clone> Index<T> {
    /// Reads the documents; their raw text may hold stack traces.
    pub fn new(documents: &[(T, &str)]) -> Self {
        let mut postings: HashMap<String, Vec<(usize, u32)>> = HashMap::new();
        let mut lengths = Vec::with_capacity(documents.len());
        for (index, (id, text)) in documents.iter().enumerate() {
            let counts = count(text);
            lengths.push((id.clone(), counts.values().sum()));
            for (term, count) in counts {
                postings.entry(term).or_default().push((index, count));
            }
        }
        let total: f64 = lengths.iter().map(|(_, length)| f64::from(*length)).sum();
        let average_length = (total / as_f64(documents.len().max(1))).max(1.0);
        Self { documents: lengths, postings, average_length }
    }

    /// The best documents with their self-normalised scores, 0 to 1, best first; ties keep the documents' order.
    ///
    /// A score of 1 is what the query itself would get. Each distinct term of the query counts once: repeated frames
    /// are recursion, not emphasis.
    pub fn rank(&self, query: &str, limit: usize) -> Vec<(T, f64)> {
        let query = count(query);
        let query_length: u32 = query.values().sum();
        let mut scores = vec![0.0; self.documents.len()];
        let mut best = 0.0;
        for (term, &count) in &query {
            let postings = self.postings.get(term).map_or(&[][..], Vec::as_slice);
            let rarity = self.rarity(postings.len());
            best += rarity * self.saturation(count, query_length);
            for &(document, count) in postings {
                scores[document] += rarity * self.saturation(count, self.documents[document].1);
            }
        }
        let mut ranked: Vec<_> = scores.into_iter().enumerate().filter(|(_, score)| *score > 0.0).collect();
        ranked.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        // A short document can weigh a shared term more than the query itself does.
        let share = |score: f64| (score / best).min(1.0);
        ranked.into_iter().take(limit).map(|(index, score)| (self.documents[index].0.clone(), share(score))).collect()
    }

    fn saturation(&self, count: u32, length: u32) -> f64 {
        let norm = K1 * (1.0 - B + B * f64::from(length) / self.average_length);
        f64::from(count) * (K1 + 1.0) / (f64::from(count) + norm)
    }

    /// Inverse document frequency, never negative.
    fn rarity(&self, with: usize) -> f64 {
        let (documents, with) = (as_f64(self.documents.len()), as_f64(with));
        (1.0 + (documents - with + 0.5) / (with + 0.5)).ln()
    }
}

/// In the terms' order, so that a sum of floats, and with it every tie, is the same on each run.
fn count(text: &str) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    for term in terms(text) {
        *counts.entry(term).or_insert(0) += 1;
    }
    counts
}

/// Ranks documents once; for many queries over the same documents keep an [`Index`].
pub fn rank<T: Clone>(query: &str, documents: &[(T, &str)], limit: usize) -> Vec<(T, f64)> {
    Index::new(documents).rank(query, limit)
}

#[expect(clippy::cast_precision_loss, reason = "a corpus has far fewer than 2^52 documents")]
fn as_f64(count: usize) -> f64 {
    count as f64
}
