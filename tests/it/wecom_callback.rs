//! A 企业微信 callback address: what it takes, refuses and answers (wecom.md 1).

use chrono::{DateTime, TimeDelta, Utc};
use genjin::platform::callback::{CallbackError, Now, Query};
use genjin::platform::envelope::{Envelope, EnvelopeError};
use genjin::platform::inbound::{Chat, Inbound, Kind};
use genjin::platform::wecom::callback::Callback;
use genjin::platform::wecom::xml::Element;
use proptest::prelude::*;

use crate::envelope_vectors::{RANDOM, Vector, sealed_unpadded, vector};

impl Vector {
    fn callback(&self) -> Callback {
        Callback::new(self.envelope(), self.owner)
    }

    fn query(&self) -> Query {
        query(self.signature, self.timestamp, self.nonce)
    }

    fn sent(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_secs(self.timestamp.parse().unwrap()).unwrap()
    }

    /// The delivery as the platform's documents print it.
    fn body(&self) -> String {
        delivery(self.encrypt)
    }
}

fn query(signature: &str, timestamp: &str, nonce: &str) -> Query {
    Query::parse(&format!("msg_signature={signature}&timestamp={timestamp}&nonce={nonce}"))
}

fn delivery(encrypt: &str) -> String {
    format!(
        "<xml><ToUserName><![CDATA[ww1]]></ToUserName><AgentID><![CDATA[1000002]]></AgentID>\
         <Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>"
    )
}

/// The address of OWN3 and a way to send it anything, rightly signed.
pub struct App {
    callback: Callback,
    pub envelope: Envelope,
}

const SENT: &str = "1700000000";

impl App {
    pub fn new() -> Self {
        Self { callback: vector("OWN3").callback(), envelope: vector("OWN3").envelope() }
    }

    pub fn send_sealed(&self, encrypt: &str) -> Result<(Inbound, Vec<u8>), CallbackError> {
        let signature = self.envelope.sign(SENT, "n", encrypt);
        let now = vector("OWN3").sent();
        self.callback.receive(&query(&signature, SENT, "n"), delivery(encrypt).as_bytes(), now)
    }

    pub fn send(&self, document: &str) -> Result<(Inbound, Vec<u8>), CallbackError> {
        self.send_sealed(&self.envelope.seal(RANDOM, document.as_bytes(), vector("OWN3").owner))
    }
}

#[test]
fn wecom_url_check_is_answered_with_the_bare_message() {
    for name in ["A", "D", "F"] {
        let vector = vector(name);
        let echostr = vector.encrypt.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        let raw = format!(
            "msg_signature={}&timestamp={}&nonce={}&echostr={echostr}",
            vector.signature, vector.timestamp, vector.nonce
        );
        let answer = vector.callback().verify_url(&Query::parse(&raw), vector.sent()).unwrap();
        assert_eq!(String::from_utf8(answer).unwrap(), vector.message);
        let unescaped = raw.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
        assert!(
            vector.callback().verify_url(&Query::parse(&unescaped), vector.sent()).is_ok(),
            "a proxy's form"
        );
        let twice = raw.replace('%', "%25");
        assert_eq!(
            vector.callback().verify_url(&Query::parse(&twice), vector.sent()),
            Err(CallbackError::Signature)
        );
    }
}

#[test]
fn wecom_text_message_is_read() {
    for (name, user, text, id) in [
        ("B", "mycreate", "hello", "4561255354251345929"),
        ("E", "foobar", "x123", "2018405441"),
        ("OWN3", "zhangsan", "客户要报价", "7300000000000000001"),
    ] {
        let vector = vector(name);
        let (inbound, plaintext) =
            vector.callback().receive(&vector.query(), vector.body().as_bytes(), vector.sent()).unwrap();
        assert_eq!(
            inbound,
            Inbound {
                user: user.into(),
                message_id: Some(id.into()),
                sent_at: Some(vector.sent()),
                ..Inbound::notice(Kind::Text(text.into()))
            }
        );
        assert_eq!(inbound.chat, Chat::Private);
        assert_eq!(String::from_utf8(plaintext).unwrap(), vector.message);
    }
}

#[test]
fn wecom_callback_with_bad_signature_is_refused() {
    let own = vector("OWN3");
    let flipped = own.signature.replace("35b1", "45b1");
    for query in [
        query(&flipped, own.timestamp, own.nonce),
        query(own.signature, "1700000001", own.nonce),
        query(own.signature, own.timestamp, "nonce04"),
        query("", own.timestamp, own.nonce),
        Query::parse(""),
    ] {
        let refused = own.callback().receive(&query, own.body().as_bytes(), own.sent());
        assert_eq!(refused, Err(CallbackError::Signature));
    }
    let other_ciphertext = delivery(vector("OWN2").encrypt);
    let refused = own.callback().receive(&own.query(), other_ciphertext.as_bytes(), own.sent());
    assert_eq!(refused, Err(CallbackError::Signature));
    assert_eq!(own.callback().receive(&own.query(), b"<xml/>", own.sent()), Err(CallbackError::Signature));
    assert_eq!(CallbackError::Signature.status(), 401);
}

#[test]
fn wecom_callback_for_another_company_is_refused() {
    let own = vector("OWN3");
    for other in ["ww0000000000000002", "", "WW0000000000000001"] {
        let callback = Callback::new(own.envelope(), other);
        let refused = callback.receive(&own.query(), own.body().as_bytes(), own.sent());
        assert_eq!(refused, Err(CallbackError::Owner), "{other}");
    }
    assert_eq!(CallbackError::Owner.status(), 401);
}

#[test]
fn wecom_callback_from_another_time_is_refused() {
    let own = vector("OWN3");
    let receive =
        |callback: Callback, now: Now| callback.receive(&own.query(), own.body().as_bytes(), now).map(|_| ());
    let bound = TimeDelta::minutes(5);
    let second = TimeDelta::seconds(1);
    assert_eq!(receive(own.callback(), (own.sent() + bound).into()), Ok(()));
    assert_eq!(receive(own.callback(), (own.sent() - bound).into()), Ok(()));
    let late = own.sent() + bound + second;
    assert_eq!(receive(own.callback(), late.into()), Err(CallbackError::Stale));
    assert_eq!(receive(own.callback(), (own.sent() - bound - second).into()), Err(CallbackError::Stale));
    assert_eq!(receive(own.callback().with_freshness(TimeDelta::hours(1)), late.into()), Ok(()));
    let pushed = own.sent() + TimeDelta::days(30);
    let simulated = |machine| Now { service: pushed, machine: Some(machine) };
    assert_eq!(receive(own.callback(), simulated(own.sent())), Ok(()));
    assert_eq!(receive(own.callback(), simulated(late)), Err(CallbackError::Stale));
    assert_eq!(CallbackError::Stale.status(), 401);
}

#[test]
fn wecom_signed_callback_that_does_not_decrypt_names_the_failed_check() {
    use base64::Engine;
    let app = App::new();
    let base64 = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let unpadded = |last: u8, count: usize| {
        let plain = [vec![b'x'; 64 - count], vec![last; count]].concat();
        base64(&sealed_unpadded(vector("OWN3").key, &plain))
    };
    for (encrypt, check) in [
        ("@@@@".to_owned(), EnvelopeError::Base64),
        ("AAAA".to_owned(), EnvelopeError::BlockSize),
        (unpadded(0, 1), EnvelopeError::Pad),
        (unpadded(33, 33), EnvelopeError::Pad),
        (unpadded(32, 31), EnvelopeError::Pad),
        // 'xxxx' is the length that this one declares.
        (unpadded(4, 4), EnvelopeError::Length),
    ] {
        let refused = app.send_sealed(&encrypt).map(|_| ());
        assert_eq!(refused, Err(CallbackError::Sealed(check)));
        assert_eq!(CallbackError::Sealed(check).status(), 400);
    }
}

#[test]
fn wecom_delivery_is_taken_in_any_layout() {
    let own = vector("OWN3");
    for body in [
        format!("<xml><Encrypt>{}</Encrypt></xml>", own.encrypt),
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<xml>\n  <AgentID/>\n  <Encrypt>\n    <![CDATA[{}]]>\n  </Encrypt>\n\
             <!-- x --><ToUserName>ww1</ToUserName></xml>\n",
            own.encrypt
        ),
    ] {
        assert!(own.callback().receive(&own.query(), body.as_bytes(), own.sent()).is_ok(), "{body}");
    }
}

#[test]
fn wecom_xml_that_grows_or_reaches_out_is_refused() {
    let own = vector("OWN3");
    let receive = |body: &str| own.callback().receive(&own.query(), body.as_bytes(), own.sent()).map(|_| ());
    let bomb =
        "<!DOCTYPE l [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;&a;\">]><xml><Encrypt>&b;</Encrypt></xml>";
    let file = "<!DOCTYPE l [<!ENTITY f SYSTEM \"file:///etc/passwd\">]><xml><Encrypt>&f;</Encrypt></xml>";
    for body in [bomb, file, "<xml><Encrypt>&f;</Encrypt></xml>", "", "{\"encrypt\":\"\"}", "<xml><Encrypt>"]
    {
        assert_eq!(receive(body), Err(CallbackError::Malformed("XML")), "{body}");
    }
    for body in ["<x>".repeat(50_000), format!("<x>{}</x>", "<y/>".repeat(50_000)), " ".repeat(2_000_000)] {
        assert_eq!(receive(&body), Err(CallbackError::TooLarge));
    }
    assert_eq!(CallbackError::TooLarge.status(), 413);
    assert_eq!(
        App::new().send(bomb).map(|_| ()),
        Err(CallbackError::Malformed("XML")),
        "inside the envelope too"
    );
}

#[test]
fn wecom_sealed_reply_opens_for_the_platform() {
    let own = vector("OWN3");
    let reply = own.callback().seal_reply(RANDOM, "nonce03", own.sent(), own.message.as_bytes());
    let reply = Element::parse(reply.as_bytes()).unwrap();
    assert_eq!(reply.text_of("Encrypt"), own.encrypt);
    assert_eq!(reply.text_of("MsgSignature"), own.signature);
    assert_eq!((reply.text_of("TimeStamp"), reply.text_of("Nonce")), ("1700000000", "nonce03"));
}

/// Bytes near a real document: it with one stretch replaced by noise.
fn mangled(document: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let noise = prop::collection::vec(any::<u8>(), 0..12);
    (0..document.len(), 0..40usize, noise).prop_map(move |(from, cut, noise)| {
        let mut bytes = document.as_bytes().to_vec();
        let to = (from + cut).min(bytes.len());
        bytes.splice(from..to, noise);
        bytes
    })
}

proptest! {
    #[test]
    fn wecom_callback_never_panics_on_noise(body: Vec<u8>, raw: String) {
        let own = vector("OWN3");
        let raw = Query::parse(&raw);
        prop_assert!(own.callback().receive(&own.query(), &body, own.sent()).is_err());
        prop_assert!(own.callback().receive(&raw, own.body().as_bytes(), own.sent()).is_err());
        prop_assert!(own.callback().verify_url(&raw, own.sent()).is_err());
    }

    #[test]
    fn wecom_document_mangled_by_its_sender_never_panics(document in mangled(vector("OWN3").message)) {
        let app = App::new();
        let sealed = app.envelope.seal(RANDOM, &document, vector("OWN3").owner);
        if let Err(refused) = app.send_sealed(&sealed) {
            prop_assert_eq!(refused, CallbackError::Malformed("XML"));
        }
    }

    #[test]
    fn wecom_ciphertext_mangled_on_the_way_is_refused(encrypt in mangled(vector("OWN3").encrypt)) {
        let own = vector("OWN3");
        let encrypt = String::from_utf8_lossy(&encrypt);
        prop_assume!(encrypt.trim() != own.encrypt);
        let body = delivery(&encrypt);
        prop_assert!(own.callback().receive(&own.query(), body.as_bytes(), own.sent()).is_err());
        let _signed_by_its_sender = App::new().send_sealed(&encrypt);
    }
}
