//! Words that make a bound of a time: 周五前, 国庆后, 本周内, 最晚周五, 从周一起.

use super::super::text::Text;

/// What stands behind a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Suffix {
    /// 前, 之前, 以前
    Before,
    /// 后, 之后, 以后
    After,
    /// 起, 开始
    From,
    /// 内, 之内, 截止
    Within,
}

/// The bound behind `at`, and where it ends.
pub(super) fn suffix(text: &Text<'_>, at: usize) -> Option<(Suffix, usize)> {
    const SUFFIXES: &[(&str, Suffix)] = &[
        ("之前", Suffix::Before),
        ("以前", Suffix::Before),
        ("前", Suffix::Before),
        ("之后", Suffix::After),
        ("以后", Suffix::After),
        ("过后", Suffix::After),
        ("后", Suffix::After),
        ("之内", Suffix::Within),
        ("以内", Suffix::Within),
        ("内", Suffix::Within),
        ("截止", Suffix::Within),
        ("截至", Suffix::Within),
        ("为止", Suffix::Within),
        ("开始", Suffix::From),
        ("起", Suffix::From),
    ];
    let (suffix, end) = text.one_of(text.skip_blanks(at), SUFFIXES)?;
    let single = end - text.skip_blanks(at) == 1;
    // 前台, 后面, 内部, 起草: other words.
    let others = match suffix {
        Suffix::Before => "台天面线期景往提段容部后瞻沿卫列",
        Suffix::After => "面台期天勤半者果缀端备厨",
        Suffix::Within => "部容存贸饰销行",
        Suffix::From => "草诉码步重航飞床运价初因源来",
    };
    let other = single && text.get(end).is_some_and(|c| others.contains(c));
    (!other).then_some((suffix, end))
}

/// 最晚, 截止到: what makes a deadline of the time behind it, and where that begins.
pub(super) fn deadline_before(text: &Text<'_>, at: usize) -> Option<usize> {
    const WORDS: &str = "最晚 最迟 不晚于 不迟于 截止时间 截止日期 截止 截至";
    let end = text.any(at, WORDS)?;
    let end = text.any(text.skip_blanks(end), "到 在 是 于 : 为").unwrap_or(end);
    Some(text.skip_blanks(end))
}

/// 到, 至, -: what joins the two ends of a range, and where the second begins.
pub(super) fn to(text: &Text<'_>, at: usize) -> Option<usize> {
    let end = text.any(text.skip_blanks(at), "一直到 到 至 -- - ~ —— — – ～")?;
    Some(text.skip_blanks(end))
}

/// Where the next word begins behind hesitation and 大概: 「明天呃下午」「周三大概三点」.
pub(super) fn behind_filler(text: &Text<'_>, at: usize) -> usize {
    const FILLERS: &str = "那个 就是 大概 大约 差不多 应该是 应该 可能 估计 呃 嗯 额 啊 唔 哦 的 在 约";
    let mut at = text.skip_blanks(at);
    while let Some(end) = text.any(at, FILLERS) {
        at = text.skip_blanks(end);
    }
    at
}

/// Where the next word begins behind hesitation with its commas; `None` when nobody hesitates.
pub(super) fn behind_hesitation(text: &Text<'_>, at: usize) -> Option<usize> {
    const HESITATIONS: &str = "那个 就是 呃 嗯 额 啊 唔 哦";
    let mut hesitated = false;
    let mut at = at;
    loop {
        if let Some(end) = text.any(at, HESITATIONS) {
            (at, hesitated) = (end, true);
        } else if matches!(text.get(at), Some(' ' | ',' | '、' | '…' | '.')) {
            at += 1;
        } else {
            return hesitated.then_some(at);
        }
    }
}
