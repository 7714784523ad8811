//! What a stage demands: told on entering it, ticked, and missed on leaving it.

use genjin::sales::CardKind;

use super::*;

fn ticks(out: &Out) -> Vec<(String, bool)> {
    let items = out.vars["materials"].as_array().into_iter().flatten();
    items.map(|item| (item["text"].as_str().unwrap().to_owned(), item["done"] == true)).collect()
}

fn stage(company: &Company, customer: &str, line: &str) -> String {
    company.deal(customer, line).stage.as_str().to_owned()
}

#[test]
fn missing_material_stops_the_deal_and_one_tick_lets_it_go_on() {
    let mut company = Company::open();
    let told = company.hears(WANG_LEI, "金利达进入方案演示");
    let [noted, missing] = &told[..] else { panic!("{told:?}") };
    assert_eq!((noted.template.as_str(), missing.template.as_str()), ("noted", "checkpoint_missing"));
    assert_eq!(
        (missing.var("missing"), missing.var("from"), missing.var("to")),
        ("技术参数确认", "需求确认", "方案演示")
    );
    assert!(missing.var("how").contains("技术参数确认给了"), "{missing:?}");
    assert_eq!(stage(&company, "金利达", "vision"), "needs");
    let entered = company.taps(WANG_LEI, "tech-parameters");
    assert_eq!(stage(&company, "金利达", "vision"), "demo");
    assert_eq!(entered[0].template, "stage_entered");
    let demanded = ["竞品对比表", "客户定制化报价单", "实施排期甘特图"].map(|name| (name.to_owned(), false));
    assert_eq!(ticks(&entered[0]), demanded);
    assert_eq!(company.counts("wang-lei").moves, 1);
    let undone = company.answers(WANG_LEI, "撤销", "undone");
    assert_eq!((undone.var("gist"), stage(&company, "金利达", "vision").as_str()), ("进新阶段", "needs"));
}

#[test]
fn ticks_of_the_new_stage_are_kept_on_the_deal_and_shown_in_the_next_pack() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "金利达技术参数确认单签了", "noted");
    let card = company.answers(WANG_LEI, "金利达进入方案演示", "noted_card");
    assert_eq!(ticks(&card).len(), 3);
    assert!(card.vars["materials"][0]["link"].as_str().unwrap().starts_with("material://"));
    assert!(company.taps(WANG_LEI, "custom-quote").is_empty(), "the card itself shows it");
    assert!(company.hears(WANG_LEI, "1").is_empty(), "a digit ticks as well");
    assert_eq!(company.cards_of("wang-lei").last().unwrap().vars["materials"][1]["done"], true);
    assert_eq!(company.lines(Deed::Ticked).len(), 2);
    company.answers(WANG_LEI, "金利达明天下午三点演示", "noted_card");
    let out = company.waits(TimeDelta::minutes(29 * 60 + 20));
    let pack = out.iter().find(|out| out.template == "pack" && out.vars["customer"] == "金利达").unwrap();
    let demanded = [("竞品对比表", true), ("客户定制化报价单", true), ("实施排期甘特图", false)];
    assert_eq!(ticks(pack), demanded.map(|(name, done)| (name.to_owned(), done)));
    assert!(pack.var("missing").contains("实施排期甘特图"));
}

#[test]
fn tick_in_the_pack_lets_a_waiting_deal_go_on() {
    let mut company = Company::open();
    company.hears(WANG_LEI, "鑫源进入合同谈判");
    company.answers(WANG_LEI, "鑫源明天下午三点开会", "noted_card");
    company.waits(TimeDelta::hours(30) - TimeDelta::minutes(45));
    let told = company.hears(WANG_LEI, "今日");
    assert!(!told.is_empty());
    let pack = company
        .cards_of("wang-lei")
        .into_iter()
        .rev()
        .find(|card| matches!(card.kind, CardKind::Pack { .. }) && card.vars["customer"] == "鑫源食品");
    let place =
        pack.unwrap().vars["materials"].as_array().unwrap().iter().position(|it| it["key"] == "instalment");
    let card = pack.unwrap().id.outside(company.state().epoch());
    assert!(place.is_some(), "what the stage demands is in its pack: {:?}", pack.unwrap().vars);
    let from = company.sender(WANG_LEI);
    let tapped = Tapped { from, card: card.into(), button: "instalment".into(), chosen: vec![], code: None };
    let out = company.happens(What::Tapped(tapped));
    assert_eq!(stage(&company, "鑫源食品", "vision"), "contract");
    assert_eq!(out[0].template, "stage_entered");
}

#[test]
fn where_the_config_says_flag_the_deal_moves_on_and_what_is_missing_is_said() {
    let mut company =
        Company::with(|rules| rules.process.stages.iter_mut().for_each(|stage| stage.holds = false));
    let told = company.hears(WANG_LEI, "金利达进入方案演示");
    let [noted, missing] = &told[..] else { panic!("{told:?}") };
    assert_eq!((noted.template.as_str(), missing.template.as_str()), ("noted_card", "checkpoint_missing"));
    assert_eq!((missing.var("missing"), &missing.vars["moved"]), ("技术参数确认", &true.into()));
    assert_eq!(stage(&company, "金利达", "vision"), "demo");
    assert!(company.taps(WANG_LEI, "tech-parameters").is_empty());
    let card = company.cards_of("wang-lei").last().unwrap().vars.clone();
    assert_eq!((&card["missing"], &card["materials"][0]["done"]), (&"".into(), &true.into()));
    assert_eq!(stage(&company, "金利达", "vision"), "demo", "it was there already");
}

#[test]
fn owner_hears_in_one_message_that_a_colleague_moved_the_deal_and_what_it_needs() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "金利达技术参数确认单签了", "noted");
    let out = company.hears((Platform::WeCom, "XuJing"), "金利达进入方案演示");
    let to_owner: Vec<&Out> =
        out.iter().filter(|out| out.to == Recipient::Person { user: "WangLei".into() }).collect();
    let [entered] = to_owner[..] else { panic!("{out:?}") };
    assert_eq!((entered.template.as_str(), entered.var("stage")), ("stage_entered", "方案演示"));
    assert_eq!(ticks(entered).len(), 3);
    let to_teller = out.iter().find(|out| out.template == "noted_card").unwrap();
    assert!(ticks(to_teller).is_empty(), "the ticks are the owner's");
    company.hears(WANG_LEI, "2");
    assert_eq!(company.deal("金利达", "vision").given.last().unwrap().as_str(), "custom-quote");
}

#[test]
fn deal_that_was_closed_meanwhile_takes_no_tick() {
    let mut company = Company::open();
    company.hears(WANG_LEI, "金利达进入方案演示");
    let card = company.cards_of("wang-lei").last().unwrap().id;
    company.hears(WANG_LEI, "金利达丢单 价格");
    let from = company.sender(WANG_LEI);
    let card = card.outside(company.state().epoch()).into();
    company.happens(What::Tapped(Tapped {
        from,
        card,
        button: "tech-parameters".into(),
        chosen: vec![],
        code: None,
    }));
    let deal = company.deal("金利达", "vision");
    assert!(!deal.is_open() && !deal.given.iter().any(|key| key.as_str() == "tech-parameters"));
}
