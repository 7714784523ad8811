//! 新建客户 in the chat.

use super::*;

impl Company {
    fn customer(&self, name: &str) -> Option<genjin::sales::Customer> {
        self.state().customers().find(|customer| *customer.name == *name).cloned()
    }
}

#[test]
fn customer_told_in_one_breath_is_entered() {
    let mut company = Company::open();
    let out = company.says(
        WANG_LEI,
        "新建客户 宁波华盛机械有限公司，机械制造，单厂客户，宁波，赵总，138 1234 5678，视觉检测，50万",
    );
    assert_eq!(out.template, "customer_new");
    assert_eq!((out.var("customer"), out.var("amount")), ("华盛机械", "50 万"));
    let customer = company.customer("宁波华盛机械有限公司").unwrap();
    assert!(customer.is_complete());
    assert_eq!(&*customer.contacts[0].phone, "13812345678");
    // What is said next is about it.
    let out = company.says(WANG_LEI, "约了周四来看样机");
    assert!(out.template.starts_with("noted"), "{out:?}");
    assert_eq!(out.var("customer"), "华盛机械");
}

#[test]
fn what_is_missing_is_asked_for_until_all_is_told() {
    let mut company = Company::open();
    let out = company.says(WANG_LEI, "新建客户");
    assert_eq!(out.template, "new_customer");
    assert_eq!(out.vars["missing"].as_array().unwrap().len(), 8);
    let out = company.says(WANG_LEI, "宁波华盛机械有限公司");
    // The name says where it is.
    assert_eq!(out.vars["known"], serde_json::json!(["宁波"]));
    assert_eq!(out.vars["missing"].as_array().unwrap().len(), 6);
    let out = company.says(WANG_LEI, "赵总 1381234567");
    assert_eq!(out.var("unread"), "1381234567");
    assert_eq!(company.says(WANG_LEI, "联系人：赵总，手机：13812345678").template, "new_customer");
    let out = company.says(WANG_LEI, "视觉检测、单厂客户、机械制造");
    assert_eq!(out.vars["missing"], serde_json::json!(["预计金额"]));
    let out = company.says(WANG_LEI, "50万");
    assert_eq!(out.template, "customer_new");
    assert!(company.customer("宁波华盛机械有限公司").unwrap().is_complete());
}

#[test]
fn commands_and_notes_go_on_working_while_a_customer_is_awaited() {
    let mut company = Company::open();
    company.says(WANG_LEI, "新建客户 宁波华盛机械有限公司");
    let out = company.says(WANG_LEI, "鑫源食品 客户认可方案");
    assert_eq!((out.template.as_str(), out.var("customer")), ("noted", "鑫源食品"));
    assert_eq!(company.says(WANG_LEI, "今日").template.split('_').next(), Some("today"));
}

#[test]
fn customer_that_is_known_is_told_in_the_chat_too() {
    let mut company = Company::open();
    let out = company.says(
        CHEN_HAO,
        "新建客户：宁波宏远机械制造，机械制造，单厂客户，宁波，赵总，13812345678，视觉检测，50万",
    );
    assert_eq!((out.template.as_str(), out.var("owner")), ("customer_exists", "王**"));
}

#[test]
fn unknown_customer_gets_the_way_to_enter_it() {
    let mut company = Company::open();
    for said in ["商机 没有这家", "这句话谁也听不懂"] {
        let out = company.says(WANG_LEI, said);
        assert_eq!(out.var("link"), "page://customer/", "{out:?}");
    }
}
