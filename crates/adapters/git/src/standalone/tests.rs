use super::*;

fn commit(n: usize) -> CommitId {
    CommitId(format!("{n:040x}"))
}

/// A line of commits from `newest` down to 0, and what was merged into some of them.
fn history(newest: usize, merged: &[(usize, usize)]) -> HashMap<CommitId, Vec<CommitId>> {
    let parents = |n: usize| {
        let first = n.checked_sub(1).map(commit);
        first.into_iter().chain(merged.iter().filter(|(into, _)| *into == n).map(|(_, from)| commit(*from))).collect()
    };
    (0..=newest).map(|n| (commit(n), parents(n))).collect()
}

#[test]
fn a_short_history_is_whole_and_a_long_one_is_cut_where_it_is_farthest() {
    let read = history(9, &[]);
    assert_eq!(cut(&read, &commit(9), 10), read);
    let short = cut(&read, &commit(9), 4);
    assert_eq!(short.len(), 4);
    assert_eq!((&short[&commit(6)], &short[&commit(7)]), (&vec![], &vec![commit(6)]));
    assert_eq!(cut(&read, &commit(9), 1), HashMap::from([(commit(9), vec![])]));

    // A merge is two steps away on both sides: a step that does not fit is left out as a whole.
    let merged = cut(&history(9, &[(9, 3)]), &commit(9), 4);
    assert_eq!(merged.len(), 3);
    assert!(merged.contains_key(&commit(8)) && merged.contains_key(&commit(3)));
    assert_eq!((merged[&commit(9)].len(), &merged[&commit(8)], &merged[&commit(3)]), (2, &vec![], &vec![]));
}

#[test]
fn what_was_not_read_is_not_shown() {
    let mut read = history(9, &[]);
    read.remove(&commit(5));
    let known = cut(&read, &commit(9), 100);
    assert_eq!((known.len(), &known[&commit(6)]), (4, &vec![]));
}

#[test]
fn a_history_serves_what_it_shows_enough_of() {
    let graph = history(20, &[]);
    let mut history = History { directory: PathBuf::new(), graph, whole: true };
    assert!(history.serves(&commit(20)) && history.serves(&commit(0)) && !history.serves(&commit(21)));
    assert_eq!(history.reached_from(&commit(4)).len(), 5);
    history.whole = false;
    assert!(!history.serves(&commit(20)), "it was cut short");
    history.graph = self::history(MOST_COMMITS - 1, &[]);
    assert!(history.serves(&commit(MOST_COMMITS - 1)) && history.serves(&commit(ENOUGH)));
    assert!(!history.serves(&commit(ENOUGH / 2)));
}

#[test]
fn tags_of_commits_are_read_and_others_are_not() {
    let (tag, commit) = ("a".repeat(40), "b".repeat(40));
    let listing = format!(
        "{commit} commit   refs/tags/light\n{tag} tag {commit} commit refs/tags/v1\n{tag} tag {commit} tree refs/tags/t\n\
         {tag} blob   refs/tags/blob\n"
    );
    let found = read_tags(&listing);
    let told: Vec<_> = found.iter().map(|tag| (&tag.name[..], &tag.object[..], tag.commit.as_str())).collect();
    assert_eq!(told, [("refs/tags/light", &commit[..], &commit[..]), ("refs/tags/v1", &tag[..], &commit[..])]);
}
