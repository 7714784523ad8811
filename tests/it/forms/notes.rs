//! 记一笔 on its page.

use chrono::TimeDelta;
use genjin::state::Deed;

use super::{Desk, LI_MING, LI_NA, WANG_LEI, form, once};
use crate::front::now;

const NOTE: &str = "张总约了下周二下午三点看厂";

#[tokio::test]
async fn note_sent_in_without_a_script_is_stored_and_told_in_the_chat() {
    let desk = Desk::open().await;
    let deal = desk.deal_of("宏远机械").await;
    let link = desk.link(WANG_LEI, "note", deal);
    let page = desk.opens(&link).await;
    assert_eq!(page.status, 200, "{}", page.body);
    for words in ["宏远机械", "进展", "记在王磊名下", "记下"] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    let answer = desk.fills(&link, &[("text", NOTE)]).await;
    assert_eq!(answer.status, 200);
    for words in ["记下了：宏远机械", NOTE, "看厂", "日程"] {
        assert!(answer.body.contains(words), "{words}: {}", answer.body);
    }
    let stored = desk.deal(deal).await;
    assert_eq!((&*stored.recent[0].gist, stored.last_follow_up), (NOTE, Some(now())));
    assert_eq!(desk.told().await, ["noted_card"]);
}

#[tokio::test]
async fn second_tap_gets_the_same_answer_and_stores_nothing_twice() {
    let desk = Desk::open().await;
    let deal = desk.deal_of("宏远机械").await;
    let link = desk.link(WANG_LEI, "note", deal);
    let once = once(&desk.opens(&link).await.body);
    let first = desk.sends(&link, &once, &[("text", NOTE)]).await;
    let second = desk.sends(&link, &once, &[("text", NOTE)]).await;
    assert_eq!(first, second);
    // Gone back, changed and sent again: the same form is one note.
    let changed = desk.sends(&link, &once, &[("text", "别的话")]).await;
    assert_eq!(first, changed);
    let noted = desk.lines().await.iter().filter(|line| line.what == Deed::Noted).count();
    assert_eq!(noted, 1);
    assert_eq!(desk.told().await.len(), 1);
}

#[tokio::test]
async fn two_taps_at_once_are_one_note() {
    let desk = Desk::open().await;
    let deal = desk.deal_of("宏远机械").await;
    let link = desk.link(WANG_LEI, "note", deal);
    let once = once(&desk.opens(&link).await.body);
    let fields = [("text", NOTE)];
    let (first, second) = tokio::join!(desk.sends(&link, &once, &fields), desk.sends(&link, &once, &fields));
    assert_eq!((first.status, first.body), (200, second.body));
    assert_eq!(desk.lines().await.iter().filter(|line| line.what == Deed::Noted).count(), 1);
}

#[tokio::test]
async fn what_is_missing_is_told_beside_the_field_and_nothing_happened() {
    let desk = Desk::open().await;
    let deal = desk.deal_of("宏远机械").await;
    let link = desk.link(WANG_LEI, "note", deal);
    let first = once(&desk.opens(&link).await.body);
    let empty = desk.sends(&link, &first, &[("text", "  ")]).await;
    assert_eq!(empty.status, 422);
    assert!(empty.body.contains("写一句就行"), "{}", empty.body);
    assert!(empty.body.contains("aria-invalid=\"true\""));
    let long = "长".repeat(2001);
    let too_long = desk.sends(&link, &first, &[("text", &long)]).await;
    assert_eq!(too_long.status, 422);
    assert!(too_long.body.contains("写了 2001 个字") && too_long.body.contains(&long));
    assert!(desk.lines().await.is_empty());
    // The same form is good once it is mended.
    assert_eq!(once(&too_long.body), first);
    assert_eq!(desk.sends(&link, &first, &[("text", NOTE)]).await.status, 200);
}

#[tokio::test]
async fn words_that_are_a_command_in_the_chat_are_a_note_on_the_page() {
    let desk = Desk::open().await;
    let deal = desk.deal_of("宏远机械").await;
    let link = desk.link(WANG_LEI, "note", deal);
    for text in ["撤销", "谢谢", "宏远认可方案，鑫源等法务", "<b>好</b> & \"行\""] {
        let answer = desk.fills(&link, &[("text", text)]).await;
        assert_eq!(answer.status, 200, "{text}");
        let lines = desk.lines().await;
        assert_eq!(
            (lines.last().unwrap().what, lines.last().unwrap().text.as_deref()),
            (Deed::Noted, Some(text))
        );
    }
    let page = desk.opens(&link).await.body;
    assert!(page.contains("&lt;b&gt;好&lt;/b&gt; &amp;") && !page.contains("<b>"), "{page}");
}

#[tokio::test]
async fn only_those_who_see_the_deal_open_its_form() {
    let desk = Desk::open().await;
    let deal = desk.deal_of("宏远机械").await;
    assert_eq!(desk.opens(&desk.link(LI_MING, "note", deal)).await.status, 200, "the manager sees it");
    for (who, words) in [(LI_NA, "看不到"), (("wecom", "Nobody"), "不在名单里")] {
        let link = desk.link(who, "note", deal);
        let page = desk.opens(&link).await;
        assert_eq!(page.status, 403, "{who:?}");
        assert!(page.body.contains(words) && !page.body.contains("宏远"), "{}", page.body);
        let sent = desk.sends(&link, &number(), &[("text", NOTE)]).await;
        assert!(!sent.body.contains("记下了") && !sent.body.contains("宏远机械"), "{}", sent.body);
    }
    assert!(desk.lines().await.iter().all(|line| line.what == Deed::Drafted));
    assert!(desk.told().await.is_empty());
}

/// A number as a form has it.
fn number() -> String {
    "A".repeat(22)
}

#[tokio::test]
async fn changed_old_or_foreign_link_opens_nothing_and_takes_nothing() {
    let desk = Desk::open().await;
    let deal = desk.deal_of("宏远机械").await;
    let good = desk.link(WANG_LEI, "note", deal);
    let token = good.rsplit('/').next().unwrap();
    let cut = good[..good.len() - 1].to_owned();
    // One person's payload under another's signature.
    let signature = desk.link(LI_MING, "note", deal);
    let mixed = format!("{}.{}", good.split('.').next().unwrap(), signature.rsplit('.').next().unwrap());
    let of_material = desk.link(WANG_LEI, "material", deal).replace("/m/", "/f/note/");
    let old = desk.link_until(WANG_LEI, "note", deal, now() - TimeDelta::seconds(1));
    for (path, status) in [
        (cut, 404),
        (mixed, 404),
        (of_material, 404),
        (format!("/f/customer/{token}"), 404),
        ("/f/note/x".into(), 404),
        (old, 410),
    ] {
        assert_eq!(desk.opens(&path).await.status, status, "{path}");
        let sent = desk.sends(&path, &number(), &[("text", NOTE)]).await;
        assert_eq!(sent.status, status, "{path}");
    }
    assert!(desk.lines().await.is_empty());
}

#[tokio::test]
async fn form_from_elsewhere_too_large_or_of_another_kind_is_refused_in_words() {
    let desk = Desk::open().await;
    let deal = desk.deal_of("宏远机械").await;
    let link = desk.link(WANG_LEI, "note", deal);
    let number = number();
    let good = form(&link, &[("once", &number), ("text", NOTE)]);
    let large = "长".repeat(30_000);
    for (request, status) in [
        (good.clone().with_header("sec-fetch-site", "cross-site"), 403),
        (good.clone().with_header("origin", "https://evil.example"), 403),
        (good.clone().with_header("origin", "null"), 403),
        (good.clone().with_header("content-type", "application/json"), 415),
        (good.clone().with_header("content-type", "multipart/form-data; boundary=x"), 415),
        (form(&link, &[("once", &number), ("text", &large)]), 413),
        (form(&link, &[("text", NOTE)]), 400),
        (form(&link, &[("once", "short"), ("text", NOTE)]), 400),
    ] {
        let answer = desk.front.send(request).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        assert!(answer.body.contains("没有收下"), "{}", answer.body);
    }
    assert!(desk.lines().await.is_empty());
    assert_eq!(desk.front.send(good.with_header("sec-fetch-site", "same-origin")).await.status, 303);
}

#[tokio::test]
async fn page_is_kept_by_nobody_and_runs_nothing_but_its_own_script() {
    let desk = Desk::open().await;
    let deal = desk.deal_of("宏远机械").await;
    let page = desk.front.get(&desk.link(WANG_LEI, "note", deal)).await;
    let header = |name: &str| page.headers()[name].to_str().unwrap().to_owned();
    let policy = header("content-security-policy");
    for part in [
        "default-src 'none'",
        "script-src 'sha256-",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(part), "{part}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(header("referrer-policy"), "same-origin");
    assert!(header("cache-control").contains("no-store"));
}

#[tokio::test]
async fn note_on_a_deal_that_was_closed_meanwhile_is_kept_as_a_draft() {
    let desk = Desk::open().await;
    let deal = desk.deal_of("鑫源食品").await;
    let link = desk.link(WANG_LEI, "note", deal);
    let number = once(&desk.opens(&link).await.body);
    desk.says(WANG_LEI, "鑫源 搁置").await;
    let answer = desk.sends(&link, &number, &[("text", NOTE)]).await;
    assert!(answer.body.contains("先存成了草稿") && answer.body.contains(NOTE), "{}", answer.body);
    let lines = desk.lines().await;
    let kept = lines.iter().find(|line| line.what == Deed::Drafted).unwrap();
    assert_eq!(kept.text.as_deref(), Some(NOTE));
    assert_eq!(desk.opens(&link).await.status, 403, "what is closed asks for nothing");
}
