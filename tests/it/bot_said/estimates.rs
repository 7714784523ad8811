//! 测算: what a deal brings back, filled from the deal, told in the customer's words, and worked out again.

use super::*;

fn listed(out: &Out, list: &str) -> Vec<String> {
    let items = out.vars[list].as_array().into_iter().flatten();
    let said = items.map(|item| match item.as_str() {
        Some(word) => word.to_owned(),
        None => format!("{} {}", item["name"].as_str().unwrap(), item["value"].as_str().unwrap()),
    });
    said.collect()
}

#[test]
fn estimate_is_filled_from_the_deal_and_names_what_it_assumes() {
    let mut company = Company::open();
    let roi = company.answers(WANG_LEI, "测算 金利达", "roi");
    assert_eq!((roi.var("customer"), roi.var("invest")), ("金利达", "42 万"), "the deal's amount");
    assert_eq!(listed(&roi, "saved"), ["省人工 32.88 万", "少返工 7.2 万", "少赔 14 万", "少停线 9 万"]);
    assert_eq!(listed(&roi, "spent"), ["电费和维保 2.52 万"]);
    assert_eq!((roi.var("saving"), roi.var("payback")), ("60.56 万", "约 9 个月"));
    assert_eq!(&listed(&roi, "inputs")[..2], ["省人 4 人", "人工 6,700 元/月"]);
    let assumed = listed(&roi, "assumed");
    assert!(assumed.contains(&"人工".into()) && !assumed.contains(&"投入".into()), "{assumed:?}");
    let food = company.answers(WANG_LEI, "ROI 鑫源", "roi");
    assert_eq!(
        listed(&food, "saved"),
        ["省人工 43.2 万", "少退货 10.8 万", "快换产 13.33 万"],
        "its industry's model"
    );
}

#[test]
fn figures_of_the_command_and_those_said_behind_it_are_worked_in() {
    let mut company = Company::open();
    let roi = company.answers(WANG_LEI, "投资回报 金利达 每天省 3 个人", "roi");
    assert_eq!(listed(&roi, "inputs")[0], "省人 3 人");
    assert!(!listed(&roi, "assumed").contains(&"省人".into()));
    let again = company.answers(WANG_LEI, "人工 8000 夜班 2", "roi");
    assert_eq!(
        &listed(&again, "inputs")[..3],
        ["省人 3 人", "人工 8,000 元/月", "夜班 2 人"],
        "what was said stays"
    );
    assert_eq!(again.var("customer"), "金利达");
    let dearer = company.answers(WANG_LEI, "投入 60 万", "roi");
    assert_eq!((dearer.var("invest"), listed(&dearer, "inputs")[1].as_str()), ("60 万", "人工 8,000 元/月"));
}

#[test]
fn words_for_the_customer_come_alone_by_one_character() {
    let mut company = Company::open();
    let roi = company.answers(WANG_LEI, "测算 金利达 人工 8000", "roi");
    let bare = company.answers(WANG_LEI, "发", "roi_bare");
    assert_eq!((bare.var("payback"), &bare.vars["inputs"]), (roi.var("payback"), &roi.vars["inputs"]));
    let templates = genjin::messages::Templates::shipped();
    let message = templates.render("roi_bare", &bare.vars, Platform::WeCom).unwrap();
    let genjin::messages::Block::Quote { words, .. } = &message.body[0] else { panic!("{message:?}") };
    let said = words.to_plain();
    for ours in ["王磊", "小王", "常见值", "回 发", "⚠"] {
        assert!(!said.contains(ours), "{said}");
    }
    assert!(said.starts_with("金利达投资回报测算") && said.contains("人工 8,000 元/月"), "{said}");
}

#[test]
fn several_deals_are_asked_about_and_the_figures_are_kept() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "测算 宏远 人工 8000", "which_deal");
    let roi = company.taps(WANG_LEI, "1").pop().unwrap();
    assert_eq!((roi.template.as_str(), roi.var("customer")), ("roi", "宏远机械"));
    assert_eq!(listed(&roi, "inputs")[1], "人工 8,000 元/月");
}

#[test]
fn scripts_with_such_a_material_offer_it_and_it_means_their_deal() {
    let mut company = Company::open();
    let script = company.answers(WANG_LEI, "话术 我们利润薄 鑫源", "script");
    assert_eq!(script.vars["roi"], true);
    assert_eq!(company.answers(WANG_LEI, "测算", "roi").var("customer"), "鑫源食品");
    let script = company.answers(WANG_LEI, "话术 数据放哪里 鑫源", "script");
    assert!(script.vars.get("roi").is_none(), "{}", script.vars);
}

#[test]
fn unknown_figures_and_names_are_told_and_impossible_ones_give_no_promise() {
    let mut company = Company::open();
    let roi = company.answers(WANG_LEI, "测算 金利达 人工 8000 电费 20", "roi");
    assert_eq!(roi.var("unread"), "电费 20");
    let again = company.answers(WANG_LEI, "人工 9000，水费 30", "roi");
    assert_eq!((again.var("unread"), listed(&again, "inputs")[1].as_str()), ("水费 30", "人工 9,000 元/月"));
    company.answers(WANG_LEI, "阿巴阿巴", "unknown");
    assert_eq!(company.answers(WANG_LEI, "测算 恒大", "deal_none").var("said"), "恒大");
    company.answers(WANG_LEI, "测算 金利达", "roi");
    let poor = company.answers(WANG_LEI, "省人 0 夜班 0 返工 0 索赔 0 停线 0", "roi");
    assert!(poor.vars.get("payback").is_none() && poor.vars.get("saving").is_none(), "{}", poor.vars);
}

#[test]
fn notes_between_are_notes_and_a_manager_may_ask_about_a_reps_deal() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "测算 金利达", "roi");
    company.answers(WANG_LEI, "金利达 ROI 表吴总看过了，认可 11 个月回本", "noted");
    assert_eq!(company.answers(LI_MING, "测算 金利达", "roi").var("customer"), "金利达");
    let mut none = Company::with(|rules| rules.roi.clear());
    none.answers(WANG_LEI, "测算 金利达", "roi_none");
}
