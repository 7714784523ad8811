//! What people ask, in whatever form, gets an answer of use; lists go on by digits.

use super::*;

#[test]
fn today_lists_the_days_meetings() {
    let mut company = Company::open();
    let today = company.answers(WANG_LEI, "今日", "today");
    let meeting = &today.vars["meetings"][0];
    assert_eq!((&meeting["time"], &meeting["customer"]), (&"14:30".into(), &"宏远机械".into()));
    company.answers(ADMIN, "今日", "today_empty");
}

#[test]
fn digit_after_the_list_of_deals_shows_the_one_it_stands_for() {
    let mut company = Company::open();
    let list = company.answers(WANG_LEI, "商机", "deals");
    assert!(!list.card, "a list has no buttons");
    let second = list.vars["items"][1]["customer"].clone();
    let deal = company.answers(WANG_LEI, "2", "deal");
    assert_eq!(deal.vars["customer"], second);
    company.answers(WANG_LEI, "19", "number_none");
}

#[test]
fn manager_without_deals_sees_those_of_the_team_and_who_has_none_is_told_so() {
    let mut company = Company::open();
    let led = company.answers(LI_MING, "商机", "deals");
    assert_eq!(led.vars["led"], true);
    assert!(led.vars["items"][0]["owner"] != "", "whose it is: {}", led.vars);
    company.answers(LI_MING, "1", "deal_lead");
    assert!(company.answers(ADMIN, "商机", "deal_none").vars.get("said").is_none());
    company.answers(ADMIN, "全部", "deal_none");
}

#[test]
fn list_of_one_customers_deals_says_whose_they_are_and_nothing_of_a_follow_up_just_made() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "宏远张总说不停机就能定", "noted");
    let list = company.answers(WANG_LEI, "商机 宏远", "deals");
    assert_eq!(list.var("said"), "宏远机械");
    let just_now = list.vars["items"].as_array().unwrap().iter().filter(|item| item["idle"] == "").count();
    assert_eq!(just_now, 1, "{}", list.vars);
}

#[test]
fn digit_after_today_opens_the_warning_of_an_overdue_deal() {
    let mut company = Company::open();
    company.waits(TimeDelta::hours(48));
    let today = company.answers(CHEN_HAO, "今日", "today");
    let first = today.vars["overdue"][0]["customer"].clone();
    assert_eq!(company.answers(CHEN_HAO, "1", "overdue_warning").vars["customer"], first);
}

#[test]
fn customer_by_name_shows_the_deal_to_those_who_may_see_it() {
    let mut company = Company::open();
    assert_eq!(company.answers(WANG_LEI, "鑫源怎么样了", "deal").var("amount"), "68 万");
    assert_eq!(company.answers(LI_MING, "商机 鑫源", "deal_lead").var("customer"), "鑫源食品");
    assert_eq!(company.answers(CHEN_HAO, "商机 鑫源", "deal_none").var("said"), "鑫源食品");
}

#[test]
fn search_finds_a_deal_by_the_words_of_a_note() {
    let mut company = Company::open();
    assert_eq!(company.answers(WANG_LEI, "找 责任上限", "deal").var("customer"), "恒泰齿轮");
    assert_eq!(company.answers(WANG_LEI, "找 飞碟", "deal_none").var("said"), "飞碟");
}

#[test]
fn all_shows_the_whole_of_the_list() {
    let mut company = Company::open();
    let list = company.answers(WANG_LEI, "商机", "deals");
    let all = company.answers(WANG_LEI, "全部", "all");
    let shown = list.vars["items"].as_array().unwrap().len();
    let more = usize::try_from(list.vars["more"].as_u64().unwrap()).unwrap();
    assert_eq!(all.vars["lines"].as_array().unwrap().len(), shown + more);
    company.answers(WANG_LEI, "5", "deal");
}

#[test]
fn objection_is_answered_and_its_number_sends_those_words_alone() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "鑫源陈总在比价", "noted");
    let script = company.answers(WANG_LEI, "客户嫌我们比别家贵", "script");
    assert_eq!((script.var("stage"), script.var("industry")), ("报价", "食品加工"));
    assert_eq!(script.vars["told"], true, "these are the rep's words, not the customer's");
    let second = script.vars["answers"][1]["say"].clone();
    assert_eq!(company.answers(WANG_LEI, "发2", "script_bare").vars["say"], second);
    company.answers(WANG_LEI, "发9", "number_none");
}

#[test]
fn word_of_a_script_said_alone_is_asked_for() {
    let mut company = Company::open();
    let script = company.answers(WANG_LEI, "停产", "script");
    assert_eq!(script.vars["answers"][0]["name"], "周末装");
    let none = company.answers(WANG_LEI, "话术 要回扣", "script_none");
    assert_eq!(none.var("said"), "要回扣");
}

#[test]
fn send_after_a_warning_gives_its_opener() {
    let mut company = Company::open();
    let warned = company.waits(TimeDelta::hours(48));
    let warning = warned.iter().find(|out| out.template == "overdue_warning" && out.to == person("WangLei"));
    let opener = warning.unwrap().vars["opener"].clone();
    assert_eq!(company.answers(WANG_LEI, "发", "script_bare").vars["say"], opener);
}

#[test]
fn why_after_a_warning_names_the_rule_and_the_facts() {
    let mut company = Company::open();
    company.waits(TimeDelta::hours(48));
    let why = company.answers(WANG_LEI, "为什么", "why");
    assert_eq!(why.var("rule"), "报价 48 小时规则");
    assert!(why.vars["facts"][0].as_str().unwrap().contains("鑫源食品"), "{}", why.vars);
    company.answers(ADMIN, "为什么", "why_none");
}

#[test]
fn tomorrow_said_after_a_warning_puts_it_off_to_nine() {
    let mut company = Company::open();
    company.waits(TimeDelta::hours(48));
    company.hears(WANG_LEI, "明天提醒");
    let snooze = company.deal("鑫源食品", "vision").snooze.clone().unwrap();
    assert_eq!(snooze.until, at("2026-11-27T09:00"));
}

#[test]
fn every_other_command_gets_an_answer_of_its_own() {
    let mut company = Company::open();
    for (text, template) in [
        ("帮助", "help"),
        ("免打扰", "mute"),
        ("隐私", "privacy"),
        ("谁能看", "who_sees"),
        ("谢谢", "courtesy"),
        ("？", "help"),
        ("关闭商机 鑫源", "close_deal"),
        ("移交 鑫源", "hand_over"),
        ("日报", "unknown"),
        ("请假到周五", "unknown"),
    ] {
        company.answers(WANG_LEI, text, template);
    }
}

#[test]
fn small_talk_is_answered_in_kind() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "你好", "welcome");
    for (text, kind) in [("你好", "hello"), ("谢谢", "thanks")] {
        assert_eq!(company.answers(WANG_LEI, text, "courtesy").vars[kind], true);
    }
    assert!(company.answers(WANG_LEI, "👍", "courtesy").vars.as_object().unwrap().is_empty());
}

#[test]
fn what_is_understood_but_cannot_be_done_yet_is_not_called_unclear() {
    let mut company = Company::open();
    assert_eq!(company.answers(WANG_LEI, "进度", "unknown").vars["not_yet"], true);
    assert!(company.answers(WANG_LEI, "asdfgh", "unknown").vars.get("not_yet").is_none());
    assert_eq!(company.lines(Deed::Drafted).len(), 2, "both are kept");
}

#[test]
fn group_is_asked_into_private_and_keeps_nothing() {
    let mut company = Company::open();
    let from = Sender { group: Some("g".into()), ..company.sender(LI_NA) };
    let said = Said { from, content: Content::Text("瑞丰等排期".into()) };
    let out = company.happens(What::Said(said));
    assert_eq!(out[0].template, "group_private");
    assert_eq!(out[0].to, Recipient::Group { id: "g".into() });
    assert!(company.lines(Deed::Noted).is_empty());
}

#[test]
fn outsider_is_answered_once_a_day() {
    let mut company = Company::open();
    company.answers(OUTSIDER, "你好", "stranger");
    assert!(company.hears(OUTSIDER, "在吗").is_empty());
    company.waits(TimeDelta::hours(25));
    company.answers(OUTSIDER, "你好", "stranger");
    assert_eq!(company.state().stranger(OUTSIDER.0, OUTSIDER.1).unwrap().messages, 3);
}

#[test]
fn what_cannot_be_read_is_answered_with_the_way_out() {
    let mut company = Company::open();
    for (content, template) in [
        (Content::Voice, "voice_no_text"),
        (Content::Picture, "media_lost"),
        (Content::Other("location".into()), "help"),
    ] {
        assert_eq!(company.sends(WANG_LEI, content)[0].template, template);
    }
    assert!(company.sends(LI_NA, Content::QuotaGone).is_empty());
}

#[test]
fn first_contact_is_one_warm_message_and_opening_the_chat_says_nothing_ever_after() {
    let mut company = Company::open();
    let first = company.sends(WANG_LEI, Content::Entered);
    assert_eq!((first.len(), first[0].template.as_str()), (1, "welcome"));
    assert!(company.sends(WANG_LEI, Content::Entered).is_empty());
    let greeted = company.sends(LI_NA, Content::Text("你好".into()));
    assert_eq!((greeted.len(), greeted[0].template.as_str()), (1, "welcome"));
    assert_eq!(company.sends(LI_NA, Content::Text("你好".into()))[0].template, "courtesy");
}

fn person(user: &str) -> Recipient {
    Recipient::Person { user: user.into() }
}
