//! What was done or is to be done with a customer: the kind of action and whether it has happened, is agreed or intended.

use std::ops::Range;

use serde::Serialize;

use super::meetings::{self, clause_of};
use super::moments::Told;
use super::notes::Meeting;
use super::text::Text;

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

/// Words that name a deed, longer ones before those that begin them.
const WORDS: &[(Action, &str)] = &[
    (
        Action::Complaint,
        "投诉 客诉 退货 退换 索赔 质量问题 质量事故 不良品 返修 故障 又坏了 坏了 漏油 报修 发火 差评 异物 变质 破损 投訴",
    ),
    (Action::Bid, "招标 投标 标书 中标 开标 竞标 废标 流标 入围 围标 比选 招投标 挂网"),
    (
        Action::Payment,
        "打款 付款 回款 汇款 转账 定金 订金 预付款 预付 尾款 首付 开票 发票 对账 结款 结账 催款 欠款 货款 到账 付了 打了款 款项 收款",
    ),
    (Action::Sample, "样品 打样 送样 寄样 试样 小样 样机寄 试吃 试产 小试 中试 试做 样件 试件 打了样 样板"),
    (
        Action::Delivery,
        "发货 到货 送货 交货 安装 调试 验收 进场 装机 上线 投产 出库 发车 物流 装车 卸货 补货 交付",
    ),
    (Action::Demo, "演示 试机 试用 看样机 样机 demo 看机器 试跑 跑一遍 试运行 上机"),
    (Action::Contract, "合同 签约 签字盖章 签了 签单 签下来 条款 协议 盖章 法务 用印 签约会 会签 续约 续签"),
    (Action::Quote, "报价单 报价 报了 询价 核价 报个价 改价 重新报 报过去 价格表 报一版 报一个"),
    (
        Action::Visit,
        "拜访 看厂 参观 考察 验厂 审厂 上门 登门 来访 到访 回访 来厂 过来看 去现场 到现场 看现场 看产线 \
         看车间 看设备 去他们 去他厂 去他那 跑了一趟 走访 踩点 勘察 来看 来我们 来公司 过去看 去厂里 去趟 \
         去了一趟 跑一趟 跑了趟 去了趟 过来一趟 过去一趟 实地",
    ),
    (
        Action::Call,
        "打电话 电话会 电话里 通电话 通了电话 电话 语音 打了个电话 没接 打给 回电 通了个话 通话 来电 去电 电联",
    ),
    (
        Action::Meeting,
        "开会 会议 开个会 见面 见了 见一面 见到 面谈 碰面 碰头 碰一下 碰了 吃饭 饭局 吃了顿 请客 喝茶 喝了 评审会 交流会 视频会 \
         线上会 腾讯会议 对接会 讨论会 启动会 培训 面聊 当面 汇报 座谈 聚餐 评审 聊了 谈了 碰个",
    ),
    (
        Action::Material,
        "资料 方案 案例 参数表 参数 白皮书 说明书 图纸 手册 目录 检测报告 资质 证书 对比表 规格书 ppt 计划书 配方 清单 甘特图",
    ),
    (Action::Message, "微信 邮件 发消息 发信息 短信 邮箱 钉钉"),
];

/// Every deed that `text` names, in its order.
pub(super) fn deeds(text: &Text<'_>, range: Range<usize>) -> Vec<Deed> {
    let mut deeds: Vec<Deed> = Vec::new();
    let mut at = range.start;
    while at < range.end {
        let named = WORDS.iter().filter_map(|(action, words)| Some((text.any(at, words)?, *action)));
        match named.max_by_key(|(end, _)| *end).filter(|(end, _)| *end <= range.end) {
            Some((end, action)) => {
                deeds.push(Deed { action, at });
                at = end;
            }
            None => at += 1,
        }
    }
    deeds
}

/// The tense of what `clause` tells.
pub(super) fn tense(text: &Text<'_>, told: &[Told], clause: Range<usize>) -> Tense {
    const FIXED: &str = "说好 约好 敲定 谈妥 定下来 定了 定好 定在 答应 同意 确认了 商定 讲好 谈好";
    const DONE: &str = "了 过 已 刚 完 昨 今早 上周";
    const MEANT: &str = "准备 打算 计划 记得 需要 得给 得去 得把 我要 要给 要去 再约 再去 我去 我来 我给 想约 想去 待 尽快 马上 回头 \
                         明天 后天 安排 下次 争取 抓紧 赶紧";
    let ahead = told.iter().any(|told| !told.past && clause.contains(&told.span.start));
    let fixed = text.has(clause.clone(), FIXED) || meetings::agrees(text, clause.clone());
    match (fixed, ahead) {
        (true, _) => Tense::Agreed,
        (false, true) => Tense::Intended,
        (false, false) if text.has(clause.clone(), DONE) => Tense::Happened,
        (false, false) if text.has(clause, MEANT) => Tense::Intended,
        (false, false) => Tense::Happened,
    }
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
                .has(near, "说好 敲定 定了 定好 同意 答应 过来 来访 来厂 来看 来我们 来公司 邀请 叫我 让我");
        return (Some(action), if fixed { Tense::Agreed } else { Tense::Intended });
    }
    let first = deeds(text, text.whole()).into_iter().next();
    let clause = text.thought_at(first.as_ref().map_or(0, |deed| deed.at));
    // 「打电话来说定金明天打」: what was said lies ahead, the saying does not.
    let said = first
        .as_ref()
        .and_then(|deed| text.find(deed.at..clause.end, "说 讲 反馈 透露 问 告诉 催 表示 提到"));
    let clause = said.map_or(clause.clone(), |said| clause.start..said.start + 1);
    (first.map(|deed| deed.action), tense(text, told, clause))
}
