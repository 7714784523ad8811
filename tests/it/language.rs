//! What reps write, and what is understood. The moment is Tuesday 2026-11-24, 09:30 in Shanghai unless a test says
//! otherwise; the names are those of a machinery maker and a food supplier.

mod estimates;

use std::sync::LazyLock;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use genjin::calendar::Calendar;
use genjin::language::{
    Answer, Awaited, Command, Context, Courtesy, Directory, Meeting, MeetingAnswer, Moment, NameIndex, Names,
    Note, Report, Unclear, Understanding, Via, understand,
};
use genjin::sales::{CustomerId, LossReason, MemberId, Outcome, StageKey};
use proptest::prelude::*;

const CUSTOMERS: [(&str, &[&str], &[&str]); 9] = [
    ("宏远机械", &["宏远"], &["张总", "李工"]),
    ("永兴铸造", &["永兴"], &["张总"]),
    ("鑫源食品", &["鑫源"], &["刘经理", "周厂长"]),
    ("金利达", &[], &["陈姐"]),
    ("瑞丰农业", &["瑞丰"], &[]),
    ("三月农庄", &[], &[]),
    ("百万庄园食品", &["百万庄园"], &["老吴"]),
    ("ABC 烘焙", &["ABC", "艾比西"], &["Lisa"]),
    ("周六福饼业", &["周六福"], &[]),
];

/// Built once: the property tests ask thousands of times.
static DIRECTORY: LazyLock<Directory> = LazyLock::new(directory);
static CALENDAR: LazyLock<Calendar> = LazyLock::new(Calendar::default);

fn directory() -> Directory {
    let mut directory = Directory::default();
    for (number, (name, aliases, contacts)) in (1..).zip(CUSTOMERS) {
        let names = std::iter::once((name, Via::Name))
            .chain(aliases.iter().map(|alias| (*alias, Via::Alias)))
            .chain(contacts.iter().map(|contact| (*contact, Via::Contact)));
        directory.customers.set(&CustomerId(number), names);
    }
    for (key, names) in
        [("wanglei", ["王磊", "小王"]), ("lina", ["李娜", "小李"]), ("zhangwei", ["张伟", "小张"])]
    {
        directory.members.set(&MemberId::from(key), names.map(|name| (name, Via::Name)));
    }
    for (key, name) in [("need", "需求确认"), ("quote", "报价"), ("demo", "方案演示"), ("contract", "合同")]
    {
        directory.stages.set(&StageKey::from(key), [(name, Via::Name)]);
    }
    directory
}

fn short(id: CustomerId) -> &'static str {
    let index = usize::try_from(id.0).unwrap() - 1;
    CUSTOMERS[index].1.first().copied().unwrap_or(CUSTOMERS[index].0)
}

fn at(wall: &str) -> DateTime<Utc> {
    CALENDAR.instant(NaiveDateTime::parse_from_str(wall, "%Y-%m-%d %H:%M").unwrap())
}

const TUESDAY: &str = "2026-11-24 09:30";

fn heard_while(text: &str, now: &str, awaiting: Awaited) -> Understanding {
    understand(text, &Context { now: at(now), calendar: &CALENDAR, names: &*DIRECTORY, awaiting })
}

fn reminded(what: &str, at: Option<DateTime<Utc>>) -> Command {
    Command::Remind { customers: vec![], what: what.to_owned(), at }
}

fn handed(customer: CustomerId, to: &str) -> Command {
    Command::HandOver {
        customers: vec![customer],
        to: vec![MemberId::from(to)],
        said: String::new(),
        stranger: String::new(),
    }
}

fn heard(text: &str) -> Understanding {
    heard_while(text, TUESDAY, Awaited::Nothing)
}

/// One line for a moment: 「11-27 15:00」; ≤ for a deadline, ~ for our reading of vague words.
fn moment(moment: &Moment) -> String {
    let local = CALENDAR.local(moment.at);
    let form = if moment.all_day() { "%m-%d" } else { "%m-%d %H:%M" };
    let year = if local.format("%Y").to_string() == "2026" {
        String::new()
    } else {
        local.format("%Y-").to_string()
    };
    let (by, vague) = (if moment.by { "≤" } else { "" }, if moment.vague { "~" } else { "" });
    format!("{by}{year}{}{vague}", local.format(form))
}

/// One line for a note: customers · @contact · when · ←happened · money · meeting · stage.
fn line(note: &Note) -> String {
    let mut parts = vec![note.customers().into_iter().map(short).collect::<Vec<_>>().join("/")];
    parts.extend(note.contact.as_ref().map(|contact| format!("@{contact}")));
    parts.extend(note.when.as_ref().map(moment));
    parts.extend(note.happened.as_ref().map(|happened| format!("←{}", moment(happened))));
    parts.extend(note.amount.map(|amount| amount.to_string().replace(' ', "")));
    parts.extend(match note.meeting {
        Meeting::No => None,
        Meeting::Planned => Some("会".to_owned()),
        Meeting::Moved => Some("改期".to_owned()),
        Meeting::Cancelled => Some("取消".to_owned()),
    });
    parts.extend(note.stage.as_ref().map(|stage| format!("→{stage}")));
    parts.extend(note.empty.then(|| "空".to_owned()));
    parts.extend(note.private.then(|| "私".to_owned()));
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

fn told(understanding: &Understanding) -> String {
    match understanding {
        Understanding::Note(note) => line(note),
        Understanding::Notes(notes) => notes.iter().map(line).collect::<Vec<_>>().join(" | "),
        other => format!("{other:?}"),
    }
}

#[track_caller]
fn assert_notes(now: &str, table: &[(&str, &str)]) {
    let wrong: Vec<String> = table
        .iter()
        .map(|(text, expected)| (text, expected, told(&heard_while(text, now, Awaited::Nothing))))
        .filter(|(_, expected, got)| **expected != got)
        .map(|(text, expected, got)| format!("{text}\n  meant {expected}\n  heard {got}"))
        .collect();
    assert!(wrong.is_empty(), "{} of {} misunderstood\n{}", wrong.len(), table.len(), wrong.join("\n"));
}

#[test]
fn notes_of_a_machinery_rep_are_understood() {
    assert_notes(
        TUESDAY,
        &[
            ("宏远张总约了下周二看厂", "宏远 · @张总 · 12-01 · 会"),
            ("张总约了下周二看厂", "宏远/永兴 · @张总 · 12-01 · 会"),
            ("和宏远李工约了周四下午三点演示", "宏远 · @李工 · 11-26 15:00 · 会"),
            ("宏远机械客户认可方案，要分期付款", "宏远"),
            ("永兴说预算只有五十万", "永兴 · 50万"),
            ("宏远报价80万，客户还价75万", "宏远 · 75万"),
            ("宏远 80万的项目，首付20万", "宏远 · 80万"),
            ("永兴铸造明天上午九点半去他们厂里看现场", "永兴 · 11-25 09:30 · 会"),
            ("宏远12月3号来厂里验厂", "宏远 · 12-03 · 会"),
            ("宏远3号来看样机", "宏远 · 12-03 · 会"),
            ("宏远28号签合同", "宏远 · 11-28"),
            ("周五前给宏远发安全白皮书", "宏远 · ≤11-27"),
            ("三天内给永兴出技术参数", "永兴 · ≤11-27"),
            ("永兴两周后再联系", "永兴 · 12-08"),
            ("宏远月底前定", "宏远 · ≤11-30~"),
            ("永兴月初开会讨论设备选型", "永兴 · 12-01~ · 会"),
            ("昨天见了宏远张总，约了下周三下午看厂", "宏远 · @张总 · 12-02 14:00~ · ←11-23 · 会"),
            ("上周四去了永兴，他们担心停产改造", "永兴 · ←11-19"),
            ("宏远的看厂改到下周五了", "宏远 · 12-04 · 改期"),
            ("永兴周四的拜访取消了", "永兴 · 11-26 · 取消"),
            ("宏远进入合同阶段", "宏远 · →contract"),
            ("永兴推进到方案演示了", "永兴 · →demo"),
            ("宏远要对比三家，重点看能耗和停机时间", "宏远"),
            ("李工要一份竞品对比表", "宏远 · @李工"),
            ("宏远后天下午2点开技术评审会", "宏远 · 11-26 14:00 · 会"),
            ("大后天上午10:30去宏远", "宏远 · 11-27 10:30 · 会"),
            ("宏远今天下午四点电话会", "宏远 · 11-24 16:00 · 会"),
            ("今天上午去了宏远，李工说节拍要到45秒", "宏远 · @李工 · ←11-24 09:00~"),
            ("永兴年产三万吨，想上两条线", "永兴"),
            ("宏远要5台，单价12.5w", "宏远"),
            ("永兴要两千件备件", "永兴"),
            ("宏远 电机功率 5kw 不够", "宏远"),
            ("宏远合同额一百二十万", "宏远 · 120万"),
            ("宏远付了定金 30 万", "宏远"),
            ("永兴预算从80万砍到六十五万", "永兴 · 65万"),
            ("王总工说下个月初定方案", "@王总工 · 12-01~"),
            ("欧阳经理想看同行案例", "@欧阳经理"),
            ("老周介绍了一个新客户，做阀门的", "@老周"),
            ("约了陈工周四看现场", "@陈工 · 11-26 · 会"),
            ("宏远的采购总监下周一到周三出差", "宏远 · 11-30"),
            ("宏远12.3下午看厂", "宏远 · 12-03 14:00~ · 会"),
            ("宏远 12/8 15:30 演示", "宏远 · 12-08 15:30 · 会"),
            ("永兴2027年1月5日验收", "永兴 · 2027-01-05"),
            ("永兴1月5号验收", "永兴 · 2027-01-05"),
            ("宏远提了3点要求，比去年多", "宏远"),
            ("宏远嫌贵了一点，要再便宜2个点", "宏远"),
            ("宏远3号线要改造", "宏远"),
            ("永兴每周一开例会，先把资料发过去", "永兴"),
            ("宏远这周一直在走流程", "宏远 · 11-27~"),
            ("永兴下周再约", "永兴 · 11-30~"),
            ("宏远下周内给答复", "宏远 · ≤12-04~"),
            ("永兴5个工作日内出图纸", "永兴 · ≤12-01"),
            ("宏远半个月后出结果", "宏远 · 12-09"),
            ("宏远一个月后复审", "宏远 · 12-24"),
            ("宏远半小时后回电话", "宏远 · 11-24 10:00"),
            ("宏远十二月八号上午十点一刻在他们公司开会", "宏远 · 12-08 10:15 · 会"),
            ("永兴明早八点到厂", "永兴 · 11-25 08:00"),
            ("永兴明晚七点请客户吃饭", "永兴 · 11-25 19:00 · 会"),
            ("宏远明天三点到五点培训", "宏远 · 11-25 15:00 · 会"),
            ("今天下班前把报价发宏远", "宏远 · ≤11-24 18:00"),
            ("宏远中午12点半视频会", "宏远 · 11-24 12:30 · 会"),
            ("下周二看厂，张总下午三点到", "宏远/永兴 · @张总 · 12-01 15:00 · 会"),
            ("私下记 宏远采购是李总的亲戚", "宏远 · @李总 · 私"),
            ("记一下：永兴换了采购经理", "永兴"),
            ("宏远：下次带上技术", "宏远"),
            ("宏远（张总）12月10日周四上午来厂", "宏远 · @张总 · 12-10 09:00~ · 会"),
            ("宏远 11月20日已经寄了样件", "宏远 · ←11-20"),
            ("宏远周一发了图纸", "宏远 · ←11-23"),
            ("宏远周一来看厂", "宏远 · 11-30 · 会"),
            ("宏远年底前要装完", "宏远 · ≤12-31~"),
            ("宏远年后再说", "宏远 · 2027-02-15~"),
            ("永兴元旦后启动", "永兴 · 2027-01-04~"),
        ],
    );
}

#[test]
fn notes_of_a_food_rep_are_understood() {
    assert_notes(
        TUESDAY,
        &[
            ("鑫源刘经理要三款样品，周五前寄到", "鑫源 · @刘经理 · ≤11-27"),
            ("鑫源首批下单3200元", "鑫源 · 3,200元"),
            ("鑫源试吃反馈偏咸，配方要减盐两成", "鑫源"),
            ("鑫源年货订单20万，账期60天", "鑫源 · 20万"),
            ("百万庄园要500箱，下周一发货", "百万庄园 · 11-30"),
            ("三月农庄想换供应商", "三月农庄"),
            ("周六福要做中秋礼盒", "周六福"),
            ("周六福明天上午试吃", "周六福 · 11-25 09:00~ · 会"),
            ("ABC要看工厂，约在12月2日", "ABC · 12-02 · 会"),
            ("abc的Lisa说保质期太短", "ABC · @Lisa"),
            ("艾比西烘焙下下周三来公司品鉴", "ABC · 12-09 · 会"),
            ("瑞丰说价格再降3个点就签", "瑞丰"),
            ("瑞丰两万五的货款到账了", "瑞丰"),
            ("瑞丰一万二的小单先走", "瑞丰 · 1.2万"),
            ("瑞丰这批货款12万5", "瑞丰 · 12.5万"),
            ("金利达陈姐说门店断货了，催发货", "金利达 · @陈姐"),
            ("陈姐让下月3号送货", "金利达 · @陈姐 · 12-03"),
            ("金利达月底对账", "金利达 · 11-30~"),
            ("金利达下个月上架，进场费8000块", "金利达 · 12-01~ · 8,000元"),
            ("老吴要给他们老板看检测报告", "百万庄园 · @老吴"),
            ("鑫源周厂长后天来审厂", "鑫源 · @周厂长 · 11-26 · 会"),
            ("鑫源礼拜四下午验货", "鑫源 · 11-26 14:00~"),
            ("鑫源星期天也能收货", "鑫源 · 11-29"),
            ("鑫源本周五打样", "鑫源 · 11-27"),
            ("鑫源上周五拜访过，等法务", "鑫源 · ←11-20"),
            ("瑞丰三天前寄的样，还没到", "瑞丰 · ←11-21"),
            ("瑞丰过两天再问", "瑞丰 · 11-26~"),
            ("瑞丰千万别催，老板烦", "瑞丰"),
            ("鑫源全年框架两百万左右", "鑫源 · 200万"),
            ("鑫源一次要三十来万的货", "鑫源 · 30万"),
            ("鑫源1,280,000元的合同寄出去了", "鑫源 · 128万"),
            ("鑫源大单1.2亿，别外传", "鑫源 · 1.2亿"),
            ("瑞丰单价12.5元一斤", "瑞丰"),
            ("客户说口味可以，包装要改", ""),
            ("今天跑了三家店，都缺货", "←11-24"),
            ("刘总答应下周四给回复", "@刘总 · 12-03"),
            ("拜访了一家做月饼的，要报价", ""),
            ("鑫源刘经理，张主任一起，周三晚上吃饭", "鑫源 · @刘经理 · 11-25 19:00~ · 会"),
        ],
    );
}

#[test]
fn longer_reports_are_understood() {
    assert_notes(
        TUESDAY,
        &[
            (
                "今天跟宏远的张总通了电话，他说方案内部在过，下周三之前给答复",
                "宏远 · @张总 · ≤12-02 · ←11-24",
            ),
            ("刚和鑫源刘经理打完电话，样品收到了，下周二试吃", "鑫源 · @刘经理 · 12-01 · 会"),
            ("永兴张总在开会，让我四点再打", "永兴 · @张总 · 11-24 16:00"),
            ("约到了！宏远下周五上午十点，张总和李工都在", "宏远 · @张总 · 12-04 10:00 · 会"),
            ("宏远明天下午三点半到他们公司，带上报价单", "宏远 · 11-25 15:30 · 会"),
            ("周四陪永兴张总去看同行案例", "永兴 · @张总 · 11-26 · 会"),
            ("宏远说要等老板出差回来，大概12月5号", "宏远 · 12-05"),
            ("鑫源本来说20万，现在砍到15万", "鑫源 · 15万"),
            ("宏远中标了！合同额135.8万", "宏远 · 135.8万"),
            ("下午去了趟金利达，陈姐不在", "金利达 · @陈姐 · ←11-24 14:00~"),
            ("明天去拜访新客户华南重工", "11-25 · 会"),
            ("华南重工王经理，想要一套包装线，预算100多万", "@王经理 · 100万"),
            ("宏远报价七十八万八千", "宏远 · 78.8万"),
            ("给宏远报了价，78万8", "宏远 · 78.8万"),
            ("报价1.5个亿", "1.5亿"),
            ("几十万的单子，五六万也行，客户没定", ""),
            ("永兴要求12月15日前到货，不然换供应商", "永兴 · ≤12-15"),
            ("宏远：周四下午看厂改成周五下午", "宏远 · 11-27 14:00~ · 改期"),
            ("张总说下周二不行，改到下周四上午十点", "宏远/永兴 · @张总 · 12-03 10:00 · 改期"),
            ("鑫源的试吃延期，时间再定", "鑫源 · 改期"),
            ("永兴的单价改成美元，周五前给", "永兴 · ≤11-27"),
            ("鑫源保质期从6个月改成9个月", "鑫源"),
            ("宏远周三发样品，周五见面谈价格", "宏远 · 11-27 · 会"),
            ("周三发报价，周五上午去宏远", "宏远 · 11-27 09:00~ · 会"),
            ("宏远张总说周五太忙，约下周一", "宏远 · @张总 · 11-30 · 会"),
            ("宏远预计12月底签约，金额80万", "宏远 · 12-31~ · 80万"),
            ("拜访瑞丰王总，聊了半小时，想要20吨试单", "瑞丰 · @王总"),
            ("宏远技术交流会定在12月2日下午1点半到3点", "宏远 · 12-02 13:30 · 会"),
            ("周一上午9点宏远评审会，下午2点签字", "宏远 · 11-30 09:00 · 会"),
            ("2026-12-01 14:00 宏远演示", "宏远 · 12-01 14:00 · 会"),
            ("宏远 12月1日14：30 演示", "宏远 · 12-01 14:30 · 会"),
            ("瑞丰要3千箱，每箱45块，总共13.5万", "瑞丰 · 13.5万"),
            ("早上开会说宏远要加急", "宏远 · ←11-24 09:00~"),
            ("双十二前到货，客户催", "≤12-11~"),
            ("关于总价再谈，施工图先发客户", ""),
            ("周一鸣经理约周一见", "@周一鸣经理 · 11-30 · 会"),
            ("24小时内回复宏远", "宏远 · ≤11-25 09:30"),
            ("宏远7点吃饭", "宏远 · 11-24 19:00~ · 会"),
            ("谢谢，宏远约到了周四", "宏远 · 11-26 · 会"),
            ("明天下午三点", "11-25 15:00"),
        ],
    );
}

#[test]
fn several_customers_in_one_breath_become_several_notes() {
    assert_notes(
        TUESDAY,
        &[
            (
                "宏远周二看厂，鑫源等法务，永兴要样品周五前给，金利达太忙下月再约",
                "宏远 · 12-01~ · 会 | 鑫源 | 永兴 · ≤11-27 | 金利达 · 12-01~",
            ),
            ("1. 宏远报价80万\n2. 鑫源要样品\n3. 永兴没预算", "宏远 · 80万 | 鑫源 | 永兴"),
            ("宏远：合同寄出；永兴：下周三开会", "宏远 | 永兴 · 12-02 · 会"),
            ("刘经理要样品，陈姐催发货", "鑫源 · @刘经理 | 金利达 · @陈姐"),
            ("宏远张总介绍了永兴的设备科长", "宏远/永兴 · @张总"),
            ("宏远要样品，宏远李工要图纸", "宏远 · @李工"),
            ("那个宏远流程没走完然后永兴领导也没签字", "宏远 | 永兴"),
            ("合同给宏远寄出去了。陈姐说最近太忙", "宏远 | 金利达 · @陈姐"),
        ],
    );
    let Understanding::Notes(notes) = heard("1、宏远报价80万 2、鑫源要样品") else {
        panic!("two notes")
    };
    assert_eq!(
        notes.iter().map(|note| note.text.as_str()).collect::<Vec<_>>(),
        ["宏远报价80万", "鑫源要样品"]
    );
}

#[test]
fn notes_without_a_fact_are_known_as_empty() {
    for text in [
        "宏远客户很感兴趣，持续跟进中",
        "鑫源刘经理意向很强，保持联系",
        "永兴进展顺利",
        "宏远正常跟进",
        "金利达 暂无进展",
        "客户很感兴趣，持续跟进中",
        "瑞丰聊得不错，后续继续跟进",
        "今天联系了宏远，没有新进展",
        "宏远还在跟",
        "鑫源等消息",
    ] {
        let Understanding::Note(note) = heard(text) else { panic!("{text} is a note") };
        assert!(note.empty, "{text}: {note:?}");
    }
    for text in [
        "宏远等法务",
        "宏远感兴趣，要看案例",
        "鑫源意向很强，预算50万",
        "永兴很感兴趣，约了周四看厂",
        "宏远换了采购经理",
        "永兴没预算",
        "金利达太忙",
    ] {
        let Understanding::Note(note) = heard(text) else { panic!("{text} is a note") };
        assert!(!note.empty, "{text}: {note:?}");
    }
}

#[test]
fn next_step_is_the_clause_that_plans() {
    let step = |text: &str| match heard(text) {
        Understanding::Note(note) => note.next_step,
        other => panic!("{text} is a note, not {other:?}"),
    };
    let cases = [
        ("宏远认可方案，周五前发报价单", Some("周五前发报价单")),
        ("宏远认可方案，下一步：安排技术交流", Some("安排技术交流")),
        ("见了永兴张总。我准备再送一次样", Some("我准备再送一次样")),
        ("下周二，宏远来看厂", Some("下周二，宏远来看厂")),
        ("宏远认可方案", None),
        ("昨天去了宏远", None),
    ];
    for (text, expected) in cases {
        assert_eq!(step(text).as_deref(), expected, "{text}");
    }
}

#[test]
fn on_friday_evening_the_week_is_nearly_over() {
    assert_notes(
        "2026-11-27 18:40",
        &[
            ("宏远周三看厂", "宏远 · 12-02 · 会"),
            ("宏远下周三看厂", "宏远 · 12-02 · 会"),
            ("宏远下周五看厂", "宏远 · 12-04 · 会"),
            ("宏远本周三看了厂", "宏远 · ←11-25"),
            ("宏远周日演示", "宏远 · 11-29 · 会"),
            ("宏远明天来看样机", "宏远 · 11-28 · 会"),
            ("宏远周五来看厂", "宏远 · 12-04~ · 会"),
            ("今天下午见了宏远张总", "宏远 · @张总 · ←11-27 14:00~"),
            ("下午见了宏远张总", "宏远 · @张总 · ←11-27 14:00~"),
            ("今晚八点请宏远吃饭", "宏远 · 11-27 20:00 · 会"),
            ("九点去宏远", "宏远 · 11-28 09:00~ · 会"),
            ("宏远月底签", "宏远 · 11-30~"),
            ("过三天给宏远回话", "宏远 · 11-30"),
        ],
    );
}

#[test]
fn before_a_holiday_the_break_is_skipped() {
    assert_notes(
        "2026-09-30 16:00",
        &[
            ("宏远国庆后看厂", "宏远 · 10-08~ · 会"),
            ("宏远节后再约", "宏远 · 10-08~"),
            ("宏远节前要发货", "宏远 · ≤09-30~"),
            ("宏远两个工作日内回复", "宏远 · ≤10-09"),
            ("宏远下周四演示", "宏远 · 10-08 · 会"),
            ("宏远月底签", "宏远 · 09-30~"),
            ("宏远下个月定", "宏远 · 10-08~"),
            ("宏远十一后开工", "宏远 · 10-08~"),
            ("宏远过了年再上", "宏远 · 2027-02-15~"),
            ("宏远10号来", "宏远 · 10-10"),
            ("宏远30号来看厂", "宏远 · 09-30~ · 会"),
        ],
    );
}

#[test]
fn commands_are_forgiving() {
    let all = |said: &str| Command::Deals { customers: vec![], said: said.to_owned() };
    let deals = |id| Command::Deals { customers: vec![CustomerId(id)], said: String::new() };
    let member = MemberId::from;
    let day = |text: &str| text.parse().ok();
    let cases = [
        ("帮助", Command::Help),
        (" Help ", Command::Help),
        ("ＨＥＬＰ", Command::Help),
        ("？", Command::Help),
        ("?", Command::Help),
        ("今日", Command::Today),
        ("今天做什么？", Command::Today),
        ("商机", all("")),
        ("商机 宏远", Command::Deals { customers: vec![CustomerId(1)], said: "宏远".into() }),
        ("商机：华南重工", all("华南重工")),
        ("宏远", deals(1)),
        ("宏远怎么样了？", deals(1)),
        ("看看鑫源", deals(3)),
        ("宏远上次说什么了", deals(1)),
        ("鑫源的商机", deals(3)),
        ("撤销", Command::Undo),
        ("撤 销。", Command::Undo),
        ("改一下", Command::Fix),
        ("我的", Command::Mine),
        ("进度", Command::Progress),
        ("为什么", Command::Why),
        ("为什么？", Command::Why),
        ("全部", Command::All),
        ("隐私", Command::Privacy),
        ("谁能看", Command::WhoSees),
        ("日报", Command::Report(Report::Daily)),
        ("周报！", Command::Report(Report::Weekly)),
        ("记一笔", Command::Jot { customers: vec![] }),
        ("记一笔 宏远", Command::Jot { customers: vec![CustomerId(1)] }),
        ("明天提醒", reminded("", None)),
        ("周五提醒我", reminded("", Some(at("2026-11-27 09:00")))),
        ("明天下午三点提醒我", reminded("", Some(at("2026-11-25 15:00")))),
        ("周五提醒我给客户打电话", reminded("给客户打电话", Some(at("2026-11-27 09:00")))),
        ("提醒我下午三点寄样品", reminded("寄样品", Some(at("2026-11-24 15:00")))),
        ("免打扰", Command::Mute { until: None }),
        ("免打扰到周一", Command::Mute { until: Some(at("2026-11-30 09:00")) }),
        ("重开", Command::Reopen { customers: vec![] }),
        ("宏远重开", Command::Reopen { customers: vec![CustomerId(1)] }),
        ("发", Command::SendScript { number: None }),
        ("发话术", Command::SendScript { number: None }),
        ("发1", Command::SendScript { number: Some(1) }),
        ("发 ２", Command::SendScript { number: Some(2) }),
        ("发第三条", Command::SendScript { number: Some(3) }),
        ("1", Command::Digit(1)),
        ("１", Command::Digit(1)),
        ("一", Command::Digit(1)),
        ("2.", Command::Digit(2)),
        ("③", Command::Digit(3)),
        ("选2", Command::Digit(2)),
        ("第三个", Command::Digit(3)),
        ("回 4", Command::Digit(4)),
        ("话术", Command::Script { ask: String::new(), customers: vec![] }),
        ("话术 太贵", Command::Script { ask: "太贵".into(), customers: vec![] }),
        ("话术：宏远嫌贵", Command::Script { ask: "宏远嫌贵".into(), customers: vec![CustomerId(1)] }),
        ("客户嫌我们比别家贵", Command::Script { ask: "客户嫌我们比别家贵".into(), customers: vec![] }),
        ("太贵了", Command::Script { ask: "太贵了".into(), customers: vec![] }),
        (
            "宏远说贵怎么回？",
            Command::Script { ask: "宏远说贵怎么回".into(), customers: vec![CustomerId(1)] },
        ),
        ("找 铸造", Command::Find { ask: "铸造".into() }),
        ("找张总", Command::Find { ask: "张总".into() }),
        ("不是宏远是永兴", Command::MoveNote { to: vec![CustomerId(2)], said: "永兴".into() }),
        ("不是宏远，是永兴的", Command::MoveNote { to: vec![CustomerId(2)], said: "永兴".into() }),
        ("记错了，是鑫源", Command::MoveNote { to: vec![CustomerId(3)], said: "鑫源".into() }),
        ("不是宏远，应该是华南重工", Command::MoveNote { to: vec![], said: "华南重工".into() }),
        ("2 不对，是瑞丰", Command::Correct { number: 2, to: vec![CustomerId(5)], said: "瑞丰".into() }),
        ("第2条不对", Command::Correct { number: 2, to: vec![], said: String::new() }),
        (
            "移交",
            Command::HandOver { customers: vec![], to: vec![], said: String::new(), stranger: String::new() },
        ),
        ("移交 宏远 给 李娜", handed(CustomerId(1), "lina")),
        ("把宏远移交给小李", handed(CustomerId(1), "lina")),
        (
            "移交 火星公司 给小李",
            Command::HandOver {
                customers: vec![],
                to: vec![member("lina")],
                said: "火星公司".into(),
                stranger: String::new(),
            },
        ),
        (
            "移交 宏远 给老孙",
            Command::HandOver {
                customers: vec![CustomerId(1)],
                to: vec![],
                said: String::new(),
                stranger: "老孙".into(),
            },
        ),
        (
            "移交火星公司",
            Command::HandOver {
                customers: vec![],
                to: vec![],
                said: "火星公司".into(),
                stranger: String::new(),
            },
        ),
        (
            "移交给小李吧",
            Command::HandOver {
                customers: vec![],
                to: vec![member("lina")],
                said: String::new(),
                stranger: String::new(),
            },
        ),
        ("你能干啥", Command::Help),
        ("宏远什么时候签合同", Command::Deals { customers: vec![CustomerId(1)], said: String::new() }),
        ("关闭商机", Command::Close { customers: vec![], outcome: None }),
        ("赢单", Command::Close { customers: vec![], outcome: Some(Outcome::Won) }),
        ("宏远赢单了", Command::Close { customers: vec![CustomerId(1)], outcome: Some(Outcome::Won) }),
        (
            "宏远丢单 价格",
            Command::Close {
                customers: vec![CustomerId(1)],
                outcome: Some(Outcome::Lost(Some(LossReason::Price))),
            },
        ),
        ("搁置", Command::Close { customers: vec![], outcome: Some(Outcome::Shelved) }),
        ("请假", Command::Leave { from: None, to: None }),
        ("请假 12月1日到12月3日", Command::Leave { from: day("2026-12-01"), to: day("2026-12-03") }),
        ("请假到周五", Command::Leave { from: day("2026-11-24"), to: day("2026-11-27") }),
        ("明天请假", Command::Leave { from: day("2026-11-25"), to: day("2026-11-25") }),
        ("下周一请假两天", Command::Leave { from: day("2026-11-30"), to: day("2026-12-01") }),
    ];
    for (text, command) in cases {
        assert_eq!(heard(text), Understanding::Command(command), "{text}");
    }
}

#[test]
fn deal_that_was_only_nearly_lost_is_not_lost() {
    for (text, outcome) in [
        ("宏远黄了", Some(Outcome::Lost(None))),
        ("宏远这单黄了，选了别家", Some(Outcome::Lost(None))),
        ("宏远差点黄了，价格又谈回来了", None),
        ("宏远要是黄了就麻烦了", None),
        ("宏远下周验厂的事黄了", None),
    ] {
        let Understanding::Note(note) = heard(text) else { panic!("{text}: no note") };
        assert_eq!(note.outcome, outcome, "{text}");
    }
}

#[test]
fn sentences_that_only_begin_like_a_command_are_notes() {
    assert_notes(
        TUESDAY,
        &[
            ("找张总聊了价格", "宏远/永兴 · @张总"),
            ("不是价格问题，是交期", ""),
            ("张总请假了，下周再约", "宏远/永兴 · @张总 · 11-30~"),
            ("宏远把项目移交给新的采购经理了", "宏远"),
            ("发了样品给鑫源", "鑫源"),
            ("商机会上宏远说要招标", "宏远"),
            ("宏远的商机是老张介绍的，预算50万", "宏远 · @老张 · 50万"),
        ],
    );
}

#[test]
fn answers_are_taken_for_what_was_awaited() {
    let answered = |text: &str, awaiting| match heard_while(text, TUESDAY, awaiting) {
        Understanding::Answer(answer) => Some(answer),
        _ => None,
    };
    let choice = Awaited::Choice { of: 3 };
    assert_eq!(answered("2", choice), Some(Answer::Choice(2)));
    assert_eq!(answered("第二个", choice), Some(Answer::Choice(2)));
    assert_eq!(answered("5", choice), None, "no such choice");
    assert_eq!(answered("永兴", choice), Some(Answer::Customer(vec![CustomerId(2)])));
    assert_eq!(answered("给李娜", choice), Some(Answer::Member(vec![MemberId::from("lina")])));
    assert_eq!(answered("2", Awaited::Closing), Some(Answer::Closing(Outcome::Lost(None))));
    assert_eq!(answered("赢单", Awaited::Closing), Some(Answer::Closing(Outcome::Won)));
    assert_eq!(answered("3", Awaited::Reason), Some(Answer::Reason(LossReason::Budget)));
    assert_eq!(answered("他们嫌贵", Awaited::Reason), Some(Answer::Reason(LossReason::Price)));
    assert_eq!(answered("选了别家", Awaited::Reason), Some(Answer::Reason(LossReason::Competitor)));
    assert_eq!(answered("没见成", Awaited::MeetingOutcome), Some(Answer::Meeting(MeetingAnswer::NotMet)));
    assert_eq!(answered("1", Awaited::MeetingOutcome), Some(Answer::Meeting(MeetingAnswer::Forward)));
    assert_eq!(answered("1", Awaited::Nothing), None);
    assert_eq!(heard_while("撤销", TUESDAY, choice), Understanding::Command(Command::Undo), "commands win");
}

#[test]
fn awaited_note_need_not_read_like_progress() {
    let note = heard_while("让他们先看看能耗", TUESDAY, Awaited::Note);
    assert!(matches!(&note, Understanding::Note(note) if note.text == "让他们先看看能耗"), "{note:?}");
    assert!(matches!(heard_while("太贵了", TUESDAY, Awaited::Note), Understanding::Note(_)));
    assert_eq!(heard_while("帮助", TUESDAY, Awaited::Note), Understanding::Command(Command::Help));
    assert_eq!(heard_while("好的", TUESDAY, Awaited::Note), Understanding::Courtesy(Courtesy::Acknowledged));
}

#[test]
fn small_talk_is_told_apart() {
    let cases = [
        ("你好", Courtesy::Greeting),
        ("早", Courtesy::Greeting),
        ("早上好！", Courtesy::Greeting),
        ("在吗？", Courtesy::Greeting),
        ("Hi", Courtesy::Greeting),
        ("谢谢", Courtesy::Thanks),
        ("谢谢啦～", Courtesy::Thanks),
        ("辛苦了", Courtesy::Thanks),
        ("好的", Courtesy::Acknowledged),
        ("收到", Courtesy::Acknowledged),
        ("OK", Courtesy::Acknowledged),
        ("嗯嗯", Courtesy::Acknowledged),
        ("周末愉快", Courtesy::Greeting),
        ("👌", Courtesy::Acknowledged),
        ("[微笑]", Courtesy::Acknowledged),
    ];
    for (text, courtesy) in cases {
        assert_eq!(heard(text), Understanding::Courtesy(courtesy), "{text}");
    }
}

#[test]
fn what_is_none_of_these_is_unknown_and_says_why() {
    assert_eq!(heard(""), Understanding::Unknown(Unclear::Blank));
    assert_eq!(heard("  。。。"), Understanding::Unknown(Unclear::Blank));
    assert_eq!(heard("今天周几？"), Understanding::Unknown(Unclear::Question));
    assert_eq!(heard("你们公司几点下班"), Understanding::Unknown(Unclear::NoSubject));
    assert_eq!(heard("明天有什么安排"), Understanding::Unknown(Unclear::Question));
    assert_eq!(heard("停产"), Understanding::Unknown(Unclear::NoSubject), "a word for scripts");
    assert_eq!(heard("天气真好"), Understanding::Unknown(Unclear::NoSubject));
    assert_eq!(heard("asdf"), Understanding::Unknown(Unclear::NoSubject));
}

#[test]
fn longest_name_wins_and_latin_names_are_whole_words() {
    let mut index = NameIndex::default();
    index.set(&1, [("宏远", Via::Alias), ("宏远机械", Via::Name)]);
    index.set(&2, [("远机械配件", Via::Name)]);
    index.set(&3, [("LAB", Via::Name), ("张总", Via::Contact)]);
    index.set(&4, [("张总", Via::Contact), ("厂", Via::Alias)]);
    let found = |index: &NameIndex<i32>, text: &str| {
        let mentions = index.find(text);
        mentions.into_iter().map(|mention| (mention.id, text[mention.span].to_owned())).collect::<Vec<_>>()
    };
    assert_eq!(found(&index, "去宏远机械"), [(1, "宏远机械".to_owned())]);
    assert_eq!(found(&index, "去宏远机械配件"), [(2, "远机械配件".to_owned())], "five characters beat four");
    assert_eq!(found(&index, "ＬａＢ的slab"), [(3, "ＬａＢ".to_owned())]);
    assert_eq!(found(&index, "张总的厂"), [(3, "张总".to_owned()), (4, "张总".to_owned())]);
    index.remove(&3);
    index.set(&1, [("宏远重工", Via::Name)]);
    assert_eq!(found(&index, "LAB 宏远 张总"), [(4, "张总".to_owned())]);
}

#[test]
fn index_of_ten_thousand_names_finds_each() {
    let mut index = NameIndex::default();
    for number in 0..10_000_u64 {
        index.set(&number, [(format!("客户{number:05}号公司").as_str(), Via::Name)]);
    }
    let text = "今天去了客户09999号公司，明天去客户00007号公司";
    assert_eq!(index.find(text).into_iter().map(|mention| mention.id).collect::<Vec<_>>(), [9999, 7]);
}

fn any_text() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "宏远",
        "张总",
        "ABC",
        "下",
        "上",
        "周",
        "周二",
        "星期",
        "月",
        "3号",
        "十",
        "一",
        "百",
        "万",
        "点",
        "半",
        "两",
        "12.3",
        "12月",
        "年",
        "后",
        "前",
        "内",
        "过",
        "不是",
        "是",
        "2",
        "99999999999999999999",
        "w",
        "k",
        "元",
        "（",
        "）",
        "(",
        "，",
        "。",
        "\n",
        " ",
        "：",
        ":",
        "移交",
        "给",
        "李娜",
        "请假",
        "提醒",
        "到",
        "至",
        "-",
        "/",
        ".",
        "晚上",
        "下午",
        "国庆",
        "过完年",
        "节",
        "🙂",
        "é",
        "\u{3000}",
        "ａ",
        "记一下",
        "发",
        "第",
        "说",
        "了",
        "约",
        "看厂",
        "半小时后",
        "个工作日",
        "2026",
        "2027年",
        "零",
        "亿",
        "丢单",
    ]);
    prop_oneof![any::<String>(), prop::collection::vec(words, 0..16).prop_map(|words| words.concat())]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic_and_plans_are_never_past(text in any_text(), which in 0_usize..6) {
        let awaiting = [
            Awaited::Nothing, Awaited::Note, Awaited::Choice { of: 3 }, Awaited::Closing, Awaited::Reason, Awaited::MeetingOutcome,
        ][which];
        let notes = match heard_while(&text, TUESDAY, awaiting) {
            Understanding::Note(note) => vec![*note],
            Understanding::Notes(notes) => notes,
            _ => Vec::new(),
        };
        let calendar = &*CALENDAR;
        for note in notes {
            for mention in &note.mentions {
                prop_assert!(note.text.get(mention.span.clone()).is_some_and(|name| !name.is_empty()), "{:?}", mention);
            }
            if let Some(when) = note.when {
                let begun = when.all_day() && when.day == calendar.date(at(TUESDAY));
                prop_assert!(begun || when.at > at(TUESDAY) || when.by, "{:?}", when);
            }
        }
    }

    #[test]
    fn mentions_lie_between_characters_in_order_without_overlap(text in any_text()) {
        let mentions = DIRECTORY.customers_in(&text);
        for mention in &mentions {
            prop_assert!(text.get(mention.span.clone()).is_some());
        }
        for pair in mentions.windows(2) {
            prop_assert!(pair[0].span == pair[1].span || pair[0].span.end <= pair[1].span.start);
        }
    }

    #[test]
    fn spoken_time_is_understood_as_the_same_instant(minutes in 1_i64..500_000, seed in 0_i64..525_600) {
        let calendar = &*CALENDAR;
        let now = at("2026-01-01 00:00") + TimeDelta::minutes(seed);
        let meant = now + TimeDelta::minutes(minutes);
        let text = format!("宏远约了{}看厂", calendar.spoken_time(meant, now));
        let understood = understand(&text, &Context { now, calendar, names: &*DIRECTORY, awaiting: Awaited::Nothing });
        let Understanding::Note(note) = understood else { panic!("{text} is a note") };
        let when = note.when.unwrap();
        prop_assert_eq!(when.at, meant, "{} at {}", text, calendar.local(now));
        prop_assert!(!when.all_day() && !when.by && note.meeting == Meeting::Planned, "{}", text);
    }

    #[test]
    fn spoken_date_is_understood_as_the_same_day(days in 0_i64..360, seed in 0_i64..365) {
        let calendar = &*CALENDAR;
        let now = at("2026-01-01 09:30") + TimeDelta::days(seed);
        let day = calendar.date(now + TimeDelta::days(days));
        let text = format!("宏远约了{}看厂", calendar.spoken_month_day(day, now));
        let understood = understand(&text, &Context { now, calendar, names: &*DIRECTORY, awaiting: Awaited::Nothing });
        let Understanding::Note(note) = understood else { panic!("{text} is a note") };
        prop_assert_eq!(note.when.map(|when| when.day), Some(day), "{} at {}", text, now);
    }
}
