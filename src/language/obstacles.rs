//! What holds a deal: 「卡在法务条款」「样品还没测完」.

use std::ops::Range;

use serde::Serialize;

use super::text::Text;

/// What a deal waits for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Obstacle {
    /// 技术对接, 参数
    Technical,
    /// 法务, 条款
    Legal,
    /// 预算
    Budget,
    /// 审批, 签字
    Approval,
    /// 样品, 测试
    Sample,
    /// 交期, 排期
    Delivery,
    /// 资质, 认证
    Qualification,
    /// 对接人离职, 休假
    People,
    /// 缺资料, 图纸
    Data,
}

impl Obstacle {
    /// As it is written in JSON.
    pub fn key(self) -> &'static str {
        match self {
            Self::Technical => "technical",
            Self::Legal => "legal",
            Self::Budget => "budget",
            Self::Approval => "approval",
            Self::Sample => "sample",
            Self::Delivery => "delivery",
            Self::Qualification => "qualification",
            Self::People => "people",
            Self::Data => "data",
        }
    }

    /// As people read it: 技术对接.
    pub fn name(self) -> &'static str {
        match self {
            Self::Technical => "技术对接",
            Self::Legal => "法务条款",
            Self::Budget => "预算",
            Self::Approval => "审批",
            Self::Sample => "样品测试",
            Self::Delivery => "交期",
            Self::Qualification => "资质认证",
            Self::People => "对接人",
            Self::Data => "资料",
        }
    }
}

/// What things are called that deals wait for.
const THINGS: &[(Obstacle, &str)] = &[
    (Obstacle::Legal, "法务 条款 违约金 违约 合同文本 合同条文 合同审 保密协议 责任上限"),
    (
        Obstacle::Sample,
        "样品 没测完 没验完 没试完 试样 打样 小试 中试 试产 试用报告 测试 试吃 样件 样机 化验 检测 验证 小批 试跑 试机 试用 盲测 送检",
    ),
    (
        Obstacle::Technical,
        "技术对接 技术方案 参数 接口 技术协议 技术部 技术那边 技术评审 技术交流 节拍 选型 技术 设备数量 配置 工艺 \
         方案评审 图纸会签 布局",
    ),
    (Obstacle::Budget, "预算 资金 钱没 额度 批钱 拨款 经费 款没到 款没批 款没下 钱紧 资金紧"),
    (
        Obstacle::Approval,
        "审批单 审批 领导签字 签字 流程 立项 盖章 董事会 总部 集团 老板点头 批复 批下来 用印 oa 上会 审下来 副总 副厂长 \
         请示 会签 走程序 招标办 做不了主 老板没批 老板没签 总经理 桌上 字没签 钱动不了",
    ),
    (Obstacle::Delivery, "交期 排期 排到 工期 产能 排产 档期 停机时间 停产窗口 货期 现货 场地 腾地方 厂房"),
    (
        Obstacle::Qualification,
        "资质 认证 准入 供应商名录 供应商库 入库 体系证书 证书 审厂 验厂 许可 合格供应商 备案 三证",
    ),
    (Obstacle::Data, "资料 图纸 数据 清单 需求表 产品图 尺寸 点表 三维图 用量表 规格书"),
];
/// People are in the way once they are gone.
const GONE: &str = "\
    对接人走 对接人换 对接人离 没人接 换人 换了人 换了个 离职 辞职 休产假 休陪产假 休年假 休假 请假 没人顶 没人对接 调走 调岗 走人 住院 退休 失联 联系不上 找不到人 没人对接 接手的 新老板 接替的人";
/// That something has not come about.
const WAITS: &str = "\
    没过 卡在 卡住 卡着 卡 还在等 在等 等着 等他们 等 没批 没给 没签 没定 没下来 没走完 没测完 没验完 没做完 没通过 没出 没到 \
    没确认 没回 没搞定 没提供 没弄完 没排 没结果 没消息 没对完 没拿到 没对接 没动静 没审 没寄 拖着 停了 停着 迟迟 缺 还没 未 \
    要走 得走 得上会 要上会 得过 要过 先过 先要 才给 才能 才让 才轮 在走 在审 走到 不够 没有 压着 不齐 没齐 还差 没同意 不认 砸了 翻车 字没签 没测完 没试完 没下来 打回来 定不下来 没给齐 没给全 出不来 没法往下 一个字没 没上 排不上 排不开 \
    悬着 没到位 没敲定 没谈拢 谈不拢 过不了 过不去 不批 不肯 没着落 没人 来不及 没办下来 没办完 没办好 没做 没盖 没法 还在 催了 没影 没动 没落实 没腾出 \
    就差 只差 排到 没收到 补不上 不放 押着 搁着 排队 没对上 没开始";

/// What the deal waits for by `text`, each once, in its order.
pub(super) fn obstacles(text: &Text<'_>) -> Vec<Obstacle> {
    let mut found: Vec<Obstacle> = Vec::new();
    let mut before: Option<(usize, Obstacle)> = None;
    for clause in text.clauses() {
        let waiting = text.find(clause.clone(), WAITS).filter(|_| waits(text, clause.clone()));
        // 「价格条款全过 现在就卡审批」: what is held up stands behind the word.
        const LEADS: &str = "卡 等 要走 得走 要过 得过 在走";
        let led =
            waiting.as_ref().filter(|word| text.any(word.start, LEADS).is_some()).map(|word| word.start);
        let behind = |at: usize| led.is_some_and(|from| at >= from);
        let thing =
            |(obstacle, words): &(Obstacle, &str)| Some((text.find(clause.clone(), words)?.start, *obstacle));
        let named = THINGS
            .iter()
            .filter_map(thing)
            .min_by_key(|(at, _)| (!behind(*at), *at))
            .map(|(_, obstacle)| obstacle);
        // 「法务没同意，卡着」「违约金那条打回来了，没过」
        let bare = waiting.is_some() && clause.len() <= SHORT;
        let carried =
            before.filter(|(end, _)| bare && text.get(*end) == Some(',') && end + 1 == clause.start);
        let held = named.or(carried.map(|(_, obstacle)| obstacle)).filter(|_| waiting.is_some());
        before = named.map(|obstacle| (clause.end, obstacle));
        let gone = text.has(clause, GONE).then_some(Obstacle::People);
        for obstacle in held.into_iter().chain(gone) {
            if !found.contains(&obstacle) {
                found.push(obstacle);
            }
        }
    }
    found
}

/// A clause of so few characters that waits without a word for what waits for what was named before.
const SHORT: usize = 6;

fn waits(text: &Text<'_>, clause: Range<usize>) -> bool {
    text.has(clause.clone(), WAITS)
        && !text.has(clause, "没问题 没意见 不缺 不卡 不用等 过了 通过了 批了 签了 齐了 下来了")
}
