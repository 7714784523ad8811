//! Whether a clause tells of the past or plans.

use std::ops::Range;

use super::super::text::Text;

/// What a clause says of its time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tense {
    /// Something has happened.
    pub(super) told: bool,
    /// Something is to happen.
    pub(super) planned: bool,
    /// Someone said something.
    pub(super) reported: bool,
    /// People eat or drink: an hour is the evening's.
    pub(super) evening: bool,
}

impl Tense {
    pub(super) fn of(text: &Text<'_>, clause: Range<usize>) -> Self {
        const PLANS: &str = "\
            约 定在 定了 定好 准备 打算 计划 要 会议 再 去 过来 来看 来厂 来公司 见面 看厂 拜访 \
            上门 开会 演示 前 交 安排 预计 提醒 下午 晚上 出差 答应 回访 联系 应该";
        const DONE: &str = "已经 已 刚刚 刚";
        const DONE_BY: &str = "\
            寄的 发的 签的 付的 开的 见的 谈的 聊的 报的 打的 到的 交的 装的 买的 送的 约的 去的 来的";
        const COMING: &str = "快要 就要 要 将 快 该";
        const MOVED: &str = "取消 改到 改期 改在 推迟 延期 延到 提前到 挪到 换到";
        let range = clause.clone();
        // 「约到了周四」「周四的拜访取消了」 speak of what is to come.
        let agreed = text.has(range.clone(), "定在 定了 定好 定到 定的") || is_agreed(text, range.clone());
        let open = agreed || text.has(range.clone(), MOVED);
        let done = text.has(range.clone(), DONE)
            || text.has(range.clone(), DONE_BY) && !text.has(range.clone(), "要 会 能");
        let coming = text.has(range.clone(), COMING) && !text.has(range.clone(), "已 刚");
        let completed = range.clone().any(|at| {
            let done = text.get(at) == Some('了')
                && !text.before(at).is_some_and(|c| "约定订好除为说太算应罢极要末受不得".contains(c))
                && text.get(at + 1) != Some('年');
            let ends = text.get(at + 1).is_none_or(|c| !c.is_alphanumeric());
            done && !(ends && coming)
        });
        let lived = range.clone().any(|at| is_lived(text, at));
        Self {
            told: !open && (completed || done || lived),
            planned: text.has(range.clone(), PLANS),
            reported: text.has(range.clone(), "说 问 反馈 表示 提到"),
            evening: text.has(range, "吃饭 饭局 晚饭 晚餐 喝酒 喝两杯 聚餐 应酬 宵夜"),
        }
    }
}

/// 约 that agrees on something: not 签约, 大约.
fn is_agreed(text: &Text<'_>, clause: Range<usize>) -> bool {
    clause.into_iter().any(|at| {
        text.get(at) == Some('约')
            && !text.before(at).is_some_and(|c| "签合大节契续违公履毁预".contains(c))
            && text.get(at + 1) != Some('束')
    })
}

/// 见过, 来过: 过 behind a verb, not 通过, 超过, 过两天, 过来.
fn is_lived(text: &Text<'_>, at: usize) -> bool {
    const OTHER_BEFORE: &str = "通经超不再难路错度越胜只说透";
    const OTHER_BEHIND: &str = "来去程期年完几两三四五半渡多度滤户于";
    text.get(at) == Some('过')
        && text.before(at).is_some_and(|c| c.is_alphabetic() && !OTHER_BEFORE.contains(c))
        && !text.get(at + 1).is_some_and(|c| OTHER_BEHIND.contains(c) || c.is_ascii_digit())
}
