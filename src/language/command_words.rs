//! The words of commands: what a whole message, stripped of blanks and marks, asks for.

use super::commands::{Command, Report, ScriptWord};
use super::numbers::small;
use super::text::Text;
use crate::sales::{LossReason, Outcome};

/// A command that is one fixed word or phrase, or the end of a deal.
pub(super) fn word(bare: &str) -> Option<Command> {
    Some(match bare {
        "帮助" | "help" | "h" | "菜单" | "功能" | "怎么用" | "怎么使用" | "使用说明" | "说明"
        | "你能做什么" | "你会什么" | "帮忙" | "指令" | "命令" | "咋用" | "怎么玩" | "你是谁"
        | "你是干什么的" | "你是干嘛的" | "你是做什么的" | "你能干什么" | "你能干啥" | "你能干嘛"
        | "能干什么" | "能干啥" | "能做什么" | "你会啥" | "你都会什么" | "你有什么用" | "有什么功能"
        | "你有什么功能" => Command::Help,
        "今日"
        | "今天"
        | "today"
        | "待办"
        | "今日待办"
        | "今天待办"
        | "今天做什么"
        | "今天干什么"
        | "今天干嘛"
        | "今天有什么事"
        | "今日安排"
        | "今天安排"
        | "今天有什么安排"
        | "今天有哪些会"
        | "今天有什么会" => Command::Today,
        "商机" | "我的商机" | "我的客户" | "客户" | "客户列表" | "deals" => {
            Command::Deals { customers: Vec::new(), said: String::new() }
        }
        "战报"
        | "今日战报"
        | "今天战报"
        | "团队战报"
        | "看战报"
        | "谁卡住了"
        | "卡住的"
        | "哪些卡住了"
        | "有哪些卡住了"
        | "哪些商机卡住了"
        | "卡住的商机"
        | "谁没动静"
        | "谁没跟进"
        | "团队情况"
        | "团队" => Command::Teams,
        "我答应过什么"
        | "我答应了什么"
        | "我都答应过什么"
        | "答应过什么"
        | "他们答应过什么"
        | "客户答应过什么"
        | "承诺"
        | "承诺清单"
        | "我的承诺"
        | "说好的事"
        | "说好的"
        | "欠客户什么"
        | "我欠客户什么" => Command::Promises,
        "话术" | "怎么说" | "怎么开口" => {
            Command::Script { ask: String::new(), customers: Vec::new() }
        }
        "撤销" | "撤回" | "undo" | "删掉" | "删除" | "删了" | "不算" | "取消上一条" | "删掉上一条"
        | "撤销上一条" | "记错了" | "刚才那条不算" | "刚才记错了" => Command::Undo,
        "改一下" | "修改" | "改改" | "改" | "我要改" => Command::Fix,
        "记一笔" | "记" | "我要记一笔" | "写跟进" | "记跟进" => {
            Command::Jot { customers: Vec::new() }
        }
        "明天提醒" | "明天提醒我" | "明天再提醒" | "明天再说" | "提醒" | "提醒我" | "明天" => {
            Command::Remind { customers: Vec::new(), what: String::new(), at: None }
        }
        "移交" | "转交" | "移交商机" => Command::HandOver {
            customers: Vec::new(),
            to: Vec::new(),
            said: String::new(),
            stranger: String::new(),
        },
        "关闭商机" | "关闭" | "关单" | "结案" => {
            Command::Close { customers: Vec::new(), outcome: None }
        }
        "重开" | "重新打开" | "恢复商机" | "激活" => Command::Reopen { customers: Vec::new() },
        "我的" | "我" | "mine" | "我的数据" => Command::Mine,
        "进度" | "目标" | "我的进度" | "完成率" => Command::Progress,
        "为什么" | "为啥" | "why" | "依据" | "为什么提醒我" | "为什么发这个" => {
            Command::Why
        }
        "免打扰" | "别打扰" | "勿扰" | "别发了" | "别烦我" | "别提醒我" | "别提醒了" | "不要提醒"
        | "不要再提醒" | "今天别发了" | "今天别提醒" | "今天不提醒" | "退订" | "静音" | "mute" | "td" => {
            Command::Mute { until: None }
        }
        "全部" | "所有" | "查看全部" | "看全部" | "全部查看" | "更多" | "all" => {
            Command::All
        }
        "隐私" | "告知书" | "隐私政策" | "隐私说明" | "privacy" => Command::Privacy,
        "谁能看" | "谁能看到" | "谁看得到" | "谁看得见" | "谁可以看" | "谁能看见" | "权限" => {
            Command::WhoSees
        }
        "日报" | "今日日报" | "我的日报" | "写日报" | "生成日报" => {
            Command::Report(Report::Daily)
        }
        "周报" | "本周周报" | "我的周报" | "写周报" | "生成周报" => {
            Command::Report(Report::Weekly)
        }
        "请假" | "休假" | "我要请假" => Command::Leave { from: None, to: None },
        _ => {
            return outcome(bare)
                .map(|outcome| Command::Close { customers: Vec::new(), outcome: Some(outcome) });
        }
    })
}

/// 赢单, 丢单 价格, 搁置.
pub(super) fn outcome(bare: &str) -> Option<Outcome> {
    let bare = bare.strip_suffix('了').unwrap_or(bare);
    if let Some(reason) =
        ["丢单了", "丢单", "丢了", "输单", "输"].iter().find_map(|word| bare.strip_prefix(word))
    {
        return if reason.is_empty() {
            Some(Outcome::Lost(None))
        } else {
            loss_reason(reason).map(|reason| Outcome::Lost(Some(reason)))
        };
    }
    match bare {
        "赢单" | "赢" | "成交" | "签单" | "拿下" | "成单" => Some(Outcome::Won),
        "丢" => Some(Outcome::Lost(None)),
        "搁置" | "先搁置" | "暂停" | "先放放" | "先放着" | "缓缓" => Some(Outcome::Shelved),
        _ => None,
    }
}

/// A reason for a loss, by its button or in a few words.
pub(super) fn loss_reason(bare: &str) -> Option<LossReason> {
    /// Longer than this it is a story.
    const LONGEST: usize = 12;
    if bare.chars().count() > LONGEST {
        return None;
    }
    let has = |words: &str| words.split_ascii_whitespace().any(|word| bare.contains(word));
    [
        (LossReason::Budget, "预算 没钱 资金"),
        (LossReason::Price, "价格 太贵 嫌贵 贵了 报价高 价高"),
        (LossReason::Competitor, "竞品 对手 别家 同行 竞争 选了"),
        (LossReason::NoContact, "找不到人 联系不上 没人接 失联 换人了 离职"),
        (LossReason::Cancelled, "不做 取消 项目黄 停了 不要了 不买了 不上了"),
    ]
    .into_iter()
    .find(|(_, words)| has(words))
    .map(|(reason, _)| reason)
}

/// 1, １, 一, ①, 「1.」, 选1, 第一个, 回 1.
pub(super) fn digit(text: &Text<'_>) -> Option<u8> {
    let said = text.trim(text.whole());
    if let ('①'..='⑳', 1) = (text.get(said.start)?, said.len()) {
        return u8::try_from(u32::from(text.get(said.start)?) - u32::from('①') + 1).ok();
    }
    let from = text.any(said.start, "我选 选择 选 回复 回 第").unwrap_or(said.start);
    let (number, end) = small(text, text.skip_blanks(from))?;
    let end = text.any(end, "号 个 条 家").unwrap_or(end);
    // 20 covers every list; above, a number is more likely a figure.
    (end >= said.end && (1..=20).contains(&number)).then_some(u8::try_from(number).ok()?)
}

/// 发, 发话术, 发2, 发 第二条.
pub(super) fn send_script(bare: &str) -> Option<Command> {
    let rest = bare.strip_prefix("发")?;
    let rest = ["话术", "给我", "这句", "那句", "这条", "单独", "一下"]
        .iter()
        .fold(rest, |rest, word| rest.strip_prefix(word).unwrap_or(rest));
    if rest.is_empty() {
        return Some(Command::SendScript { number: None });
    }
    digit(&Text::new(rest)).map(|number| Command::SendScript { number: Some(number) })
}

/// 有用, 没用2, 第二条没用, 换一组.
pub(super) fn of_scripts(bare: &str) -> Option<ScriptWord> {
    if matches!(bare, "换一组" | "换一批" | "换一换" | "换几条" | "还有别的" | "还有吗") {
        return Some(ScriptWord::Others);
    }
    let words = [("有用", true), ("没用", false), ("没有用", false), ("不好用", false), ("好用", true)];
    words.into_iter().find_map(|(word, useful)| {
        let rest = bare.strip_prefix(word).or_else(|| bare.strip_suffix(word))?;
        let rest = rest.trim_start_matches("话术").trim_end_matches(['了', '的']);
        let number = match rest {
            "" => None,
            said => Some(digit(&Text::new(said))?),
        };
        Some(ScriptWord::Judged { useful, number })
    })
}
