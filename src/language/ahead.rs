//! Times that seem to lie ahead and are no plan: what is over by now or by its own words, and what only tells how things
//! are with the customer. A time that stays says when something comes next, and holds the clock of its deal.

use std::ops::Range;

use chrono::Timelike as _;

use super::moments::{Present, Told};
use super::text::Text;

/// So far around a time its own clause is looked at: a clause may be a page.
const NEAR: usize = 24;
/// So far behind it stands what came of it.
const GOES_ON: usize = 80;
/// Somebody will do something.
const PLANS: &str = "要 准备 打算 约 去 会 再 得 记得 计划 发 给 寄 前 内 晚";
/// It was done.
const DONE: &str = "了 过";
/// The present: what is done in it is over.
const CURRENT: [&str; 10] =
    ["今年", "本年", "这周", "本周", "这个月", "本月", "这两天", "这几天", "上半年", "下半年"];
/// What was never so or is spent, is feared, put as a question, or put off and off.
const NO_PLAN: &str = "\
    没什么动静 没啥动静 没动静 没什么变化 没啥变化 没什么进展 没啥进展 花完 用完 花光 停不起 忙不过来 走不开 抽不开身 要是 万一 \
    拖了 排到 黄了 那批 那回 那次 那台 那单 努努力 能不能交 能不能到 能不能发 能不能提前 停不停 来不来得及 才进 才回 才有空 才轮 不再采购 主推 就要件 九月就要 不再上";
/// How it is with them, whatever we do.
const STATES: &str = "\
    加班 值班 倒班 上班 休假 休婚假 休产假 盘点 最忙 很忙 高考 中考 结婚 住院 旅游 度假 搬家 看展 双休 轮休 开例会";
/// Something that is done beside the state.
const DEEDS: &str = "约 来 见 给 发 寄 签 报 打款 回来 拜访 演示 谈 聊 找 送 交";
/// What a time only belongs to: 明年预算.
const OWNED: &str = "的采购预算 采购预算 的活儿 的计划 的年度 预算 产能 销量 目标 的预算 的产能 的目标";

/// The times of `told` that stay, those that are over marked so.
pub(super) fn sorted_out(text: &Text<'_>, present: Present<'_>, mut told: Vec<Told>) -> Vec<Told> {
    let now = present.calendar.local(present.now).hour();
    let thoughts = Thoughts { text, all: text.thoughts() };
    told.retain(|told| {
        told.past || !(is_over(&thoughts, told, now) || is_no_plan(&thoughts, told) || hangs_on(text, told))
    });
    let today = present.calendar.date(present.now);
    for told in &mut told {
        told.past |= came_of_it(&thoughts, told)
            || is_current(&thoughts, told)
            || is_story(&thoughts, told, told.moment.day == today);
    }
    told
}

/// 下午 in the evening.
fn is_over(thoughts: &Thoughts<'_, '_>, told: &Told, now: u32) -> bool {
    let text = thoughts.text;
    let over = match told.moment.said.as_str() {
        "早上" | "上午" => now >= 12,
        "中午" => now >= 14,
        "下午" => now >= 18,
        _ => false,
    };
    over && !text.has(thoughts.near(told), "要 准备 打算 约 再 得 记得 计划 前 内 去给")
}

fn is_no_plan(thoughts: &Thoughts<'_, '_>, told: &Told) -> bool {
    let text = thoughts.text;
    let near = thoughts.near(told);
    text.has(near.clone(), NO_PLAN)
        || text.any(told.span.end, OWNED).is_some()
        || (text.has(near.clone(), STATES) && !text.has(near, DEEDS))
}

/// 「今天拜访客户，客户反馈良好」: today is over where the words go on with what came of it.
fn came_of_it(thoughts: &Thoughts<'_, '_>, told: &Told) -> bool {
    const CAME_OF_IT: &str = "反馈 表示 说 觉得 聊 谈 反映 态度 印象 没见 不在 认可 提出 问";
    let text = thoughts.text;
    let today = told.moment.said.starts_with("今天") && told.moment.all_day() && !told.moment.by;
    let clause = thoughts.at(told.span.start);
    today
        && !text.has(clause.clone(), PLANS)
        && text.has(clause.end..text.len().min(clause.end + GOES_ON), CAME_OF_IT)
}

/// 「首款签完三天内付」: so long after something that has no day yet.
fn hangs_on(text: &Text<'_>, told: &Told) -> bool {
    const AFTER: &str = "完 后 之后 以后 到货 验收 签字 开票";
    let length = told.moment.said.ends_with('内') && told.moment.by;
    length && text.any_before(told.span.start, AFTER)
}

/// A story: 「晚上陪沈总吃饭，半斤白的下去」, 「周末接到谢工电话」, 「平安夜，周厂长给我发了条语音」.
fn is_story(thoughts: &Thoughts<'_, '_>, told: &Told, today: bool) -> bool {
    const MEANT: &str = "要 准备 打算 约 会来 会去 会给 会发 会再 会把 会安排 会派 再 得 记得 计划 争取 前 内 想 去给 提醒 安排 定 尽快 答应 才能";
    const MET_WITH: &str = "接到 收到 碰到 遇到 碰见 遇见 没见 见着 听说 来了 去了 来的 去的 回来 吃的 喝的 聊的 坐的 到家 还在 刚在 两家 三家 四家 几家 刚过完 带我 瞅了 忙完 被骂 骂醒 跑到 跑完 复盘 喝到 砸了 歇脚";
    const WENT_ON: &str = "了 过 没 笑 着 说 问 讲 觉得 夸 嫌 又 差 下去 对不上";
    let (text, moment) = (thoughts.text, &told.moment);
    let clause = thoughts.near(told);
    // 「赶在五点前把发票寄给王姐了」
    let whole = text.trim(thoughts.at(told.span.start));
    let ended = text.get(whole.end.saturating_sub(1)) == Some('了')
        && text.has(clause.clone(), "寄 发 交 送 给 签 打 办 弄 写 报")
        && !text.has(clause.clone(), "要 得 会 再 快 就 该 约 定了 说好 打算 准备 答应 改");
    if ended {
        return true;
    }
    if moment.by || text.has(clause.clone(), MEANT) {
        return false;
    }
    if text.has(clause.clone(), MET_WITH) {
        return true;
    }
    let whole = thoughts.at(told.span.start);
    let next = thoughts.behind(whole.end);
    let Some(next) = next.filter(|next| next.start > whole.start) else { return false };
    let alone = text.trim(whole.clone()).len() <= told.span.len() + 5;
    let planned = text.has(next.clone(), "要 准备 打算 约 会 再 得 记得 计划 前 去 我给 我发");
    // 「今天去金利达，门口那条狗又追我」
    let of_today = today
        && moment.all_day()
        && !moment.said.starts_with("今天下")
        && !text.has(thoughts.near(told), "交 寄 发 打款 给");
    let behind = thoughts.behind(next.end);
    let went_on = text.has(next, WENT_ON) || behind.is_some_and(|next| text.has(next, WENT_ON));
    (of_today || alone) && !planned && went_on
}

/// 「今年签了三台了」「这周跑了两趟」.
fn is_current(thoughts: &Thoughts<'_, '_>, told: &Told) -> bool {
    let text = thoughts.text;
    let near = thoughts.near(told);
    CURRENT.iter().any(|word| told.moment.said.starts_with(word))
        && !told.moment.by
        && text.has(near.clone(), DONE)
        && !text.has(near, "要 准备 打算 约 会 再 得 记得 计划 争取 完成")
}

/// A text's thoughts, found once.
struct Thoughts<'t, 'a> {
    text: &'t Text<'a>,
    all: Vec<Range<usize>>,
}

impl Thoughts<'_, '_> {
    /// The one that `at` stands in, or the next.
    fn at(&self, at: usize) -> Range<usize> {
        let place = self.all.partition_point(|thought| thought.end <= at);
        self.all.get(place).cloned().unwrap_or(at..at)
    }

    /// The one around a time, as far as it is near.
    fn near(&self, told: &Told) -> Range<usize> {
        let thought = self.at(told.span.start);
        thought.start.max(told.span.start.saturating_sub(NEAR))..thought.end.min(told.span.end + NEAR)
    }

    /// The one behind the mark at `end`, in the same sentence, as far as it is near.
    fn behind(&self, end: usize) -> Option<Range<usize>> {
        let next = matches!(self.text.get(end), Some(',' | ' ')).then(|| self.at(end + 1))?;
        Some(next.start..next.end.min(next.start + GOES_ON))
    }
}

#[cfg(test)]
mod tests {
    use crate::calendar::Calendar;
    use crate::language::{Awaited, Context, Directory, Understanding, understand};

    /// The next step that a note of a Wednesday evening tells.
    fn next(text: &str) -> Option<String> {
        let (calendar, names) = (Calendar::default(), Directory::default());
        let now = "2026-12-02T10:30:00Z".parse().unwrap();
        let ctx = Context { now, calendar: &calendar, names: &names, awaiting: Awaited::Note };
        let Understanding::Note(note) = understand(text, &ctx) else { panic!("{text} is no note") };
        note.next_step
    }

    #[test]
    fn what_is_over_or_only_so_is_no_next_step() {
        for text in [
            "今年签了三台了",
            "这周跑了他们那儿两趟",
            "上半年就坏过两次",
            "刘经理说周末加班，人不在办公室",
            "谢工下周休婚假",
            "赵总说明年预算还没定",
            "沈总的儿子明天高考",
            "对方周一到周五都上班",
            "许店长说春节前后最忙",
            "陈姐说年底了都在盘点",
            "吴总说下周验厂的事黄了",
            "晚上陪沈总吃的饭，半斤白的下去",
            "周末接到谢工电话，他孩子发烧",
            "赶在五点前把发票寄给王姐了",
            "今天去了两家，门口那条狗又追我",
            "首款签完三天内付",
        ] {
            assert_eq!(next(text), None, "{text}");
        }
        for text in [
            "谢工下周休婚假回来再谈",
            "这周要跑两趟",
            "明年一月签合同",
            "陈姐年底盘点完给答复",
            "晚上陪沈总吃饭",
        ] {
            assert!(next(text).is_some(), "{text}");
        }
    }
}
