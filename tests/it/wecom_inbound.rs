//! What is read of 企业微信's documents (wecom.md 2), each sent through a callback address.

use chrono::DateTime;
use genjin::platform::inbound::{Inbound, Kind, Tap};
use proptest::prelude::*;

use crate::envelope_vectors::{RANDOM, vector};
use crate::wecom_callback::App;

impl App {
    /// What is read of a document with the common elements and `rest`.
    #[track_caller]
    fn read(&self, rest: &str) -> Inbound {
        let common = "<ToUserName><![CDATA[ww0000000000000001]]></ToUserName>\
             <FromUserName><![CDATA[zhangsan]]></FromUserName><CreateTime>1767225600</CreateTime>";
        self.send(&format!("<xml>{common}{rest}<AgentID>1000002</AgentID></xml>")).unwrap().0
    }

    #[track_caller]
    fn kind(&self, rest: &str) -> Kind {
        self.read(rest).kind
    }
}

fn event(name: &str, rest: &str) -> String {
    format!("<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[{name}]]></Event>{rest}")
}

#[test]
fn wecom_messages_are_read_by_kind() {
    let app = App::new();
    let text =
        |said: &str| app.kind(&format!("<MsgType>text</MsgType><Content>{said}</Content><MsgId>1</MsgId>"));
    assert_eq!(text("<![CDATA[ \u{2005}@李总 说下周签\u{A0}\n]]>"), Kind::Text("@李总 说下周签".into()));
    assert_eq!(text("1 &lt; 2 &amp; &#24352;<![CDATA[<b>]]>"), Kind::Text("1 < 2 & 张<b>".into()));
    assert_eq!(text(""), Kind::Text(String::new()));

    let media = "<MediaId><![CDATA[M1]]></MediaId>";
    let message = |kind: &str, rest: &str| app.kind(&format!("<MsgType><![CDATA[{kind}]]></MsgType>{rest}"));
    assert_eq!(
        message("voice", &format!("{media}<Format><![CDATA[amr]]></Format>")),
        Kind::Voice { transcript: None, media: Some("M1".into()) }
    );
    assert_eq!(message("image", media), Kind::Picture { media: "M1".into() });
    assert_eq!(message("video", media), Kind::File { media: "M1".into(), name: None });
    assert_eq!(message("image", ""), Kind::Other { what: "image".into() });
    assert_eq!(message("link", "<Url>https://x</Url>"), Kind::Other { what: "link".into() });
    assert_eq!(message("", ""), Kind::Other { what: String::new() });
    assert_eq!(message("全新\n", ""), Kind::Other { what: String::new() });
}

#[test]
fn wecom_shared_place_is_dropped_unread() {
    let app = App::new();
    let place = "<Location_X>23.134</Location_X><Location_Y>113.358</Location_Y><Scale>16</Scale>\
         <Label><![CDATA[广州市海珠区]]></Label><AppType><![CDATA[wxwork]]></AppType>";
    let event_place = "<Latitude>23.104</Latitude><Longitude>113.320</Longitude><Precision>65</Precision>";
    let chosen = format!("<EventKey><![CDATA[6]]></EventKey><SendLocationInfo>{place}</SendLocationInfo>");
    for document in [
        format!("<MsgType>location</MsgType>{place}<MsgId>1</MsgId>"),
        event("LOCATION", event_place),
        event("location_select", &chosen),
    ] {
        let inbound = app.read(&document);
        assert_eq!(inbound.kind, Kind::Location);
        let everything = format!("{inbound:?}");
        assert!(!everything.contains("23.1") && !everything.contains("广州"), "{everything}");
    }
}

#[test]
fn wecom_app_events_are_read_by_kind() {
    let app = App::new();
    assert_eq!(app.kind(&event("enter_agent", "<EventKey><![CDATA[]]></EventKey>")), Kind::Entered);
    for what in ["subscribe", "unsubscribe"] {
        assert_eq!(
            app.kind(&event(what, "")),
            Kind::People { what: what.into(), users: vec!["zhangsan".into()] }
        );
    }
    let pictures = "<SendPicsInfo><Count>2</Count><PicList><item><PicMd5Sum>a</PicMd5Sum></item></PicList>\
         <PicList><item><PicMd5Sum>b</PicMd5Sum></item></PicList></SendPicsInfo>";
    for what in [
        "click",
        "view",
        "view_miniprogram",
        "scancode_push",
        "scancode_waitmsg",
        "pic_sysphoto",
        "pic_photo_or_album",
        "pic_weixin",
        "batch_job_result",
        "open_approval_change",
        "share_agent_change",
        "share_chain_change",
        "inactive_alert",
        "low_active_alert",
        "close_inactive_agent",
        "reopen_inactive_agent",
        "low_active",
        "active_restored",
        "kf_msg_or_event",
        "change_external_contact",
        "respond_schedule",
        "meeting_change",
    ] {
        assert_eq!(app.kind(&event(what, pictures)), Kind::Other { what: what.into() });
    }
}

#[test]
fn wecom_card_tap_is_read_with_what_was_chosen() {
    let rest = "<EventKey><![CDATA[submit_followup]]></EventKey><TaskId><![CDATA[fu_20260101_42]]></TaskId>\
         <CardType><![CDATA[multiple_interaction]]></CardType><ResponseCode><![CDATA[RC]]></ResponseCode>\
         <SelectedItems>\n <SelectedItem><QuestionKey><![CDATA[stage]]></QuestionKey><OptionIds>\
         <OptionId><![CDATA[quoted]]></OptionId></OptionIds></SelectedItem>\n <SelectedItem><QuestionKey>next\
         </QuestionKey><OptionIds><OptionId><![CDATA[d1]]></OptionId><OptionId>d3</OptionId></OptionIds>\
         </SelectedItem></SelectedItems>";
    let tap = Tap {
        card: "fu_20260101_42".into(),
        button: "submit_followup".into(),
        selected: vec![
            ("stage".into(), vec!["quoted".into()]),
            ("next".into(), vec!["d1".into(), "d3".into()]),
        ],
        update_code: Some("RC".into()),
    };
    let inbound = App::new().read(&event("template_card_event", rest));
    assert_eq!(inbound.kind, Kind::Tap(tap.clone()));
    assert_eq!((inbound.user.as_str(), inbound.message_id), ("zhangsan", None));
    let repeated = rest.replace("</SelectedItem>\n", "</SelectedItem></SelectedItems><SelectedItems>");
    assert_eq!(App::new().kind(&event("template_card_event", &repeated)), Kind::Tap(tap));
}

#[test]
fn wecom_card_menu_tap_has_nothing_chosen() {
    let rest = "<EventKey><![CDATA[snooze]]></EventKey><TaskId><![CDATA[t1]]></TaskId>\
         <CardType><![CDATA[text_notice]]></CardType><ResponseCode><![CDATA[RC]]></ResponseCode>";
    let tap =
        Tap { card: "t1".into(), button: "snooze".into(), selected: vec![], update_code: Some("RC".into()) };
    assert_eq!(App::new().kind(&event("template_card_menu_event", rest)), Kind::Tap(tap));
    assert_eq!(
        App::new().kind(&event("template_card_event", "<EventKey>snooze</EventKey>")),
        Kind::Other { what: "template_card_event".into() },
        "a card without a task is none of ours"
    );
}

#[test]
fn wecom_directory_changes_name_the_people() {
    let app = App::new();
    let change = |what: &str, rest: &str| {
        let document = format!(
            "<xml><ToUserName>ww1</ToUserName><FromUserName><![CDATA[sys]]></FromUserName>\
             <CreateTime>1767225600</CreateTime><MsgType>event</MsgType><Event>change_contact</Event>\
             <ChangeType><![CDATA[{what}]]></ChangeType>{rest}</xml>"
        );
        let inbound = app.send(&document).unwrap().0;
        assert_eq!(inbound.user, "", "the system is nobody");
        match inbound.kind {
            Kind::People { what: read, users } => {
                assert_eq!(read, what);
                users.join(" ")
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        change("create_user", "<UserID><![CDATA[zhangsan]]></UserID><Department>1,2</Department>"),
        "zhangsan"
    );
    assert_eq!(change("update_user", "<UserID>zhangsan</UserID><NewUserID>zs</NewUserID>"), "zhangsan zs");
    assert_eq!(change("delete_user", "<UserID>zhangsan</UserID>"), "zhangsan");
    assert_eq!(
        change(
            "update_tag",
            "<TagId>1</TagId><AddUserItems>a, b</AddUserItems><DelUserItems>c</DelUserItems>"
        ),
        "a b c"
    );
    for what in ["create_party", "update_party", "delete_party"] {
        assert_eq!(change(what, "<Id>2</Id><ParentId><![CDATA[1]]></ParentId>"), "");
    }
}

#[test]
fn wecom_numbers_are_read_bare_and_in_cdata() {
    let document = "<xml><FromUserName>zhangsan</FromUserName><CreateTime><![CDATA[1767225600]]></CreateTime>\
         <MsgType>text</MsgType><Content>x</Content><MsgId><![CDATA[7]]></MsgId></xml>";
    let inbound = App::new().send(document).unwrap().0;
    assert_eq!(inbound.message_id.as_deref(), Some("7"));
    assert_eq!(inbound.sent_at, DateTime::from_timestamp_secs(1_767_225_600));
    let inbound = App::new().send(&document.replace("1767225600", "-9e99")).unwrap().0;
    assert_eq!(inbound.sent_at, None);
}

#[test]
fn wecom_resend_has_the_same_identity_and_another_tap_has_not() {
    let app = App::new();
    let identity = |document: &str, random: [u8; 16]| {
        let sealed = app.envelope.seal(random, document.as_bytes(), vector("OWN3").owner);
        let (inbound, plaintext) = app.send_sealed(&sealed).unwrap();
        inbound.identity_source(&plaintext)
    };
    let tap = |key: &str| {
        format!(
            "<xml><FromUserName>zhangsan</FromUserName><CreateTime>1767225600</CreateTime>{}</xml>",
            event("template_card_event", &format!("<EventKey>{key}</EventKey><TaskId>t1</TaskId>"))
        )
    };
    assert_eq!(identity(&tap("done"), RANDOM), identity(&tap("done"), [7; 16]));
    assert_ne!(identity(&tap("done"), RANDOM), identity(&tap("later"), RANDOM));
    let text =
        |id: u32| format!("<xml><MsgType>text</MsgType><Content>好</Content><MsgId>{id}</MsgId></xml>");
    assert_ne!(identity(&text(1), RANDOM), identity(&text(2), RANDOM));
}

proptest! {
    #[test]
    fn wecom_text_arrives_as_it_was_said(said in "[^\\p{C}\\p{Z}\\s]([^\\p{C}]{0,60}[^\\p{C}\\p{Z}\\s])?") {
        let escaped = said.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let kind = App::new().kind(&format!("<MsgType>text</MsgType><Content>{escaped}</Content>"));
        prop_assert_eq!(kind, Kind::Text(said));
    }
}
