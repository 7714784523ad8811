//! Which deal is meant: inferred where it can be, asked where it matters, and never lost.

use genjin::sales::Outcome;

use super::*;

#[test]
fn name_shared_by_two_customers_is_asked_about_and_the_choice_stores_the_note() {
    let mut company = Company::open();
    let which = company.answers(LI_NA, "张总说付款要分两次", "which_deal");
    assert_eq!(which.var("said"), "张总");
    let options = which.vars["options"].as_array().unwrap();
    let place = options.iter().position(|option| option["text"] == "瑞丰五金").unwrap() + 1;
    assert_eq!(company.lines(Deed::Drafted)[0].text.as_deref(), Some("张总说付款要分两次"));
    let noted = company.answers(LI_NA, &place.to_string(), "noted");
    assert_eq!((noted.var("customer"), noted.var("gist")), ("瑞丰五金", "张总说付款要分两次"));
}

#[test]
fn choice_can_be_told_by_the_customers_name() {
    let mut company = Company::open();
    company.answers(LI_NA, "张总说付款要分两次", "which_deal");
    assert_eq!(company.answers(LI_NA, "瑞丰", "noted").var("customer"), "瑞丰五金");
}

#[test]
fn deal_last_spoken_of_within_half_an_hour_wins_unasked() {
    let mut company = Company::open();
    company.answers(LI_NA, "瑞丰 麦经理在排日子", "noted");
    company.waits(TimeDelta::minutes(29));
    assert_eq!(company.answers(LI_NA, "张总说付款要分两次", "noted").var("customer"), "瑞丰五金");
    company.waits(TimeDelta::minutes(31));
    company.answers(LI_NA, "张总说付款要分两次", "which_deal");
}

#[test]
fn person_who_was_spoken_of_on_one_of_two_deals_means_that_one() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "宏远李工说先采两台老车床", "which_deal");
    company.answers(WANG_LEI, "宏远张总说下月定", "noted_card");
    assert_eq!(&*company.deal("宏远机械", "vision").recent[0].gist, "张总说下月定");
}

#[test]
fn product_line_that_is_named_tells_two_deals_of_a_customer_apart() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "宏远的产线数采报价过了", "noted");
    assert_eq!(&*company.deal("宏远机械", "data").recent[0].gist, "产线数采报价过了");
}

#[test]
fn note_without_a_name_follows_the_deal_last_spoken_of_else_is_asked_about() {
    let mut company = Company::open();
    let which = company.answers(CHEN_HAO, "见了客户，报价认可", "which_deal");
    assert!(which.vars["said"].is_null(), "{}", which.vars);
    company.answers(CHEN_HAO, "绿野费厂长认可了", "noted");
    assert_eq!(company.answers(CHEN_HAO, "对方要一份排期表", "noted").var("customer"), "绿野豆业");
}

#[test]
fn awaited_note_lands_on_its_deal_whatever_it_says() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "记一笔 鑫源", "note_prompt");
    assert_eq!(company.answers(WANG_LEI, "还在看", "noted").var("customer"), "鑫源食品");
}

#[test]
fn command_that_fits_two_deals_asks_before_it_closes_one() {
    let mut company = Company::open();
    let which = company.answers(WANG_LEI, "宏远丢单 价格", "which_deal");
    let options = which.vars["options"].as_array().unwrap();
    let place = options.iter().position(|option| option["text"] == "宏远机械 产线数采").unwrap() + 1;
    let closed = company.answers(WANG_LEI, &place.to_string(), "closed");
    assert_eq!((closed.var("outcome"), closed.var("reason")), ("丢单", "价格"));
    let deal = company.deal("宏远机械", "data");
    assert!(matches!(deal.closing.as_ref().unwrap().outcome, Outcome::Lost(Some(_))));
    assert!(company.deal("宏远机械", "vision").is_open());
}

#[test]
fn what_nobody_can_place_is_kept_as_a_draft_and_said_so() {
    let mut company = Company::open();
    let unknown = company.answers(WANG_LEI, "那个事情你看一下", "unknown");
    assert_eq!(unknown.var("said"), "那个事情你看一下");
    assert_eq!(company.lines(Deed::Drafted)[0].text.as_deref(), Some("那个事情你看一下"));
}

#[test]
fn which_deal_still_takes_its_answer_after_a_warning_came_between() {
    let mut company = Company::open();
    company.waits(TimeDelta::hours(29) - TimeDelta::minutes(5));
    company.answers(WANG_LEI, "宏远说要改合同", "which_deal");
    let warned = company.waits(TimeDelta::minutes(15));
    assert!(warned.iter().any(|out| out.template == "overdue_warning"), "{warned:?}");
    assert_eq!(company.answers(WANG_LEI, "1", "noted").var("customer"), "宏远机械");
}

#[test]
fn person_known_to_colleagues_alone_leads_to_no_customer_of_theirs() {
    let mut company = Company::open();
    // 张总 is at two customers of colleagues, none of hers.
    let asked = company.answers((Platform::WeCom, "SunYue"), "跟张总聊了方案，他认可", "which_deal");
    let offered = asked.vars["options"].to_string();
    assert!(offered.contains("一品香") && !offered.contains("宏远"), "{offered}");
    // Who leads the owner means the owner's customer.
    let led = company.hears(LI_MING, "宏远张总要先看同行案例");
    assert!(led.iter().any(|out| out.template == "which_deal" || out.template == "noted"), "{led:?}");
}

#[test]
fn awaited_note_stays_on_its_deal_when_it_tells_of_a_person_known_elsewhere() {
    let mut company = Company::open();
    company.waits(TimeDelta::hours(48));
    company.answers(WANG_LEI, "记一笔 鑫源", "note_prompt");
    // 张总 is at 宏远机械.
    let noted = company.answers(WANG_LEI, "张总约了下周二看厂", "noted_card");
    assert_eq!(noted.var("customer"), "鑫源食品");
    company.answers(WANG_LEI, "记一笔 鑫源", "note_prompt");
    assert_eq!(company.answers(WANG_LEI, "恒泰等法务", "noted").var("customer"), "恒泰齿轮");
}
