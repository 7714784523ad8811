//! What was said around a figure: 大概, 至少, 不超过.

use std::ops::Range;

use super::super::text::Text;

/// How a figure was qualified.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Qualifier {
    /// 大概, 左右, 将近
    About,
    /// 至少, 以上, 50多万
    AtLeast,
    /// 最多, 以内, 不到
    AtMost,
}

impl Qualifier {
    /// Its name outside.
    pub fn key(self) -> &'static str {
        match self {
            Self::About => "about",
            Self::AtLeast => "at_least",
            Self::AtMost => "at_most",
        }
    }
}

/// What stands before or behind the figure in `span`; what is said before wins.
pub(super) fn around(text: &Text<'_>, span: &Range<usize>) -> Option<Qualifier> {
    const BEFORE: [(Qualifier, &str); 3] = [
        (
            Qualifier::AtMost,
            "不超过 不超 不高于 不大于 最多 顶多 至多 不到 少于 低于 小于 最高 上限 封顶 不能超过",
        ),
        (
            Qualifier::AtLeast,
            "至少 不低于 不少于 不小于 最少 最低 起码 少说 超过 高于 大于 多于 底线 不能低于",
        ),
        (Qualifier::About, "大概 大约 差不多 将近 接近 估计 大致 约摸 约莫 约"),
    ];
    const BEHIND: [(Qualifier, &str); 3] = [
        (Qualifier::About, "左右 上下 的样子 出头"),
        (Qualifier::AtMost, "以内 之内 以下 封顶 顶天 内"),
        (Qualifier::AtLeast, "以上 往上 起步 打底 起"),
    ];
    const LINKS: &str = "也得 要 得 给 在 是 有 能 就 收 到 也 打 值 : 了 只";
    let mut at = span.start;
    for _ in 0..2 {
        while at.checked_sub(1).and_then(|at| text.get(at)) == Some(' ') {
            at -= 1;
        }
        // 不少于 is no 少于: the longest word.
        let words = BEFORE.iter().flat_map(|(qualifier, words)| {
            words.split_ascii_whitespace().map(move |word| (word.chars().count(), *qualifier, word))
        });
        let found = words.filter(|(_, _, word)| text.any_before(at, word)).max_by_key(|(length, ..)| *length);
        if let Some((_, qualifier, _)) = found {
            // 签约50万, 预约
            let other = text.any_before(at, "签约 合约 预约 节约 续约 履约 违约");
            return (!other).then_some(qualifier);
        }
        let link = LINKS.split_ascii_whitespace().find(|link| text.any_before(at, link));
        let Some(link) = link else { break };
        at -= link.chars().count();
    }
    let end = text.skip_blanks(span.end);
    let other = text.get(end) == Some('内') && text.get(end + 1).is_some_and(|c| "部容存".contains(c))
        || text.get(end) == Some('起') && text.get(end + 1).is_some_and(|c| c.is_alphabetic() && c != '订');
    BEHIND.iter().find(|(_, words)| !other && text.any(end, words).is_some()).map(|(qualifier, _)| *qualifier)
}
