//! The page of a deal.

use genjin::state::Deed;

use super::{Desk, LI_MING, LI_NA, WANG_LEI, form, once};

#[tokio::test]
async fn deal_shows_its_facts_follow_ups_next_step_and_materials() {
    let desk = Desk::open().await;
    let deal = desk.deal_of("宏远机械").await;
    for who in [WANG_LEI, LI_MING] {
        let page = desk.opens(&desk.link(who, "deal", deal)).await;
        assert_eq!(page.status, 200);
        for words in [
            "宏远机械",
            "方案演示",
            "80 万",
            "宁波宏远机械制造有限公司",
            "机械制造 · 单厂客户 · 浙江 宁波",
            "还缺",
            "王磊",
            "视觉检测",
            "最近跟进",
            "最担心装机停线几天",
            "张总",
            "总经理",
            "竞品对比表",
            "记一笔",
            "/f/note/",
            "/m/",
        ] {
            assert!(page.body.contains(words), "{words}: {}", page.body);
        }
    }
    let page = desk.opens(&desk.link(LI_NA, "deal", deal)).await;
    assert_eq!(page.status, 403);
    assert!(!page.body.contains("宏远"), "{}", page.body);
}

#[tokio::test]
async fn links_on_the_page_open_for_the_same_person() {
    let desk = Desk::open().await;
    let deal = desk.deal_of("宏远机械").await;
    let page = desk.opens(&desk.link(WANG_LEI, "deal", deal)).await.body;
    let links: Vec<&str> = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let ours: Vec<String> =
        links.iter().filter(|link| link.starts_with('/')).map(ToString::to_string).collect();
    assert!(ours.len() > 3, "{links:?}");
    for link in ours {
        assert_eq!(desk.opens(&link).await.status, 200, "{link}");
    }
}

#[tokio::test]
async fn material_is_ticked_and_unticked_by_its_button() {
    let desk = Desk::open().await;
    let deal = desk.deal_of("宏远机械").await;
    let link = desk.link(WANG_LEI, "deal", deal);
    let has = async || desk.deal(deal).await.given.iter().any(|key| key.as_str() == "custom-quote");
    let number = once(&desk.opens(&link).await.body);
    // Twice from one page is once.
    for _tap in 0..2 {
        let answer = desk.front.send(form(&link, &[("once", &number), ("give", "custom-quote")])).await;
        assert_eq!(answer.status, 303);
        assert!(has().await);
    }
    let page = desk.opens(&link).await.body;
    assert!(page.contains("name=\"take\" value=\"custom-quote\""), "{page}");
    desk.front.send(form(&link, &[("once", &once(&page)), ("take", "custom-quote")])).await;
    assert!(!has().await);
    let ticked = desk.lines().await.iter().filter(|line| line.what == Deed::Ticked).count();
    assert_eq!(ticked, 2);
    assert!(desk.told().await.is_empty(), "a tick stays a tick");
}

#[tokio::test]
async fn tick_of_nothing_or_by_a_stranger_changes_nothing() {
    let desk = Desk::open().await;
    let deal = desk.deal_of("宏远机械").await;
    let before = desk.deal(deal).await;
    for (who, material) in [(WANG_LEI, "no-such-material"), (WANG_LEI, ""), (LI_NA, "custom-quote")] {
        let link = desk.link(who, "deal", deal);
        let once = "B".repeat(21) + "A";
        desk.front.send(form(&link, &[("once", &once), ("give", material)])).await;
    }
    assert_eq!(desk.deal(deal).await, before);
    assert!(desk.lines().await.is_empty());
}

#[tokio::test]
async fn closed_deal_is_shown_and_takes_nothing() {
    let desk = Desk::open().await;
    let deal = desk.deal_of("鑫源食品").await;
    desk.says(WANG_LEI, "鑫源 搁置").await;
    let link = desk.link(WANG_LEI, "deal", deal);
    let page = desk.opens(&link).await.body;
    assert!(
        page.contains("已搁置") && !page.contains("/f/note/") && !page.contains("name=\"give\""),
        "{page}"
    );
}
