//! One breath about several customers → the part that each is told in: 「宏远报价发了，永兴下周三来看样机」.

use std::ops::Range;

use super::names::{Mention, Via};
use super::notes::own_contacts_only;
use super::text::{Text, is_blank_or_mark};
use super::{Context, READ_AT_MOST};
use crate::sales::CustomerId;

/// What leads to a customer who is only compared, quoted or named beside another.
const BESIDE: &str = "\
    跟 和 与 像 比 同 在 把 被 从 向 对 学 参考 不是 介绍 介绍了 推荐 推荐了 引荐 引荐了 提到 提了 见到 听 的 看看 或 到底是 给 去过 叫 因为 说 讲 问 是";
/// A thought that begins so goes on with what was told.
const GOES_ON: &str = "说 讲 问 像 比 听说 想看 参考 因为 就是 还是 不是 跟 和 与 也就是";

/// The parts of `text`, in order; the whole where it speaks of one customer alone.
pub(super) fn parts<'t>(text: &'t str, ctx: &Context<'_>) -> Vec<&'t str> {
    spans(text, ctx).into_iter().filter_map(|span| text.get(span)).collect()
}

/// Customers as `text` means them: a contact counts for the customer whose part it stands in.
pub(super) fn mentions(text: &str, ctx: &Context<'_>) -> Vec<Mention<CustomerId>> {
    let of_part = |span: Range<usize>| {
        let part = text.get(span.clone()).unwrap_or_default();
        let own = own_contacts_only(ctx.names.customers_in(part));
        own.into_iter().map(move |mut mention| {
            mention.span = mention.span.start + span.start..mention.span.end + span.start;
            mention
        })
    };
    spans(text, ctx).into_iter().flat_map(of_part).collect()
}

/// Where the parts of `text` stand, in bytes.
fn spans(text: &str, ctx: &Context<'_>) -> Vec<Range<usize>> {
    let chars = Text::cut(text, READ_AT_MOST);
    let starts = starts(&chars, &ctx.names.customers_in(text));
    if starts.is_empty() {
        return std::iter::once(0..text.len()).collect();
    }
    let byte = |at: usize| chars.raw(0..at).len();
    let cuts: Vec<usize> =
        std::iter::once(0).chain(starts.into_iter().map(byte)).chain([text.len()]).collect();
    let span = |pair: &[usize]| {
        let [from, to] = pair else { return None };
        let part = text.get(*from..*to)?;
        let tidied = tidy(part);
        let start = from + part.find(tidied)?;
        (!tidied.is_empty()).then_some(start..start + tidied.len())
    };
    cuts.windows(2).filter_map(span).collect()
}

/// Where the second and later parts begin, in characters.
fn starts(text: &Text<'_>, mentions: &[Mention<CustomerId>]) -> Vec<usize> {
    let thoughts = text.thoughts();
    let companies = mentions.iter().any(|mention| mention.via != Via::Contact);
    let mut starts: Vec<usize> = Vec::new();
    // Whom the part that is being read is about, and where they were named last.
    let mut about: Vec<CustomerId> = Vec::new();
    let mut last = 0;
    let mut at = 0;
    while let Some(mention) = mentions.get(at) {
        let same = mentions.iter().skip(at).take_while(|other| other.span == mention.span).count();
        let ids: Vec<CustomerId> = mentions.iter().skip(at).take(same).map(|mention| mention.id).collect();
        let place = text.position(mention.span.start);
        let end = text.position(mention.span.end);
        at += same;
        let known = ids.iter().any(|id| about.contains(id));
        let named = mention.via != Via::Contact;
        let first = about.is_empty();
        if known || first {
            if !known || named {
                about = ids;
            }
            last = end;
            continue;
        }
        let thought = thoughts.iter().find(|thought| thought.contains(&place)).cloned();
        let begin = thought.map_or(place, |thought| text.trim(thought).start);
        let begin = if begin >= last { begin } else { place };
        let sentence = text.before(begin).is_some_and(|c| matches!(c, ';' | '。' | '!' | '?' | '\n'));
        let own = ids.len() == 1 && (!companies || sentence && !text.has(begin..place, "他 她 跟 和"));
        let beside = begin == place && text.any_before(place, BESIDE) || text.any(begin, GOES_ON).is_some();
        // In one run of words the next customer must stand apart from the last.
        let apart = begin != place
            || place >= last + 3
            || text.chars(last..place).iter().any(|c| is_blank_or_mark(*c));
        if (named || own) && !beside && apart {
            starts.push(begin);
            about = ids;
        }
        last = end;
    }
    starts
}

/// A part without the marks around it. The next part's list number stands at this one's end, this one's own at its
/// beginning.
fn tidy(part: &str) -> &str {
    let mark = |c: char| is_blank_or_mark(c) || c == ')';
    let part = part.trim_matches(mark);
    let numbered = part.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches(mark);
    let part = if numbered.len() < part.len() { numbered } else { part };
    let unnumbered = part.trim_end_matches(|c: char| c.is_ascii_digit());
    let listed =
        unnumbered.len() < part.len() && unnumbered.ends_with(|c: char| mark(c) && c != '.' && c != '-');
    if listed { unnumbered.trim_end_matches(mark) } else { part }
}
