//! Signed, expiring links, bound to a person and a purpose. A link is `payload.mac` in base64url; the payload is short
//! JSON, the mac HMAC-SHA256 cut to 128 bits.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use subtle::ConstantTimeEq;

const MAC: usize = 16;

/// Signs and verifies links.
pub struct Links([u8; 32]);

/// What a link lets its holder do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Grant {
    /// For what: `material`, `deal`, `note`, `customer`.
    #[serde(rename = "p")]
    pub purpose: Box<str>,
    /// On what: the material's key, the deal; nothing for a new customer.
    #[serde(rename = "s")]
    pub subject: Box<str>,
    /// To whom: the platform's user id.
    #[serde(rename = "u")]
    pub user: Box<str>,
    /// Through which app, which names the workspace.
    #[serde(rename = "a")]
    pub app: Box<str>,
    /// Until when, in seconds.
    #[serde(rename = "e")]
    pub expires: i64,
}

/// Why a link is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LinkError {
    /// It is not ours, or was changed.
    #[error("the link is not signed by this service")]
    Forged,
    /// Its time is over.
    #[error("the link is too old")]
    Expired,
}

impl Links {
    /// Links under this secret; a new secret ends all links.
    pub fn new(secret: [u8; 32]) -> Self {
        Self(secret)
    }

    /// A form can be opened and sent in this long: no longer than lines are kept whole, from which a second tap is
    /// answered.
    pub const FORM_LIVES: TimeDelta = TimeDelta::hours(24);

    /// Where the page that is granted lies, from the service's address; `None` when there is no page of that purpose.
    pub fn path(&self, grant: &Grant) -> Option<String> {
        let place = match &*grant.purpose {
            "material" => "m",
            "deal" => "d",
            "evidence" => "e",
            "note" => "f/note",
            "customer" => "f/customer",
            _ => return None,
        };
        Some(format!("/{place}/{}", self.sign(grant)))
    }

    /// The link's token.
    pub fn sign(&self, grant: &Grant) -> String {
        let payload = serde_json::to_vec(grant).expect("a grant is plain data");
        format!("{}.{}", URL_SAFE_NO_PAD.encode(&payload), URL_SAFE_NO_PAD.encode(self.mac(&payload)))
    }

    /// What a token grants for `purpose` now.
    ///
    /// # Errors
    /// [`LinkError`]
    pub fn verify(&self, token: &str, purpose: &str, now: DateTime<Utc>) -> Result<Grant, LinkError> {
        let (payload, mac) = token.split_once('.').ok_or(LinkError::Forged)?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| LinkError::Forged);
        let (payload, mac) = (decode(payload)?, decode(mac)?);
        if !bool::from(self.mac(&payload)[..].ct_eq(&mac)) {
            return Err(LinkError::Forged);
        }
        let grant: Grant = serde_json::from_slice(&payload).map_err(|_| LinkError::Forged)?;
        match &grant {
            grant if *grant.purpose != *purpose => Err(LinkError::Forged),
            grant if grant.expires < now.timestamp() => Err(LinkError::Expired),
            _ => Ok(grant),
        }
    }

    fn mac(&self, payload: &[u8]) -> [u8; MAC] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("any length is a key");
        mac.update(payload);
        let mut cut = [0; MAC];
        cut.copy_from_slice(&mac.finalize().into_bytes()[..MAC]);
        cut
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant() -> Grant {
        let (purpose, subject) = ("material".into(), "roi".into());
        Grant { purpose, subject, user: "WangLei".into(), app: "wecom".into(), expires: 1_800_000_000 }
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn link_grants_what_was_signed_until_it_expires() {
        let links = Links::new([7; 32]);
        let token = links.sign(&grant());
        assert_eq!(links.verify(&token, "material", at(1_800_000_000)), Ok(grant()));
        assert_eq!(links.verify(&token, "material", at(1_800_000_001)), Err(LinkError::Expired));
        assert_eq!(links.verify(&token, "form", at(0)), Err(LinkError::Forged));
        assert_eq!(Links::new([8; 32]).verify(&token, "material", at(0)), Err(LinkError::Forged));
    }

    #[test]
    fn changed_link_is_refused() {
        let links = Links::new([7; 32]);
        let token = links.sign(&grant());
        for place in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            // The last character of base64 may hold bits that decode to nothing.
            if changed != token && links.verify(&changed, "material", at(0)).is_ok() {
                panic!("a change at {place} was not seen");
            }
        }
    }
}
