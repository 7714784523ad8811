//! A correction of what was just said: 「不是周二是周三」「改成下午三点」「不是50万是40万」. [`amended`] gives the words as they
//! should have been.

use std::ops::Range;

use super::Context;
use super::contacts::contact;
use super::figures::{Kind, figures};
use super::moments::moments;
use super::names::Via;
use super::text::Text;

/// What is wrong in a note, and what is right.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    /// The wrong words, if they were said.
    pub wrong: Option<String>,
    /// The right ones.
    pub right: String,
}

/// Longer words are no correction of a few.
const LONGEST: usize = 14;

/// The edit that these words ask for: of a time or a sum always, of other words where the wrong ones are said with them.
pub(super) fn edit(
    text: &Text<'_>,
    wrong: Option<Range<usize>>,
    right: Range<usize>,
    ctx: &Context<'_>,
) -> Option<Edit> {
    let fits = |range: &Range<usize>| (1..=LONGEST).contains(&range.len());
    let whole = |range: &Range<usize>| text.raw(range.clone()).trim().to_owned();
    let value = kind_of(text.raw(right.clone()), ctx).is_some() || is_person(text, &right);
    // 「不是价格问题，是交期」 tells something.
    let apart = |wrong: &Range<usize>| text.chars(wrong.end.min(right.start)..right.start).contains(&',');
    let of_words = wrong.as_ref().is_some_and(|wrong| !apart(wrong));
    let said = wrong.as_ref().is_none_or(fits) && fits(&right);
    (said && (value || of_words)).then(|| Edit { wrong: wrong.as_ref().map(whole), right: whole(&right) })
}

/// 李姐: somebody is called so, and nothing else is said.
fn is_person(text: &Text<'_>, range: &Range<usize>) -> bool {
    contact(text, range.clone()).as_ref() == Some(range)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Time,
    Sum,
}

/// What `said` is as a whole, if it is a time or a sum.
fn kind_of(said: &str, ctx: &Context<'_>) -> Option<What> {
    let text = Text::new(said.trim());
    let covers = |span: &Range<usize>| text.trim(span.clone()).len() >= text.trim(text.whole()).len();
    if moments(&text, ctx.present()).iter().any(|told| covers(&told.span)) {
        return Some(What::Time);
    }
    let sum =
        figures(&text).iter().any(|figure| matches!(figure.kind, Kind::Amount(_)) && covers(&figure.span));
    sum.then_some(What::Sum)
}

/// `note` with the edit made; `None` where nothing in it is meant. `ctx` is that of the note, not of the edit.
pub fn amended(note: &str, edit: &Edit, ctx: &Context<'_>) -> Option<String> {
    if let Some(wrong) = edit.wrong.as_deref().filter(|wrong| !wrong.is_empty() && note.contains(wrong)) {
        return Some(note.replacen(wrong, &edit.right, 1));
    }
    let kind = kind_of(&edit.right, ctx)?;
    let text = Text::new(note);
    let names = ctx.names.customers_in(note).into_iter().filter(|mention| mention.via != Via::Contact);
    let named: Vec<_> =
        names.map(|mention| text.position(mention.span.start)..text.position(mention.span.end)).collect();
    let masked = text.masked(&named);
    let (place, right) = match kind {
        What::Time => {
            let told = moments(&masked, ctx.present());
            let plan = told.iter().find(|told| !told.past).or(told.first())?;
            let right = if let Some(week) = week_of(text.raw(plan.span.clone()), &edit.right) {
                week.to_owned() + &edit.right
            } else if names_a_day(&edit.right) {
                edit.right.clone()
            } else {
                // 「改成下午三点」 keeps the day.
                plan.moment.day.format("%-m月%-d日").to_string() + &edit.right
            };
            (plan.span.clone(), right)
        }
        What::Sum => {
            let sums = figures(&masked);
            let sum = sums.iter().rev().find(|figure| matches!(figure.kind, Kind::Amount(_)))?;
            (sum.span.clone(), edit.right.clone())
        }
    };
    let (before, behind) = (text.raw(0..place.start), text.raw(place.end..text.len()));
    Some(format!("{before}{right}{behind}"))
}

/// The week that was said, where only another day of it is said now: 下周二, 「改成周三」.
fn week_of<'w>(wrong: &'w str, right: &str) -> Option<&'w str> {
    const WEEKDAYS: [&str; 3] = ["周", "星期", "礼拜"];
    let day_alone = WEEKDAYS
        .iter()
        .any(|word| right.strip_prefix(word).is_some_and(|day| !day.starts_with(['末', '内'])));
    let at = WEEKDAYS.iter().filter_map(|word| wrong.find(word)).min()?;
    wrong
        .get(..at)
        .filter(|week| day_alone && matches!(*week, "下" | "下下" | "下个" | "下下个" | "这" | "本"))
}

/// Whether the words of a time say its day: 周三, 12月3日, 后天.
fn names_a_day(said: &str) -> bool {
    const DAYS: [&str; 16] =
        ["周", "星期", "礼拜", "天", "日", "号", "月", "今", "明", "年", "节", "末", "/", "-", "后", "底"];
    DAYS.iter().any(|word| said.contains(word))
}

#[cfg(test)]
mod tests {
    use super::{Edit, amended};
    use crate::calendar::Calendar;
    use crate::language::{Awaited, Command, Context, Directory, Understanding, understand};

    fn after(note: &str, said: &str) -> Option<String> {
        let (calendar, names) = (Calendar::default(), Directory::default());
        let now = "2026-11-24T01:30:00Z".parse().unwrap();
        let ctx = Context { now, calendar: &calendar, names: &names, awaiting: Awaited::Nothing };
        match understand(said, &ctx) {
            Understanding::Command(Command::Amend { edit, .. }) => amended(note, &edit, &ctx),
            _ => None,
        }
    }

    #[test]
    fn words_are_put_right() {
        for (note, said, right) in [
            ("张总约了下周二看厂", "不是周二是周三", "张总约了下周三看厂"),
            ("张总约了下周二看厂", "是周三不是周二", "张总约了下周三看厂"),
            ("张总约了下周二看厂", "改成周三下午两点", "张总约了下周三下午两点看厂"),
            ("张总约了下周二看厂", "改成这周五", "张总约了这周五看厂"),
            ("张总约了周二看厂", "改成周三", "张总约了周三看厂"),
            ("张总约了下周二看厂", "应该是12月3日", "张总约了12月3日看厂"),
            ("张总约了下周二看厂", "改成下午三点", "张总约了12月1日下午三点看厂"),
            ("张总约了明天看厂", "记错了，是后天", "张总约了后天看厂"),
            ("张总约了明天看厂", "不是周三是周四", "张总约了周四看厂"),
            ("预算50万，下周定", "不是50万是40万", "预算40万，下周定"),
            ("预算50万，下周定", "应该是40万", "预算40万，下周定"),
            ("王姐约了周四看厂", "不是看厂是演示", "王姐约了周四演示"),
            ("王姐约了周四看厂", "不是王姐，是李姐", "李姐约了周四看厂"),
        ] {
            assert_eq!(after(note, said).as_deref(), Some(right), "{said}");
        }
    }

    #[test]
    fn what_the_note_does_not_say_stays() {
        assert_eq!(after("报价发了", "不是价格问题，是交期"), None);
        assert_eq!(after("报价发了", "应该是40万"), None);
        let edit = Edit { wrong: Some(String::new()), right: "好".into() };
        let (calendar, names) = (Calendar::default(), Directory::default());
        let now = "2026-11-24T01:30:00Z".parse().unwrap();
        let ctx = Context { now, calendar: &calendar, names: &names, awaiting: Awaited::Nothing };
        assert_eq!(amended("报价发了", &edit, &ctx), None);
    }
}
