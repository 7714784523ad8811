//! What a slip of the finger probably meant.

/// The one of `names` that was probably meant by `name`: at most two slips away.
pub(super) fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names
        .map(|other| (slips(name, other), other))
        .filter(|(slips, _)| *slips <= 2)
        .min()
        .map(|(_, other)| other)
}

/// The edit distance.
fn slips(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slip_of_the_finger_is_recognised() {
        let names = ["customer", "stage", "amount"];
        assert_eq!(nearest("custmer", names.into_iter()), Some("customer"));
        assert_eq!(nearest("stgae", names.into_iter()), Some("stage"));
        assert_eq!(nearest("phone", names.into_iter()), None);
    }
}
