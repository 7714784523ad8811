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
    ("demo", Demo), ("ppt", Material), ("一起吃", Meets), ("三维图", Material), ("上他们厂", Visit), ("上机测", Demo),
    ("上机试", Demo), ("上机", Demo), ("上线", Delivery), ("上货", Delivery), ("上门", Visit), ("下车间", Visit),
    ("下厂", Visit), ("不良品", Complaint), ("不满", Complaint), ("专票", Payment), ("中标通知", Bid), ("中标", Bid),
    ("中试", Sample), ("交流会", Meets), ("交付", Delivery), ("交机", Delivery), ("交货", Delivery), ("付款条款", Contract), ("付款方式", Contract), ("付款条件", Contract), ("付了", Payment),
    ("付款", Payment), ("付清", Payment), ("付过", Payment), ("价格单", Quote), ("价格表", Quote), ("价单", Quote),
    ("会上", Meets), ("会签", Contract), ("会议", Meets), ("传他", Material), ("传她", Material), ("体验", Demo),
    ("例会", Meets), ("修机器", Complaint), ("催了款", Payment), ("催款", Payment), ("入围", Bid), ("再打一次样", Sample), ("再传一遍", Material),
    ("出价", Quote), ("出库", Delivery), ("到厂了", Delivery), ("到厂里", Visit), ("到现场", Visit), ("到店", Visit),
    ("到款", Payment), ("到港", Delivery), ("到访", Visit), ("到账", Payment), ("到货", Delivery), ("加了我微信", Message),
    ("加了微信", Message), ("加我微信", Message), ("勘察", Visit), ("勘测", Visit), ("化验", Sample), ("午饭", Meets),
    ("协调会", Meets), ("协议", Contract), ("卡死", Complaint), ("卸不下", Delivery), ("卸货", Delivery), ("压价", Quote), ("原理图", Material), ("去了一趟", Visit), ("去了他们", Visit),
    ("去了趟", Visit), ("去他们", Visit), ("去他厂", Visit), ("去他那", Visit), ("去厂里", Visit), ("去现场", Visit),
    ("去修", Complaint), ("去电", Call), ("去看", Visit), ("去趟", Visit), ("参数表", Material), ("参数", Material),
    ("参观", Visit), ("又坏了", Complaint), ("又响", Complaint), ("双签", Contract), ("发了条语音", Call), ("发了报价", Quote), ("发信息", Message),
    ("发消息", Message), ("发脾气", Complaint), ("发语音", Call), ("发他", Material), ("发她", Material), ("发火", Complaint),
    ("发票", Payment), ("发给", Material), ("发货", Delivery), ("发车", Delivery), ("发运", Delivery), ("发错", Complaint),
    ("发霉", Complaint), ("发走", Delivery), ("取样", Sample), ("受潮", Complaint), ("变质", Complaint), ("吃了一顿", Meets), ("吃个饭", Meets),
    ("吃了个", Meets), ("吃了顿", Meets), ("吃的饭", Meets), ("吃顿饭", Meets), ("吃完饭", Meets), ("吃了", Meets), ("吃饭", Meets),
    ("合同", Contract), ("吊装", Delivery), ("启动会", Meets), ("周会", Meets), ("唱标", Bid), ("唱歌", Meets), ("商务标", Bid),
    ("喝咖啡", Meets), ("喝了", Meets), ("喝茶", Meets), ("喝酒", Meets), ("喝到", Meets), ("回了个电话", Call), ("回了消息", Message),
    ("回了电话", Call), ("回微信", Message), ("回消息", Message), ("回传", Contract), ("回拨", Call), ("回款", Payment),
    ("回电", Call), ("回访", Visit), ("围标", Bid), ("图册", Material), ("图改", Material), ("图纸", Material),
    ("在路上", Delivery), ("地基图", Material), ("坏了", Complaint), ("坐下来", Meets), ("坐了一", Visit), ("坐了两", Visit),
    ("坐了会", Visit), ("坐了俩", Visit), ("坐了半", Visit), ("培训", Meets), ("复印件", Material), ("复样", Sample),
    ("夹具图", Material), ("安装", Delivery), ("定制图", Material), ("定金", Payment), ("实地", Visit),
    ("实机", Demo), ("审厂", Visit), ("客诉", Complaint), ("家访", Visit), ("寄了样", Sample), ("寄样", Sample), ("对完了账", Payment), ("对接会", Meets),
    ("对比表", Material), ("对完账", Payment), ("对了账", Payment), ("对账", Payment), ("封样", Sample), ("小样", Sample), ("小试", Sample), ("少发", Complaint),
    ("就签", Contract), ("尾款", Payment), ("工艺单", Material), ("工装图", Material),
    ("差评", Complaint), ("已付", Payment), ("已发", Delivery), ("布局图", Material), ("带我们看", Visit), ("带人来", Visit),
    ("带我在", Visit), ("带我看", Visit), ("带我转", Visit), ("带队来", Visit), ("平面图", Material), ("年会", Meets),
    ("底价", Quote), ("废标", Bid), ("座谈", Meets), ("开了个会", Meets), ("开专票", Payment), ("开个会", Meets),
    ("开个票", Payment), ("开了会", Meets), ("开了标", Bid), ("开了票", Payment), ("开发票", Payment), ("开会", Meets),
    ("开标", Bid), ("开票", Payment), ("开裂", Complaint), ("异味", Complaint), ("异响", Complaint), ("异物", Complaint),
    ("当面", Meets), ("彩页", Material), ("待了一", Visit), ("待签", Contract), ("微信电话", Call), ("微信", Message),
    ("总装图", Material), ("成分表", Material), ("手册", Material), ("打了个电话", Call), ("打了电话", Call),
    ("打来电话", Call), ("打过电话", Call), ("打的电话", Call), ("打不通", Call), ("打了样", Sample), ("打了款", Payment), ("打来催", Call),
    ("打来说", Call), ("打来问", Call), ("打电话", Call), ("打过来", Payment), ("打件", Demo), ("打样", Sample),
    ("打款", Payment), ("打球", Meets), ("打给", Call), ("打钱", Payment), ("扣款", Complaint), ("承兑", Payment),
    ("技术文件", Material), ("技术标", Bid), ("投标文件", Bid), ("投了标", Bid), ("投产", Delivery), ("投标", Bid),
    ("投用", Delivery), ("投诉", Complaint), ("报个新价", Quote), ("报一个", Quote), ("报一版", Quote), ("报个价", Quote),
    ("报价单", Quote), ("报价表", Quote), ("报新价", Quote), ("报的价", Quote), ("报的是", Quote), ("报过去", Quote),
    ("报个", Quote), ("报了", Quote), ("报价", Quote), ("报修", Complaint), ("报出", Quote), ("报到", Quote), ("报名", Bid),
    ("报完", Quote), ("报给", Quote), ("报警", Complaint), ("报过", Quote), ("报的", Quote), ("抱怨", Complaint), ("拐去", Visit),
    ("招标公告", Bid), ("招标文件", Bid), ("招标要求", Bid), ("招投标", Bid), ("招标会", Bid), ("招标", Bid), ("拜会", Visit), ("拜年", Visit), ("拜访", Visit),
    ("拿样", Sample), ("挂网", Bid), ("换货", Complaint), ("排产", Delivery), ("接待", Visit), ("推进会", Meets),
    ("提货", Delivery), ("撸串", Meets), ("收到样", Sample), ("收款", Payment), ("收货", Delivery), ("改配方", Sample),
    ("改价", Quote), ("改图", Material), ("放款", Payment), ("故障", Complaint), ("效果图", Material), ("教操作", Visit),
    ("方案演示", Demo), ("方案", Material), ("明细表", Material), ("晚饭", Meets), ("有头发", Complaint), ("朋友圈", Message), ("未读", Message),
    ("杂质", Complaint), ("条款", Contract), ("来了一趟", Visit), ("来过电话", Call), ("来看样机", Demo), ("来看演示", Demo), ("来了趟", Visit), ("来公司", Visit),
    ("来我们", Visit), ("来试机", Demo), ("来厂", Visit), ("来电", Call), ("来看", Visit), ("来访", Visit), ("标开了", Bid), ("标开完", Bid), ("标书", Bid),
    ("标底", Bid), ("标段", Bid), ("样品款", Payment), ("样收到", Sample), ("样件", Sample), ("样册", Material),
    ("样品", Sample), ("样寄", Sample), ("样本", Material), ("样机", Demo), ("样板", Sample), ("核对了发票", Payment), ("核价", Quote),
    ("框架协议", Contract), ("案例", Material), ("检测报告", Material), ("检测数据", Material), ("欠款", Payment), ("款到", Payment), ("款项", Payment),
    ("死机", Complaint), ("比选", Bid), ("毛坯图", Material), ("汇报", Meets), ("汇款", Payment), ("汇票", Payment),
    ("沟通会", Meets), ("没发出去", Delivery), ("没打通", Call), ("没见着", Meets), ("没见到", Meets), ("没碰上", Meets), ("没接", Call), ("没签", Contract), ("法务", Contract), ("派车", Delivery),
    ("流标", Bid), ("涨袋", Complaint), ("清关", Delivery), ("清单", Material), ("漏气", Complaint), ("漏水", Complaint),
    ("漏油", Complaint), ("漏发", Delivery), ("漏袋", Complaint), ("演了", Demo), ("演示", Demo), ("爬山", Meets), ("物流", Delivery), ("现场测", Demo), ("现场看", Visit),
    ("甘特图", Material), ("生产许可", Material), ("用印", Contract), ("电话沟通", Call), ("电子签", Contract), ("电气图", Material), ("电话会", Call),
    ("电话打", Call), ("电话约", Call), ("电话里", Call), ("电汇", Payment), ("电联", Call), ("电话", Call), ("画册", Material),
    ("留样", Sample), ("留言", Message), ("登门", Visit), ("白皮书", Material), ("的样", Sample), ("的标", Bid), ("盖了公章", Contract),
    ("盖了章", Contract), ("盖完章", Contract), ("盖章", Contract), ("目录", Material), ("盲测", Sample), ("看了两条线", Visit),
    ("看了一圈", Visit), ("看了产品", Demo), ("看了产线", Visit), ("看了条线", Visit), ("看了现场", Visit), ("看了车间", Visit),
    ("看了厂", Visit), ("看产线", Visit), ("看机器", Demo), ("看样机", Demo), ("看演示", Demo), ("看现场", Visit), ("看设备", Visit),
    ("看车间", Visit), ("看厂", Visit), ("看样", Demo), ("瞅了", Visit), ("短信", Message), ("砍价", Quote), ("破包", Complaint), ("破损", Complaint),
    ("碰一下", Meets), ("碰个", Meets), ("碰了", Meets), ("碰到", Meets), ("碰头", Meets), ("碰见", Meets), ("碰面", Meets),
    ("私信", Message), ("移机", Delivery), ("竞价", Bid), ("竞标", Bid), ("章盖", Contract), ("答辩", Meets),
    ("签字盖章", Contract), ("签下来", Contract), ("签合同", Contract), ("签约会", Contract), ("签补充", Contract),
    ("签了", Contract), ("签单", Contract), ("签回", Contract), ("签好", Contract), ("签完", Contract), ("签收", Delivery),
    ("签约", Contract), ("签署", Contract), ("算了个价", Quote), ("算价", Quote), ("索赔", Complaint), ("线上会", Meets),
    ("结块", Complaint), ("结款", Payment), ("结清", Payment), ("结算", Payment), ("结账", Payment), ("给他捎", Visit), ("续签", Contract),
    ("续约", Contract), ("网点表", Material), ("群里", Message), ("考察", Visit), ("聊了", Meets), ("聊起", Meets),
    ("聊过", Meets), ("联调", Delivery), ("聚了聚", Meets), ("聚餐", Meets), ("胀包", Complaint), ("腾讯会议", Meets), ("色差", Complaint),
    ("营业执照", Material), ("补充协议", Contract), ("补发", Delivery), ("补货", Delivery), ("被骂", Complaint), ("装配图", Material),
    ("装好", Delivery), ("装机", Delivery), ("装柜", Delivery), ("装船", Delivery), ("装车", Delivery), ("装完", Delivery), ("要换", Complaint),
    ("要赔", Complaint), ("见一面", Meets), ("见客户", Meets), ("见了", Meets), ("见到", Meets), ("见着", Meets),
    ("见过", Meets), ("见面", Meets), ("规格书", Material), ("视频会", Meets), ("计划书", Material), ("订金", Payment),
    ("讨论会", Meets), ("议标", Bid), ("证书", Material), ("评审会", Meets), ("评审", Meets), ("评标", Bid), ("试一批", Sample),
    ("试一次", Sample), ("试运行", Demo), ("试产", Sample), ("试件", Sample), ("试做", Sample), ("试切", Demo),
    ("试吃", Sample), ("试味", Sample), ("试料", Sample), ("试机", Demo), ("试样", Sample), ("试用", Demo), ("试线", Demo),
    ("试跑", Demo), ("试车", Demo), ("询价", Quote), ("语音", Call), ("说明书", Material), ("请他吃", Meets), ("请她吃", Meets),
    ("请吃", Meets), ("请客", Meets), ("调研表", Material), ("调机", Delivery), ("调试", Delivery), ("谈了", Meets),
    ("谈过", Meets), ("货到了", Delivery), ("货发了", Delivery), ("货款", Payment), ("质量事故", Complaint),
    ("质量问题", Complaint), ("质保金", Payment), ("资料", Material), ("资质", Material), ("赔偿", Complaint),
    ("赔钱", Complaint), ("走了一圈", Visit), ("走完用印", Contract), ("走了趟", Visit), ("走合同", Contract), ("走访", Visit),
    ("超差", Complaint), ("趴窝", Complaint), ("跑了一圈", Visit), ("跑了一天", Visit), ("跑了一趟", Visit), ("跑了三家", Visit), ("跑了两家", Visit),
    ("跑了几家", Visit), ("跑一趟", Visit), ("跑一遍", Demo), ("跑三家", Visit), ("跑两家", Visit), ("跑了趟", Visit),
    ("跑现场", Visit), ("踩点", Visit), ("蹲了", Visit), ("转了一圈", Visit), ("转一圈", Visit), ("转了转", Visit),
    ("转账", Payment), ("过去一趟", Visit), ("过来一趟", Visit), ("过去看", Visit), ("过来看", Visit), ("过去瞅", Visit), ("返修", Complaint),
    ("返工", Complaint), ("还价", Quote), ("进厂装", Delivery), ("进度款", Payment), ("进车间", Visit), ("进厂", Visit), ("进场", Delivery),
    ("退换", Complaint), ("退货", Complaint), ("退了", Complaint), ("送过去", Delivery), ("送到", Delivery), ("送样", Sample), ("送检", Sample),
    ("送货", Delivery), ("选型表", Material), ("递上去", Material), ("通了个话", Call), ("通了次话", Call), ("通了电话", Call),
    ("通电话", Call), ("通电", Delivery), ("通话", Call), ("逾期", Payment), ("遇到", Meets), ("遇见", Meets),
    ("道歉", Complaint), ("邮件", Message), ("邮箱", Message), ("配件清单", Material), ("配料表", Material),
    ("配方", Material), ("酒会", Meets), ("酒桌", Meets), ("重新核价", Quote), ("重新报给", Quote), ("重新报", Quote), ("重传", Material),
    ("重报", Quote), ("钉钉", Message), ("钓鱼", Meets), ("钱到了", Payment), ("钱到账", Payment), ("门店看", Visit),
    ("陪着看", Visit), ("零件图", Material), ("需求表", Material), ("面聊", Meets), ("面谈", Meets), ("顺路去", Visit),
    ("顺丰", Delivery), ("预付款", Payment), ("预付", Payment), ("饭局", Meets), ("饭桌", Meets), ("饮完茶", Meets), ("饮茶", Meets), ("首付", Payment),
    ("首件", Sample), ("首样", Sample), ("首款", Payment), ("驻厂", Visit), ("骂了", Complaint), ("骂得", Complaint), ("验厂", Visit),
    ("验收", Delivery), ("验货", Delivery),
];

/// What only looks like a deed: 「一年开不满半年」, 「我没接话」, whose part it is to pay.
const OTHER_WORDS: &str = "\
    开不满 不满半 不满一 不满两 不满三 没接话 没接茬 不接话 的标准 的标签 的标价 处理方案 没签字 样子 一样 同样 这样 那样 怎样 多样 的电话给 电话号码 管付款 管采购付款 审批付款 \
    负责付款 付款归 发给力";

/// Every deed that `text` names, in its order.
pub(super) fn deeds(text: &Text<'_>, range: Range<usize>) -> Vec<Deed> {
    let mut deeds: Vec<Deed> = Vec::new();
    let mut at = range.start;
    while at < range.end {
        if let Some(end) = text.any(at, OTHER_WORDS) {
            at = end;
            continue;
        }
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

/// 「去宏远」「跑了趟永兴」「刚从宏远出来」: a visit, by the customer's name, which is masked, or a person's.
fn goes_to(text: &Text<'_>, range: Range<usize>) -> Option<Deed> {
    const GOES: &str =
        "去了趟 去了 去趟 去找 去的 去 跑到 绕去 跑了趟 跑了一趟 跑了 跑趟 跑 拐去 到了 从 在 搁";
    const THERE: &str = "出来 回来 门口 厂里 车间 那边坐 那儿坐 那坐 跑了 蹲 待了 转了 等了";
    let end_of_name = |at: usize| {
        let masked = (at..range.end).find(|at| text.get(*at) != Some(Text::MASK)).filter(|end| *end > at);
        masked.or_else(|| super::contacts::titled(text, at).map(|who| who.end))
    };
    let goes = |at: &usize| {
        let Some(verb) = text.any(*at, GOES) else { return false };
        let Some(name) = end_of_name(verb) else { return false };
        let only_where = matches!(text.get(*at), Some('从' | '在' | '搁'));
        !only_where || (name..=name + 1).any(|at| text.any(at, THERE).is_some())
    };
    range.clone().find(goes).map(|at| Deed { action: Visit, at })
}

/// The tense of what `clause` tells.
pub(super) fn tense(text: &Text<'_>, told: &[Told], clause: Range<usize>) -> Tense {
    const DONE: &str = "了 过 已 刚 完 昨 今早 上周 一直 老是 总是 天天 每次 催得 吃的 喝的 聊的 去的 来的 谈的 签的 寄的 发的 请我去 还在";
    const MEANT: &str = "\
        准备 打算 计划 记得 需要 得给 得去 得把 得找 得跟 我要 要给 要去 要跟 要找 再约 再去 我去 我来 我给 想约 想去 想找 待办 待定 尽快 \
        马上 回头 明天 后天 安排 下次 争取 抓紧 赶紧 务必 别忘";
    let ahead = told.iter().any(|told| !told.past && clause.contains(&told.span.start));
    let fixed = fixed(text, clause.clone()) || meetings::agrees(text, clause.clone());
    let start = text.trim(clause.clone()).start;
    let begins = text
        .any(start, "得 要 该 想 打算 准备 争取 记得 回头 别忘 尽快 我得 我要 我准备 我打算 还得 必须")
        .is_some()
        || text.has(clause.clone(), "得催 得给 得去 得找 得跟 得把 得赶 我得 还得 得先 得想")
            && !text.has(clause.clone(), "觉得 记得了 舍得");
    match (fixed, ahead || begins) {
        (true, _) => Tense::Agreed,
        (false, true) => Tense::Intended,
        (false, false) if text.has(clause.clone(), DONE) => Tense::Happened,
        (false, false) if text.has(clause, MEANT) => Tense::Intended,
        (false, false) => Tense::Happened,
    }
}

/// Whether something is fixed between the sides: 「何总口头答应了」, 「答应他周五给」.
fn fixed(text: &Text<'_>, range: Range<usize>) -> bool {
    const FIXED: &str = "说好 说定 说妥 约好 敲定 谈妥 定下来 定了 定好 定在 定于 答应 同意 确认了 商定 讲好 谈好 承诺 应下 应承 应了 口头认 对好时间 点了头 约死 说死 打包票 谈成 讲妥 商量好";
    const NOT: &str = "没答应 不答应 没同意 不同意 没定 还没 不肯 没敲定 说好话 说好几 说好多 嘴上答应 说好吃 说好用 说好看 说好喝 讲好话 都说好 说好听 反应了 没应 没有定 没谈 没敲 说定金 说好坏";
    text.has(range.clone(), FIXED) && !text.has(range, NOT)
}

/// Somebody says, asks or wants something.
const SAYS: &str = "说 讲 反馈 透露 问 告诉 催 表示 提到 让我 叫我 要我 要求 让咱 让把 要我们 让我们 投诉";

/// The customer wants it, where nobody else is named.
const WANTS: &str = "要看 要一 要两 要三 要几 要参 要样 要资 要报 要图 要改 要换 要求 想看 想要 想试 要了解";

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
        let shown = |deed: &&Deed| matches!(deed.action, Action::Demo | Action::Sample);
        let there = |deed: &&Deed| shown(deed) && clause.contains(&deed.at);
        let deed = all.iter().find(there).or_else(|| all.iter().find(meets)).or(all.first());
        // 「去皖中修机器」 is told by what is done there.
        let done_there = deed.is_some_and(|deed| clause.contains(&deed.at));
        let visits = || {
            !done_there && goes_to(text, near.clone()).is_some()
                || text.has(near.clone(), "过去 过来 上门 去看看 来厂 来公司")
                || text.has(clause.clone(), "去") && text.has(clause.clone(), "找")
        };
        let action = match deed.filter(|deed| meets(deed) || shown(deed) || !visits()) {
            Some(deed) => deed.action,
            None if visits() => Visit,
            None => Action::Meeting,
        };
        let before = meetings::clause_before(text, told, clause.start);
        let fixed = meeting == Meeting::Moved
            || meetings::agrees(text, near.clone())
            || meetings::agrees(text, before.clone())
            || fixed(text, before)
            || text
                .has(near, "说好 敲定 定了 定好 同意 答应 请我 请吃 请咱 请我们 过来 来访 来厂 来看 来我们 来公司 邀请 叫我 让我 来验 来试 来签 来谈 来考 带人来 约的 定的 说定 讲好 说好 来咱")
            && !text.has(text.trim(clause.clone()).start..clause.end, "打算请 准备请 想请 打算叫");
        return (Some(action), if fixed { Tense::Agreed } else { Tense::Intended });
    }
    let named = deeds(text, text.whole()).into_iter().next();
    // 「去宏远修机器」 is no mere visit.
    let sooner = |gone: &Deed| {
        let there = text.thought_at(gone.at);
        named.as_ref().is_none_or(|named| gone.at < named.at && !there.contains(&named.at))
    };
    let gone = goes_to(text, text.whole()).filter(sooner);
    let first = gone.or(named);
    let clause = text.thought_at(first.as_ref().map_or(0, |deed| deed.at));
    // 「打电话来说定金明天打」: what was said lies ahead, the saying does not.
    let said = text.find(clause.clone(), SAYS);
    // 「Lisa问保质期，要看检测报告」: who asked goes on asking.
    let before = text
        .clauses()
        .into_iter()
        .rev()
        .find(|before| before.end < clause.start + 1 && before.start < clause.start);
    let start = text.trim(clause.clone()).start;
    let asked = |before: Range<usize>| text.has(before, "问 说 讲 催 认 不认 提 嫌 反馈");
    let goes_on = before.clone().is_some_and(|before| {
        text.any(start, "要 想 让 叫 说").is_some() && asked(before.clone())
            || text.any(start, WANTS).is_some() && super::contacts::contact(text, before).is_some()
    });
    // 「跟谢工说好，标书20号交」
    let led = before.clone().filter(|before| before.len() <= 14 && text.get(before.end) == Some(','));
    let agreed = fixed(text, clause.clone()) || led.is_some_and(|led| fixed(text, led)) && !goes_on;
    let clause = said.map_or(clause.clone(), |said| clause.start..said.start + 1);
    let tense = match (agreed, goes_on) {
        (true, _) => Tense::Agreed,
        (false, true) => Tense::Happened,
        (false, false) => tense(text, told, clause),
    };
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
