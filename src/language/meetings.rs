//! What a note says of a meeting, and which of its moments it agrees on.

use std::ops::Range;

use super::contacts::contact;
use super::moments::Told;
use super::notes::Meeting;
use super::text::Text;

/// 拜访, 看厂 and the like: people meet.
const MEETING_WORDS: &str = "\
    拜访 看厂 见面 面谈 碰面 碰头 开会 会议 开个会 电话会 视频会 线上会 腾讯会议 交流会 评审会 \
    对接会 演示 到访 来访 考察 参观 验厂 审厂 试机 看样机 看样品 看设备 看现场 看产线 看车间 \
    勘察 上门 登门 过来看 来厂 来公司 来我们 去他们 去他厂 去现场 到现场 吃饭 请客 饭局 喝茶 \
    品鉴 试吃 培训 面聊 当面 回访 来我办公室 来我这 来办公室 到他们 到对方 去客户 到客户 陪 来签 来谈 来试 带人来 再开一次会 开一次会 电话里一起 钓鱼 打球 唱歌 爬山 吃个饭 吃顿饭 喝咖啡 去他 去她 过去瞅 过去一趟 \
    看原料 看仓库 过去当面 签约会 碰个头 碰一下 碰头";
/// What turns 约 into another word: 签约, 大约, 约束.
const BEFORE_OTHER_YUE: &str = "签合大节契续违公解履条特制毁";
const AFTER_OTHER_YUE: &str = "束莫等合定";

/// The moment that a note agrees on, and what it says of a meeting then. Customers' names are masked in `text`.
pub(super) fn agreed<'a>(text: &Text<'_>, told: &'a [Told]) -> (Option<&'a Told>, Meeting) {
    const OFF: &str = "取消 不来了 不见了 见不成 没见成 没去成 泡汤 吹了 黄了 作罢 来不了 去不了";
    let whole = text.whole();
    let plan = plan(text, told);
    let about = text.has(whole.clone(), MEETING_WORDS) || agrees(text, whole.clone());
    if let Some(to) = moved(text, told).filter(|to| about || to.is_some()) {
        return (to, Meeting::Moved);
    }
    if text.has(whole, OFF) && (about || plan.is_some()) {
        return (plan, Meeting::Cancelled);
    }
    // 「元旦以后再谈」 fixes nothing; 「国庆后看厂」 does.
    let put_off = |plan: &Told| plan.moment.since && text.has(clause_of(text, plan.span.start), "再 以后");
    let dated = |plan: &Told| !plan.moment.by && !put_off(plan);
    let meets = plan.is_some_and(|plan| dated(plan) && is_meeting(text, told, plan));
    (plan, if meets { Meeting::Planned } else { Meeting::No })
}

/// The first moment to come whose clause speaks of a meeting, else whose neighbour does, else the first to come.
fn plan<'a>(text: &Text<'_>, told: &'a [Told]) -> Option<&'a Told> {
    let ahead = || told.iter().filter(|told| !told.past);
    let meets = |range: Range<usize>| text.has(range.clone(), MEETING_WORDS) || agrees(text, range);
    let dated = || ahead().filter(|told| !told.moment.by);
    let mut there = Once::new(|clause: Range<usize>| meets(clause.clone()) || goes_there(text, clause));
    let mut near = Once::new(meets);
    dated()
        .find(|plan| there.ask(clause_of(text, plan.span.start)))
        .or_else(|| dated().find(|plan| near.ask(around(text, told, plan))))
        .or_else(|| ahead().next())
}

/// Asks the same of neighbours in one clause once, so that a long clause full of times stays cheap.
struct Once<F> {
    asks: F,
    last: Option<(Range<usize>, bool)>,
}

impl<F: Fn(Range<usize>) -> bool> Once<F> {
    fn new(asks: F) -> Self {
        Self { asks, last: None }
    }

    fn ask(&mut self, range: Range<usize>) -> bool {
        match &self.last {
            Some((last, answer)) if *last == range => *answer,
            _ => {
                let answer = (self.asks)(range.clone());
                self.last = Some((range, answer));
                answer
            }
        }
    }
}

/// 约了, 约周四, 定在: people have agreed on something.
pub(super) fn agrees(text: &Text<'_>, range: Range<usize>) -> bool {
    let other_word = |at: usize| {
        text.before(at).is_some_and(|c| BEFORE_OTHER_YUE.contains(c))
            || text.get(at + 1).is_some_and(|c| AFTER_OTHER_YUE.contains(c))
    };
    text.has(range.clone(), "定在")
        || range.into_iter().any(|at| text.get(at) == Some('约') && !other_word(at))
}

/// Whether something was moved, and where to.
fn moved<'a>(text: &Text<'_>, told: &'a [Told]) -> Option<Option<&'a Told>> {
    const MOVED: &str = "改到 改期 改在 推迟 推到 提前到 挪到 延到 延期 改约 换到";
    const CHANGED: &str = "改成 改为 换成";
    let next = |from: usize| told.iter().find(|told| !told.past && told.span.start >= from);
    if let Some(word) = text.find(text.whole(), MOVED) {
        return Some(next(word.end));
    }
    // 改成美元 moves nothing: the moment must follow at once.
    let word = text.find(text.whole(), CHANGED)?;
    next(word.end).filter(|told| told.span.start <= word.end + 1).map(Some)
}

fn is_meeting(text: &Text<'_>, told: &[Told], plan: &Told) -> bool {
    const UNDONE: &str = "没约上 没约到 没约成 约不上 还没约 再约 待约";
    let around = around(text, told, plan);
    let before = clause_before(text, told, clause_of(text, plan.span.start).start);
    let there = clause_of(text, plan.span.start);
    let meets = text.has(around.clone(), MEETING_WORDS) || goes_there(text, there);
    let agreed = agrees(text, around.clone()) || agrees(text, before);
    (meets || agreed) && !text.has(around, UNDONE)
}

/// The clause that `plan` stands in, with the one behind it in the same sentence if that has no moment of its own.
pub(super) fn around(text: &Text<'_>, told: &[Told], plan: &Told) -> Range<usize> {
    let clause = clause_of(text, plan.span.start);
    let next = (text.get(clause.end) == Some(',')).then(|| clause_of(text, clause.end + 1));
    let end = next.filter(|next| !has_moment(told, next)).map_or(clause.end, |next| next.end);
    clause.start..end.max(plan.span.end)
}

pub(super) fn clause_of(text: &Text<'_>, at: usize) -> Range<usize> {
    text.clause_at(at)
}

/// The clause before the one that begins at `start`, if it leads up to it: 「约到了！下周五上午」.
pub(super) fn clause_before(text: &Text<'_>, told: &[Told], start: usize) -> Range<usize> {
    let leads = text.before(start).is_some_and(|c| matches!(c, ',' | '!'));
    let before = text.clauses().into_iter().rev().find(|clause| clause.end < start);
    before.filter(|before| leads && !has_moment(told, before)).unwrap_or(start..start)
}

fn has_moment(told: &[Told], clause: &Range<usize>) -> bool {
    told.iter().any(|told| !told.past && clause.contains(&told.span.start))
}

/// 「周三去宏远」「下周二张总过来」: someone goes somewhere at that time. The customer's name is masked by then.
fn goes_there(text: &Text<'_>, clause: Range<usize>) -> bool {
    // 「下周发订单过来」: a thing comes.
    let sent = text.has(clause.clone(), "发 寄 传过来 送过来 打过来 打电话过来");
    let comes = text.has(clause.clone(), "过来 见张 见李 见王") && !sent;
    let goes = clause.clone().any(|at| {
        // 「货周五到鑫源」
        let goods = text.get(at) == Some('到') && text.has(clause.start..at, "货 件 快递 样 发");
        let verb = matches!(text.get(at), Some('去' | '到' | '见' | '来')) && !goods;
        verb && text.get(at + 1).is_some_and(|c| {
            c == Text::MASK || contact(text, at + 1..clause.end).is_some_and(|who| who.start == at + 1)
        })
    });
    comes || goes
}
