//! What the bot says, in every form of both platforms.

use genjin::messages::forms::{self, Fit, FormKind};
use genjin::messages::limits::{self, Wire};
use genjin::messages::{Audience, Form, Message, RenderError, Sample, Template, Templates, preview};
use genjin::platform::wecom::wire::CardType;
use genjin::sales::Platform;
use serde_json::{Value, json};

const PLATFORMS: [Platform; 2] = [Platform::WeCom, Platform::DingTalk];
const SAMPLES: [Sample; 2] = [Sample::Usual, Sample::Lean];

/// Every sample of every template on every platform.
fn every_message() -> Vec<(String, Message)> {
    let templates = Templates::shipped();
    let mut messages = Vec::new();
    for template in templates.iter() {
        for sample in SAMPLES {
            for platform in PLATFORMS {
                let values = template.sample(sample);
                let message = templates.render(&template.key, &values, platform).unwrap();
                messages.push((format!("{} {sample:?} {platform}", template.key), message));
            }
        }
    }
    messages
}

#[test]
fn every_template_looks_as_recorded_in_every_form() {
    let templates = Templates::shipped();
    for template in templates.iter() {
        insta::assert_snapshot!(template.key.clone(), preview(&templates, &template.key, None).unwrap());
    }
}

#[test]
fn wires_of_a_warning_and_a_pack_are_as_recorded() {
    let templates = Templates::shipped();
    for key in ["overdue_warning", "pack"] {
        let values = templates.get(key).unwrap().sample(Sample::Usual);
        let on = |platform| templates.render(key, &values, platform).unwrap();
        let wires = json!({
            "wecom": forms::wecom_card(&on(Platform::WeCom), "e1-k12"),
            "wecom_done": forms::wecom_card_done(&on(Platform::WeCom).with_done("王磊 14:05 记了一笔")),
            "dingtalk": forms::dingtalk_card(&on(Platform::DingTalk)),
            "dingtalk_done": forms::dingtalk_card_done(&on(Platform::DingTalk).with_done("王磊 14:05 记了一笔")),
        });
        insta::assert_snapshot!(format!("wires_{key}"), serde_json::to_string_pretty(&wires).unwrap());
    }
}

#[test]
fn no_form_exceeds_a_limit_of_its_platform() {
    for (name, message) in every_message() {
        for form in FormKind::ALL {
            let broken = limits::check(&forms::fill(&message, form, Fit::Cut));
            assert!(broken.is_empty(), "{name} as {form:?}: {broken:?}");
        }
    }
}

#[test]
fn no_usual_sample_needs_to_be_shortened() {
    for (name, message) in every_message().into_iter().filter(|(name, _)| name.contains("Usual")) {
        for form in forms::of(&message) {
            let broken = limits::check(&forms::fill(&message, form, Fit::Whole));
            assert!(broken.is_empty(), "{name} as {form:?}: {broken:?}");
        }
    }
}

#[test]
fn cards_on_both_platforms_have_something_to_tap_and_something_to_read() {
    for (name, message) in every_message().into_iter().filter(|(_, message)| message.form == Form::Card) {
        let is_card = forms::of(&message).contains(&FormKind::WeComCard);
        // A pack without materials goes out as text, and a digest without stuck deals.
        let choiceless = [
            "pack Lean",
            "manager_digest Lean",
            "stage_entered Lean",
            "checkpoint_missing Lean",
            "script_none Lean",
        ];
        assert_eq!(is_card, !choiceless.iter().any(|lean| name.starts_with(lean)), "{name}");
        if is_card {
            assert!(!message.choices().is_empty() || !message.selects.is_empty(), "{name}");
            assert!(!message.body.is_empty(), "{name}: an empty text on DingTalk's card");
        }
    }
}

// --- Manners -------------------------------------------------------------------------------------------------

#[test]
fn every_text_keeps_to_the_house_style() {
    for (name, message) in every_message() {
        for (what, text) in texts(&message) {
            for word in BANNED {
                assert!(!text.contains(word), "{name}: {what} says {word}: {text}");
            }
            assert!(emoji(&text) <= 1, "{name}: {what} has more than one mark: {text}");
            if name.contains("Usual") {
                assert!(!has_iso_date(&text), "{name}: {what} has a bare date: {text}");
            }
            if message.form != Form::Bare && !text.contains("ROI") {
                assert_eq!(tight_or_loose(&text), None, "{name}: {what}: {text}");
            }
        }
    }
}

const BANNED: [&str; 12] = [
    "请务必",
    "为了更好地",
    "温馨提示",
    "亲，",
    "加油",
    "逾期",
    "系统繁忙",
    "将被",
    "！！",
    "尊敬的",
    "您已",
    "。。",
];

/// Everything that a reader sees of a message, in parts.
fn texts(message: &Message) -> Vec<(&'static str, String)> {
    use genjin::messages::Block;
    let mut texts = vec![("title", message.title.to_plain())];
    for block in &message.body {
        match block {
            Block::Line(line) => texts.push(("line", line.to_plain())),
            Block::Fact { key, value } => texts.push(("fact", format!("{key}：{}", value.to_plain()))),
            Block::Quote { words, .. } => texts.push(("quote", words.to_plain())),
            Block::Checklist(heading) => texts.push(("checklist", heading.clone())),
        }
    }
    texts.extend(message.grey.as_ref().map(|grey| ("grey", grey.to_plain())));
    texts
}

fn emoji(text: &str) -> usize {
    text.chars().filter(|c| matches!(c, '🔴' | '🟡' | '🟢' | '✅' | '⚠' | '\u{1F300}'..='\u{1FAFF}')).count()
}

fn has_iso_date(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    chars.windows(7).any(|w| w[..4].iter().all(char::is_ascii_digit) && w[4] == '-' && w[5].is_ascii_digit())
}

/// A place where Chinese and Latin or digits touch, or where half-width punctuation follows Chinese.
fn tight_or_loose(text: &str) -> Option<String> {
    let is_han = |c: char| ('\u{4E00}'..='\u{9FFF}').contains(&c);
    let chars: Vec<char> = text.chars().collect();
    for pair in chars.windows(2) {
        let [a, b] = [pair[0], pair[1]];
        let touching = (is_han(a) && b.is_ascii_alphanumeric()) || (a.is_ascii_alphanumeric() && is_han(b));
        // Dates and commands are written as one: 12月1日, 发1, 50万.
        let one_word = "月日年发万周点".contains(a) || "月日年万周点".contains(b);
        if (touching && !one_word) || (is_han(a) && ",;:!?()".contains(b)) {
            return Some(format!("{a}{b}"));
        }
    }
    text.contains("  ").then(|| "two spaces".to_owned())
}

#[test]
fn first_line_is_readable_in_a_notification() {
    let templates = Templates::shipped();
    for template in templates.iter().filter(|template| template.head.form != Form::Bare) {
        let values = template.sample(Sample::Usual);
        let title = templates.render(&template.key, &values, Platform::WeCom).unwrap().title.to_plain();
        // The first 20 characters must say it; some go on with what is nice to know.
        assert!(title.chars().count() <= 30, "{}: {title}", template.key);
    }
}

#[test]
fn no_message_is_longer_than_a_glance() {
    for (name, message) in every_message() {
        let max = match message.key.as_str() {
            "pack" | "today" => 8,
            "all" => continue,
            _ => 6,
        };
        assert!(message.lines() <= max, "{name}: {} lines", message.lines());
    }
}

#[test]
fn buttons_are_short_verbs() {
    for template in Templates::shipped().iter() {
        for button in &template.head.buttons {
            let length = button.text.chars().count();
            assert!((2..=4).contains(&length), "{}: {}", template.key, button.text);
        }
    }
}

#[test]
fn groups_get_no_actions() {
    for (name, message) in
        every_message().into_iter().filter(|(_, message)| message.audience == Audience::Group)
    {
        assert!(message.choices().is_empty(), "{name}");
        assert!(!forms::wecom_markdown(&message).contains("回 "), "{name}");
    }
}

#[test]
fn pushes_say_why_they_came_and_how_to_stop_them() {
    let pushes = ["overdue_warning", "overdue_list", "pack", "meeting_outcome", "manager_digest"];
    let of_offers = ["script_offer", "script_taken", "script_declined"];
    let pushes = pushes.into_iter().chain(of_offers);
    let of_actions = ["card", "review", "returned", "accepted", "trouble", "overdue", "overdue_list", "off"];
    let of_actions = of_actions.map(|which| format!("action_{which}"));
    for key in pushes.chain(of_actions.iter().map(String::as_str)) {
        let templates = Templates::shipped();
        let values = templates.get(key).unwrap().sample(Sample::Usual);
        let grey = templates.render(key, &values, Platform::WeCom).unwrap().grey.unwrap().to_plain();
        assert!(grey.contains("免打扰"), "{key}: {grey}");
    }
}

// --- Hostile values ------------------------------------------------------------------------------------------

const HOSTILE: &str = "[点我](http://evil) **x** <font color=\"warning\">红</font> <a href=\"http://evil\">y</a> # - > {{7*7}} @all \n---\n# 大\n- 甲：乙\n> 说 `c`";

/// The sample with every text hostile; addresses stay.
fn hostile(template: &Template) -> Value {
    fn spoil(key: &str, value: &Value) -> Value {
        match value {
            Value::String(_) if key == "link" || key == "key" => value.clone(),
            Value::String(_) => Value::from(HOSTILE),
            Value::Array(items) => items.iter().map(|item| spoil("", item)).collect(),
            Value::Object(fields) => {
                Value::Object(fields.iter().map(|(key, value)| (key.clone(), spoil(key, value))).collect())
            }
            value => value.clone(),
        }
    }
    spoil("", &template.sample(Sample::Usual))
}

#[test]
fn hostile_values_stay_text_in_every_form() {
    let templates = Templates::shipped();
    for template in templates.iter() {
        for platform in PLATFORMS {
            let message = templates.render(&template.key, &hostile(template), platform).unwrap();
            let usual = templates.render(&template.key, &template.sample(Sample::Usual), platform).unwrap();
            assert_eq!(message.lines(), usual.lines(), "{}: a value made a line", template.key);
            assert_eq!(message.grey.is_some(), usual.grey.is_some(), "{}", template.key);
            for form in FormKind::ALL.into_iter().filter(|form| form.platform() == platform) {
                let wire = forms::fill(&message, form, Fit::Whole);
                assert_harmless(&template.key, form, &wire);
                let cut = forms::fill(&message, form, Fit::Cut);
                assert_eq!(limits::check(&cut), [], "{} as {form:?}", template.key);
            }
        }
    }
}

fn assert_harmless(key: &str, form: FormKind, wire: &Wire) {
    let markdown = match wire {
        Wire::WeCom(genjin::platform::wecom::wire::Message::Text { text }) => {
            assert!(!text.content.contains("<a href=\"http://evil"), "{key} as {form:?}: {}", text.content);
            return;
        }
        Wire::WeCom(genjin::platform::wecom::wire::Message::Markdown { markdown }) => {
            markdown.content.clone()
        }
        Wire::WeComWebhook(genjin::platform::wecom::wire::WebhookMessage::Markdown { markdown }) => {
            markdown.content.clone()
        }
        Wire::DingTalkCard(params) => params["markdown"].clone(),
        Wire::DingTalk(genjin::platform::dingtalk::wire::RobotMessage::SampleMarkdown { text, .. }) => {
            text.clone()
        }
        // Card fields and DingTalk's text draw what they are given.
        _ => return,
    };
    for markup in ["](http://evil", "**x**", "<font color=\"warning\"", "<a href", "`c`", "\n# ", "\n- "] {
        assert!(!markdown.contains(markup), "{key} as {form:?} has {markup}: {markdown}");
    }
    let rules = markdown.lines().filter(|line| line.trim().starts_with("---")).count();
    assert_eq!(rules, 0, "{key} as {form:?}: {markdown}");
    assert!(!markdown.contains("49") && !markdown.chars().any(|c| ('\u{E000}'..='\u{F8FF}').contains(&c)));
}

#[test]
fn words_for_the_customer_go_out_exactly_as_written() {
    let say = "您好，[附件](见邮件) **先看第 2 页** #1\n第二段：- 没有 <问题> 吧？";
    let templates = Templates::shipped();
    for platform in PLATFORMS {
        let message = templates.render("script_bare", &json!({ "say": say }), platform).unwrap();
        assert_eq!(forms::wecom_text(&message), say);
        let genjin::platform::dingtalk::wire::RobotMessage::SampleText { content } =
            forms::dingtalk_text(&message)
        else {
            panic!("not a text");
        };
        assert_eq!(content, say);
    }
}

// --- Values --------------------------------------------------------------------------------------------------

#[test]
fn variable_that_was_not_given_is_named() {
    let refused = Templates::shipped().render("noted", &json!({ "customer": "宏远机械" }), Platform::WeCom);
    assert!(matches!(refused, Err(RenderError::Missing { variable, .. }) if variable == "gist"));
    let refused = Templates::shipped().render("notd", &json!({}), Platform::WeCom);
    assert!(matches!(refused, Err(RenderError::Unknown { .. })));
}

#[test]
fn counts_may_come_as_digits_or_numbers_and_fields_of_items_may_be_absent() {
    let templates = Templates::shipped();
    let digest = json!({ "day": "周二", "more": "2", "closed": [{ "customer": "瑞丰", "owner": "李强", "outcome": "搁置" }],
        "stuck": [{ "customer": "宏远机械", "owner": "王磊", "idle": "5 天", "stage": "合同" }] });
    let message = templates.render("manager_digest", &digest, Platform::WeCom).unwrap();
    assert_eq!(message.title.to_plain(), "周二：卡住 3 个，先看宏远机械");
    assert!(forms::wecom_text(&message).contains("瑞丰（李强，搁置）"));
    let digest = json!({ "team": "华东组", "day": "周二", "new_deals": "4", "moved": "6", "notes": "23",
        "meetings_tomorrow": "0", "stuck": "0" });
    let message = templates.render("group_digest", &digest, Platform::DingTalk).unwrap();
    assert_eq!(message.lines(), 2);
}

#[test]
fn long_list_says_the_way_to_the_whole() {
    let lines: Vec<String> =
        (1..=200).map(|n| format!("{n} 宏远机械第 {n} 分厂 · 2 天 · 需求确认")).collect();
    let values = json!({ "title": "该动一动的 200 个客户", "lines": lines });
    let message = Templates::shipped().render("all", &values, Platform::WeCom).unwrap();
    let text = forms::wecom_text(&message);
    assert!(text.len() <= 2048 && text.ends_with("回 全部 看完整"), "{text}");
}

#[test]
fn more_choices_than_buttons_still_have_their_numbers() {
    let options: Vec<Value> =
        (1..=9).map(|n| json!({ "key": format!("m{n}"), "text": format!("同事{n}") })).collect();
    let values = json!({ "customer": "宏远机械", "options": options });
    let message = Templates::shipped().render("hand_over", &values, Platform::WeCom).unwrap();
    assert!(forms::wecom_text(&message).contains("9 同事9"));
    // Where the body lists them the buttons are those that fit.
    let listed = Message { listed: true, ..message.clone() };
    let card = forms::wecom_card(&listed, "e1-k1");
    assert_eq!((card.button_list.len(), card.card_type), (6, CardType::ButtonInteraction));
    // Else they are a list with one submit, like the reference's.
    let card = forms::wecom_card(&message, "e1-k1");
    let wire = serde_json::to_value(&card).unwrap();
    assert_eq!(wire["card_type"], "vote_interaction");
    assert_eq!(wire["checkbox"]["mode"], 0);
    assert_eq!(wire["checkbox"]["option_list"][8], json!({"id": "m9", "text": "同事9", "is_checked": false}));
    assert_eq!(wire["submit_button"], json!({"text": "提交", "key": "submit_choice"}));
    assert_eq!(wire["task_id"], "e1-k1");
    let done = forms::wecom_card_done(&message.with_done("已移交同事9"));
    assert_eq!(done.checkbox.unwrap().disable, Some(true));
    assert_eq!(done.replace_text.as_deref(), Some("已移交同事9"));
}

#[test]
fn ticks_without_pages_are_sent_in_together() {
    let templates = Templates::shipped();
    let mut values = templates.get("pack").unwrap().sample(Sample::Usual);
    values["materials"].as_array_mut().unwrap().iter_mut().for_each(|item| item["link"] = Value::Null);
    let message = templates.render("pack", &values, Platform::WeCom).unwrap();
    let card = serde_json::to_value(forms::wecom_card(&message, "e1-k1")).unwrap();
    assert_eq!((&card["card_type"], &card["checkbox"]["mode"]), (&json!("vote_interaction"), &json!(1)));
    assert_eq!(card["checkbox"]["option_list"][0]["is_checked"], true);
    // DingTalk keeps a button each.
    assert!(forms::dingtalk_card(&message)["sys_full_json_obj"].contains("竞品对比表"));
}

#[test]
fn drop_downs_are_like_the_references() {
    let templates = Templates::shipped();
    let values = templates.get("new_customer_choices").unwrap().sample(Sample::Usual);
    let message = templates.render("new_customer_choices", &values, Platform::WeCom).unwrap();
    let card = serde_json::to_value(forms::wecom_card(&message, "e1-k1")).unwrap();
    assert_eq!(card["card_type"], "multiple_interaction");
    assert_eq!(
        card["select_list"][0],
        json!({"question_key": "industry", "title": "行业", "option_list": [
            {"id": "machinery", "text": "机械制造"}, {"id": "food", "text": "食品加工"}]})
    );
}

#[test]
fn ticked_material_is_seen_on_both_cards() {
    let templates = Templates::shipped();
    let values = templates.get("pack").unwrap().sample(Sample::Usual);
    let message = templates.render("pack", &values, Platform::WeCom).unwrap();
    let card = forms::wecom_card_changed(&message);
    assert_eq!(card.button_list[0].text, "✅ 竞品对比表");
    assert_eq!(card.button_list[0].key.as_deref(), Some("competitor-table"));
    assert_eq!(card.horizontal_content_list[2].keyname, "✅ 带上");
    assert_eq!(card.task_id, None);
    let params = forms::dingtalk_card(&message);
    assert!(params["markdown"].contains("✅ [竞品对比表](https://genjin.example/m/3fQa)"));
    assert!(params["sys_full_json_obj"].contains(r#""text":"✅ 竞品对比表""#));
}

#[test]
fn answered_card_has_its_end_in_place_of_the_buttons() {
    let templates = Templates::shipped();
    let values = templates.get("overdue_warning").unwrap().sample(Sample::Usual);
    let message = templates.render("overdue_warning", &values, Platform::WeCom).unwrap();
    let short = forms::wecom_card_done(&message.clone().with_done("明天提醒"));
    assert_eq!(short.replace_text.as_deref(), Some("明天提醒"));
    let long = forms::wecom_card_done(&message.clone().with_done("已记：张总 12月1日（周二）来看厂"));
    assert_eq!(long.replace_text.as_deref(), Some("已记"));
    assert!(long.sub_title_text.unwrap().starts_with("已记：张总 12月1日（周二）来看厂\n"));
    let params = forms::dingtalk_card_done(&message.with_done("明天提醒"));
    assert_eq!(params["tips"], "明天提醒");
    assert_eq!(params["sys_full_json_obj"], r#"{"msgButtons":[]}"#);
}
