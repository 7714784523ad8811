//! Promises: kept with their day, listed, struck out when a note tells that they were done; misheard names.

use super::*;

#[test]
fn promises_of_both_sides_are_kept_until_they_are_done() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "我答应过什么", "promises");
    company.answers(WANG_LEI, "味之鲜催报价，答应沈总周五前给", "noted_card");
    company.answers(WANG_LEI, "鑫源法务还在看合同，说月底给答复", "noted_card");
    let told = company.answers(WANG_LEI, "我答应过什么", "promises");
    assert_eq!(told.vars["ours"][0]["customer"], "味之鲜");
    assert_eq!(told.vars["ours"][0]["day"], "11月27日（周五）");
    assert_eq!(told.vars["theirs"][0]["day"], "11月30日（周一）");
    company.answers(WANG_LEI, "撤销", "undone");
    let told = company.answers(WANG_LEI, "承诺清单", "promises");
    assert!(told.vars.get("theirs").is_none(), "{}", told.vars);
    company.answers(WANG_LEI, "味之鲜报价发了", "noted");
    let told = company.answers(WANG_LEI, "我答应过什么", "promises");
    assert!(told.vars.get("ours").is_none(), "{}", told.vars);
}

#[test]
fn misheard_name_is_understood_and_can_be_put_right_with_a_tap() {
    let mut company = Company::open();
    let noted = company.answers(WANG_LEI, "心源食品法务还在看合同", "noted_card");
    assert_eq!(noted.var("customer"), "鑫源食品");
    assert!(noted.card);
    // Of a colleague's customer nothing is guessed.
    let asked = company.answers(LI_NA, "心源食品法务还在看合同", "which_deal");
    assert!(!asked.vars.to_string().contains("鑫源"), "{}", asked.vars);
}

#[test]
fn pasted_conversation_is_one_note() {
    let mut company = Company::open();
    let pasted = "沈总 2026/11/23 15:02:11\n味之鲜这边报价什么时候能给\n王磊 2026/11/23 15:05:40\n周五前发您\n沈总 2026/11/23 15:06:02\n好的";
    company.answers(WANG_LEI, pasted, "noted_card");
    let deal = company.deal("味之鲜", "packaging");
    assert_eq!(&*deal.recent[0].gist, "聊天：味之鲜这边报价什么时候能给 / 周五前发您 / 好的");
    let [promise] = &deal.promises[..] else { panic!("one promise: {:?}", deal.promises) };
    assert!(promise.ours);
    assert_eq!(promise.day, chrono::NaiveDate::from_ymd_opt(2026, 11, 27));
}

#[test]
fn part_in_the_decision_is_kept_with_the_person_and_undone_with_the_note() {
    let mut company = Company::open();
    let customer = company.deal("味之鲜", "packaging").customer;
    let before = company.state().customer(customer).unwrap().clone();
    company.answers(WANG_LEI, "味之鲜最后还是沈总拍板，郑工管技术选型", "noted");
    let now = company.state().customer(customer).unwrap().clone();
    let part = |call: &str| now.contacts.iter().find(|it| &*it.call == call).map(|it| it.part.to_string());
    assert_eq!(part("沈总").as_deref(), Some("决策人"));
    assert_eq!(part("郑工").as_deref(), Some("技术把关"));
    company.answers(WANG_LEI, "撤销", "undone");
    assert_eq!(*company.state().customer(customer).unwrap(), before);
}

#[test]
fn note_of_an_end_is_kept_and_asks_how_it_ended() {
    let mut company = Company::open();
    let deal = company.deal("味之鲜", "packaging").id;
    let asked = company.answers(WANG_LEI, "味之鲜单子丢了，被锐目抢了", "close_deal");
    assert_eq!(asked.var("noted"), "单子丢了，被锐目抢了");
    company.answers(WANG_LEI, "丢单 竞品", "closed");
    assert!(!company.state().deal(deal).unwrap().is_open());
}

#[test]
fn introduced_company_becomes_a_new_customer_with_the_note_as_its_first() {
    let mut company = Company::open();
    let asked = company.answers(WANG_LEI, "新客户海川阀门，联系人吴总，想看视觉检测", "new_customer");
    assert_eq!(asked.var("customer"), "海川阀门");
    let missing = asked.vars["missing"].to_string();
    assert!(!missing.contains("联系人") && !missing.contains("产品线"), "{missing}");
    company.answers(WANG_LEI, "机械制造，单厂客户，宁波，13812345678，50万", "customer_new");
    let entered = company.state().customers().find(|it| &*it.name == "海川阀门").unwrap().id;
    let deal = company.state().deals_of_customer(entered).next().unwrap();
    assert_eq!(&*deal.recent[0].gist, "新客户海川阀门，联系人吴总，想看视觉检测");
}

#[test]
fn reminder_for_when_somebody_is_back_asks_for_the_day() {
    let mut company = Company::open();
    let asked = company.answers(WANG_LEI, "味之鲜沈总回来后再提醒", "remind_when");
    assert_eq!(asked.var("customer"), "味之鲜");
    company.answers(WANG_LEI, "下周三提醒我", "remind_set");
}

#[test]
fn deals_of_who_leaves_go_to_another_at_once() {
    let mut company = Company::open();
    company.answers(CHEN_HAO, "小王离职 给陈浩", "hand_over_all");
    assert!(company.state().deals_of_owner(&MemberId::from("wang-lei")).count() > 0);
    let count = company.state().deals_of_owner(&MemberId::from("wang-lei")).filter(|it| it.is_open()).count();
    let out = company.hears(LI_MING, "小王离职 给陈浩");
    let templates: Vec<&str> = out.iter().map(|out| out.template.as_str()).collect();
    assert_eq!(templates, ["taken_over", "hand_over_all"]);
    assert!(out.iter().all(|out| out.vars["count"] == count), "{out:?}");
    assert_eq!(
        company.state().deals_of_owner(&MemberId::from("wang-lei")).filter(|it| it.is_open()).count(),
        0
    );
    company.answers(LI_MING, "撤销", "undone");
    let back = company.state().deals_of_owner(&MemberId::from("wang-lei")).filter(|it| it.is_open()).count();
    assert_eq!(back, count);
}

#[test]
fn note_of_an_objection_says_where_the_answers_are() {
    let mut company = Company::open();
    let noted = company.answers(WANG_LEI, "味之鲜沈总嫌单价太高，说比他们老供应商贵一成", "noted");
    assert_eq!(noted.var("objection"), "价格");
    company.answers(WANG_LEI, "话术 价格", "script");
    let noted = company.answers(WANG_LEI, "味之鲜报价发了", "noted");
    assert!(noted.vars.get("objection").is_none(), "{}", noted.vars);
}

#[test]
fn to_whom_was_promised_is_said_once() {
    let mut company = Company::open();
    company.says(WANG_LEI, "味之鲜配件少发了六套，我答应他们周五前补齐");
    let told = company.answers(WANG_LEI, "我答应过什么", "promises");
    assert_eq!(told.vars["ours"][0]["what"], "周五前补齐");
}

#[test]
fn reminder_with_words_becomes_the_next_step_and_no_follow_up() {
    let mut company = Company::open();
    let before = company.deal("味之鲜", "packaging").last_follow_up;
    let set = company.answers(WANG_LEI, "周五提醒我给味之鲜打电话", "remind_set");
    assert_eq!((set.var("customer"), set.var("what")), ("味之鲜", "给味之鲜打电话"));
    let deal = company.deal("味之鲜", "packaging");
    let step = deal.next_step.clone().unwrap();
    assert_eq!((&*step.what, step.day.to_string().as_str()), ("给味之鲜打电话", "2026-11-27"));
    assert_eq!(deal.last_follow_up, before, "to be reminded is no progress");
}
