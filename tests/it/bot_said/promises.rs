//! Promises: kept with their day, listed, struck out when a note tells that they were done; misheard names.

use super::*;

#[test]
fn promises_of_both_sides_are_kept_until_they_are_done() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "我答应过什么", "promises");
    company.answers(WANG_LEI, "味之鲜催报价，答应沈总周五前给", "noted_card");
    company.answers(WANG_LEI, "鑫源法务说月底给答复", "noted_card");
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
    let [promise] = &deal.promises[..] else { panic!("one promise: {:?}", deal.promises) };
    assert!(promise.ours);
    assert_eq!(promise.day, chrono::NaiveDate::from_ymd_opt(2026, 11, 27));
}
