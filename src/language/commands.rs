//! Commands: few and forgiving. A command is the whole message; a sentence that only begins like one is a note.

use chrono::{DateTime, NaiveDate, Utc};

use super::numbers::small;
use super::text::{Text, is_blank_or_mark};
use super::{Assignment, CardStep, Context, Edit, Understanding, offers, phrases};
use crate::sales::{CustomerId, LossReason, MemberId, Outcome};

/// What a person told the bot to do. `customers` holds each customer that the words fit: none when no one was named,
/// several when the name is shared. `said` holds the words where no name fits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Command {
    /// 帮助
    Help,
    /// 今日
    Today,
    /// 我答应过什么
    Promises,
    /// 商机 [客户], or the bare name of a customer.
    Deals {
        /// Whose deals; all of the member's own when empty and nothing was `said`.
        customers: Vec<CustomerId>,
        /// What followed 商机.
        said: String,
    },
    /// 王磊, 「小王最近怎么样」: what a colleague has in hand.
    DealsOf {
        /// Whose; several when the name is shared.
        members: Vec<MemberId>,
    },
    /// 战报, 谁卡住了: how the member's teams stand now.
    Teams,
    /// 找 …
    Find {
        /// What to look for.
        ask: String,
    },
    /// 话术 …, or an objection told without a customer's name: 「客户嫌我们比别家贵」.
    Script {
        /// What the customer said; empty for all scripts.
        ask: String,
        /// Named beside it.
        customers: Vec<CustomerId>,
    },
    /// 测算, ROI, 投资回报: what a deal brings back; behind it perhaps figures, 「人工 8000 夜班 2」.
    Estimate {
        /// Whose deal.
        customers: Vec<CustomerId>,
        /// What stands beside the name.
        said: String,
    },
    /// 投稿话术 价格：……: words for everybody's script library.
    OfferScript {
        /// What they answer; empty when it was not said.
        ask: String,
        /// The words; empty when only the wish was said.
        words: String,
    },
    /// 发, 发话术, 发2: the words for the customer alone.
    SendScript {
        /// Which of those shown.
        number: Option<u8>,
    },
    /// 有用, 没用2, 换一组: about the scripts shown last.
    OfScripts(ScriptWord),
    /// A bare digit: the newest open card or list in the chat.
    Digit(u8),
    /// 撤销
    Undo,
    /// 改一下
    Fix,
    /// 「不是宏远是永兴」: the last note belongs elsewhere.
    MoveNote {
        /// Where to; empty when no customer is called so.
        to: Vec<CustomerId>,
        /// The name as written.
        said: String,
    },
    /// 「2 不对，是瑞丰」: one of several notes belongs elsewhere.
    Correct {
        /// Which.
        number: u8,
        /// Where to; empty when nobody was named.
        to: Vec<CustomerId>,
        /// The name as written.
        said: String,
    },
    /// 「不是周二是周三」: the last note, or one of several, says something wrong. What it does not say of the last note
    /// is a note of its own.
    Amend {
        /// Which of several.
        number: Option<u8>,
        /// What to put right.
        edit: Edit,
    },
    /// 新建客户, perhaps with what is known of it.
    NewCustomer {
        /// What followed the word.
        said: String,
    },
    /// 记一笔, perhaps with the customer.
    Jot {
        /// On whom.
        customers: Vec<CustomerId>,
    },
    /// 明天提醒, 周五提醒我
    Remind {
        /// When; `None` for 明天提醒, which is 09:00 of the next working day.
        at: Option<DateTime<Utc>>,
    },
    /// 移交, perhaps with the customer and the colleague.
    HandOver {
        /// Whose deal.
        customers: Vec<CustomerId>,
        /// To whom; several when the name is shared.
        to: Vec<MemberId>,
        /// What stands for a name that nobody has; empty when nothing does.
        said: String,
    },
    /// 「小王离职 给小李」: everything that a colleague has goes to another.
    HandOverAll {
        /// Whose; several when the name is shared.
        of: Vec<MemberId>,
        /// To whom; nobody when it was not said.
        to: Vec<MemberId>,
    },
    /// 「客户回来后再提醒」: on a day that nobody has said.
    RemindWhen {
        /// Whose deal.
        customers: Vec<CustomerId>,
        /// What is to come about first: 客户回来.
        said: String,
    },
    /// 关闭商机, 赢单, 丢单 价格, 搁置, perhaps with the customer.
    Close {
        /// Whose deal.
        customers: Vec<CustomerId>,
        /// How, if said.
        outcome: Option<Outcome>,
    },
    /// 重开, perhaps with the customer.
    Reopen {
        /// Whose deal.
        customers: Vec<CustomerId>,
    },
    /// 我的
    Mine,
    /// 进度
    Progress,
    /// 为什么
    Why,
    /// 免打扰
    Mute {
        /// Until when, if said.
        until: Option<DateTime<Utc>>,
    },
    /// 全部
    All,
    /// 隐私
    Privacy,
    /// 谁能看
    WhoSees,
    /// 日报, 周报
    Report(Report),
    /// 「@小王 周五前 给鑫源食品发报价单：1 有图 2 写明交期」
    Assign(Box<Assignment>),
    /// 派任务, 派2
    BeginTask {
        /// Which of those shown.
        number: Option<u8>,
    },
    /// 开始, 提交, 有困难, 通过, 退回
    Step(CardStep),
    /// 任务
    Tasks,
    /// 请假 …
    Leave {
        /// The first day, if said.
        from: Option<NaiveDate>,
        /// The last day, if said.
        to: Option<NaiveDate>,
    },
}

/// What is said about the scripts shown last.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScriptWord {
    /// 有用, 没用, 有用2
    Judged {
        /// Whether it was of use.
        useful: bool,
        /// Which of those shown; the ones that were taken when none is said.
        number: Option<u8>,
    },
    /// 换一组
    Others,
}

/// The two reports that write themselves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Report {
    /// 日报
    Daily,
    /// 周报
    Weekly,
}

/// The command that `raw` is as a whole, if it is one.
pub(super) fn read(raw: &str, ctx: &Context<'_>) -> Option<Understanding> {
    let text = Text::new(raw);
    let bare: String = text
        .chars(text.whole())
        .iter()
        .filter(|c| !is_blank_or_mark(**c) && !"哈呀吧啊呢哦嘛".contains(**c))
        .collect();
    if bare.is_empty() {
        return raw.contains(['?', '？']).then_some(Understanding::Command(Command::Help));
    }
    if let Some(said) = new_customer(raw) {
        return Some(Understanding::Command(Command::NewCustomer { said: said.to_owned() }));
    }
    if let Some(offer) = offers::read(raw) {
        return Some(Understanding::Command(offer));
    }
    // Long texts are told, not commanded.
    const LONGEST: usize = 40;
    if text.len() > LONGEST {
        return None;
    }
    word(&bare)
        .or_else(|| digit(&text).map(Command::Digit))
        .or_else(|| send_script(&bare))
        .or_else(|| of_scripts(&bare).map(Command::OfScripts))
        .or_else(|| phrases::read(raw, &text, ctx))
        .map(Understanding::Command)
}

/// 「新建客户 宁波华盛机械有限公司，赵总，…」: the word, and what is known behind it. Without a mark between, a
/// sentence only begins like one: 「新客户约了周四」.
fn new_customer(raw: &str) -> Option<&str> {
    const WORDS: [&str; 10] = [
        "新建客户",
        "新增客户",
        "添加客户",
        "录入客户",
        "创建客户",
        "建个客户",
        "建客户",
        "加客户",
        "录客户",
        "新客户",
    ];
    let raw = raw.trim();
    let rest = WORDS.iter().find_map(|word| raw.strip_prefix(word))?;
    let marked = rest.chars().next().is_none_or(is_blank_or_mark);
    marked.then(|| rest.trim_matches(|c: char| is_blank_or_mark(c) || c.is_control()))
}

fn word(bare: &str) -> Option<Command> {
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
            Command::Remind { at: None }
        }
        "移交" | "转交" | "移交商机" => {
            Command::HandOver { customers: Vec::new(), to: Vec::new(), said: String::new() }
        }
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
fn send_script(bare: &str) -> Option<Command> {
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
fn of_scripts(bare: &str) -> Option<ScriptWord> {
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
