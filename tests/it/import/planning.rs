//! A row against what is known: new, more, the same, or wrong, and what is said of it.

use genjin::config;
use genjin::import::{Known, plan};
use genjin::sales::{ImportRow, Money, Outcome};

use super::{customer, deal, faults, folder, known, now, planned, rows, rules};

const HEADER: &str = "客户名称,商机名称,负责人,阶段,金额,产品线,预计签单,最近跟进,跟进内容\n";

#[track_caller]
fn one_deal(plan: &genjin::import::Plan) -> genjin::sales::DealRow {
    match &plan.deals[..] {
        [ImportRow::Deal(deal)] => (**deal).clone(),
        other => panic!("{other:?}\n{:?}", plan.report),
    }
}

#[test]
fn a_new_deal_brings_its_customer_and_starts_no_clock() {
    let text =
        format!("{HEADER}苏州甲乙食品有限公司,二期,小王,报价,12.5万,视觉检测,12月底,2026/11/2,等法务\n");
    let plan = planned(&text, &known());
    assert_eq!((plan.report.new_customers, plan.report.new_deals, plan.report.faulty), (1, 1, 0));
    let deal = one_deal(&plan);
    assert_eq!(deal.owner.as_ref().map(|owner| owner.as_str()), Some("wang-lei"));
    assert_eq!(deal.amount, Some(Money::yuan(125_000)));
    assert_eq!(deal.expected_close.map(|day| day.to_string()).as_deref(), Some("2026-12-31"));
    let begun =
        deal.begin(genjin::sales::DealId(9), genjin::sales::CustomerId(8), &"contact".into(), now()).unwrap();
    assert_eq!(begun.last_follow_up, None, "待盘点");
    assert_eq!(&*begun.recent[0].gist, "等法务", "the last follow-up is kept as a fact");
}

#[test]
fn everything_wrong_with_a_row_is_said_at_once_with_the_cure() {
    let text = format!("{HEADER}苏州甲乙食品有限公司,,王蕾,报价单,待定,视觉,2026-02-30,2026-12-24,x\n");
    assert_eq!(
        faults(&planned(&text, &known())),
        [
            "2 负责人：没有叫「王蕾」的成员，写成「王磊」",
            "2 阶段：没有「报价单」，写成「报价」",
            "2 金额：「待定」不是金额，写数字，比如 125000 或 12.5万",
            "2 产品线：没有「视觉」，可选：视觉检测、产线数采、包装自动化",
            "2 预计签单：没有「2026-02-30」这一天，对一下月份和日子，写成 2026-12-03 这样",
            "2 最近跟进：「2026-12-24」还没到，看看是不是写错了年份",
        ]
    );
}

#[test]
fn a_row_without_a_customer_or_owner_is_wrong() {
    let text = format!("{HEADER},,王磊,报价,,,,,\n苏州甲乙食品有限公司,,,报价,,,,,\n甲,,王磊,报价,,,,,\n");
    assert_eq!(
        faults(&planned(&text, &known())),
        [
            "2 客户名称：空着，填上",
            "3 负责人：空着，填上负责人的姓名或代号",
            "4 客户名称：「甲」只有一个字，写公司的全称"
        ]
    );
}

#[test]
fn the_same_deal_twice_in_a_file_is_told_with_the_other_line() {
    let row = "苏州甲乙食品有限公司,,王磊,报价,12万,视觉检测,,,\n";
    let plan = planned(&format!("{HEADER}{row}{row}"), &known());
    assert_eq!(
        faults(&plan),
        ["3 商机名称：和第 2 行是同一个商机，删掉一行；真是两个商机的，各写一个商机名称"]
    );
    let named = format!("{HEADER}{}{}", row.replacen(",,", ",一期,", 1), row.replacen(",,", ",二期,", 1));
    let plan = planned(&named, &known());
    assert_eq!((plan.report.new_deals, plan.report.new_customers, plan.report.faulty), (2, 1, 0));
}

#[test]
fn a_customer_is_found_by_its_full_or_short_name_whatever_its_blanks() {
    for name in ["宁波宏远机械制造有限公司", "宏远机械", " 宁波 宏远机械制造有限公司", "宏远 机械"]
    {
        let plan = planned(&format!("{HEADER}{name},,王磊,报价,50万,视觉检测,,,\n"), &known());
        assert_eq!((plan.report.same, plan.report.new_customers, plan.report.faulty), (1, 0, 0), "{name}");
    }
}

#[test]
fn a_name_of_two_customers_is_asked_about() {
    let mut known = known();
    known.add_customer(customer(5, "苏州宏远机械有限公司", "宏远机械"));
    let plan = planned(&format!("{HEADER}宏远机械,,王磊,报价,50万,视觉检测,,,\n"), &known);
    let told = faults(&plan);
    assert!(
        told[0].contains("有 2 家客户叫「宏远机械」") && told[0].contains("苏州宏远机械有限公司"),
        "{told:?}"
    );
}

#[test]
fn what_is_known_is_filled_up_and_kept_unless_the_sheet_is_to_win() {
    let text = format!("{HEADER}宏远机械,,李娜,方案演示,80万,视觉检测,2026-12-30,,\n");
    let plan = planned(&text, &known());
    assert_eq!((plan.report.changed_deals, plan.report.faulty), (1, 0));
    assert_eq!(plan.report.kept[0].columns, ["负责人", "阶段", "金额"]);

    let wins = genjin::import::plan(&rows(&text), &known(), &rules(), now(), true);
    assert_eq!(wins.report.kept[0].columns, ["负责人"], "an owner changes by a hand-over alone");
    let mut changed = deal(2, 1, "vision");
    one_deal(&wins).add_to(&mut changed, true, now());
    assert_eq!((changed.stage.as_str(), changed.amount), ("demo", Money::yuan(800_000)));
    assert_eq!(changed.last_follow_up, deal(2, 1, "vision").last_follow_up, "a sheet touches no clock");
}

#[test]
fn of_several_deals_the_product_line_or_number_tells() {
    let mut known = known();
    known.add_deal(deal(3, 1, "data"));
    known.add_deal(deal(4, 1, "data"));
    let plan = planned("客户名称,负责人,阶段,产品线\n宏远机械,王磊,报价,产线数采\n", &known);
    assert!(faults(&plan)[0].contains("这家客户有 2 个商机"), "{:?}", faults(&plan));
    let plan = planned("编号,客户名称,负责人,阶段,产品线\nd-4,宏远机械,王磊,报价,\n", &known);
    assert_eq!((plan.report.same, plan.report.faulty), (1, 0));
    let other = planned("编号,客户名称,负责人,阶段,产品线\nd-4,别家机械公司,王磊,报价,产线数采\n", &known);
    assert_eq!(other.report.new_deals, 1, "another workspace's number means nothing here");
}

#[test]
fn ends_stand_in_their_own_column_or_among_the_stages() {
    let text = "客户名称,负责人,阶段,结果,丢单原因,产品线,商机名称\n\
                甲乙机械,王磊,赢单,,,视觉检测,一\n甲乙机械,王磊,报价,丢单,价格,视觉检测,二\n甲乙机械,王磊,报价,进行中,,视觉检测,三\n";
    let plan = planned(text, &known());
    let ends = plan.deals.iter().map(|row| match row {
        ImportRow::Deal(deal) => deal.closing.as_ref().map(|closing| closing.outcome),
        ImportRow::Customer(_) => panic!("{row:?}"),
    });
    let lost = Outcome::Lost(Some(genjin::sales::LossReason::Price));
    assert_eq!(ends.collect::<Vec<_>>(), [Some(Outcome::Won), Some(lost), None]);
}

#[test]
fn several_contacts_of_a_customer_stand_in_several_rows() {
    let text = "客户名称,行业,联系人,职务,手机\n甲乙机械,机械制造,张三,总经理,13800000000\n甲乙机械,,李四,采购,13900000000\n\
                甲乙机械,食品加工,王五,,\n";
    let plan = planned(text, &known());
    assert_eq!(faults(&plan), ["4 行业：第 2 行的同一家客户写的不一样，改成一样的，或者只在一行里写"]);
    match &plan.customers[..] {
        [ImportRow::Customer(row)] => {
            let contacts: Vec<_> = row.contacts.iter().map(|each| (&*each.name, &*each.phone)).collect();
            assert_eq!(contacts, [("张三", "13800000000"), ("李四", "13900000000")]);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_deal_finds_a_customer_of_the_same_file_by_its_short_name() {
    let mut all = rows("客户名称,简称,行业\n苏州丙丁食品有限公司,丙丁,食品加工\n");
    all.extend(rows(&format!("{HEADER}丙丁,,王磊,报价,1万,视觉检测,,,\n")).into_iter().map(|mut row| {
        row.sheet = 1;
        row
    }));
    let plan = plan(&all, &Known::default(), &rules(), now(), false);
    assert_eq!((plan.report.new_customers, plan.report.new_deals), (1, 1));
    assert_eq!(&*one_deal(&plan).customer, "苏州丙丁食品有限公司");
}

#[test]
fn people_become_a_proposal_that_people_toml_takes() {
    let text = "姓名,称呼,企业微信账号,钉钉账号,小组,上级,身份\n\
                钱多多,小钱,QianDuoDuo,,华东组,李明,销售\n孙\"引号,,,sun-1,华南组,,\"销售、带队\"\n王磊,小王,WangLei,,华东组,,\n";
    let plan = planned(text, &Known::default());
    assert_eq!(
        (plan.report.new_members, plan.report.same, plan.report.faulty),
        (2, 1, 0),
        "{:?}",
        faults(&plan)
    );
    let fragment = plan.report.people.unwrap();
    let copy = tempfile::tempdir().unwrap();
    crate::stage::copy(&folder(), copy.path());
    let file = copy.path().join("people.toml");
    let whole = std::fs::read_to_string(&file).unwrap() + &fragment;
    std::fs::write(&file, whole).unwrap();
    let config = config::load_with_unset_secrets(copy.path(), &|_| None).unwrap();
    let member = config.people.find(&"qian-duo-duo".into()).unwrap();
    assert_eq!((member.name.as_str(), member.call.as_str(), member.rep), ("钱多多", "小钱", true));

    let wrong = "姓名,企业微信账号,钉钉账号,小组,身份\n赵六,,,华东,老板\n";
    let told = faults(&planned(wrong, &Known::default()));
    assert_eq!(told.len(), 3, "{told:?}");
}
