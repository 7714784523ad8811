//! The passages of a text that are weighed one by one: sentences, and of a long sentence as many clauses as belong
//! together.

use std::ops::Range;

use super::text::Text;

/// A passage of more characters is parted at its commas.
const LONG: usize = 48;
/// And one of more anywhere: whoever speaks into the phone makes no marks.
const LONGEST: usize = 96;

/// The passages of `text`, in order; none is empty.
pub(super) fn passages(text: &Text<'_>) -> Vec<Range<usize>> {
    let mut passages: Vec<Range<usize>> = Vec::new();
    let pieces = text.clauses().into_iter().flat_map(|clause| {
        let end = clause.end;
        clause.step_by(LONGEST).map(move |start| start..end.min(start + LONGEST))
    });
    for clause in pieces {
        let joins = passages.last().is_some_and(|last| {
            let between = text.chars(last.end..clause.start);
            between.iter().all(|mark| *mark == ',') && clause.end - last.start <= LONG
        });
        match passages.last_mut() {
            Some(last) if joins => last.end = clause.end,
            _ => passages.push(clause),
        }
    }
    passages
}
