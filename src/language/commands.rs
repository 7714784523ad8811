//! Commands: few and forgiving. A command is the whole message; a sentence that only begins like one is a note.

use chrono::{DateTime, NaiveDate, Utc};

use super::command_words::{digit, of_scripts, send_script, word};
use super::text::{Text, is_blank_or_mark};
use super::{Assignment, CardStep, Context, Edit, Understanding, offers, phrases};
use crate::sales::{CustomerId, MemberId, Outcome};

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
        /// About whom; nobody when none was named.
        customers: Vec<CustomerId>,
        /// What of; empty when nothing was said.
        what: String,
        /// When; `None` for 明天提醒, which is 09:00 of the next working day.
        at: Option<DateTime<Utc>>,
    },
    /// 移交, perhaps with the customer and the colleague.
    HandOver {
        /// Whose deal.
        customers: Vec<CustomerId>,
        /// To whom; several when the name is shared.
        to: Vec<MemberId>,
        /// What stands for a customer whom nobody knows; empty when nothing does.
        said: String,
        /// What stands behind 给 for a colleague whom nobody knows; empty when nothing does.
        stranger: String,
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
    // 「新客户，恒拓机电，孔总约我下周三看厂」 tells what has happened.
    const TELLS: [&str; 12] =
        ["约", "说", "想", "看厂", "来访", "聊", "见", "介绍", "加了", "打电话", "下周", "预算"];
    let told = raw.starts_with("新客户") && TELLS.iter().any(|word| rest.contains(word));
    (marked && !told).then(|| rest.trim_matches(|c: char| is_blank_or_mark(c) || c.is_control()))
}
