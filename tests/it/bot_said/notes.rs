//! A sentence becomes a follow-up, with the meeting, step, amount and stage that it tells of.

use genjin::sales::{MeetingState, Money};

use super::*;

#[test]
fn plain_note_is_answered_in_one_line_and_begins_the_clock_anew() {
    let mut company = Company::open();
    let noted = company.answers(WANG_LEI, "鑫源食品 等法务", "noted");
    assert_eq!((noted.var("customer"), noted.var("gist")), ("鑫源食品", "等法务"));
    let deal = company.deal("鑫源食品", "vision");
    assert_eq!(deal.last_follow_up, Some(company.now));
    assert_eq!((&*deal.recent[0].gist, deal.recent[0].by.as_str()), ("等法务", "wang-lei"));
    assert_eq!(company.counts("wang-lei").notes, 1);
    assert_eq!(company.lines(Deed::Noted)[0].text.as_deref(), Some("鑫源食品 等法务"));
}

#[test]
fn customers_name_is_not_said_twice() {
    let mut company = Company::open();
    for (text, gist) in [
        ("鑫源陈总认可方案", "陈总认可方案"),
        ("鑫源食品：等法务", "等法务"),
        ("鑫源那边让等法务", "让等法务"),
        ("鑫源那台样机修好了", "那台样机修好了"),
        ("鑫源和隔壁厂在比价", "鑫源和隔壁厂在比价"),
        ("陈总说鑫源要等法务", "陈总说鑫源要等法务"),
    ] {
        assert_eq!(company.answers(WANG_LEI, text, "noted").var("gist"), gist);
    }
    let step = company.answers(WANG_LEI, "味之鲜沈总说下周三批预算", "noted_card");
    assert_eq!((step.var("contact"), step.var("what")), ("沈总", "批预算"));
}

#[test]
fn spoken_meeting_is_put_down_for_its_hour_and_holds_the_clock() {
    let mut company = Company::open();
    let noted = company.answers(WANG_LEI, "味之鲜沈总约了周四下午三点看样品", "noted_card");
    assert!(noted.card, "it can be taken back by a tap");
    assert_eq!((noted.var("contact"), noted.var("what")), ("沈总", "看样品"));
    assert_eq!(noted.var("day"), "后天下午 3:00（11月26日 周四）");
    assert_eq!(noted.var("pack_lead"), "15 分钟");
    let meetings = company.meetings(company.deal("味之鲜", "packaging").id);
    let [meeting] = &meetings[..] else { panic!("{meetings:?}") };
    assert_eq!((meeting.starts_at, meeting.ends_at), (at("2026-11-26T15:00"), at("2026-11-26T16:00")));
    assert_eq!((&*meeting.purpose, &*meeting.with, meeting.all_day), ("看样品", "沈总", false));
    assert_eq!(company.counts("wang-lei").meetings, 1);
    let lapse = company.state().lapse(company.deal("味之鲜", "packaging")).unwrap();
    assert_eq!(lapse.start, at("2026-11-27T00:00"));
}

#[test]
fn meeting_of_a_day_alone_has_no_pack_and_gets_its_hour_when_it_is_told() {
    let mut company = Company::open();
    let noted = company.answers(WANG_LEI, "张总约了下周二看厂", "noted_card");
    assert_eq!((noted.var("customer"), noted.var("day")), ("宏远机械", "12月1日（周二）"));
    assert!(noted.vars["meeting"] == true && noted.vars["pack_lead"].is_null(), "{}", noted.vars);
    let deal = company.deal("宏远机械", "vision").id;
    let known = company.meetings(deal).len();
    company.answers(WANG_LEI, "张总约了下周二上午十点看厂", "noted_card");
    assert_eq!(company.meetings(deal).len(), known, "told twice, it is one meeting");
    let timed = company.meetings(deal).into_iter().find(|it| it.starts_at == at("2026-12-01T10:00"));
    assert!(timed.is_some_and(|meeting| !meeting.all_day));
    assert_eq!(company.counts("wang-lei").meetings, 1);
}

#[test]
fn moved_meeting_keeps_its_hour_and_length_and_a_cancelled_one_is_off() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "恒泰 明天上午十点到十二点开会", "noted_card");
    let moved = company.answers(WANG_LEI, "恒泰会议改到周五", "meeting_moved");
    assert_eq!((moved.var("purpose"), moved.var("day")), ("开会", "周五上午 10:00（11月27日 周五）"));
    let deal = company.deal("恒泰齿轮", "vision").id;
    let meeting = company.meetings(deal)[0];
    assert_eq!((meeting.starts_at, meeting.ends_at), (at("2026-11-27T10:00"), at("2026-11-27T12:00")));
    let off = company.answers(WANG_LEI, "恒泰会议取消了", "meeting_cancelled");
    assert_eq!(off.var("customer"), "恒泰齿轮");
    assert_eq!(company.meetings(deal)[0].state, MeetingState::Cancelled);
}

#[test]
fn promise_with_a_day_becomes_the_next_step_and_a_later_note_leaves_it() {
    let mut company = Company::open();
    let noted = company.answers(WANG_LEI, "鑫源 周五前给分期方案", "noted_card");
    assert_eq!((noted.var("what"), noted.var("day")), ("给分期方案", "11月27日（周五）"));
    company.answers(WANG_LEI, "鑫源陈总在出差", "noted");
    let step = company.deal("鑫源食品", "vision").next_step.clone().unwrap();
    assert_eq!((step.day.to_string().as_str(), &*step.what), ("2026-11-27", "给分期方案"));
    company.waits(TimeDelta::days(3));
    company.answers(WANG_LEI, "鑫源 分期方案给陈总了", "noted");
    assert_eq!(company.deal("鑫源食品", "vision").next_step, None, "on its day the note keeps the promise");
}

#[test]
fn customer_stays_in_a_step_whose_words_lean_on_it() {
    let mut company = Company::open();
    for (said, what) in [
        ("周五前把报价单发给鑫源", "把报价单发给鑫源"),
        ("周五前给鑫源发分期方案", "给鑫源发分期方案"),
        ("鑫源周五前给分期方案", "给分期方案"),
        ("鑫源刘经理让我周五前重报一版", "重报一版"),
    ] {
        assert_eq!(company.answers(WANG_LEI, said, "noted_card").var("what"), what, "{said}");
    }
}

#[test]
fn step_is_due_on_the_day_that_was_said_of_it() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "味之鲜沈总说总部今年要换一批设备，我最晚下周三答复他", "noted_card");
    let step = company.deal("味之鲜", "packaging").next_step.clone().unwrap();
    assert_eq!(step.day.to_string(), "2026-12-02", "{}", step.what);
}

#[test]
fn amount_that_is_told_becomes_the_deals() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "味之鲜报价50万", "noted_card");
    assert_eq!(company.deal("味之鲜", "packaging").amount, Money::yuan(500_000));
}

#[test]
fn stage_waits_for_what_its_checkpoint_demands_and_moves_once_it_is_given() {
    let mut company = Company::open();
    let told = company.hears(WANG_LEI, "鑫源进入合同谈判");
    let [noted, missing] = &told[..] else { panic!("{told:?}") };
    assert_eq!((noted.template.as_str(), missing.template.as_str()), ("noted", "checkpoint_missing"));
    assert_eq!((missing.var("missing"), missing.var("to")), ("付款方式谈定", "合同谈判"));
    assert!(missing.card && missing.vars["materials"][0]["link"] == "material://instalment", "{missing:?}");
    assert_eq!(company.deal("鑫源食品", "vision").stage.as_str(), "quote");
    let card = company.answers(WANG_LEI, "鑫源付款方式谈定给了", "noted_card");
    assert_eq!(card.var("stage"), "合同谈判", "it goes where it waited to go");
    assert_eq!(card.vars["materials"][0]["text"], "合同要点说明", "what the new stage demands: {card:?}");
    let deal = company.deal("鑫源食品", "vision");
    assert_eq!((deal.stage.as_str(), deal.stage_since), ("contract", company.now));
    assert_eq!(company.counts("wang-lei").moves, 1);
}

#[test]
fn note_that_says_nothing_asks_for_one_fact_and_one_digit_gives_it() {
    let mut company = Company::open();
    let asked = company.answers(WANG_LEI, "鑫源客户很感兴趣，持续跟进中", "empty_note");
    assert!(asked.card);
    assert_eq!(company.counts("wang-lei").empty_notes, 1);
    let noted = company.answers(WANG_LEI, "2", "noted");
    assert_eq!(noted.var("gist"), "下一步：发材料");
}

#[test]
fn note_that_says_nothing_leaves_the_clock_where_the_workspace_says_so() {
    let mut company = Company::with(|rules| rules.workspace.empty_note_counts = false);
    let before = company.deal("鑫源食品", "vision").last_follow_up;
    company.answers(WANG_LEI, "鑫源客户很感兴趣，持续跟进中", "empty_note");
    assert_eq!(company.deal("鑫源食品", "vision").last_follow_up, before);
}

#[test]
fn one_breath_about_two_customers_becomes_two_notes_and_one_answer() {
    let mut company = Company::open();
    let many = company.answers(WANG_LEI, "1 鑫源等法务\n2 恒泰齿轮下周三下午三点开会", "noted_many");
    assert_eq!(many.vars["count"], 2);
    assert_eq!(many.vars["items"][0]["customer"], "鑫源食品");
    assert_eq!(many.vars["items"][1]["gist"], "下周三开会，已建日程");
    assert_eq!(company.counts("wang-lei").notes, 2);
    assert_eq!(company.lines(Deed::Noted).len(), 2);
}

#[test]
fn note_on_a_colleagues_deal_lands_there_and_its_owner_hears_of_it() {
    let mut company = Company::open();
    let told = company.hears(WANG_LEI, "粤味香罗总说预算批了");
    let owner = told.iter().find(|out| out.template == "noted_for").unwrap();
    assert_eq!(owner.to, Recipient::Person { user: "lina".into() });
    assert_eq!((owner.var("by"), owner.var("gist")), ("小王", "罗总说预算批了"));
    assert!(told.iter().any(|out| out.template == "noted"), "{told:?}");
    assert_eq!(company.deal("粤味香", "vision").recent[0].by.as_str(), "wang-lei");
}

#[test]
fn note_after_a_warning_answers_it_and_finishes_its_card() {
    let mut company = Company::open();
    let warned = company.waits(TimeDelta::hours(48));
    assert!(warned.iter().any(|out| out.template == "overdue_warning"), "{warned:?}");
    company.answers(WANG_LEI, "鑫源陈总认可方案", "noted");
    assert_eq!(company.counts("wang-lei").handled, 1);
    let warning = company.cards_of("wang-lei").into_iter().find(|card| &*card.template == "overdue_warning");
    assert_eq!(warning.unwrap().state, genjin::sales::CardState::Done("记下了".into()));
    assert_eq!(company.deal("鑫源食品", "vision").warned_lapse, None);
}

#[test]
fn words_told_in_private_show_to_nobody_else() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "私下记 恒泰老板要换人", "noted");
    assert_eq!(&*company.deal("恒泰齿轮", "vision").recent[0].gist, "私下记了一条");
    assert_eq!(company.lines(Deed::Noted)[0].text.as_deref(), Some("恒泰老板要换人"));
}
