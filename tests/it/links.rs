//! The pages that messages link to: signed links open the document on a phone, all others say what to do.

use chrono::TimeDelta;
use genjin::web::links::Grant;

use crate::front::{Front, demo, now};

const DOCUMENT: &str = "# 报价说明\n\n| 项 | 价 |\n|---|---|\n| 主机 | 50 万 |\n\n\
                        <script>alert(1)</script>\n\n行内 <img src=x onerror=alert(2)>";

async fn front() -> (Front, String) {
    let mut config = demo();
    let material = config.materials.iter_mut().find(|material| material.text.is_some()).unwrap();
    material.name = "报价<说明>".into();
    material.text = Some(DOCUMENT.into());
    let key = material.key.as_str().to_owned();
    (Front::with(config).await, key)
}

fn path(front: &Front, key: &str, app: &str, purpose: &str) -> String {
    let expires = (now() + TimeDelta::days(7)).timestamp();
    let grant = Grant {
        purpose: purpose.into(),
        subject: key.into(),
        user: "WangLei".into(),
        app: app.into(),
        expires,
    };
    format!("/m/{}", front.links.sign(&grant))
}

#[tokio::test]
async fn material_opens_as_a_page_without_any_markup_of_its_own() {
    let (front, key) = front().await;
    let answer = front.get(&path(&front, &key, "wecom", "material")).await;
    assert_eq!(answer.status(), 200);
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    let policy = header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(header("referrer-policy"), "no-referrer", "the link is a key to the page");
    let page = answer.text().await.unwrap();
    assert!(page.contains("<h1>报价说明</h1>") && page.contains("<td>50 万</td>"), "{page}");
    assert!(page.contains("<title>报价&lt;说明&gt;</title>"), "{page}");
    assert!(page.contains("&lt;script&gt;") && page.contains("&lt;img"), "{page}");
    assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
}

#[tokio::test]
async fn old_link_says_how_to_get_a_new_one() {
    let (front, key) = front().await;
    let path = path(&front, &key, "wecom", "material");
    front.clock.advance(TimeDelta::days(7));
    assert_eq!(front.get(&path).await.status(), 200, "the last second counts");
    front.clock.advance(TimeDelta::seconds(1));
    let answer = front.get(&path).await;
    assert_eq!(answer.status(), 410);
    let page = answer.text().await.unwrap();
    assert!(page.contains("链接过期了") && page.contains("今日"), "{page}");
}

#[tokio::test]
async fn link_that_is_not_ours_opens_nothing() {
    let (front, key) = front().await;
    let good = path(&front, &key, "wecom", "material");
    let cut = good[..good.len() - 1].to_owned();
    let other_purpose = path(&front, &key, "wecom", "form");
    for path in [cut, other_purpose, "/m/x".into(), "/m/x.y".into(), "/m/%ff".into()] {
        let answer = front.get(&path).await;
        assert_eq!(answer.status(), 404, "{path}");
        let page = answer.text().await.unwrap();
        assert!(page.contains("从聊天里再点一次") && !page.contains("50 万"), "{path}: {page}");
    }
}

#[tokio::test]
async fn link_to_what_is_gone_says_so() {
    let (front, key) = front().await;
    for path in
        [path(&front, "no-such-material", "wecom", "material"), path(&front, &key, "no-such-app", "material")]
    {
        let answer = front.get(&path).await;
        assert_eq!(answer.status(), 404);
        assert!(answer.text().await.unwrap().contains("没有这份物料了"), "{path}");
    }
}
