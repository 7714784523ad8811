//! What is wrong in the folder, said to the admin who wrote it: the file, the line, what, and what to do about it.
//!
//! Readers never stop at the first fault. They record it here, go on with a placeholder, and [`super::load`] hands
//! out a [`super::Config`] only when nothing was recorded, so no placeholder is ever seen.

use std::cell::RefCell;

use crate::event::Fault;

/// Where readers record what they find.
#[derive(Default, Debug)]
pub(super) struct Faults(RefCell<Vec<Fault>>);

impl Faults {
    pub(super) fn add(
        &self,
        file: &str,
        line: Option<usize>,
        what: impl Into<String>,
        cure: impl Into<String>,
    ) {
        self.0.borrow_mut().push(Fault { file: file.into(), line, what: what.into(), cure: cure.into() });
    }

    /// `value`, if nothing was recorded; else the faults, by file and line.
    pub(super) fn or<T>(self, value: T) -> Result<T, Vec<Fault>> {
        let mut faults = self.0.into_inner();
        if faults.is_empty() {
            return Ok(value);
        }
        faults.sort();
        faults.dedup();
        Err(faults)
    }
}

/// 「写成「east」」 when one of `known` is near enough to be meant, else `otherwise`.
pub(super) fn did_you_mean<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
    otherwise: impl Into<String>,
) -> String {
    let nearest = known.into_iter().map(|name| (distance(word, name), name)).min();
    match nearest {
        Some((steps, name)) if steps * 3 <= word.chars().count().max(4) => format!("写成「{name}」"),
        _ => otherwise.into(),
    }
}

/// Those of `known` that are near enough to be meant by `word`, nearest first, at most three.
pub fn near<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    const SHOWN: usize = 3;
    let is_near = |steps: usize| steps * 3 <= word.chars().count().max(4);
    let mut near: Vec<(usize, &str)> = known.into_iter().map(|name| (distance(word, name), name)).collect();
    near.retain(|(steps, _)| is_near(*steps));
    near.sort_unstable();
    near.dedup();
    near.into_iter().take(SHOWN).map(|(_, name)| name).collect()
}

/// How many letters to add, drop or change to get from one to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in to.iter().enumerate() {
            let changed = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_word_is_offered_and_a_far_one_is_not() {
        let known = ["primary", "manager", "roles"];
        assert_eq!(did_you_mean("primry", known, "删掉"), "写成「primary」");
        assert_eq!(did_you_mean("role", known, "删掉"), "写成「roles」");
        assert_eq!(did_you_mean("favourite", known, "删掉"), "删掉");
    }
}
