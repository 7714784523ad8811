//! A sentence about a customer → what it says: whom it names, what was agreed for when, how much, whether anything.

use std::ops::Range;

use super::ahead;
use super::amounts::{Amount, amounts, worth};
use super::contacts::contact;
use super::content;
use super::decision_chain::{Role, roles};
use super::deeds::{Action, Tense, main_deed};
use super::filler::says_nothing;
use super::meetings::{agreed, around, clause_of};
use super::moments::{Moment, Told, moments};
use super::names::{Mention, Via, ids};
use super::newcomers::newcomer;
use super::obstacles::{Obstacle, obstacles};
use super::promises::{Promise, promises};
use super::text::{Text, is_blank_or_mark};
use super::{Context, READ_AT_MOST};
use crate::sales::{CustomerId, Money, Outcome, StageKey};

/// What a note says. Spans of mentions are bytes of [`Note::text`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// The words to keep, without 「记一下」 and the like before them.
    pub text: String,
    /// What is shown of it, where that is not how the words begin.
    pub gist: Option<String>,
    /// Customers named; several with one span where a name or a contact fits several. A contact of a customer who is
    /// named as well counts for that one alone.
    pub mentions: Vec<Mention<CustomerId>>,
    /// The person spoken of, as the rep calls them: 张总. Known or not.
    pub contact: Option<String>,
    /// What was agreed or planned for when; never in the past.
    pub when: Option<Moment>,
    /// When that which is told has happened, if a day was said: 昨天.
    pub happened: Option<Moment>,
    /// What the deal is worth.
    pub amount: Option<Money>,
    /// What comes next, in the rep's words.
    pub next_step: Option<String>,
    /// The stage that it says the deal has come to.
    pub stage: Option<StageKey>,
    /// It carries no information: 「客户很感兴趣，持续跟进中」.
    pub empty: bool,
    /// What it says of a meeting with the customer.
    pub meeting: Meeting,
    /// The kind of what it mainly tells: of the meeting that it makes, else of its first deed.
    pub action: Option<Action>,
    /// Where that stands in time.
    pub tense: Tense,
    /// What was promised, by them and by us.
    pub promises: Vec<Promise>,
    /// Parts in the customer's decision, by the person as called.
    pub roles: Vec<(String, Role)>,
    /// What the deal waits for.
    pub obstacles: Vec<Obstacle>,
    /// Competitors named, by key.
    pub competitors: Vec<Box<str>>,
    /// Product lines named, by key.
    pub products: Vec<Box<str>>,
    /// That the deal is won, lost or laid aside.
    pub outcome: Option<Outcome>,
    /// A company, of no known name, that it introduces as a new customer.
    pub newcomer: Option<String>,
    /// 「私下记」: for the owner's eyes alone.
    pub private: bool,
}

/// What a note says of a meeting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meeting {
    /// Nothing, or of one that is over.
    No,
    /// One is agreed for [`Note::when`].
    Planned,
    /// One was moved, to [`Note::when`] if that is known. A moved date of anything else may read so too.
    Moved,
    /// One is off; [`Note::when`] is when it would have been.
    Cancelled,
}

impl Note {
    /// The customers that this note may be about, each once, in the order of their mentions.
    pub fn customers(&self) -> Vec<CustomerId> {
        ids(&self.mentions)
    }
}

/// A note with what only this module needs to know of it.
pub(super) struct Read {
    pub(super) note: Note,
    /// It reads like progress, whoever it is about.
    pub(super) progress: bool,
}

/// A word alone, such as 报价, is looked for in scripts, not kept as a note.
const SHORTEST_PROGRESS: usize = 4;
const PROGRESS: &str = "\
    约 谈 聊 报价 合同 签 样品 打样 送样 寄样 测试 试用 试机 拜访 见了 见面 看厂 客户 对方 甲方 \
    发了 寄了 发过去 打款 付款 预算 方案 需求 法务 采购 招标 投标 中标 演示 技术 参数 回复 沟通 \
    打电话 电话 加了微信 交期 交货 配方 审厂 验厂 首批 订单 下单 复购 断货 上架 账期 折扣 降价 \
    涨价 价格 跟进 推进 进展 意向 竞品 同行 领导 老板 财务 立项 审批 走流程 盖章 对账 开票 发票 \
    尾款 定金 发货 验收 安装 调试 质保 售后 投诉 退货 赢单 丢单 搁置 介绍 推荐 出差 比价 压价 \
    采购 总监 关系 变化 情况 联系 口味 保质期 经销 铺货 试吃 进场 跑了 缺货";
const NEXT_MARKS: &str = "下一步 下步 接下来 后续要 后面要 待办 todo 回头";
const NEXT_VERBS: &str = "得找 得跟 要跟 要找 准备 打算 计划 我去跟 我去找 我去催 我去问 我再去 我给 我来 我这就 得抽空 得想 得尽快 要给 再约 需要我 得给 记得";

/// Reads `raw` as a note.
pub(super) fn read(raw: &str, ctx: &Context<'_>) -> Read {
    let (raw, asked, private) = without_opening(raw);
    let mut mentions = own_contacts_only(ctx.names.customers_in(raw));
    let text = Text::cut(raw, READ_AT_MOST);
    let named = spans(&text, &mentions, |via| via != Via::Contact);
    let ours = ours(&text, ctx, &mentions);
    let masked = text.masked(&named).filled(&ours, Text::COLLEAGUE);
    let newcomer = newcomer(&masked).map(|name| text.raw(name).to_owned());
    // 吴总 of a new company is nobody who is known.
    mentions.retain(|mention| newcomer.is_none() || mention.via != Via::Contact);
    let told = ahead::sorted_out(&masked, ctx.present(), moments(&masked, ctx.present()));
    let competitors = ctx.names.competitors_in(raw);
    let sums = ours_only(&text, &competitors, amounts(&masked));
    let (plan, meeting) = agreed(&masked, &told);
    let called = contact(&masked, masked.whole());
    // Who is named first, whether the directory knows them or not.
    let leads = |mention: &&Mention<CustomerId>| {
        let at = text.position(mention.span.start);
        called.as_ref().is_none_or(|called| at <= called.start || called.contains(&at))
    };
    let known = mentions
        .iter()
        .find(|mention| mention.via == Via::Contact)
        .filter(leads)
        .and_then(|mention| raw.get(mention.span.clone()));
    let stage = stage(&masked, &told, ctx.names.stages_in(raw));
    let progress = asked
        || !mentions.is_empty()
        || called.is_some()
        || !sums.is_empty()
        || told.iter().any(|told| masked.trim(masked.whole()).len() <= told.span.len() + 1 && !told.past)
        || (masked.trim(masked.whole()).len() >= SHORTEST_PROGRESS && masked.has(masked.whole(), PROGRESS));
    let happened = told.iter().find(|told| told.past).map(|told| told.moment.clone());
    let aside = aside(&text, &mentions, called.clone(), &told);
    let silent = says_nothing(&text, text.whole(), &aside) || content::is_silent(&text.masked(&aside));
    let meets = plan.is_some() && matches!(meeting, Meeting::Planned | Meeting::Moved);
    let (action, tense) = main_deed(&masked, &told, plan, meeting);
    let met = plan.filter(|_| meets).map(|plan| plan.span.start);
    let promises = promises(&text.masked(&spans(&text, &mentions, |_| true)).filled(&ours, '我'), &told, met);
    let promised: Vec<_> =
        promises.iter().map(|promise| (promise.place.clone(), promise.day.is_some())).collect();
    let next_step = next_step(&masked, &told, plan, meets, &promised);
    // 「说总部今年主推这个，我最晚下周三答复她」: what comes next has a day of its own.
    let own = next_step
        .clone()
        .filter(|_| meeting == Meeting::No)
        .and_then(|step| told.iter().rfind(|told| !told.past && step.contains(&told.span.start)));
    let plan = own.or(plan);
    let roles = roles(&masked).into_iter().map(|(who, role)| (text.raw(who).to_owned(), role)).collect();
    let empty = plan.is_none() && sums.is_empty() && stage.is_none() && meeting == Meeting::No && silent;
    let note = Note {
        text: raw.to_owned(),
        gist: None,
        contact: known.map(str::to_owned).or_else(|| called.map(|span| text.raw(span).to_owned())),
        when: plan.map(|told| told.moment.clone()),
        happened,
        amount: worth(&sums),
        next_step: next_step.map(|span| text.raw(span).to_owned()),
        stage,
        empty,
        meeting,
        action,
        tense,
        promises,
        roles,
        obstacles: obstacles(&masked),
        competitors: ids(&competitors),
        products: ids(&ctx.names.products_in(raw)),
        outcome: outcome(&masked),
        newcomer,
        private,
        mentions,
    };
    Read { note, progress }
}

/// Where colleagues do something, in characters: 「小王答应周五前发」 is our promise. Whom they go to is somebody else.
fn ours(text: &Text<'_>, ctx: &Context<'_>, mentions: &[Mention<CustomerId>]) -> Vec<Range<usize>> {
    const TO: &str = "找 请示 跟 和 问 给 让 请 叫 替 由 向 陪 与 见 等 对 约";
    let theirs = |span: &Range<usize>| {
        mentions.iter().any(|mention| mention.span.start < span.end && span.start < mention.span.end)
    };
    let members = ctx.names.members_in(text.raw(text.whole()));
    let mut spans: Vec<_> = members
        .iter()
        .filter(|mention| !theirs(&mention.span))
        .map(|mention| text.position(mention.span.start)..text.position(mention.span.end))
        .filter(|span| !text.any_before(span.start, TO))
        .collect();
    spans.dedup();
    spans
}

/// 「记一下：」「私下记」 before the words to keep; whether it asks for a note, and for a private one.
fn without_opening(raw: &str) -> (&str, bool, bool) {
    const OPENINGS: &[(&str, bool)] = &[
        ("私下记一下", true),
        ("私下记", true),
        ("悄悄记", true),
        ("帮我记一下", false),
        ("帮我记一笔", false),
        ("记录一下", false),
        ("记一下", false),
        ("记一笔", false),
        ("跟进记录", false),
        ("记录", false),
    ];
    let raw = raw.trim();
    for &(opening, private) in OPENINGS {
        if let Some(rest) = raw.strip_prefix(opening) {
            let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || "：:，,。、".contains(c));
            if !rest.is_empty() {
                return (rest, true, private);
            }
        }
    }
    (raw, false, false)
}

/// Where customers stand by a name that `wanted` accepts, in characters.
fn spans(
    text: &Text<'_>,
    mentions: &[Mention<CustomerId>],
    wanted: impl Fn(Via) -> bool,
) -> Vec<Range<usize>> {
    let chosen = mentions.iter().filter(|mention| wanted(mention.via));
    chosen.map(|mention| text.position(mention.span.start)..text.position(mention.span.end)).collect()
}

/// Without the sums that a competitor asks: 「华泰才报45万」.
fn ours_only(text: &Text<'_>, competitors: &[Mention<Box<str>>], sums: Vec<Amount>) -> Vec<Amount> {
    let theirs = |sum: &Amount| {
        let clause = clause_of(text, sum.span.start);
        competitors.iter().any(|named| clause.contains(&text.position(named.span.start)))
    };
    sums.into_iter().filter(|sum| !theirs(sum)).collect()
}

/// 「宏远张总」 is 宏远's 张总, whatever other customers have one.
pub(super) fn own_contacts_only(mut mentions: Vec<Mention<CustomerId>>) -> Vec<Mention<CustomerId>> {
    let named: Vec<CustomerId> =
        mentions.iter().filter(|mention| mention.via != Via::Contact).map(|mention| mention.id).collect();
    if !named.is_empty() {
        mentions.retain(|mention| mention.via != Via::Contact || named.contains(&mention.id));
    }
    // 「李工说了算，钱的事找张总」: the 张总 of where 李工 is.
    let sure = |mention: &Mention<CustomerId>| {
        !mentions.iter().any(|other| other.span == mention.span && other.id != mention.id)
    };
    let sure: Vec<CustomerId> =
        mentions.iter().filter(|mention| sure(mention)).map(|mention| mention.id).collect();
    let meant = |mention: &Mention<CustomerId>, all: &[Mention<CustomerId>]| {
        let mut sharing = all.iter().filter(|other| other.span == mention.span);
        sure.contains(&mention.id) || !sharing.any(|other| sure.contains(&other.id))
    };
    let all = mentions.clone();
    mentions.retain(|mention| meant(mention, &all));
    mentions
}

/// What follows 「下一步」, else the clause of the meeting, of what was promised, of the plan, of what is meant or awaited.
fn next_step(
    text: &Text<'_>,
    told: &[Told],
    plan: Option<&Told>,
    meets: bool,
    promised: &[(Range<usize>, bool)],
) -> Option<Range<usize>> {
    if let Some(mark) = text.find(text.whole(), NEXT_MARKS) {
        let clause = clause_of(text, mark.start);
        let said = text.trim(mark.end..clause.end);
        let rest =
            text.any(said.start, "是 要 就是").map_or(said.clone(), |start| text.trim(start..said.end));
        let promise = text.word(mark.start, "回头").is_some()
            && promised.iter().any(|(range, _)| range.contains(&mark.start));
        if !rest.is_empty() && !promise {
            return Some(rest);
        }
    }
    let of_plan = || {
        plan.map(|plan| {
            let clause = text.thought_at(plan.span.start);
            let bare = clause.len() <= plan.span.len() + 1;
            if bare { around(text, told, plan) } else { clause }
        })
    };
    let promise =
        |dated: bool| promised.iter().find(|(_, due)| *due == dated).map(|(range, _)| range.clone());
    let planned =
        of_plan().filter(|_| meets).or_else(|| promise(true)).or_else(of_plan).or_else(|| promise(false));
    let thoughts = || text.thoughts().into_iter();
    let intended = || thoughts().find(|clause| intends(text, clause.clone()));
    let awaited = || thoughts().find(|clause| awaits(text, clause.clone()));
    planned
        .or_else(intended)
        .or_else(awaited)
        .map(|clause| text.trim(clause))
        .filter(|clause| !clause.is_empty())
}

/// We mean to do something.
fn intends(text: &Text<'_>, clause: Range<usize>) -> bool {
    const STARTS: &str =
        "得先 得想 得把 得给 得催 得写 得跟 得找 得赶 得再 还得 我得 我再 我去 打算 准备 先去 要去 回去";
    text.has(clause.clone(), NEXT_VERBS) || text.any(text.trim(clause).start, STARTS).is_some()
}

/// The customer wants something of us, or what comes next hangs on something.
fn awaits(text: &Text<'_>, clause: Range<usize>) -> bool {
    const WANTS: &str = "让我过 再传一遍 重发一 要我们补交 让我们补交";
    const WAITS: &str = "等他回来 等她回来 得等 等通知 等批 等他们 等忙完 忙完再 开春再 年后再 节后再 过了年再 回来再 批了再 好了再 以后再 之后再 再启动 再谈 再定 得她签 得他签 拿给";
    text.has(clause.clone(), WANTS)
        || text.has(clause.clone(), WAITS) && !text.has(clause, "再看看 再说吧 不用等")
}

/// 「进入报价阶段」「到合同了」: the stage that the deal has come to.
fn stage(text: &Text<'_>, told: &[Told], stages: Vec<Mention<StageKey>>) -> Option<StageKey> {
    const INTO: &str = "进入 进到 推进到 推到 走到 转到 转入 到了 进展到 改成 阶段改为";
    stages.into_iter().find_map(|mention| {
        let span = text.position(mention.span.start)..text.position(mention.span.end);
        let clause = clause_of(text, span.start);
        let planned = told.iter().any(|told| !told.past && clause.contains(&told.span.start));
        let came = text.any_before(span.start, "到") && text.any(span.end, "了 阶段").is_some();
        let into = text.any_before(span.start, INTO) || text.word(span.end, "阶段了").is_some() || came;
        // 「成交，36万」 is a stage that needs no 进入.
        let done = text.raw(span.clone()) == "成交"
            && text.get(span.end).is_none_or(|c| c == '了' || is_blank_or_mark(c))
            && !text.has(clause, "没 未 能 要 争取 有望 快 等 还 差点 如果");
        let handed = text.any_before(span.start, "收到 收到了 拿到 拿到了 看到 等到 提到 发到 说到");
        ((into && !handed || done) && !planned).then_some(mention.id)
    })
}

/// 「单子丢了」「中标了」: how a deal ended.
fn outcome(text: &Text<'_>) -> Option<Outcome> {
    const WON: &str = "赢单 中标了 中标啦 拿下了 签下来了 签回来了 成交了 合同签了 签约了 单子签了 正式签了 合同签回 中标通知书 拿下!";
    const LOST: &str = "丢单 丢了这单 单子丢了 这单丢了 单子黄了 项目黄了 这单黄了 生意黄了 合作黄了 没中标 没中 被抢了 输了 被别家签 选了别家 签给别人 没戏了 落标 输给 流单 丢了,给 丢了,被 丢了,选";
    const SHELVED: &str = "搁置 先搁着 先撂着 先关掉 先放下 项目暂停 项目停了 先不做了 今年不做 暂缓";
    let of = [(Outcome::Lost(None), LOST), (Outcome::Won, WON), (Outcome::Shelved, SHELVED)];
    // 「验厂的事黄了」 is no deal's end, 「宏远黄了」 is.
    let off = text.has(text.whole(), "黄了") && !text.has(text.whole(), "的事 会 约");
    let denied = text.has(text.whole(), "没丢 如果 要是 万一 快 争取 希望 差点");
    of.into_iter()
        .find(|(_, words)| text.has(text.whole(), words))
        .map(|(outcome, _)| outcome)
        .or_else(|| off.then_some(Outcome::Lost(None)))
        .filter(|_| !denied)
}

/// What a note's silence is judged without: names, people, days of the past.
fn aside(
    text: &Text<'_>,
    mentions: &[Mention<CustomerId>],
    called: Option<Range<usize>>,
    told: &[Told],
) -> Vec<Range<usize>> {
    let mut aside = spans(text, mentions, |_| true);
    aside.extend(called);
    aside.extend(told.iter().map(|told| told.span.clone()));
    aside
}
