//! A company that nobody has entered yet, said to be new: 「新客户海川阀门，联系人吴总」.

use std::ops::Range;

use super::text::Text;

/// The name of a company that `text` introduces. Known customers are masked in it.
pub(super) fn newcomer(text: &Text<'_>) -> Option<Range<usize>> {
    const NEW: &str = "新客户 新线索 新公司 新厂家 新厂 新商机 新开发 新接触 新认识 新加了 新跑出来 潜在客户 新增客户 新谈 新来的客户 陌拜 头一回接触 第一次接触 头回接触 初次接触";
    let mark = text.find(text.whole(), NEW)?;
    let said = behind(text, mark.end).or_else(|| by_form(text, mark.end..text.len()));
    said.or_else(|| by_form(text, 0..mark.start))
        .filter(|name| !text.chars(name.clone()).contains(&Text::MASK))
}

/// A name has so many characters.
const LENGTHS: std::ops::RangeInclusive<usize> = 2..=20;

/// The words right behind 「新客户」, up to a mark or a word that no name goes on with.
fn behind(text: &Text<'_>, from: usize) -> Option<Range<usize>> {
    const LINKS: &str = "一家叫 一家 一个叫 一个 叫做 叫 是 了 有家 有个 的 名字叫 公司叫";
    const STOPS: &str = "约 想 要 打 来 昨 今 明 联系 做 在 有 说 问 已 刚 下周 上周 周 老板 采购 先 对接 位于 规模 是 了 的 ( 主营 主要 找 通过 被 聊 介绍 预算 需要";
    let mut start = from;
    loop {
        let next = text.any(start, LINKS).unwrap_or_else(|| {
            let mark = text.get(start).is_some_and(|c| matches!(c, ' ' | ',' | '!' | ':' | '"' | '“' | '「'));
            start + usize::from(mark)
        });
        if next == start {
            break;
        }
        start = next;
    }
    let letter = |at: &usize| text.get(*at).is_some_and(|c| c.is_alphanumeric());
    let stops = |at: &usize| *at > start && text.any(*at, STOPS).is_some();
    let end = (start..text.len()).find(|at| !letter(at) || stops(at)).unwrap_or(text.len());
    let name = start..end;
    let known_word = text.any(start, "约 想 要 来 联系 拜访 今天 昨天 明天 上午 下午").is_some();
    (LENGTHS.contains(&name.len()) && !known_word).then_some(name)
}

/// A run of letters that ends like a company.
fn by_form(text: &Text<'_>, range: Range<usize>) -> Option<Range<usize>> {
    const FORMS: &str = "有限公司 股份公司 公司 集团 机械 食品 科技 实业 铸造 模具 电子 阀门 五金 农业 包装 制造 汽配 塑业 药业 调味品厂 厂";
    const STOPS: &str = "了去到叫是家个在跟和给约的新";
    let form = text.find(range.clone(), FORMS)?;
    let starts = |at: &usize| text.get(*at).is_none_or(|c| !c.is_alphanumeric() || STOPS.contains(c));
    let start = (range.start..form.start).rev().find(starts).map_or(range.start, |stop| stop + 1);
    let name = start..text.any(form.start, FORMS).unwrap_or(form.end);
    (LENGTHS.contains(&name.len()) && form.start > start).then_some(name)
}
