//! What 企业微信 sends to the service: the check of its address, and encrypted XML for what people say and tap
//! (wecom.md 1, 2). Each attempt is sealed anew; after three without an answer the callback is lost, as it is there.

use std::fmt::Write as _;
use std::time::Duration;

use crate::platform::envelope::Envelope;
use crate::platform::wecom::xml::Element;
use crate::sim::Sim;
use crate::sim::deliver::{Outgoing, Returned, returned};
use crate::sim::message::{Body, Heard, Push};
use crate::sim::road::Callback;
use crate::sim::setup::{Platform, hex, wecom_ids};
use crate::sim::shared::{Shared, random};

/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(5);
/// How long the check of the address may take.
const VERIFY_LIMIT: Duration = Duration::from_secs(1);
/// What is waited before each attempt, in real time; the spacing is not documented.
const GAPS: [Duration; 3] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(3)];

/// Checks a callback address as the console does when it is saved: a GET with an echo to decrypt (wecom.md 1.3).
pub(crate) async fn verify_url(shared: &Shared, url: &str) -> Result<(), String> {
    let echo = u64::from_be_bytes(random()).to_string();
    let sealed = Sealed::new(shared, echo.as_bytes());
    let query = [
        ("msg_signature", &sealed.signature),
        ("timestamp", &sealed.timestamp),
        ("nonce", &sealed.nonce),
        ("echostr", &sealed.encrypt),
    ];
    let answer = returned(shared.http.get(url).query(&query), VERIFY_LIMIT).await;
    match answer.attempt.status {
        None => Err(answer.attempt.error.unwrap_or_default()),
        Some(200) if answer.body == echo.as_bytes() => Ok(()),
        Some(200) => Err("openapi 回调地址请求不通过: the answer is not the decrypted echostr".to_owned()),
        Some(status) => Err(format!("openapi 回调地址请求不通过: HTTP {status}")),
    }
}

/// Delivers what a person said or tapped, in up to three attempts.
pub(crate) async fn deliver(sim: &Sim, push: &Push, entry: u64) -> Option<u16> {
    let url = sim.0.state().service.as_ref().and_then(|service| service.wecom_callback.clone())?;
    let plain = document(sim, push);
    let mut callback = Callback { url: url.clone(), plain: plain.clone(), ..Callback::default() };
    let mut status = None;
    for gap in GAPS {
        tokio::time::sleep(gap).await;
        let answer = attempt(sim, &url, &plain, &mut callback).await;
        sim.0.record_callback(entry, &callback);
        status = answer.attempt.status;
        if status.is_some() && (answer.is_success() || !sim.0.state().faults.retry_on_error) {
            passive_reply(sim, push, &answer).await;
            break;
        }
    }
    if status.is_some() && sim.0.state().faults.duplicates(Platform::Wecom) {
        attempt(sim, &url, &plain, &mut callback).await;
        sim.0.record_callback(entry, &callback);
    }
    status
}

async fn attempt(sim: &Sim, url: &str, plain: &str, callback: &mut Callback) -> Returned {
    let out = seal(&sim.0, url, plain);
    callback.request.clone_from(&out.body);
    let answer = sim.post(Platform::Wecom, &out, LIMIT).await;
    callback.attempts.push(answer.attempt.clone());
    answer
}

fn envelope() -> Envelope {
    Envelope::new(wecom_ids::TOKEN, wecom_ids::AES_KEY).expect("the simulator's own key has the form")
}

/// An encrypted message and what proves it.
struct Sealed {
    encrypt: String,
    signature: String,
    timestamp: String,
    nonce: String,
}

impl Sealed {
    fn new(shared: &Shared, message: &[u8]) -> Self {
        let envelope = envelope();
        let encrypt = envelope.seal(random(), message, wecom_ids::CORP_ID);
        let (timestamp, nonce) = (shared.now().timestamp().to_string(), hex(&random::<8>()));
        let signature = envelope.sign(&timestamp, &nonce, &encrypt);
        Self { encrypt, signature, timestamp, nonce }
    }
}

fn seal(shared: &Shared, url: &str, plain: &str) -> Outgoing {
    let Sealed { encrypt, signature, timestamp, nonce } = Sealed::new(shared, plain.as_bytes());
    let joint = if url.contains('?') { '&' } else { '?' };
    let body = format!(
        "<xml><ToUserName><![CDATA[{}]]></ToUserName><AgentID><![CDATA[{}]]></AgentID>\
         <Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>",
        wecom_ids::CORP_ID,
        wecom_ids::AGENT_ID
    );
    Outgoing {
        url: format!("{url}{joint}msg_signature={signature}&timestamp={timestamp}&nonce={nonce}"),
        headers: vec![("content-type", "text/xml".to_owned())],
        body,
    }
}

/// The XML, the same at each attempt.
fn document(sim: &Sim, push: &Push) -> String {
    let epoch = u64::from(sim.0.state().world.epoch >> 1);
    let (tail, kind) = match &push.what {
        Heard::Sent { file, .. } => {
            let (id, address) = (message_id(epoch, push), format!("{}/sim/file/{file}", sim.0.base_url()));
            let tail = format!(
                "<PicUrl>{}</PicUrl><MediaId>{}</MediaId><MsgId>{id}</MsgId>",
                cdata(&address),
                cdata(file)
            );
            (tail, "image")
        }
        Heard::Said(text) => {
            let id = message_id(epoch, push);
            (format!("<Content>{}</Content><MsgId>{id}</MsgId>", cdata(text)), "text")
        }
        Heard::WecomTap { key, menu, task_id, card_type, response_code, selected } => {
            let event = if *menu { "template_card_menu_event" } else { "template_card_event" };
            let mut tail = format!(
                "<Event>{}</Event><EventKey>{}</EventKey><TaskId>{}</TaskId><CardType>{}</CardType>\
                 <ResponseCode>{}</ResponseCode>",
                cdata(event),
                cdata(key),
                cdata(task_id),
                cdata(card_type),
                cdata(response_code)
            );
            if !selected.is_empty() {
                tail.push_str(&selected_items(selected));
            }
            (tail, "event")
        }
        Heard::DingtalkTap { .. } => unreachable!("a 钉钉 tap never lies in a 企业微信 chat"),
    };
    format!(
        "<xml><ToUserName>{}</ToUserName><FromUserName>{}</FromUserName><CreateTime>{}</CreateTime>\
         <MsgType>{}</MsgType>{tail}<AgentID>{}</AgentID></xml>",
        cdata(wecom_ids::CORP_ID),
        cdata(&push.user),
        push.at.timestamp(),
        cdata(kind),
        wecom_ids::AGENT_ID
    )
}

/// Unique over all worlds and below 2^63, as the platform's ids are.
fn message_id(epoch: u64, push: &Push) -> u64 {
    (epoch << 32) | (push.id & u64::from(u32::MAX))
}

fn selected_items(selected: &std::collections::BTreeMap<String, Vec<String>>) -> String {
    let mut items = String::from("<SelectedItems>");
    for (question, options) in selected {
        let _ = write!(items, "<SelectedItem><QuestionKey>{}</QuestionKey><OptionIds>", cdata(question));
        for option in options {
            let _ = write!(items, "<OptionId>{}</OptionId>", cdata(option));
        }
        items.push_str("</OptionIds></SelectedItem>");
    }
    items + "</SelectedItems>"
}

fn cdata(text: &str) -> String {
    format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"))
}

/// Takes a reply out of the answer (wecom.md 2.4). A text is posted; a card update in answer to a tap is ignored, as
/// the real backend is said to ignore it; `update_template_card` is the way.
async fn passive_reply(sim: &Sim, push: &Push, answer: &Returned) {
    let Some(reply) = open_reply(&answer.body) else { return };
    let tapped = matches!(push.what, Heard::WecomTap { menu: false, .. });
    let text = reply.text_of("Content");
    if tapped || reply.text_of("MsgType") != "text" || text.is_empty() {
        return;
    }
    let ticket = {
        let mut step = sim.0.step();
        step.post(&push.chat, None, Body::Text(super::truncated(text, 2_048).to_owned()));
        step.commit()
    };
    // Nobody is told of a passive reply, so nobody is told of its loss.
    let _ = ticket.safe().await;
}

fn open_reply(body: &[u8]) -> Option<Element> {
    let sealed = Element::parse(body).ok()?;
    let (encrypt, envelope) = (sealed.text_of("Encrypt"), envelope());
    let (timestamp, nonce) = (sealed.text_of("TimeStamp"), sealed.text_of("Nonce"));
    envelope.verify(sealed.text_of("MsgSignature"), timestamp, nonce, encrypt).ok()?;
    Element::parse(&envelope.open(encrypt).ok()?.message).ok()
}
