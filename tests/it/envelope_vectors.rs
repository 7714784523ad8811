//! The envelope against samples that others made: the platforms' own, foreign libraries', and ours made elsewhere.
//!
//! wecom.md 1.5 (A to OWN5), dingtalk.md 4.2 (DV1 to DV4). The other topics build their requests from these.

use genjin::platform::envelope::{BadKey, Cipher, Envelope, EnvelopeError};
use proptest::prelude::*;

/// The random head of the samples that we made: what they sealed can be made again to the byte.
pub const RANDOM: [u8; 16] = *b"0123456789abcdef";

/// One sealed message with everything that belongs to it.
pub struct Vector {
    pub name: &'static str,
    pub token: &'static str,
    pub key: &'static str,
    pub owner: &'static str,
    pub timestamp: &'static str,
    pub nonce: &'static str,
    pub signature: &'static str,
    pub encrypt: &'static str,
    pub message: &'static str,
}

impl Vector {
    pub fn envelope(&self) -> Envelope {
        Envelope::new(self.token, self.key).unwrap()
    }
}

#[track_caller]
pub fn vector(name: &str) -> &'static Vector {
    WECOM.iter().chain(DINGTALK).find(|vector| vector.name == name).unwrap()
}

/// Ciphertext of `plain` as it is, without padding: `plain` must fill blocks of 32 bytes.
pub fn sealed_unpadded(key: &str, plain: &[u8]) -> Vec<u8> {
    assert_eq!(plain.len() % 32, 0);
    let mut sealed = Cipher::new(key).unwrap().encrypt(plain.to_vec());
    sealed.truncate(plain.len());
    sealed
}

/// A canonical 43-character key.
pub const K1: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopA";
/// A key whose last character has stray bits.
pub const K2: &str = "zYxWvUtSrQpOnMlKjIhGfEdCbA9876543210ZzYyXxB";

pub const WECOM: &[Vector] = &[
    Vector {
        name: "A",
        token: "QDG6eK",
        key: "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
        owner: "wx5823bf96d3bd56c7",
        timestamp: "1409659589",
        nonce: "263014780",
        signature: "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
        encrypt: "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==",
        message: "1616140317555161061",
    },
    Vector {
        name: "B",
        token: "QDG6eK",
        key: "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
        owner: "wx5823bf96d3bd56c7",
        timestamp: "1409659813",
        nonce: "1372623149",
        signature: "477715d11cdb4164915debcba66cb864d751f3e6",
        encrypt: "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q==",
        message: "<xml><ToUserName><![CDATA[wx5823bf96d3bd56c7]]></ToUserName>\n<FromUserName><![CDATA[mycreate]]></FromUserName>\n<CreateTime>1409659813</CreateTime>\n<MsgType><![CDATA[text]]></MsgType>\n<Content><![CDATA[hello]]></Content>\n<MsgId>4561255354251345929</MsgId>\n<AgentID>218</AgentID>\n</xml>",
    },
    Vector {
        name: "D",
        token: "kjr2TKI8umCBfVF3wAHk8JiPwma5VBme",
        key: "4Ma3YBrSBbX2aez8MJpXGBne5LSDwgGqHbhM9WPYIws",
        owner: "ww6a112864f8022910",
        timestamp: "1583940690",
        nonce: "VHh7ymSeb0jc4lSb",
        signature: "1ba3cb09c0d2c2b3ed6900d37f91a6efae6cb011",
        encrypt: "6KmUQuPVu7UhjyVqRdbo5SfcRqaHvbUlKSHFvBV2ZuR6TIlKsygcfeSd1GDplg1C5KSKr6UPHCaC/nIX3ZNt9w==",
        message: "94966531020182955848408",
    },
    Vector {
        name: "E",
        token: "kz7Yx62CH8SaLN",
        key: "cD0d7jx4tYvVtzqrmh3Dm3QFCXe6f8SlHoMtMh3qQEP",
        owner: "ww6a112864f8022910",
        timestamp: "1583995625",
        nonce: "1584392382",
        signature: "f265ae551b1932727204c3d707628d01376a6940",
        encrypt: "EUCt7xMcNiyASzZj0Hjc5yDjFQrCum6AfQ3ntHiUzjGQ51xieKmbvtrZ40/EcB2W/W8yH0n4Lqx48gJl/T9HD/R309I0P/r5pIZucK3lyEn48FYMr4YdE0QdL2jIJ3xkcXUr6uzefzCxG6lMvwpAJaOyVCzN7sRRw47njfxy5EIqU6R9ZBhlTzfdnhhOhK/nTwzrZX3SoGlXFA9OBeZ6ru1NWpXFk76x9DUMe0lcxPPiUqK8ctnQcYXSGUHVqC6DfG7E7mab0OmruNN8cBZY5d3dYOBA4OgaH55Q0AJmUpdT8vNiXpXx+6TxT3TIjySXpDrHVyrsb772aYywgg/Nu4kUmGkALwFZlzhjNegR7wDwb9lr4ERXsSSS8JZ8lbBmaQ3F2Tq584xoPj5rIhXAF734ynm4no1g+SdHiNqR328=",
        message: "<xml><ToUserName><![CDATA[ww6a112864f8022910]]></ToUserName><FromUserName><![CDATA[foobar]]></FromUserName><CreateTime>1583995625</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[x123]]></Content><MsgId>2018405441</MsgId><AgentID>1000002</AgentID></xml>",
    },
    Vector {
        name: "F",
        token: "123456",
        key: "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR",
        owner: "wx49f0ab532d5d035a",
        timestamp: "1411443780",
        nonce: "437374425",
        signature: "dd6b9c95b495b3f7e2901bfbc76c664930ffdb96",
        encrypt: "4ByGGj+sVCYcvGeQYhaKIk1o0pQRNbRjxybjTGblXrBaXlTXeOo1+bXFXDQQb1o6co6Yh9Bv41n7hOchLF6p+Q==",
        message: "5927782489442352469",
    },
    Vector {
        name: "OWN1",
        token: "T0kenForSim1",
        key: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq",
        owner: "",
        timestamp: "1700000000",
        nonce: "nonce01",
        signature: "515d818c2fcff405e98f7ef93b8e96d60ef66641",
        encrypt: "ZJXHA5gAQfb1Q8BriIjaQyjnOcyCEjRLIGHxdXQgVU7jGfVEJtCcLJUwSVbtiicdm2bTJwLHCrucn+2pyL7A/rAz51xEkN9IkVgC5Kxkzaz9RYAMq0t/cbnGFxbxzIQDhx5/P6nGY73lafhJZ8OHRSZF3eS7bear+K3QAlf4SzlDAkutn3fbcydEvYrEo1G1zMOL/5Mht9suXTQZeQGTJA==",
        message: r#"{"msgid":"M1","aibotid":"AIB1","chattype":"single","from":{"userid":"zhangsan"},"msgtype":"text","text":{"content":"报价已发"}}"#,
    },
    Vector {
        name: "OWN2",
        token: "T0kenForSim1",
        key: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq",
        owner: "",
        timestamp: "1700000000",
        nonce: "nonce02",
        signature: "4784a80cd8ff06f2651448080fe59d267863065d",
        encrypt: "ZJXHA5gAQfb1Q8BriIjaQ/SsyKsHA6UQLE4unDtPNP+eHE9Zr5pPmLr6MZSDrtqnGJV1t/bu/bZwBTORFHxe1Q==",
        message: "xxxxxxxxxxxx",
    },
    Vector {
        name: "OWN3",
        token: "T0kenForSim1",
        key: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq",
        owner: "ww0000000000000001",
        timestamp: "1700000000",
        nonce: "nonce03",
        signature: "35b1db395ce7d1eb0bd2b183a2e67111e527bfd6",
        encrypt: "ZJXHA5gAQfb1Q8BriIjaQ0HLOi7RmkDcl5N3CNVtFno2b6GJ5vXAtHDmkA/2406PJCT+DWZElfFrNx1vhDKxUwTGuKu88CYC51+9NT1LuRXph78rtG0wW8j1Yh3IZQLmIV9guWdUU9VpTGG+jsH+fEUTYsmXpGG6ngoWLK46wex6nHoxykqXYyH2WykenGE//CGYdxFEnsNq3aYyF/K1zMIW4eVwi0OI7RH1+AtxETpDEXBMVhh+VEAA+fDgVdTzZZywkIm3c5kosdFwKG7wLyfXQQNRg5zrnAAFrgepvQU1o5aCTx4g1Gwny5kux+5/I251iIAzdKB2yYKNj9bWi/b18HuAiRSXfzR6pXUraTLKlNOnr7mAgkJhJcXUrtvd9fim5f5E8LccxPsjFjbqqB02ZyieKIVPgRsiHEfuGWCLfY536v1VrAjK7HsaNzTSeVjk4BLdvsquuvdalnUZQA==",
        message: "<xml><ToUserName><![CDATA[ww0000000000000001]]></ToUserName><FromUserName><![CDATA[zhangsan]]></FromUserName><CreateTime>1700000000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[客户要报价]]></Content><MsgId>7300000000000000001</MsgId><AgentID>1000002</AgentID></xml>",
    },
    Vector {
        name: "OWN5",
        token: "T0kenForSim1",
        key: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq",
        owner: "",
        timestamp: "1700000001",
        nonce: "nonce01",
        signature: "c85e8c9e1f6bd2743520bb4bc2b80fada1a2a6c5",
        encrypt: "ZJXHA5gAQfb1Q8BriIjaQ3A6+VKMhrlEPMwYK0i3htM2cq0v7JMYebqrmWesc+YLAhLh/SU2bCYhXpqfZ057qIxF/DWtWxKXZ7qHFK8bADykVQyVdP08ZfmWhEcDFVMz",
        message: r#"{"msgtype":"stream","stream":{"id":"S1","finish":true,"content":"ok"}}"#,
    },
];

pub const DINGTALK: &[Vector] = &[
    Vector {
        name: "DV1",
        token: "SimTok01",
        key: K1,
        owner: "dingsimappkey00001",
        timestamp: "1700000000123",
        nonce: "nonceDV1",
        signature: "c448ef3b0ba8b6bd8451a88907f3c92ee51e9e53",
        encrypt: "TexlHnVuEgKiLJGBCfUlZLe3BRYqamZuzCinPvAdtWJptgUM+Xr4/BMl6nLF7UB8mj02XzxOTQQ7VBIl4y6Y4A==",
        message: r#"{"EventType":"check_url"}"#,
    },
    Vector {
        name: "DV2",
        token: "SimTok01",
        key: K2,
        owner: "dingsimappkey00001",
        timestamp: "1700000000456",
        nonce: "nonceDV2",
        signature: "c531f30166d65ecc05c7914c027790ca6a0cefb9",
        encrypt: "WSgYBSOOapm2gd8bcz0PL1PwOyywx4GYolWe9ZVFZUe9A5vCguZ0wyxbVPYLJifOdAYOTyW505oz5Tt4SH7cFA==",
        message: "success",
    },
    Vector {
        name: "DV3",
        token: "SimTok01",
        key: K2,
        owner: "dingcorp0123456789abcdef",
        timestamp: "1700000000789",
        nonce: "nonceDV3",
        signature: "4f4b639db44f6a581ac9f9b16ebda79f6cb48381",
        encrypt: "WSgYBSOOapm2gd8bcz0PL7WFVW7RyKIbxVVrCyzPk3ziLWJi4Kj7kJrj2kP6IItW4t3pQjl4JfxK2e3K/xTDM2QIyhJc5Y9ALXKAnQCTbLeLUV7d4FTRE8uq/KDAhbY9yFrvT+1kyjjPl5jnx3Q0gyiW2q60C1gkJ6w6guMhY7xnZ68dDH9rUtuFy9AnmLwLRQUFjzdzuAby0JsEaRsBdWli0UefatcSgA2nfa/DpVUnqNZ2ERPOpWxvpTcV65Jx",
        message: r#"{"EventType":"user_leave_org","TimeStamp":"1700000000700","UserId":["zhangsan","李四"],"CorpId":"dingcorp0123456789abcdef"}"#,
    },
    Vector {
        name: "DV4",
        token: "SimTok01",
        key: K1,
        owner: "dingk",
        timestamp: "1700000001000",
        nonce: "nonceDV4",
        signature: "cc4f7f1d3fa48fdd20e641198c18c459d7bde6e3",
        encrypt: "TexlHnVuEgKiLJGBCfUlZBDFxMhn70WplPPlu9nOsObgd1b2pitCz1saMU5Q5rei1CkHemhokVvbX0GFfjpzlA==",
        message: "success",
    },
];

#[test]
fn every_published_envelope_opens_to_its_message_and_owner() {
    for vector in WECOM.iter().chain(DINGTALK) {
        let Vector { name, signature, timestamp, nonce, encrypt, .. } = vector;
        let envelope = vector.envelope();
        assert_eq!(envelope.sign(timestamp, nonce, encrypt), *signature, "{name}");
        assert_eq!(envelope.verify(signature, timestamp, nonce, encrypt), Ok(()), "{name}");
        let opened = envelope.open(encrypt).unwrap();
        assert_eq!(String::from_utf8(opened.message).unwrap(), vector.message, "{name}");
        assert_eq!(String::from_utf8(opened.owner).unwrap(), vector.owner, "{name}");
    }
}

#[test]
fn sealing_makes_the_published_envelopes_again() {
    let ours = |vector: &&Vector| vector.name.starts_with("OWN") || vector.name.starts_with("DV");
    let made = WECOM.iter().chain(DINGTALK).filter(ours);
    assert_eq!(made.clone().count(), 8);
    for vector in made {
        let sealed = vector.envelope().seal(RANDOM, vector.message.as_bytes(), vector.owner);
        assert_eq!(sealed, vector.encrypt, "{}", vector.name);
    }
}

#[test]
fn media_cipher_is_the_bare_one_of_the_ai_bot() {
    let sealed = "ffc3b9913239aa5fba1cab5acdab8de47a56c228432d03c59243edcc540c46e5";
    let bytes: Vec<u8> =
        (0..sealed.len()).step_by(2).map(|at| u8::from_str_radix(&sealed[at..at + 2], 16).unwrap()).collect();
    let plain = b"quote-2026.pdf bytes".to_vec();
    for key in [vector("OWN1").key.to_owned(), format!("{}=", vector("OWN1").key)] {
        let cipher = Cipher::new(&key).unwrap();
        assert_eq!(cipher.decrypt(bytes.clone()), Ok(plain.clone()));
        assert_eq!(cipher.encrypt(plain.clone()), bytes);
    }
    assert_eq!(Cipher::new("no key").err(), Some(BadKey));
}

#[test]
fn signature_that_differs_anywhere_is_refused() {
    let Vector { timestamp, nonce, encrypt, signature, .. } = vector("A");
    let envelope = vector("A").envelope();
    let upper = signature.to_uppercase();
    let flipped = format!("{}4", &signature[..39]);
    for wrong in ["", &signature[..39], &flipped, &upper, &format!("{signature} "), "口"] {
        assert_eq!(
            envelope.verify(wrong, timestamp, nonce, encrypt),
            Err(EnvelopeError::Signature),
            "{wrong}"
        );
    }
    assert_eq!(envelope.verify(signature, "1409659580", nonce, encrypt), Err(EnvelopeError::Signature));
    let stranger = Envelope::new("QDG6eL", vector("A").key).unwrap();
    assert_eq!(stranger.verify(signature, timestamp, nonce, encrypt), Err(EnvelopeError::Signature));
}

#[test]
fn padding_outside_1_to_32_or_of_unequal_bytes_is_refused() {
    let ends = |tail: &[u8]| [vec![b'x'; 64 - tail.len()], tail.to_vec()].concat();
    let cipher = Cipher::new(K2).unwrap();
    for tail in [&[0][..], &[33; 33], &[255], &[1, 2], &[2, 3, 3], &[32; 31], &[0; 32]] {
        assert_eq!(cipher.decrypt(sealed_unpadded(K2, &ends(tail))), Err(EnvelopeError::Pad), "{tail:?}");
    }
    for tail in [&[1][..], &[2, 2], &[32; 32]] {
        assert!(cipher.decrypt(sealed_unpadded(K2, &ends(tail))).is_ok(), "{tail:?}");
    }
    let more_than_there_is = sealed_unpadded(K2, &[32; 32])[..16].to_vec();
    assert_eq!(cipher.decrypt(more_than_there_is), Err(EnvelopeError::Pad));
}

#[test]
fn envelope_shorter_than_its_header_or_its_length_is_refused() {
    let envelope = Envelope::new("SimTok01", K2).unwrap();
    let open = |plain: &[u8]| {
        use base64::Engine;
        let sealed = Cipher::new(K2).unwrap().encrypt(plain.to_vec());
        envelope.open(&base64::engine::general_purpose::STANDARD.encode(sealed))
    };
    let header = |length: u32| [&RANDOM[..], &length.to_be_bytes(), b"abc"].concat();
    for plain in
        [&b""[..], &RANDOM, &RANDOM[..15], &[0; 19], &header(4), &header(u32::MAX), &header(0x7fff_ffff)]
    {
        assert_eq!(open(plain), Err(EnvelopeError::Length), "{plain:?}");
    }
    assert_eq!(open(&header(3)).unwrap().message, b"abc");
    assert_eq!(open(&header(1)).unwrap().owner, b"bc");
    assert_eq!(open(&[0; 20]).unwrap().message, b"");
}

#[test]
fn envelope_of_another_key_is_refused() {
    let other = Envelope::new("SimTok01", K1).unwrap();
    assert_eq!(other.open(vector("DV3").encrypt), Err(EnvelopeError::Pad));
}

proptest! {
    #[test]
    fn anything_sealed_opens_again(message: Vec<u8>, owner: String, random: [u8; 16]) {
        let envelope = Envelope::new("SimTok01", K2).unwrap();
        let opened = envelope.open(&envelope.seal(random, &message, &owner)).unwrap();
        prop_assert_eq!(opened.message, message);
        prop_assert_eq!(opened.owner, owner.into_bytes());
    }

    #[test]
    fn opening_noise_never_panics(text: String, bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        use base64::Engine;
        let envelope = Envelope::new("SimTok01", K2).unwrap();
        prop_assert!(envelope.verify(&text, &text, &text, &text).is_err());
        let _refused = envelope.open(&text);
        let _refused = envelope.open(&base64::engine::general_purpose::STANDARD.encode(bytes));
        let _refused = Envelope::new(&text, &text);
    }

    #[test]
    fn opening_a_plaintext_of_noise_never_panics(plain in prop::collection::vec(any::<u8>(), 0..80)) {
        use base64::Engine;
        let envelope = Envelope::new("SimTok01", K2).unwrap();
        let sealed = base64::engine::general_purpose::STANDARD.encode(envelope.cipher().encrypt(plain.clone()));
        if let Ok(opened) = envelope.open(&sealed) {
            prop_assert_eq!(&plain[20..], &[opened.message, opened.owner].concat()[..]);
        }
    }
}
