//! 撤销, 改一下, 「不是宏远是永兴」, 「2 不对」, 重开.

use super::*;

#[test]
fn undo_takes_a_note_back_with_its_meeting_its_card_and_its_counts() {
    let mut company = Company::open();
    let before = company.deal("味之鲜", "packaging").clone();
    company.answers(WANG_LEI, "味之鲜沈总约了周四下午三点看样品", "noted_card");
    let undone = company.answers(WANG_LEI, "撤销", "undone");
    assert_eq!(undone.var("customer"), "味之鲜");
    let deal = company.deal("味之鲜", "packaging");
    assert_eq!(*deal, before);
    assert!(company.meetings(deal.id).is_empty());
    assert_eq!(company.counts("wang-lei"), Counts::default());
    let card = company.cards_of("wang-lei")[0];
    assert_eq!(card.state, genjin::sales::CardState::Done("已撤销".into()));
    company.answers(WANG_LEI, "撤销", "undo_nothing");
}

#[test]
fn undo_takes_all_notes_of_one_breath_back() {
    let mut company = Company::open();
    let before = [company.deal("鑫源食品", "vision").clone(), company.deal("恒泰齿轮", "vision").clone()];
    company.answers(WANG_LEI, "1 鑫源等法务\n2 恒泰齿轮下周三下午三点开会", "noted_many");
    company.answers(WANG_LEI, "撤销", "undone");
    let now = [company.deal("鑫源食品", "vision").clone(), company.deal("恒泰齿轮", "vision").clone()];
    assert_eq!(now, before);
    assert!(company.meetings(before[1].id).is_empty());
    assert_eq!(company.counts("wang-lei").notes, 0);
}

#[test]
fn undo_reaches_a_day_back_and_only_ones_own_deeds() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "鑫源等法务", "noted");
    company.answers(CHEN_HAO, "撤销", "undo_nothing");
    company.waits(TimeDelta::hours(25));
    company.answers(WANG_LEI, "撤销", "undo_nothing");
}

#[test]
fn button_of_an_older_card_takes_back_that_card_and_nothing_newer() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "味之鲜报价50万", "noted_card");
    let card = company.cards_of("wang-lei")[0].id;
    company.waits(TimeDelta::minutes(1));
    company.answers(WANG_LEI, "鑫源等法务", "noted");
    let from = company.sender(WANG_LEI);
    let card = card.outside(company.state().epoch()).into();
    let tapped =
        genjin::event::Tapped { from, card, button: "undo".into(), chosen: vec![], code: Some("c".into()) };
    company.happens(What::Tapped(tapped));
    assert_eq!(company.deal("味之鲜", "packaging").amount.to_string(), "30 万");
    assert_eq!(&*company.deal("鑫源食品", "vision").recent[0].gist, "等法务");
}

#[test]
fn fix_takes_the_note_back_and_waits_for_better_words() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "味之鲜报价50万", "noted_card");
    let told = company.hears(WANG_LEI, "改一下");
    assert_eq!(told.iter().map(|out| out.template.as_str()).collect::<Vec<_>>(), ["undone", "note_prompt"]);
    company.answers(WANG_LEI, "报价45万", "noted_card");
    assert_eq!(company.deal("味之鲜", "packaging").amount.to_string(), "45 万");
}

#[test]
fn note_moves_to_another_customer_with_all_that_it_created() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "恒泰 明天上午十点开会", "noted_card");
    let moved = company.answers(WANG_LEI, "不是恒泰是味之鲜", "noted_card");
    assert_eq!(moved.var("customer"), "味之鲜");
    assert!(company.meetings(company.deal("恒泰齿轮", "vision").id).is_empty());
    let meetings = company.meetings(company.deal("味之鲜", "packaging").id);
    assert_eq!(meetings.iter().map(|it| it.starts_at).collect::<Vec<_>>(), [at("2026-11-25T10:00")]);
    assert_eq!((company.counts("wang-lei").notes, company.counts("wang-lei").meetings), (1, 1));
}

#[test]
fn one_of_several_notes_is_corrected_alone() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "1 鑫源等法务\n2 恒泰齿轮下周三下午三点开会", "noted_many");
    let many = company.answers(WANG_LEI, "2 不对，是味之鲜", "noted_many");
    assert_eq!(many.vars["items"][0]["customer"], "鑫源食品");
    assert_eq!(many.vars["items"][1]["customer"], "味之鲜");
    assert!(company.meetings(company.deal("恒泰齿轮", "vision").id).is_empty());
    assert_eq!(company.meetings(company.deal("味之鲜", "packaging").id).len(), 1);
    assert_eq!(&*company.deal("鑫源食品", "vision").recent[0].gist, "等法务");
    assert_eq!(company.counts("wang-lei").notes, 2);
    company.answers(WANG_LEI, "3 不对，是味之鲜", "number_none");
}

#[test]
fn closed_deal_is_opened_again_within_seven_days_and_not_after() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "鑫源赢单", "closed");
    let day = company.state().rules().calendar.date(company.now);
    assert_eq!(company.counts("wang-lei").won, 1);
    company.waits(TimeDelta::days(6));
    let opened = company.answers(WANG_LEI, "重开", "reopened");
    assert_eq!((opened.var("customer"), opened.var("stage")), ("鑫源食品", "报价"));
    assert!(company.deal("鑫源食品", "vision").is_open());
    assert_eq!(company.state().counts(&MemberId::from("wang-lei"), day).won, 0);
    company.answers(WANG_LEI, "鑫源赢单", "closed");
    company.waits(TimeDelta::days(8));
    company.answers(WANG_LEI, "重开", "reopen_none");
}

#[test]
fn undone_step_is_named_in_words_and_never_by_a_key() {
    let mut company = Company::open();
    company.hears(WANG_LEI, "移交 鑫源 给徐静");
    let undone = company.says(WANG_LEI, "撤销");
    assert_eq!((undone.template.as_str(), undone.var("gist")), ("undone", "移交给小徐"));
    assert!(undone.vars.get("noted").is_none(), "no note was taken back");
    company.hears(WANG_LEI, "关闭商机 鑫源");
    company.hears(WANG_LEI, "搁置");
    company.answers(WANG_LEI, "重开", "reopened");
    assert_eq!(company.answers(WANG_LEI, "撤销", "undone").var("gist"), "重开");
}
