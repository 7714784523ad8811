//! Parts that people have in a customer's decision: 「李工负责技术把关」「最后还是张总拍板」.

use std::ops::Range;

use serde::Serialize;

use super::contacts::contacts;
use super::text::Text;

/// A part in the decision.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 拍板, 说了算
    Decides,
    /// 技术把关, 选型
    Technical,
    /// 采购, 比价
    Buys,
    /// 使用
    Uses,
    /// 财务, 批钱
    Pays,
    /// 支持我们
    Supports,
    /// 反对
    Opposes,
}

impl Role {
    /// As it is written in JSON.
    pub fn key(self) -> &'static str {
        match self {
            Self::Decides => "decides",
            Self::Technical => "technical",
            Self::Buys => "buys",
            Self::Uses => "uses",
            Self::Pays => "pays",
            Self::Supports => "supports",
            Self::Opposes => "opposes",
        }
    }

    /// As customers' contacts have it: 决策人.
    pub fn part(self) -> &'static str {
        match self {
            Self::Decides => "决策人",
            Self::Technical => "技术把关",
            Self::Buys => "采购",
            Self::Uses => "使用人",
            Self::Pays => "财务",
            Self::Supports => "支持者",
            Self::Opposes => "反对者",
        }
    }
}

/// Words that tell a part; the more telling first.
const WORDS: &[(Role, &str)] = &[
    (
        Role::Opposes,
        "反对 有意见 有点意见 有看法 不同意 不喜欢我们 不支持 看不上我们 对我们有意见 不待见 死活不 投反对 唱反调 偏向 不认我们 跟我们不对付 看不上咱 不待见咱 说咱坏话 说我们坏话 一直摇头",
    ),
    (
        Role::Supports,
        "支持我们 力推我们 力推 力挺 帮我们说话 站我们 站在我们 挺我们 看好我们 认可我们 向着我们 帮我们说好话 说我们好话 帮我们讲话 替我们说 推我们 帮着说话 内线 替咱 帮咱 站咱 挺咱 偏咱 偏我们 真挺我们 帮我们讲 帮着我们 帮我们圆场 圆场 举双手赞成 说我们好 说咱好 替我们讲 支持咱 推荐咱",
    ),
    (
        Role::Decides,
        "拍板 说话管用 说话算数 说话好使 说了算 做主 决策人 决策者 最终决定 定夺 最后定 他定 她定 话事 一把手 点头才 点头就 一锤定音 关键人 点头的 拍的板 拿主意 拿的主意 还得何总点头 说话最",
    ),
    (
        Role::Technical,
        "技术把关 技术选型 管选型 负责选型 选型归 选型由 选型是 选型他 管技术 技术负责 技术上把关 技术评估 把技术关 技术这块 技术对接 负责技术 看技术 技术说了 技术上我把关 技术关 把关 选型归 管技术选型",
    ),
    (
        Role::Pays,
        "管钱 管财务 批钱 财务审批 管预算 付款审批 管付款 审批付款 批预算 财务这块 财务签字 卡付款 负责付款 钱都归 钱归 管账 款归 批款 管付款审批 管着钱",
    ),
    (
        Role::Buys,
        "管采购 负责采购 采购负责 采购这块 采购是 比价 采购经理 采购主管 跑采购 做采购 采购对接 管采购比价 只管比价 比三家 管比价 负责比价",
    ),
    (
        Role::Uses,
        "实际用 用设备 天天用 天天在用 操作 使用方 管车间 车间用 一线 用机器 负责生产 管生产 车间主任 管着车间 守着机床 开机床 天天开 天天使 手下人在用 手下在用 车间用设备 车间的",
    ),
];

/// What is theirs to say, before them: 「技术这块李工说了算」.
const TOPICS: &[(Role, &str)] = &[
    (Role::Technical, "技术这块 技术的事 技术上 选型归 选型是"),
    (Role::Pays, "钱的事 钱这块 花钱"),
    (Role::Buys, "采购这块 采购的事 采购由 采购归 采购这块归 比价归 比价砍价都归 比价砍价归"),
];

/// The parts that `text` tells of people, in its order; a person may have several.
pub(super) fn roles(text: &Text<'_>) -> Vec<(Range<usize>, Role)> {
    let mut found: Vec<(Range<usize>, Role)> = Vec::new();
    // Whom the clause before was about.
    let mut subject: Option<Range<usize>> = None;
    for clause in text.thoughts() {
        let people = contacts(text, clause.clone());
        let of = |range: Range<usize>| WORDS.iter().find(|(_, words)| text.has(range.clone(), words));
        let of = |range: Range<usize>| of(range).map(|(role, _)| *role);
        if let (true, Some(who)) = (goes_on(text, clause.clone(), people.first()), subject.clone()) {
            let end = people.first().map_or(clause.end, |next| next.start);
            let role = of(clause.start..end).filter(|_| !denied(text, clause.start..end));
            found.extend(role.map(|role| (who, role)));
        }
        for (place, who) in people.iter().enumerate() {
            let end = people.get(place + 1).map_or(clause.end, |next| next.start);
            // 「拍板的是张总」: before the only one.
            let start = if place == 0 { clause.start } else { who.start };
            let topic =
                TOPICS.iter().find(|(_, words)| text.has(start..who.start, words)).map(|(role, _)| *role);
            let role = topic.or_else(|| of(who.end..end)).or_else(|| of(start..who.start));
            if let Some(role) = role.filter(|_| !denied(text, start..end)) {
                found.push((who.clone(), role));
            }
        }
        subject = people.first().cloned().or(subject);
    }
    let mut known: Vec<(String, Role)> = Vec::new();
    found.retain(|(who, role)| {
        let key = (text.raw(who.clone()).to_owned(), *role);
        let new = !known.contains(&key);
        known.push(key);
        new
    });
    found
}

/// Whether a clause tells on of who was spoken of: 「他就是天天开机床的」, 「一直帮我们说话」.
fn goes_on(text: &Text<'_>, clause: Range<usize>, named: Option<&Range<usize>>) -> bool {
    const BEGINS: &str = "他 她 一直 就是 全程 倒是 还 总 死活 背地 本人 自己 嫌 技术上我 那个人";
    let start = text.trim(clause.clone()).start;
    let told_of = named.is_none() && text.has(clause, "他 她");
    told_of || text.any(start, BEGINS).is_some() && named.is_none_or(|who| who.start > start + 2)
}

fn denied(text: &Text<'_>, range: Range<usize>) -> bool {
    text.has(range, "不是他 说了不算 讲了不算 不拍板 做不了主 不管 定不了 说不算")
}
