//! Notes that say nothing: 「客户很感兴趣，持续跟进中」. What is left after names and such phrases are taken out decides.

use std::ops::Range;

use super::text::{Text, is_blank_or_mark};

/// Phrases without a fact, longest first where one begins another.
const PHRASES: &str = "\
    没有什么进展 没有新的进展 没有新进展 没什么进展 暂时没进展 暂无新进展 继续保持沟通 \
    继续保持联系 一切都正常 有合作意向 有合作意愿 有购买意向 有采购意向 有一定意向 合作意向 \
    采购意向 保持沟通 保持联系 持续跟进 继续跟进 正常跟进 密切跟进 持续推进 正常推进 有序推进 \
    稳步推进 跟进中 推进中 沟通中 洽谈中 谈判中 意向很强 意向强烈 意向较强 意向不错 意向强 \
    有意向 有意愿 感兴趣 有兴趣 兴趣很大 兴趣浓厚 很有兴趣 进展顺利 进展良好 一切正常 一切顺利 \
    情况良好 态度良好 态度积极 态度不错 反馈良好 反馈不错 反馈很好 反应不错 印象不错 印象很好 \
    聊得不错 聊得很好 聊得挺好 谈得不错 谈得很好 谈得挺好 沟通顺畅 沟通良好 维护关系 客情维护 \
    维护客情 关系不错 关系很好 暂无进展 没有进展 老样子 还在跟 在跟了 再看看 看情况 再说吧 \
    等消息 等通知 等回复 等待回复 等待消息 等反馈 等待反馈 问题不大 没问题 没啥问题 挺好的 \
    还不错 还可以 常规拜访";
/// Words that carry such phrases.
const SMALL_WORDS: &str = "\
    客户 对方 他们 我们 甲方 目前 现在 今天 暂时 正在 后续 后面 接下来 将会 已经 非常 比较 十分 \
    特别 整体 总体 相对 一直 仍然 依然 产品 项目 合作 跟进 沟通 推进 进展 持续 继续 保持 情况 \
    联系 对我们 方案 进行 需要 一下 不错 良好";
const SINGLE: &str =
    "很挺还在再已会将也都就较更中着了的地得对有和与跟并且等为好嗯哦啊吧呢过我他她它们这那把是";

/// Whether nothing of `range` is a fact, apart from the spans of `named`.
pub(super) fn says_nothing(text: &Text<'_>, range: Range<usize>, named: &[Range<usize>]) -> bool {
    let mut at = range.start;
    let mut phrases = 0;
    let mut left = 0;
    while at < range.end {
        if let Some(name) = named.iter().find(|name| name.contains(&at)) {
            at = name.end;
        } else if let Some(end) = text.any(at, PHRASES) {
            phrases += 1;
            at = end;
        } else if let Some(end) = text.any(at, SMALL_WORDS) {
            at = end;
        } else {
            let silent = text
                .get(at)
                .is_none_or(|c| is_blank_or_mark(c) || SINGLE.contains(c) || !c.is_alphanumeric());
            left += usize::from(!silent);
            at += 1;
        }
    }
    left == 0 || (left == 1 && phrases > 0)
}
