//! 「不是周二是周三」「2 不是周二是周三」: the last note, put right in words.

use super::*;

#[test]
fn day_is_put_right_with_the_meeting_that_it_made() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "味之鲜沈总约了下周二下午三点看样品", "noted_card");
    let noted = company.answers(WANG_LEI, "不是周二是周三", "noted_card");
    assert_eq!(noted.var("day"), "下周三下午 3:00（12月2日 周三）");
    let deal = company.deal("味之鲜", "packaging").clone();
    let [meeting] = &company.meetings(deal.id)[..] else { panic!("one meeting") };
    assert_eq!(meeting.starts_at.to_rfc3339(), "2026-12-02T07:00:00+00:00");
    assert_eq!(company.counts("wang-lei").notes, 1);
    let noted = company.answers(WANG_LEI, "改成上午十点", "noted_card");
    assert_eq!(noted.var("day"), "下周三上午 10:00（12月2日 周三）");
    assert_eq!(&*company.deal("味之鲜", "packaging").recent[0].gist, "沈总约了12月2日上午十点看样品");
}

#[test]
fn sum_and_words_are_put_right() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "味之鲜报价50万", "noted_card");
    company.answers(WANG_LEI, "应该是40万", "noted_card");
    assert_eq!(company.deal("味之鲜", "packaging").amount.to_string(), "40 万");
    company.answers(WANG_LEI, "不是报价是预算", "noted");
    assert_eq!(&*company.deal("味之鲜", "packaging").recent[0].gist, "预算40万");
}

#[test]
fn one_of_several_notes_is_put_right() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "1 鑫源等法务\n2 恒泰齿轮下周三下午三点开会", "noted_many");
    let many = company.answers(WANG_LEI, "2 不是周三是周四", "noted_many");
    assert_eq!(many.vars["items"][1]["gist"], "下周四开会，已建日程");
    let deal = company.deal("恒泰齿轮", "vision").id;
    let [meeting] = &company.meetings(deal)[..] else { panic!("one meeting") };
    assert_eq!(meeting.starts_at.to_rfc3339(), "2026-12-03T07:00:00+00:00");
}

#[test]
fn correction_of_what_the_note_does_not_say_is_a_note_of_its_own() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "味之鲜报价发了", "noted");
    company.answers(WANG_LEI, "不是价格问题是交期", "noted");
    assert_eq!(&*company.deal("味之鲜", "packaging").recent[0].gist, "不是价格问题是交期");
    assert_eq!(&*company.deal("味之鲜", "packaging").recent[1].gist, "报价发了");
}
