//! The phones page in headless Chromium, as a newcomer uses it: 48 hours pass, the warning arrives, the rep taps
//! 记一笔 and writes, the card changes, and the evening's digest stands in the group.

use serde_json::json;

use crate::stage::Stage;
use crate::webdriver::Browser;

/// The last message on a phone with these words, as an element; its text.
const MESSAGE: &str =
    "const rows = [...document.querySelectorAll(`[data-phone=\"${arguments[0]}\"] [data-message-id]`)]
    .filter(row => row.innerText.includes(arguments[1])); return rows.length ? rows.at(-1).innerText : null";
const TAP: &str = "const rows = [...document.querySelectorAll(`[data-phone=\"${arguments[0]}\"] [data-message-id]`)]
    .filter(row => row.innerText.includes(arguments[1]));
    const button = rows.at(-1) && [...rows.at(-1).querySelectorAll('[data-button-key]')]
    .find(button => button.innerText.includes(arguments[2])); if (!button) return false; button.click(); return true";
const TYPE: &str = "const input = document.querySelector(`[data-phone=\"${arguments[0]}\"] input[data-say]`);
    if (!input) return false; input.focus(); input.value = arguments[1];
    input.dispatchEvent(new Event('input', { bubbles: true })); input.form.requestSubmit(); return true";

/// The hours have passed.
const WALKED: &str = "return document.body.innerText.includes('走过 48 小时') &&
    !document.querySelector('#clock-plus-48h').disabled";

#[tokio::test(flavor = "multi_thread")]
async fn newcomer_sees_the_main_job_on_the_phones_page() {
    let stage = Stage::open().await;
    let page = Browser::open(&stage.sim).await;
    page.until("four phones", "return document.querySelectorAll('[data-phone]').length === 4", &[]).await;
    let clock =
        page.until("the world's time", "return document.querySelector('#world-now').innerText", &[]).await;
    assert!(clock.as_str().unwrap().starts_with("09:3"), "a fresh world begins at 09:30, not {clock}");

    page.runs("document.querySelector('#clock-plus-48h').click()", &[]).await;
    page.until("the walk's end", WALKED, &[]).await;
    for (phone, customer) in [("wecom", "鑫源"), ("dingtalk", "粤味香")] {
        let warning = [json!(phone), json!("没跟进")];
        let text = page.until("the warning", MESSAGE, &warning).await;
        assert!(text.as_str().unwrap().contains(customer), "{text}");
        page.until("the button", TAP, &[json!(phone), json!("没跟进"), json!("记一笔")]).await;
        page.until("the prompt", MESSAGE, &[json!(phone), json!("说一句就行")]).await;
        page.until("the input", TYPE, &[json!(phone), json!("客户认可方案，等老板签字")]).await;
        page.until("the answer", MESSAGE, &[json!(phone), json!("记下了")]).await;
    }
    page.runs("document.querySelector('#clock-plus-48h').click()", &[]).await;
    page.until("the digest", MESSAGE, &[json!("group"), json!("组")]).await;
    page.close().await;
    stage.close().await;
}

/// A script within the page that is open inside a phone.
async fn within(page: &Browser, what: &str, script: &str) {
    page.until("the page inside the phone", "return document.querySelector('iframe[data-part=frame]')", &[])
        .await;
    let frame = page.runs("return document.querySelector('iframe[data-part=frame]')", &[]).await;
    page.call("frame", &json!({ "id": frame })).await;
    page.until(what, script, &[]).await;
    page.call("frame", &json!({ "id": null })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn form_opens_inside_the_phone_and_its_note_stands_in_the_chat() {
    let stage = Stage::open().await;
    let page = Browser::open(&stage.sim).await;
    page.until("four phones", "return document.querySelectorAll('[data-phone]').length === 4", &[]).await;
    const OPEN: &str =
        "const links = [...document.querySelectorAll(`[data-phone=\"${arguments[0]}\"] [data-open]`)];
        const link = links.filter(link => link.innerText.includes(arguments[1])).at(-1);
        if (!link) return false; link.click(); return true";
    for (phone, customer) in [("wecom", "鑫源"), ("dingtalk", "粤味香")] {
        page.until("the input", TYPE, &[json!(phone), json!(format!("记一笔 {customer}"))]).await;
        page.until("the prompt", MESSAGE, &[json!(phone), json!("说一句就行")]).await;
        page.until("the link", OPEN, &[json!(phone), json!("点这里")]).await;
        within(
            &page,
            "the form",
            "const text = document.querySelector('#text'); if (!text) return false;
             text.value = '客户认可方案，等老板签字'; document.querySelector('.main').click(); return true",
        )
        .await;
        within(&page, "the answer", "return document.body && document.body.innerText.includes('记下了')")
            .await;
        within(
            &page,
            "the way back",
            "const back = document.querySelector('[data-close]'); if (!back) return false;
             back.click(); return true",
        )
        .await;
        page.until("the chat", "return !document.querySelector('iframe[data-part=frame]')", &[]).await;
        page.until("the chat's answer", MESSAGE, &[json!(phone), json!("记下了")]).await;
    }
    page.close().await;
    stage.close().await;
}

/// Chooses a picture with the phone's attach button, as a hand would.
const ATTACH: &str =
    "const input = document.querySelector(`[data-phone=\"${arguments[0]}\"] input[type=file]`);
    if (!input) return false;
    const bytes = Uint8Array.from(atob(arguments[1]), letter => letter.charCodeAt(0));
    const chosen = new DataTransfer();
    chosen.items.add(new File([bytes], 'quote.png', { type: 'image/png' }));
    input.files = chosen.files;
    input.dispatchEvent(new Event('change', { bubbles: true })); return true";
const PICTURE: &str =
    "const shown = document.querySelector(`[data-phone=\"${arguments[0]}\"] .own img.picture`);
    return Boolean(shown && shown.complete && shown.naturalWidth > 0)";

#[tokio::test(flavor = "multi_thread")]
async fn picture_is_sent_by_the_attach_button_and_shown_in_the_chat() {
    let stage = Stage::open().await;
    let page = Browser::open(&stage.sim).await;
    page.until("four phones", "return document.querySelectorAll('[data-phone]').length === 4", &[]).await;
    for phone in ["wecom", "dingtalk"] {
        let picture = json!(crate::action_cards::media::PIXEL);
        page.until("the attach button", ATTACH, &[json!(phone), picture]).await;
        page.until("the picture", PICTURE, &[json!(phone)]).await;
        page.until("the answer", MESSAGE, &[json!(phone), json!("图片收好了")]).await;
    }
    page.close().await;
    stage.close().await;
}
