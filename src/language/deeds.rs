//! What was done or is to be done with a customer: the kind of action and whether it has happened, is agreed or intended.

use std::ops::Range;

use serde::Serialize;

use super::meetings::{self, clause_of};
use super::moments::Told;
use super::notes::Meeting;
use super::text::Text;
use Action::{
    Bid, Call, Complaint, Contract, Delivery, Demo, Material, Meeting as Meets, Message, Payment, Quote,
    Sample, Visit,
};

/// A kind of action.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// 拜访, 看厂, 来访
    Visit,
    /// 电话
    Call,
    /// 开会, 吃饭, 评审会
    Meeting,
    /// 演示, 试机, 试用
    Demo,
    /// 报价
    Quote,
    /// 合同, 签约, 条款
    Contract,
    /// 打款, 定金, 开票
    Payment,
    /// 样品, 打样, 试吃
    Sample,
    /// 招标, 标书
    Bid,
    /// 投诉, 退货
    Complaint,
    /// 发货, 安装, 验收
    Delivery,
    /// 资料, 方案, 参数表
    Material,
    /// 微信, 邮件
    Message,
}

impl Action {
    /// As it is written in JSON.
    pub fn key(self) -> &'static str {
        match self {
            Self::Visit => "visit",
            Self::Call => "call",
            Self::Meeting => "meeting",
            Self::Demo => "demo",
            Self::Quote => "quote",
            Self::Contract => "contract",
            Self::Payment => "payment",
            Self::Sample => "sample",
            Self::Bid => "bid",
            Self::Complaint => "complaint",
            Self::Delivery => "delivery",
            Self::Material => "material",
            Self::Message => "message",
        }
    }
}

/// Where a deed stands in time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tense {
    /// It has happened, or was found out.
    Happened,
    /// It is fixed with the customer.
    Agreed,
    /// We mean to do it.
    Intended,
}

impl Tense {
    /// As it is written in JSON.
    pub fn key(self) -> &'static str {
        match self {
            Self::Happened => "happened",
            Self::Agreed => "agreed",
            Self::Intended => "intended",
        }
    }
}

/// One deed where it stands in a text.
#[derive(Clone, Debug)]
pub(super) struct Deed {
    pub(super) action: Action,
    pub(super) at: usize,
}

/// Words that name a deed, in the order of their first characters, longer ones first.
#[rustfmt::skip]
const WORDS: &[(&str, Action)] = &[
    ("demo", Demo), ("ppt", Material), ("上机", Demo), ("上线", Delivery), ("上门", Visit),
    ("不良品", Complaint), ("中标", Bid), ("中试", Sample), ("交流会", Meets), ("交付", Delivery), ("交货", Delivery),
    ("付了", Payment), ("付款", Payment), ("价格表", Quote), ("会签", Contract), ("会议", Meets),
    ("催款", Payment), ("入围", Bid), ("出库", Delivery), ("到现场", Visit), ("到访", Visit), ("到账", Payment),
    ("到货", Delivery), ("勘察", Visit), ("协议", Contract), ("卸货", Delivery),
    ("去了一趟", Visit), ("去了趟", Visit), ("去他们", Visit), ("去他厂", Visit), ("去他那", Visit), ("去厂里", Visit),
    ("去现场", Visit), ("去电", Call), ("去趟", Visit), ("参数表", Material), ("参数", Material), ("参观", Visit),
    ("又坏了", Complaint), ("发信息", Message), ("发消息", Message), ("发火", Complaint), ("发票", Payment),
    ("发货", Delivery), ("发车", Delivery), ("变质", Complaint), ("吃了顿", Meets), ("吃饭", Meets),
    ("合同", Contract), ("启动会", Meets), ("喝了", Meets), ("喝茶", Meets),
    ("回款", Payment), ("回电", Call), ("回访", Visit), ("围标", Bid),
    ("图改", Material), ("图纸", Material), ("坏了", Complaint), ("培训", Meets),
    ("安装", Delivery), ("定制图", Material), ("定金", Payment), ("实地", Visit),
    ("审厂", Visit), ("客诉", Complaint), ("寄样", Sample), ("对接会", Meets), ("对比表", Material),
    ("对账", Payment), ("小样", Sample), ("小试", Sample), ("尾款", Payment),
    ("差评", Complaint), ("带我们看", Visit), ("带我看", Visit), ("年会", Meets),
    ("废标", Bid), ("座谈", Meets), ("开个会", Meets), ("开会", Meets), ("开标", Bid), ("开票", Payment),
    ("异物", Complaint), ("当面", Meets), ("微信", Message), ("手册", Material),
    ("打了个电话", Call), ("打来电话", Call), ("打了样", Sample), ("打了款", Payment), ("打来催", Call), ("打来说", Call),
    ("打来问", Call), ("打电话", Call), ("打样", Sample), ("打款", Payment), ("打给", Call),
    ("投产", Delivery), ("投标", Bid), ("投诉", Complaint), ("报一个", Quote), ("报一版", Quote), ("报个价", Quote),
    ("报价单", Quote), ("报过去", Quote), ("报了", Quote), ("报价", Quote), ("报修", Complaint),
    ("招投标", Bid), ("招标", Bid), ("拜访", Visit), ("挂网", Bid), ("收款", Payment),
    ("改价", Quote), ("改图", Material), ("故障", Complaint), ("方案演示", Demo), ("方案", Material),
    ("条款", Contract), ("来公司", Visit), ("来我们", Visit), ("来厂", Visit), ("来电", Call), ("来看", Visit),
    ("来访", Visit), ("标书", Bid), ("样件", Sample), ("样品", Sample), ("样机", Demo), ("样板", Sample),
    ("核价", Quote), ("案例", Material), ("检测报告", Material), ("欠款", Payment),
    ("款项", Payment), ("比选", Bid), ("汇报", Meets), ("汇款", Payment),
    ("没接", Call), ("法务", Contract), ("流标", Bid), ("清单", Material),
    ("漏油", Complaint), ("演示", Demo), ("物流", Delivery), ("甘特图", Material),
    ("用印", Contract), ("电话会", Call), ("电话里", Call), ("电联", Call), ("电话", Call),
    ("登门", Visit), ("白皮书", Material), ("盖章", Contract), ("目录", Material),
    ("看了一圈", Visit), ("看产线", Visit), ("看机器", Demo), ("看样机", Demo), ("看现场", Visit), ("看设备", Visit),
    ("看车间", Visit), ("看厂", Visit), ("短信", Message), ("破损", Complaint),
    ("碰一下", Meets), ("碰个", Meets), ("碰了", Meets), ("碰头", Meets), ("碰面", Meets),
    ("竞标", Bid), ("签字盖章", Contract), ("签下来", Contract), ("签约会", Contract), ("签了", Contract),
    ("签单", Contract), ("签约", Contract), ("索赔", Complaint), ("线上会", Meets),
    ("结款", Payment), ("结账", Payment), ("续签", Contract), ("续约", Contract),
    ("考察", Visit), ("聊了", Meets), ("聚餐", Meets), ("腾讯会议", Meets),
    ("补货", Delivery), ("装机", Delivery), ("装车", Delivery), ("见一面", Meets), ("见了", Meets),
    ("见到", Meets), ("见面", Meets), ("规格书", Material), ("视频会", Meets),
    ("计划书", Material), ("订金", Payment), ("讨论会", Meets), ("证书", Material),
    ("评审会", Meets), ("评审", Meets), ("试运行", Demo), ("试产", Sample), ("试件", Sample), ("试做", Sample),
    ("试吃", Sample), ("试机", Demo), ("试样", Sample), ("试用", Demo), ("试跑", Demo),
    ("询价", Quote), ("语音", Call), ("说明书", Material), ("请客", Meets),
    ("调试", Delivery), ("谈了", Meets), ("货款", Payment), ("质量事故", Complaint), ("质量问题", Complaint),
    ("资料", Material), ("资质", Material), ("走访", Visit), ("跑了一趟", Visit), ("跑一趟", Visit), ("跑一遍", Demo),
    ("跑了趟", Visit), ("踩点", Visit), ("转了一圈", Visit), ("转一圈", Visit), ("转账", Payment),
    ("过去一趟", Visit), ("过来一趟", Visit), ("过去看", Visit), ("过来看", Visit),
    ("返修", Complaint), ("进场", Delivery), ("退换", Complaint), ("退货", Complaint),
    ("送样", Sample), ("送货", Delivery), ("通了个话", Call), ("通了电话", Call), ("通电话", Call), ("通话", Call),
    ("邮件", Message), ("邮箱", Message), ("配方", Material), ("酒会", Meets),
    ("重新报", Quote), ("钉钉", Message), ("面聊", Meets), ("面谈", Meets),
    ("预付款", Payment), ("预付", Payment), ("饭局", Meets), ("首付", Payment),
    ("验厂", Visit), ("验收", Delivery),
];

/// Every deed that `text` names, in its order.
pub(super) fn deeds(text: &Text<'_>, range: Range<usize>) -> Vec<Deed> {
    let mut deeds: Vec<Deed> = Vec::new();
    let mut at = range.start;
    while at < range.end {
        match deed_at(text, at).filter(|(end, _)| *end <= range.end) {
            Some((end, action)) => {
                deeds.push(Deed { action, at });
                at = end;
            }
            None => at += 1,
        }
    }
    deeds
}

/// The longest word that names a deed at `at`, and where it ends.
fn deed_at(text: &Text<'_>, at: usize) -> Option<(usize, Action)> {
    let first = text.get(at)?;
    let begins = |word: &str| word.chars().next().unwrap_or_default();
    let from = WORDS.partition_point(|(word, _)| begins(word) < first);
    let same = WORDS.iter().skip(from).take_while(|(word, _)| begins(word) == first);
    same.filter_map(|(word, action)| Some((text.word(at, word)?, *action))).next()
}

/// The tense of what `clause` tells.
pub(super) fn tense(text: &Text<'_>, told: &[Told], clause: Range<usize>) -> Tense {
    const DONE: &str = "了 过 已 刚 完 昨 今早 上周";
    const MEANT: &str = "\
        准备 打算 计划 记得 需要 得给 得去 得把 得找 得跟 我要 要给 要去 要跟 要找 再约 再去 我去 我来 我给 想约 想去 想找 待 尽快 \
        马上 回头 明天 后天 安排 下次 争取 抓紧 赶紧 务必 别忘";
    let ahead = told.iter().any(|told| !told.past && clause.contains(&told.span.start));
    let fixed = fixed(text, clause.clone()) || meetings::agrees(text, clause.clone());
    let start = text.trim(clause.clone()).start;
    let begins = text.any(start, "得 要 该 想 打算 准备 争取 记得 回头 别忘 尽快").is_some();
    match (fixed, ahead || begins) {
        (true, _) => Tense::Agreed,
        (false, true) => Tense::Intended,
        (false, false) if text.has(clause.clone(), DONE) => Tense::Happened,
        (false, false) if text.has(clause, MEANT) => Tense::Intended,
        (false, false) => Tense::Happened,
    }
}

/// Whether both sides have fixed something: 「何总口头答应了」, not 「答应他周五给」, which we did.
fn fixed(text: &Text<'_>, range: Range<usize>) -> bool {
    const FIXED: &str = "说好 约好 敲定 谈妥 定下来 定了 定好 定在 答应 同意 确认了 商定 讲好 谈好 承诺";
    const NOT: &str = "没答应 不答应 没同意 不同意 没定 还没 不肯 没敲定";
    let Some(word) = text.find(range.clone(), FIXED) else { return false };
    let ours = text.any(word.end, "了他 了她 了客户 他 她 客户 对方 给").is_some()
        || (word.end..word.end + 2)
            .any(|at| super::contacts::titled(text, at).is_some() || text.get(at) == Some(Text::MASK));
    !ours && !text.has(range, NOT)
}

/// What a note mainly tells of: its meeting, which `plan` dates, else its first deed.
pub(super) fn main_deed(
    text: &Text<'_>,
    told: &[Told],
    plan: Option<&Told>,
    meeting: Meeting,
) -> (Option<Action>, Tense) {
    if let Some(plan) = plan.filter(|_| meeting != Meeting::No) {
        let near = meetings::around(text, told, plan);
        let clause = clause_of(text, plan.span.start);
        let all = deeds(text, near.clone());
        let meets = |deed: &&Deed| {
            matches!(deed.action, Action::Visit | Action::Call | Action::Meeting | Action::Demo)
        };
        let deed = all.iter().find(meets).or(all.first());
        let action = deed.map_or(Action::Meeting, |deed| deed.action);
        let before = meetings::clause_before(text, told, clause.start);
        let fixed = meeting == Meeting::Moved
            || meetings::agrees(text, near.clone())
            || meetings::agrees(text, before)
            || text
                .has(near, "说好 敲定 定了 定好 同意 答应 请我 请吃 请咱 请我们 过来 来访 来厂 来看 来我们 来公司 邀请 叫我 让我");
        return (Some(action), if fixed { Tense::Agreed } else { Tense::Intended });
    }
    let first = deeds(text, text.whole()).into_iter().next();
    let clause = text.thought_at(first.as_ref().map_or(0, |deed| deed.at));
    // 「打电话来说定金明天打」: what was said lies ahead, the saying does not.
    let said = text.find(clause.clone(), "说 讲 反馈 透露 问 告诉 催 表示 提到 让我 叫我 要我 要求");
    let agreed = fixed(text, text.whole());
    let clause = said.map_or(clause.clone(), |said| clause.start..said.start + 1);
    let tense = if agreed { Tense::Agreed } else { tense(text, told, clause) };
    (first.map(|deed| deed.action), tense)
}

#[cfg(test)]
mod tests {
    use super::WORDS;

    #[test]
    fn words_stand_in_order_and_none_hides_a_longer_one() {
        let key = |word: &str| (word.chars().next(), std::cmp::Reverse(word.chars().count()));
        assert!(WORDS.is_sorted_by_key(|(word, _)| key(word)));
    }
}
