//! A text as a stranger may read it: customers, people, numbers and amounts are replaced before it leaves the house
//! (product.md, section 7).

use std::ops::Range;

use super::contacts::contact;
use super::figures::{Kind, figures, number};
use super::names::{Names, Via};
use super::numbers::ONE;
use super::text::Text;

/// A run of so many digits is a number that belongs to somebody: a phone, an account, an id.
const NUMBER: usize = 5;
/// A number from here on may be a sum.
const SUM: i64 = 1_000;

/// `raw` without names of customers and people, without phone numbers and amounts of money.
pub fn masked(raw: &str, names: &dyn Names) -> String {
    let text = Text::new(raw);
    let mut hidden: Vec<(Range<usize>, &str)> = Vec::new();
    let place = |span: &Range<usize>| text.position(span.start)..text.position(span.end);
    hidden.extend(names.customers_in(raw).iter().map(|mention| {
        let who = if mention.via == Via::Contact { "某人" } else { "某客户" };
        (place(&mention.span), who)
    }));
    hidden.extend(names.members_in(raw).iter().map(|mention| (place(&mention.span), "某人")));
    let mut from = 0;
    while let Some(called) = contact(&text, from..text.len()) {
        from = called.end;
        hidden.push((called, "某人"));
    }
    let sums = figures(&text).into_iter().filter(|figure| matches!(figure.kind, Kind::Amount(_)));
    hidden.extend(sums.map(|figure| (figure.span, "若干元")));
    hidden.extend(sizes(&text).into_iter().map(|size| (size, "若干")));
    hidden.extend(numbers(&text).into_iter().map(|number| (number, "某号码")));
    // The longest of those that overlap hides the others.
    hidden.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
    let mut out = String::new();
    let mut at = 0;
    for (span, word) in hidden {
        if span.start >= at {
            out.push_str(text.raw(at..span.start));
            out.push_str(word);
        }
        at = at.max(span.end);
    }
    out.push_str(text.raw(at..text.len()));
    out
}

/// Numbers as large as sums are, whatever stands behind them: 「49.6 万听着多」, 「按 6,000 算」.
fn sizes(text: &Text<'_>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let Some((value, end)) = number(text, at) else {
            at += 1;
            continue;
        };
        if value >= SUM * ONE {
            found.push(at..end);
        }
        at = end.max(at + 1);
    }
    found
}

/// Runs of digits, also where blanks and dashes part them.
fn numbers(text: &Text<'_>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let run = at..(at..text.len())
            .find(|at| !text.get(*at).is_some_and(|c| c.is_ascii_digit() || matches!(c, '-' | ' ')))
            .unwrap_or(text.len());
        let digits = text.chars(run.clone()).iter().filter(|c| c.is_ascii_digit()).count();
        let end = run.end.max(at + 1);
        if digits >= NUMBER {
            found.push(text.trim(run));
        }
        at = end;
    }
    found
}
