//! 话术: asked for in any way, taken as bare words, judged, and against competitors.

use genjin::sales::ScriptKey;
use genjin::state::{Fold, ScriptVotes};

use super::*;

pub fn names(out: &Out) -> Vec<&str> {
    out.vars["answers"].as_array().unwrap().iter().map(|answer| answer["name"].as_str().unwrap()).collect()
}

fn words(out: &Out, list: &str) -> Vec<String> {
    let items = out.vars[list].as_array().into_iter().flatten();
    items.map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

fn votes(company: &Company, script: &str) -> Option<ScriptVotes> {
    company.state().votes(&ScriptKey::from(script)).cloned()
}

#[test]
fn three_scripts_for_the_named_deal_come_with_their_materials_and_buttons() {
    let mut company = Company::open();
    let script = company.answers(WANG_LEI, "话术 太贵 鑫源", "script");
    assert!(script.card);
    assert_eq!((script.var("ask"), script.var("customer")), ("太贵", "鑫源食品"), "the name is no objection");
    assert_eq!((script.var("stage"), script.var("industry")), ("报价", "食品加工"));
    assert_eq!(names(&script).len(), 3);
    let attached = &script.vars["attached"][0];
    assert!(attached["link"].as_str().unwrap().starts_with("material://"), "{attached}");
    assert_eq!((&script.vars["second"], &script.vars["third"]), (&true.into(), &true.into()));
}

#[test]
fn bare_words_come_by_tap_by_digit_and_by_word_and_are_always_the_same() {
    let mut company = Company::open();
    let script = company.answers(WANG_LEI, "话术 太贵 鑫源", "script");
    let say = |n: usize| script.vars["answers"][n]["say"].clone();
    let tapped = company.taps(WANG_LEI, "2");
    assert_eq!((tapped.len(), &tapped[0].vars["say"]), (1, &say(1)));
    for (text, n) in [("发2", 1), ("2", 1), ("发话术", 0), ("发3", 2)] {
        assert_eq!(company.answers(WANG_LEI, text, "script_bare").vars["say"], say(n), "{text}");
    }
}

#[test]
fn whole_words_of_all_three_come_by_one_word() {
    let mut company = Company::open();
    let script = company.answers(WANG_LEI, "话术 太贵 鑫源", "script");
    let all = company.answers(WANG_LEI, "全部", "all");
    let third = all.vars["lines"][2].as_str().unwrap();
    assert!(third.ends_with(script.vars["answers"][2]["say"].as_str().unwrap()), "{third}");
}

#[test]
fn useless_said_twice_moves_a_script_back_for_everybody_and_useful_brings_it_forward() {
    let mut company = Company::open();
    let ask = "话术 我们利润薄 鑫源";
    let script = company.answers(WANG_LEI, "话术 比别家贵 鑫源", "script");
    assert_eq!(names(&script)[0], "算退货");
    company.answers(WANG_LEI, "发1", "script_bare");
    let told = company.answers(WANG_LEI, "没用", "script_judged");
    assert_eq!(told.var("name"), "算退货", "what was taken last is meant");
    company.answers(WANG_LEI, "话术 比别家贵 鑫源", "script");
    company.answers(WANG_LEI, "没用1", "script_judged");
    assert_eq!(votes(&company, "02-price/利润薄").unwrap().useless, 2);
    let moved = company.answers(WANG_LEI, "话术 比别家贵 鑫源", "script");
    assert_eq!(names(&moved)[0], "算总账");
    for _ in 0..2 {
        company.answers(WANG_LEI, ask, "script");
        company.answers(WANG_LEI, "1", "script_bare");
        company.answers(WANG_LEI, "有用", "script_judged");
    }
    assert_eq!(votes(&company, "02-price/利润薄").unwrap().useful, 2);
    assert_eq!(names(&company.answers(WANG_LEI, "话术 比别家贵 鑫源", "script"))[0], "算退货");
}

#[test]
fn one_list_gives_each_script_one_voice_that_can_be_changed() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "话术 比别家贵 鑫源", "script");
    assert!(company.taps(WANG_LEI, "useful").is_empty(), "the card says so itself");
    company.taps(WANG_LEI, "useful");
    let first = |company: &Company| votes(company, "02-price/利润薄").map(|it| (it.useful, it.useless));
    assert_eq!(first(&company), Some((1, 0)));
    let second = |company: &Company| votes(company, "02-price/太贵").map(|it| (it.useful, it.useless));
    assert_eq!(second(&company), Some((1, 0)), "none was taken: all that were shown are meant");
    company.answers(WANG_LEI, "没用1", "script_judged");
    assert_eq!((first(&company), second(&company)), (Some((0, 1)), Some((1, 0))));
    let card = company.cards_of("wang-lei").last().unwrap().vars["judged"].clone();
    assert_eq!(card, "算退货没用");
    company.answers(WANG_LEI, "没用9", "number_none");
}

#[test]
fn votes_are_the_sum_of_their_lines() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "话术 比别家贵 鑫源", "script");
    company.answers(WANG_LEI, "有用1", "script_judged");
    company.answers(WANG_LEI, "没用1", "script_judged");
    let mut fold = Fold::default();
    for line in company.lines(Deed::ScriptJudged) {
        fold.take(b"h", &serde_json::to_vec(line).unwrap());
    }
    let kept = genjin::state::Record::ScriptVotes(votes(&company, "02-price/利润薄").unwrap());
    assert!(!fold.problems().is_empty(), "the record is missing");
    fold.take(&kept.key().to_bytes(), &kept.to_bytes());
    assert_eq!(fold.problems(), Vec::<String>::new());
    let read = genjin::state::Record::from_bytes(b'v', &kept.to_bytes()).unwrap();
    assert_eq!(read, kept);
}

#[test]
fn another_three_come_until_there_are_no_more() {
    let mut company = Company::open();
    let first = company.answers(WANG_LEI, "话术 比别家贵 鑫源", "script");
    let second = company.answers(WANG_LEI, "换一组", "script");
    assert!(names(&second).iter().all(|name| !names(&first).contains(name)), "{second:?}");
    let mut last = second;
    while last.template == "script" {
        last = company.says(WANG_LEI, "换一组");
    }
    assert_eq!((last.template.as_str(), &last.vars["over"]), ("script_none", &true.into()));
}

#[test]
fn scripts_without_a_word_are_listed_by_kind_and_one_is_chosen_by_tap_digit_or_word() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "鑫源陈总在比价", "noted");
    let list = company.answers(WANG_LEI, "话术", "script_kinds");
    assert_eq!(list.var("customer"), "鑫源食品");
    let kinds = words(&list, "kinds");
    assert!(kinds.contains(&"价格".into()) && kinds.contains(&"售后".into()), "{kinds:?}");
    assert_eq!(words(&list, "rivals"), ["锐目", "蓝睛", "德斯克"]);
    assert!(list.card && list.vars["options"].as_array().unwrap().len() <= 6);
    let chosen = company.taps(WANG_LEI, "1");
    assert_eq!((chosen[0].template.as_str(), chosen[0].var("customer")), ("script", "鑫源食品"));
    company.answers(WANG_LEI, "话术", "script_kinds");
    let by_word = company.answers(WANG_LEI, "售后", "script");
    assert!(names(&by_word).contains(&"写赔法"), "{by_word:?}");
    company.answers(WANG_LEI, "话术", "script_kinds");
    let rival = (kinds.len() + 1).to_string();
    assert_eq!(company.answers(WANG_LEI, &rival, "script").var("rival"), "锐目");
}

#[test]
fn kinds_fit_the_industry_of_the_deal_that_is_named() {
    let mut company = Company::open();
    assert_eq!(company.answers(WANG_LEI, "话术 鑫源", "script_kinds").var("customer"), "鑫源食品");
    let script = company.answers(WANG_LEI, "实施", "script");
    assert!(names(&script).contains(&"避开班"), "{script:?}");
    company.answers(WANG_LEI, "话术 恒泰", "script_kinds");
    let script = company.answers(WANG_LEI, "实施", "script");
    assert!(names(&script).contains(&"周末装"), "{script:?}");
}

#[test]
fn what_nobody_wrote_yet_is_told_with_all_that_there_is() {
    let mut company = Company::open();
    let none = company.answers(WANG_LEI, "话术 要回扣", "script_none");
    assert!(none.card && words(&none, "words").len() > 10, "{none:?}");
    company.answers(WANG_LEI, "2", "script");
}

#[test]
fn deal_spoken_of_longer_ago_than_half_an_hour_is_not_meant_any_more() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "鑫源陈总在比价", "noted");
    company.waits(TimeDelta::minutes(29));
    assert_eq!(company.answers(WANG_LEI, "话术 太贵", "script").var("customer"), "鑫源食品");
    company.waits(TimeDelta::minutes(31));
    assert!(company.answers(WANG_LEI, "话术 太贵", "script").vars.get("customer").is_none());
}

#[test]
fn competitor_brings_what_is_said_against_that_one_first() {
    let mut company = Company::open();
    for text in ["话术 锐目", "锐目", "客户嫌我们比锐目视觉贵"] {
        let script = company.answers(WANG_LEI, text, "script");
        let mut first = names(&script)[..2].to_vec();
        first.sort_unstable();
        assert_eq!(first, ["当场换", "补齐项"], "{text}");
        assert!(!names(&script).contains(&"认牌子"), "{text}");
    }
}

#[test]
fn note_that_names_a_competitor_is_noted_and_offers_its_scripts_by_one_tap() {
    let mut company = Company::open();
    let noted = company.answers(WANG_LEI, "鑫源陈总也约了锐目来看", "noted_card");
    assert_eq!(company.lines(Deed::Noted).len(), 1, "first of all it is noted");
    assert_eq!((noted.var("rival"), &noted.vars["rival_scripts"]), ("锐目", &2.into()));
    let script = company.taps(WANG_LEI, "rival");
    assert_eq!((script[0].template.as_str(), script[0].var("rival")), ("script", "锐目"));
    assert_eq!(script[0].var("customer"), "鑫源食品");
    company.answers(WANG_LEI, "鑫源陈总也约了锐目来看第二次", "noted_card");
    company.answers(WANG_LEI, "3", "script");
    company.answers(WANG_LEI, "鑫源陈总又提了锐目", "noted_card");
    company.answers(WANG_LEI, "撤销", "undone");
}

#[test]
fn several_notes_of_one_breath_name_the_competitor_in_their_one_answer() {
    let mut company = Company::open();
    let many = company.answers(WANG_LEI, "1 鑫源在看蓝睛\n2 恒泰齿轮等法务", "noted_many");
    assert_eq!(many.var("rival"), "蓝睛");
    company.answers(WANG_LEI, "蓝睛", "script");
}

#[test]
fn reason_of_a_loss_is_not_taken_for_the_word_of_a_script() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "关闭商机 鑫源", "close_deal");
    company.hears(WANG_LEI, "丢单");
    let told = company.hears(WANG_LEI, "没预算");
    assert!(told.iter().all(|out| out.template != "script"), "{told:?}");
}

#[test]
fn verdict_without_scripts_asks_for_a_list() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "没用", "script_judge_how");
    company.answers(WANG_LEI, "换一组", "unknown");
    assert!(company.lines(Deed::ScriptJudged).is_empty());
}
