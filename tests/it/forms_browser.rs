//! The pages that are filled in, in headless Chromium as both apps' webviews show them: 390 × 844, light and dark, with
//! large type, and without script. Pictures of what was seen lie in the build folder's `tmp/forms`.

use std::path::Path;

use serde_json::{Value, json};

use crate::forms::{Desk, LI_NA, WANG_LEI, Who};
use crate::webdriver::Browser;

const WECOM: &str = "Mozilla/5.0 (Linux; Android 13; M2102K1C Build/TKQ1; wv) AppleWebKit/537.36 (KHTML, like Gecko) \
    Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36 wxwork/4.1.22 MicroMessenger/7.0.1 NetType/WIFI Language/zh";
const DINGTALK: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
    Mobile/20F66 AliApp(DingTalk/7.1.0) com.laiwang.DingTalk/33417254 Channel/201200 language/zh-Hans-CN UT4Aplus/0.0.6";

/// A phone with this webview; `type_size` is the size of its text, 16 where nobody changed it.
async fn phone(agent: &str, type_size: u32) -> Browser {
    Browser::start(json!({
        "mobileEmulation": {
            "deviceMetrics": { "width": 390, "height": 844, "pixelRatio": 2 },
            "userAgent": agent,
        },
        "prefs": { "webkit.webprefs.default_font_size": type_size },
    }))
    .await
}

async fn dark(phone: &Browser) {
    let features = json!([{ "name": "prefers-color-scheme", "value": "dark" }]);
    phone.tools("Emulation.setEmulatedMedia", &json!({ "features": features })).await;
}

async fn keep(phone: &Browser, name: &str) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("forms");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("{name}.png")), phone.picture().await).unwrap();
}

/// What is wrong with how the page lies on the phone: nothing wider than it, nothing to tap that a thumb misses,
/// nothing to read that is small or pale.
const FLAWS: &str = r"
    const flaws = [], seen = element => element.getClientRects().length && getComputedStyle(element).opacity !== '0';
    if (document.documentElement.scrollWidth > innerWidth) flaws.push(`wider than the phone: ${document.documentElement.scrollWidth}`);
    for (const target of document.querySelectorAll('a, button, input:not([type=hidden]):not([type=radio]), select, textarea, .chips label, summary')) {
        const { width, height } = target.getBoundingClientRect();
        if (seen(target) && (height < 44 || width < 44)) flaws.push(`${target.tagName} ${target.innerText || target.name}: ${width} × ${height}`);
    }
    const light = colour => {
        const [r, g, b] = colour.match(/[\d.]+/g).map(Number).map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
        return .2126 * r + .7152 * g + .0722 * b;
    };
    const ground = element => {
        for (let at = element; at; at = at.parentElement) {
            const colour = getComputedStyle(at).backgroundColor;
            if (!/, 0\)$/.test(colour)) return colour;
        }
        return 'rgb(255, 255, 255)';
    };
    for (const element of document.querySelectorAll('body *')) {
        const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
        if (!own || !seen(element) || element.closest('script, style, option, optgroup')) continue;
        const style = getComputedStyle(element);
        if (parseFloat(style.fontSize) < 14) flaws.push(`small: ${element.innerText} ${style.fontSize}`);
        const [a, b] = [light(style.color), light(ground(element))].sort((a, b) => b - a);
        if ((a + .05) / (b + .05) < 4.5) flaws.push(`pale: ${element.innerText.slice(0, 20)} ${style.color} on ${ground(element)}`);
    }
    return flaws";

async fn assert_flawless(phone: &Browser, page: &str) {
    let flaws = phone.runs(FLAWS, &[]).await;
    assert_eq!(flaws, json!([]), "{page}");
}

const APPS: [(&str, &str, Who, &str); 2] =
    [("wecom", WECOM, WANG_LEI, "宏远机械"), ("dingtalk", DINGTALK, LI_NA, "永兴铸造")];

#[tokio::test(flavor = "multi_thread")]
async fn pages_lie_well_on_a_phone_light_and_dark_and_in_large_type() {
    let desk = Desk::open().await;
    for (app, agent, who, customer) in APPS {
        let deal = desk.deal_of(customer).await;
        for (size, type_size) in [("", 16), ("-large", 24)] {
            let phone = phone(agent, type_size).await;
            for theme in ["light", "dark"] {
                if theme == "dark" {
                    dark(&phone).await;
                }
                for (page, purpose, subject) in [
                    ("note", "note", deal.to_string()),
                    ("customer", "customer", String::new()),
                    ("deal", "deal", deal.to_string()),
                ] {
                    phone.visit(&desk.front.url(&desk.link(who, purpose, subject))).await;
                    let name = format!("{app}-{page}-{theme}{size}");
                    keep(&phone, &name).await;
                    assert_flawless(&phone, &name).await;
                    phone.runs("scrollTo(0, 1e6)", &[]).await;
                    keep(&phone, &format!("{name}-end")).await;
                }
            }
            phone.close().await;
        }
    }
}

/// Fills a field in as a person does.
const FILL: &str =
    "const field = document.querySelector(arguments[0]); field.focus(); field.value = arguments[1];
    for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, { bubbles: true }));
    field.blur(); return true";
const PRESS: &str = "const button = document.querySelector(arguments[0]); if (!button) return false; button.click(); return true";
const TEXT: &str = "return document.body.innerText";

#[tokio::test(flavor = "multi_thread")]
async fn customer_is_filled_in_left_and_taken_up_again_and_saved_once() {
    let desk = Desk::open().await;
    let phone = phone(WECOM, 16).await;
    let url = desk.front.url(&desk.link(WANG_LEI, "customer", ""));
    phone.visit(&url).await;
    let fill = async |field: &str, value: &str| {
        phone.until("the field", FILL, &[json!(field), json!(value)]).await;
    };
    fill("#name", "宁波华盛机械有限公司").await;
    assert_eq!(phone.runs("return document.querySelector('#region').value", &[]).await, "330200");
    fill("#phone", "1381234567").await;
    let told = phone.runs("return document.querySelector('#phone-error').innerText", &[]).await;
    assert!(told.as_str().unwrap().contains("手机 11 位"), "{told}");
    keep(&phone, "customer-fault").await;
    assert_flawless(&phone, "a fault beside its field").await;

    // Pressed too early: the page says what is missing, sends nothing, and goes there.
    phone.until("the button", PRESS, &[json!(".main")]).await;
    let faults = phone
        .runs("return [...document.querySelectorAll('.error')].map(e => e.innerText).filter(Boolean)", &[])
        .await;
    assert!(faults.as_array().unwrap().len() >= 3, "{faults}");
    let button = phone.runs("return document.querySelector('.main').innerText", &[]).await;
    assert!(button.as_str().unwrap().contains("还差"), "{button}");
    keep(&phone, "customer-missing").await;

    // Gone and come back: the draft is there, said once.
    phone.visit("about:blank").await;
    phone.visit(&url).await;
    assert_eq!(phone.runs("return document.querySelector('#name').value", &[]).await, "宁波华盛机械有限公司");
    assert_eq!(phone.runs("return document.querySelector('#region').value", &[]).await, "330200");
    assert!(phone.runs(TEXT, &[]).await.as_str().unwrap().contains("上次没填完的还在"));

    fill("#phone", "13812345678").await;
    fill("#contact", "赵总").await;
    fill("#amount", "50万").await;
    phone.until("the chip", PRESS, &[json!("#industry-machinery")]).await;
    keep(&phone, "customer-filled").await;
    // Two quick taps.
    phone
        .until(
            "the button",
            "const button = document.querySelector('.main'); button.click(); button.click(); return true",
            &[],
        )
        .await;
    phone.until("the answer", "return document.body.innerText.includes('建好了：华盛机械')", &[]).await;
    keep(&phone, "customer-done").await;
    assert_flawless(&phone, "the answer").await;
    let entered = desk.lines().await.len();
    assert_eq!(entered, 2, "a customer and its deal, once");

    // What was saved is no draft any more.
    phone.visit(&url).await;
    assert_eq!(phone.runs("return document.querySelector('#name').value", &[]).await, "");
    phone.close().await;
}

/// A hand on a page that runs no script: it points, taps and types as the glass does.
struct Hand<'p>(&'p Browser);

impl Hand<'_> {
    async fn node(&self, css: &str) -> Value {
        let document = self.0.tools("DOM.getDocument", &json!({})).await;
        let root = &document["root"]["nodeId"];
        let found = self.0.tools("DOM.querySelector", &json!({ "nodeId": root, "selector": css })).await;
        assert_ne!(found["nodeId"], 0, "there is no {css}");
        let node = json!({ "nodeId": found["nodeId"] });
        self.0.tools("DOM.scrollIntoViewIfNeeded", &node).await;
        node
    }

    async fn presses(&self, css: &str) {
        let node = self.node(css).await;
        let quad = self.0.tools("DOM.getBoxModel", &node).await["model"]["border"].clone();
        let at = |n: usize| quad[n].as_f64().unwrap();
        let (x, y) = ((at(0) + at(4)) / 2.0, (at(1) + at(5)) / 2.0);
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
            self.0.tools("Input.dispatchMouseEvent", &event).await;
        }
    }

    async fn types(&self, css: &str, text: &str) {
        let node = self.node(css).await;
        self.0.tools("DOM.focus", &node).await;
        self.0.tools("Input.insertText", &json!({ "text": text })).await;
    }

    /// Waits until the page says this.
    #[expect(clippy::disallowed_methods, reason = "patience with a browser is real time, and bounded")]
    async fn sees(&self, words: &str) {
        let began = std::time::Instant::now();
        loop {
            let page = self.0.html().await.unwrap_or_default();
            if page.contains(words) {
                return;
            }
            assert!(began.elapsed().as_secs() < 20, "waited in vain for {words}: {page}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_works_without_script() {
    let desk = Desk::open().await;
    let deal = desk.deal_of("永兴铸造").await;
    let phone = phone(DINGTALK, 16).await;
    phone.tools("Emulation.setScriptExecutionDisabled", &json!({ "value": true })).await;
    let hand = Hand(&phone);
    phone.visit(&desk.front.url(&desk.link(LI_NA, "note", deal))).await;
    hand.presses(".main").await;
    hand.sees("写一句就行").await;
    keep(&phone, "no-script-note-empty").await;
    hand.types("#text", "张总要先看同行的线").await;
    hand.presses(".main").await;
    hand.sees("记下了：永兴铸造").await;
    keep(&phone, "no-script-note-done").await;
    assert_eq!(&*desk.deal(deal).await.recent[0].gist, "张总要先看同行的线");

    phone.visit(&desk.front.url(&desk.link(LI_NA, "customer", ""))).await;
    hand.presses(".main").await;
    hand.sees("写公司全名").await;
    keep(&phone, "no-script-customer-faults").await;
    hand.types("#name", "佛山华盛五金有限公司").await;
    hand.presses("label[for=industry-machinery]").await;
    hand.types("#contact", "赵总").await;
    hand.types("#phone", "13812345678").await;
    hand.presses("label[for=product_line-vision]").await;
    hand.types("#amount", "50万").await;
    hand.presses(".main").await;
    hand.sees("建好了：华盛五金").await;
    keep(&phone, "no-script-customer-done").await;
    assert!(desk.lines().await.iter().any(|line| line.text.as_deref() == Some("佛山华盛五金有限公司")));

    phone.visit(&desk.front.url(&desk.link(LI_NA, "deal", deal))).await;
    hand.presses("button[value=custom-quote]").await;
    hand.sees("name=\"take\" value=\"custom-quote\"").await;
    keep(&phone, "no-script-deal-ticked").await;
    assert_eq!(desk.deal(deal).await.given.len(), 2);
    phone.close().await;
}
