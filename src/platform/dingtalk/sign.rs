//! 钉钉's HMAC signatures: of robot messages and webhooks, and of card callbacks.
//!
//! `callback` verifies with them, `api` signs webhooks, the simulator does both. None of them covers a body, so a
//! caller must check whom a message is for and remember its id.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Robot messages and custom robots' webhooks: over `timestamp`, newline and the secret itself (dingtalk.md 2.1, 6).
pub mod robot {
    /// The signature for `timestamp` (ms, the literal header), as base64; a webhook's URL wants it percent-encoded.
    pub fn sign(secret: &str, timestamp: &str) -> String {
        super::encode(message(secret, timestamp))
    }

    /// Whether `sign`, taken from the header as it came, belongs to `timestamp`; constant time.
    #[must_use]
    pub fn verify(secret: &str, timestamp: &str, sign: &str) -> bool {
        super::matches(message(secret, timestamp), sign)
    }

    fn message(secret: &str, timestamp: &str) -> super::HmacSha256 {
        super::keyed(secret, &[timestamp, "\n", secret])
    }
}

/// Card callbacks (`x-ddpaas-signature`): over the timestamp alone (dingtalk.md 7.6).
pub mod card {
    /// The signature for `timestamp` (ms, the literal header), as base64.
    pub fn sign(api_secret: &str, timestamp: &str) -> String {
        super::encode(super::keyed(api_secret, &[timestamp]))
    }

    /// Whether `signature`, taken from the header as it came, belongs to `timestamp`; constant time.
    #[must_use]
    pub fn verify(api_secret: &str, timestamp: &str, signature: &str) -> bool {
        super::matches(super::keyed(api_secret, &[timestamp]), signature)
    }
}

type HmacSha256 = Hmac<Sha256>;

fn keyed(secret: &str, parts: &[&str]) -> HmacSha256 {
    let mac = HmacSha256::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    parts.iter().fold(mac, |mac, part| mac.chain_update(part))
}

fn encode(mac: HmacSha256) -> String {
    STANDARD.encode(mac.finalize().into_bytes())
}

fn matches(mac: HmacSha256, base64: &str) -> bool {
    STANDARD.decode(base64).is_ok_and(|given| mac.verify_slice(&given).is_ok())
}

#[cfg(test)]
mod tests {
    use super::{card, robot};

    /// dingtalk.md 2.1: timestamp, secret, sign.
    const ROBOT: [(&str, &str, &str); 5] = [
        ("1700000000123", "sim-app-secret-0001", "SXDbhTu3uumHTw6y+JYOdJ+NzJAnmumQa0t3xFU2YQI="),
        ("1700000003600", "sim-app-secret-0001", "9jcBG3WqGqmhkiTXcnG8V8L47I30hQCHZquwT3Tla/M="),
        ("1700000000123", "SECsim0123456789", "GjG2N9nGwq9+Az2+hAKZjRQCpfsx9YNl/VZRWwS+6b0="),
        ("1700000000005", "SECsim0123456789", "dYpTAKZX9G/HPaQoqIFxXmI0strwQQOut+gcda4SxQs="),
        ("1700000000123", "口令-sim", "Nk1kVXgf6n21u63bMmaprPRk4bOBFVDzwcRSqMmn/0c="),
    ];

    #[test]
    fn robot_signature_is_the_platforms() {
        for (timestamp, secret, sign) in ROBOT {
            assert_eq!(robot::sign(secret, timestamp), sign);
            assert!(robot::verify(secret, timestamp, sign));
        }
    }

    #[test]
    fn robot_signature_in_another_form_or_for_another_time_is_refused() {
        let (timestamp, secret, sign) = ROBOT[0];
        let hex = "4970db853bb7bae9874f0eb2f8960e749f8dcc90279ae9906b4b77c455366102";
        let url_encoded = "SXDbhTu3uumHTw6y%2BJYOdJ%2BNzJAnmumQa0t3xFU2YQI%3D";
        for wrong in [hex, url_encoded, "", &sign[..43], "口"] {
            assert!(!robot::verify(secret, timestamp, wrong), "{wrong}");
        }
        assert!(!robot::verify(secret, "1700000000124", sign));
        assert!(!robot::verify("sim-app-secret-0002", timestamp, sign));
    }

    #[test]
    fn card_signature_is_the_platforms() {
        let sign = "LNbnkodDLQo3KaOLI5+T0ZrxOW1duGT3Dxc7mgo42yk=";
        assert_eq!(card::sign("sim-card-secret", "1700000000123"), sign);
        assert!(card::verify("sim-card-secret", "1700000000123", sign));
        assert!(!card::verify("sim-card-secret", "1700000000124", sign));
        assert!(!robot::verify("sim-card-secret", "1700000000123", sign), "a card's signature is no robot's");
    }
}
