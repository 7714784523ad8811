//! Promises in a note, ours and theirs, with the day on which they are due: 「周五前给他报价」「他说月底给答复」.

use std::ops::Range;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::contacts::{contact, titled};
use super::deeds::{Action, deeds};
use super::moments::Told;
use super::text::Text;

/// Who has given a promise.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// We owe it to the customer.
    Us,
    /// The customer owes it to us.
    Them,
}

/// One promise.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Promise {
    /// Who has given it.
    pub by: Party,
    /// When it is due, if that was said: the last day of what was said.
    pub day: Option<NaiveDate>,
    /// The rep's words.
    pub text: String,
    /// Where they stand in the note, in characters.
    pub(super) place: Range<usize>,
    /// The kind of deed that keeps it, where the words name one.
    pub about: Option<Action>,
}

/// Every promise in `text`, in its order. An appointment is none: `meeting` is a place in the clause that tells of one.
pub(super) fn promises(text: &Text<'_>, told: &[Told], meeting: Option<usize>) -> Vec<Promise> {
    let mut found = Vec::new();
    let mut carried = None;
    let all = deeds(text, text.whole());
    for thought in text.thoughts() {
        let thought = text.trim(thought);
        // 「元旦后1月5号给」: the last that is said of it.
        let due = told.iter().rfind(|told| !told.past && thought.contains(&told.span.start));
        let clause =
            Clause { text, range: thought.clone(), ahead: due.is_some(), they: they(text, thought.clone()) };
        let meets = meeting.is_some_and(|at| thought.contains(&at));
        if let Some(by) = clause.party(carried).filter(|_| !meets) {
            // 「元旦后就盖章」 names no day.
            let day = due.filter(|due| !due.moment.since).map(|due| due.end);
            // 「催报价，答应周五前给」: what was spoken of before.
            let about = all.iter().find(|deed| thought.contains(&deed.at));
            let earlier = || all.iter().rev().find(|deed| deed.at < thought.start);
            let about = about.or_else(earlier).map(|deed| deed.action);
            let said = text.raw(thought.clone()).to_owned();
            found.push(Promise { by, day, text: said, place: thought.clone(), about });
        }
        if clause.they.is_some() {
            carried = Some(Party::Them);
        } else if text.has(thought, "我 我们 咱") {
            carried = Some(Party::Us);
        }
    }
    found
}

/// Who of the customer's side is spoken of in a clause, near its beginning.
fn they(text: &Text<'_>, clause: Range<usize>) -> Option<Range<usize>> {
    const THEY: &str =
        "他们 他 她 客户 对方 人家 老板 财务 采购 厂长 那边 领导 甲方 技术部 法务 店长 经理 总部";
    const REACH: usize = 8;
    let called = contact(text, clause.clone());
    let masked = clause.clone().find(|at| text.get(*at) == Some(Text::MASK)).map(|at| at..at + 1);
    let word = text.find(clause.clone(), THEY);
    let all = word.into_iter().chain(called).chain(masked);
    let subject = |who: &Range<usize>| {
        who.start <= clause.start + REACH
            && !text
                .any_before(who.start, "给 发 寄 回 跟 和 把 帮 替 找 催 等 去 见 约 向 对 到 陪 请 让 叫 答复 回复 告诉 通知 传 报 欠")
    };
    all.filter(subject).min_by_key(|who| who.start)
}

/// A clause as promises are looked for in it.
struct Clause<'t, 'a> {
    text: &'t Text<'a>,
    range: Range<usize>,
    /// It has a day to come.
    ahead: bool,
    they: Option<Range<usize>>,
}

impl Clause<'_, '_> {
    fn has(&self, words: &str) -> bool {
        self.text.has(self.range.clone(), words)
    }

    /// Whose promise it is, if it is one; `carried` is who was last spoken of.
    fn party(&self, carried: Option<Party>) -> Option<Party> {
        const DONE: &str = "已经 已发 发了 给了 寄了 回了 报了 刚 打了 付了 签了 批了 收到了";
        const PLEDGED: &str = "答应 承诺 保证 说好 应下 拍胸脯 同意";
        const WE_OWE: &str = "\
            我答应 我们答应 答应他 答应她 答应客户 答应给 答应了他 答应了客户 承诺他 承诺客户 我承诺 我们承诺 我保证 跟他保证 跟客户保证 \
            说好给 欠他 欠客户";
        const MEANT: &str =
            "回头 尽快 马上 记得 得给 要给 得把 得发 要发 得寄 得回 下次 晚点 待会 稍后 抽空 争取";
        let pledged = self.has(PLEDGED);
        if self.has(DONE) && !self.ahead || self.has("没答应 不答应 没同意 不同意") {
            return None;
        }
        let pledge = self.text.find(self.range.clone(), PLEDGED);
        let they_pledge = pledge.is_some_and(|at| self.they.as_ref().is_some_and(|who| who.start < at.start));
        if self.has(WE_OWE) || self.pledges_by_name() || pledged && !they_pledge && self.pledged_to_somebody()
        {
            return Some(Party::Us);
        }
        if self.we_say() {
            return Some(Party::Us);
        }
        if self.they_say_undated(carried) {
            return Some(Party::Them);
        }
        let binds = self.ahead || pledged;
        if self.demands() && binds {
            return Some(Party::Us);
        }
        // 「法务还在看合同，说月底给答复」: who was spoken of says it.
        let start = self.text.trim(self.range.clone()).start;
        let says = self.text.any(start, "说是 说 表示 称 讲").is_some();
        let does = self.has(DO) || self.has(CUSTOMERS_DO);
        if says && does && carried == Some(Party::Them) && self.ahead && !self.has("我们 我给 我发 咱")
        {
            return Some(Party::Them);
        }
        if binds && (self.they_do(pledged) || self.pays()) {
            return Some(Party::Them);
        }
        let gives = self.gives() && (self.they.is_none() || self.receives());
        if gives && (binds || self.has(MEANT) || self.must()) {
            return Some(Party::Us);
        }
        if self.ahead && self.sells() {
            return Some(Party::Us);
        }
        // 「Lisa催小样，说最晚周四要到」
        if carried == Some(Party::Them) && self.ahead && self.has("要到 要交 要发 要看到 要收到 要给")
        {
            return Some(Party::Us);
        }
        let theirs = carried == Some(Party::Them) && self.they.is_none() && self.ahead;
        (theirs && self.has(CUSTOMERS_DO)).then_some(Party::Them)
    }

    /// 答应沈总, 答应他: who pledges names whom.
    fn pledged_to_somebody(&self) -> bool {
        let Some(pledge) = self.text.find(self.range.clone(), "答应了 答应 承诺 保证") else {
            return false;
        };
        let named = self.text.any(pledge.end, "他 她 客户 对方 人家").is_some()
            || self.text.get(pledge.end) == Some(Text::MASK)
            || contact(self.text, pledge.end..self.range.end).is_some_and(|who| who.start == pledge.end);
        named || self.to_somebody()
    }

    /// 「答应谢工周一寄到」「跟陈姐讲好周六前换好」, whoever else is named before.
    fn pledges_by_name(&self) -> bool {
        const PLEDGES: &str = "答应了 答应 承诺";
        const WITH: &str = "跟 和 与";
        const FIXED: &str = "说好 讲好 说定 约好 说妥 谈好 保证";
        let owes = || self.gives() || self.sells();
        let pledged = self.ends_of(PLEDGES).any(|end| self.somebody_at(end).is_some());
        let fixed = || {
            let mut named = self.ends_of(WITH).filter_map(|end| self.somebody_at(end));
            named.any(|end| self.text.any(end, FIXED).is_some())
        };
        pledged && (self.ahead || owes()) || self.ahead && fixed() && owes()
    }

    /// Where words of `words` end.
    fn ends_of(&self, words: &'static str) -> impl Iterator<Item = usize> {
        self.range.clone().filter_map(move |at| self.text.any(at, words))
    }

    /// Where whoever is named at `at` ends: 他, 谢工, a customer, 宏远的谢工.
    fn somebody_at(&self, at: usize) -> Option<usize> {
        let behind_mask = |at: usize| {
            let masked = (at..self.range.end).take_while(|at| self.text.get(*at) == Some(Text::MASK));
            masked.last().map(|last| last + 1)
        };
        let pronoun = self.text.any(at, "他 她 客户 对方 人家");
        let called = || titled(self.text, at).map(|who| who.end);
        let customer = || {
            let end = behind_mask(at)?;
            let end = self.text.any(end, "的").unwrap_or(end);
            behind_mask(end).or(Some(end))
        };
        pronoun.or_else(called).or_else(customer)
    }

    /// 「我说明天寄给她」「我说问过研发再回他」「拍胸脯说派人驻厂」: what we said that we do.
    fn we_say(&self) -> bool {
        const SAY: &str = "我说 我讲 我跟他说 我跟她说 我回他说 拍胸脯说 我就说 末了说 我这边说好 我说好 我应了 我应下 回他说 答应说";
        const DO: &str = "寄 发 传 回他 回她 回复 答复 报他 报给 报个 重新报 报新价 给他 给她 给个 送 递 交 教 派 做 出个 出份 打样 安排 给准信 解决 换 补 带 叫售后 让研发 一定给 就给 给";
        let Some(said) = self.text.find(self.range.clone(), SAY) else { return false };
        // 「她说 …」 before belongs to them.
        let theirs = self.text.get(said.start) == Some('末') && self.they.is_some();
        !theirs
            && self.text.has(said.end..self.range.end, DO)
            && !self.text.has(said.end..self.range.end, "你 您 先看 要请示 请示 不用 不急 没 最快")
    }

    /// 「她说照片回头补给我」「谢工说批了马上通知我」「验收后七天内付清」: theirs, without a day.
    fn they_say_undated(&self, carried: Option<Party>) -> bool {
        const US: &str = "补给我 发给我 发我 给我 传我 告诉我 通知我 回我 回复我 联系我 给咱 帮我们引荐 帮我引荐 介绍给我 引荐";
        const WHEN: &str =
            "回头 马上 立刻 当天 尽快 年后 节后 批了 批下来 批完 签完 验收后 到货后 收到后 晚点 随后 一定";
        const PAY: &str = "付清 付 打 结清 结";
        const TO_US: &str = "给我 给咱 发我 发过来 给过来 引荐";
        const NO_PAY: &str = "打电话 打样 打算 打听 付款条 付款流";
        let they = self.they.is_some() || carried == Some(Party::Them);
        let says = self.has("说 答应 讲 同意 保证 承诺") && !self.has("我说 要我 让我 叫我 催我 等我 问我");
        let soon = || self.has(WHEN) && (self.has(US) || self.has(PAY) && !self.has(NO_PAY));
        let pledged = || !self.ahead && self.has("答应") && self.has(TO_US);
        they && says && (soon() || pledged())
    }

    /// 「得把网点表发给谢工」「打算分装两袋小样给Lisa」「得先把退货办了」.
    fn must(&self) -> bool {
        let start = self.text.trim(self.range.clone()).start;
        self.text.any(start, "得 我得 要 准备 打算 还得 先 我要 想").is_some()
            || self.has("我得 得先 得把 得给 得写 得发")
    }

    /// 给谢工, 给Lisa at the end: who is named only receives.
    fn receives(&self) -> bool {
        self.they.as_ref().is_some_and(|who| {
            self.text.any_before(who.start, "给 带给 发给 寄给 交给 递给 传给")
                || self.text.any(who.end, "要的 的样 的报价 的资料 的合同 那份").is_some()
        })
    }

    /// What a seller does by a day: 「标书周五交」「发票明天开」「12月3号到货」.
    fn sells(&self) -> bool {
        const SELLS: &str = "\
            标书交 标书 开票 开发票 把发票 寄到 寄出 寄过去 发货 到货 快递 送到 送过去 送货 递上去 交到 换好 修好 装好 进场 补齐 补发 重做 捎 \
            报给他 报给她 重新报 出方案 出图 样寄 寄样 把合同寄 把报价 把方案 把资料 给他处理 给个";
        const NOT_OURS: &str = "\
            催 问 等 提醒 接着写 写完 准备 请示 申请 研究 他说 她说 说 开标 挂网 让 叫 要求 嫌 怕 担心 来 想 希望 收到了 到了 截止";
        let by_them = self.they.is_some() && !self.receives() && !self.has("安装队");
        let of_customer = self.they.as_ref().is_some_and(|who| self.text.get(who.start) == Some(Text::MASK));
        let sold = self.has(SELLS) || self.has("发票") && self.has("开") || self.ships();
        (!by_them || of_customer) && sold && !self.has(NOT_OURS)
    }

    /// 「发三十袋」「寄百味园」: so much goes out, or to a customer.
    fn ships(&self) -> bool {
        let goes = |at: usize| match (self.text.get(at), self.text.get(at + 1)) {
            (Some('发'), Some(next)) => next.is_ascii_digit() || "一二两三四五六七八九十几".contains(next),
            (Some('寄'), Some(next)) => next == Text::MASK,
            _ => false,
        };
        self.range.clone().any(goes)
    }

    /// 「要求明天派人」「催我周五前报价」: the customer wants it of us.
    fn demands(&self) -> bool {
        const WANTS: &str = "要求 催我 催着 让我 要我 叫我 等我 希望我 需要我 让周 让月 让明 让今 让下 要咱 让咱 要我们 希望周 希望明 希望下";
        const SELLERS_DO: &str = "派 发 给 寄 报 做 出 补 送 改 回 解决 提供 带 安排 到位 弄 算";
        self.has(WANTS) && self.has(SELLERS_DO)
    }

    /// 「他说月底给答复」
    fn they_do(&self, pledged: bool) -> bool {
        let Some(who) = &self.they else { return false };
        let inner = self.text.has(who.clone(), "法务 财务 采购 技术部 总部 老板 领导");
        let says = pledged
            || inner
            || self.has("说 讲 表示 会 回复 告诉 承诺 保证 那边 让 同意")
            || self.has(CUSTOMERS_DO);
        let behind = who.end..self.range.end;
        says && self.text.has(behind, DO)
            && !self.has("给他 给她 发他 发她 我给 我发 我们给 我们发 我去 我们出 我出")
    }

    /// 「尾款下周打」
    fn pays(&self) -> bool {
        self.has("定金 订金 尾款 货款 预付款 首付 款 回款")
            && self.has("打 付 到账 汇 结 安排 转")
            && !self.has("催 去收 开票 退款 对账 条款")
    }

    /// Something goes to the customer.
    fn gives(&self) -> bool {
        const GIVE: &str = "\
            给他 给她 给客户 给对方 给他们 发给 发他 发她 发过去 寄给 寄过去 送过去 回他 回她 回复他 回复她 回复客户 答复他 \
            答复客户 拿给 带给 交给 报给 报过去 传给 补给 转给 做给 出给 给出 提供给 给到 寄样 送样 补发 发报价 出报价 出方案 给方案 \
            给报价 报个价 报价给 出图 发资料 发方案 补资料 发参数 回个电话 回电话 给答复 给回复 传他 传她 寄他 寄她 报他 报她 递上去 \
            回客户 回张 给准信 给个准 交给 捎给 带去 教会 退货办 做给";
        const BARE: &str = "寄 发 报 补 送 回复 答复 给";
        let bare = || {
            let start = self.text.trim(self.range.clone()).start;
            self.range.len() <= 8
                && self.text.has(start..self.range.end, BARE)
                && !self.has("发货 报名 给力 发现 发生")
        };
        self.has(GIVE) || self.to_somebody() || self.ahead && bare()
    }

    /// 给宏远, 给张总: something goes to the customer.
    fn to_somebody(&self) -> bool {
        self.range.clone().any(|at| {
            self.text.get(at) == Some('给')
                && (self.text.get(at + 1) == Some(Text::MASK)
                    || contact(self.text, at + 1..self.range.end).is_some_and(|who| who.start == at + 1))
        })
    }
}

/// What somebody may do for the other side.
const DO: &str = "出测试 出报告 出结论 出方案 给 发 回 定 付 打 批下 批了 批预算 批款 批复 批准 批合同 批完 签 补 下单 确认 反馈 提供 安排 通知 告诉 出结果 走完 盖章 汇款 寄 传 寄 交 报 盖 结";
/// What customers do for us, not we for them.
const CUSTOMERS_DO: &str = "\
    答复 回复 回话 打款 付款 打定金 付定金 打过来 回传 签回 寄回 发我 发来 定下来 再定 给结果 出结果 批下 批了 批预算 批款 批复 批准 批合同 批完 下单 盖章 汇款 回我 通知我 告诉我 走完 \
    给个准 给准信 给消息 给信 签合同 签字 决定 拍板 给图纸 给资料 回来定 传过来 传来 寄来 寄过来 寄回 发订单 盖好章 下订单 给图 就传 打首付 打过来 给信儿";
