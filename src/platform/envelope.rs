//! The encrypted envelope that 企业微信 callbacks and 钉钉 event pushes share.
//!
//! A message travels as base64 of AES-256-CBC over `random(16) ‖ length ‖ message ‖ owner`, beside a SHA-1 signature.
//! The callbacks of both platforms open and seal with it, and so does the simulator in the other direction.
//! Checks come in the platforms' order: signature, base64, block size, padding, length; the owner is the caller's to
//! compare, since 钉钉 allows two. Nothing here panics on what a stranger sends, and no key appears in `Debug`.

use base64::Engine;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;

/// Characters of an `EncodingAESKey`: base64 of 32 bytes without its padding sign.
const KEY_CHARS: usize = 43;
/// AES works on blocks of this many bytes.
const BLOCK: usize = 16;
/// Both platforms pad to twice the block of AES, so a pad byte is 1..=32.
const PAD_TO: usize = 32;
/// What precedes the message in an opened envelope.
const RANDOM: usize = 16;
const LENGTH: usize = 4;

/// The platforms' keys are cut from base64 without care for the unused bits of the last character.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// An `EncodingAESKey` that is not 43 characters of base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an EncodingAESKey is 43 letters and digits, as the platform's console shows it")]
pub struct BadKey;

/// Why an envelope was not opened, one variant for each check, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// The signature does not belong to these values and this token.
    #[error("the signature does not match")]
    Signature,
    /// The ciphertext is not base64.
    #[error("the ciphertext is not base64")]
    Base64,
    /// The ciphertext is empty or no multiple of 16 bytes.
    #[error("the ciphertext is not whole blocks")]
    BlockSize,
    /// The padding is not 1 to 32 equal bytes of that value; usually a wrong key.
    #[error("the padding is wrong")]
    Pad,
    /// The length that the plaintext declares does not fit into it.
    #[error("the declared length does not fit")]
    Length,
}

/// What an envelope held. Whether `owner` is the expected one is for the caller to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The message: XML or JSON text.
    pub message: Vec<u8>,
    /// The receiver it was sealed for: corpid, appKey, or empty for a 企业微信 AI bot.
    pub owner: Vec<u8>,
}

/// Token and key of one callback address.
#[derive(Debug)]
pub struct Envelope {
    token: SecretString,
    cipher: Cipher,
}

impl Envelope {
    /// Takes the token and the 43-character `EncodingAESKey` of the platform's console (wecom.md 1.1, dingtalk.md 4.1).
    pub fn new(token: &str, encoding_aes_key: &str) -> Result<Self, BadKey> {
        Ok(Self { token: token.into(), cipher: Cipher::new(encoding_aes_key)? })
    }

    /// The cipher alone, for media that come without an envelope.
    pub fn cipher(&self) -> &Cipher {
        &self.cipher
    }

    /// Encrypts `message` for `owner` into base64; `random` must be fresh for each envelope.
    pub fn seal(&self, random: [u8; 16], message: &[u8], owner: &str) -> String {
        let length = u32::try_from(message.len()).expect("a callback is far below 4 GiB");
        let mut plain = Vec::with_capacity(RANDOM + LENGTH + message.len() + owner.len() + PAD_TO);
        plain.extend_from_slice(&random);
        plain.extend_from_slice(&length.to_be_bytes());
        plain.extend_from_slice(message);
        plain.extend_from_slice(owner.as_bytes());
        STANDARD.encode(self.cipher.encrypt(plain))
    }

    /// Decrypts base64 `encrypt`. Its signature must have been verified before, so that nobody can probe the padding.
    pub fn open(&self, encrypt: &str) -> Result<Opened, EnvelopeError> {
        let sealed = STANDARD.decode(encrypt).map_err(|_| EnvelopeError::Base64)?;
        let plain = self.cipher.decrypt(sealed)?;
        let (_random, rest) = plain.split_at_checked(RANDOM).ok_or(EnvelopeError::Length)?;
        let (length, rest) = rest.split_first_chunk::<LENGTH>().ok_or(EnvelopeError::Length)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| EnvelopeError::Length)?;
        let (message, owner) = rest.split_at_checked(length).ok_or(EnvelopeError::Length)?;
        Ok(Opened { message: message.to_vec(), owner: owner.to_vec() })
    }

    /// The signature of an envelope: lowercase hex SHA-1 of token and arguments, sorted bytewise and joined.
    pub fn sign(&self, timestamp: &str, nonce: &str, encrypt: &str) -> String {
        let mut parts = [self.token.expose_secret(), timestamp, nonce, encrypt];
        parts.sort_unstable();
        let digest = parts.iter().fold(Sha1::new(), |sha, part| sha.chain_update(part)).finalize();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Compares `signature` with the right one in constant time; fails only with [`EnvelopeError::Signature`].
    pub fn verify(
        &self,
        signature: &str,
        timestamp: &str,
        nonce: &str,
        encrypt: &str,
    ) -> Result<(), EnvelopeError> {
        let right = self.sign(timestamp, nonce, encrypt);
        let same = bool::from(right.as_bytes().ct_eq(signature.as_bytes()));
        same.then_some(()).ok_or(EnvelopeError::Signature)
    }
}

/// AES-256-CBC as both platforms use it: the key's first half is the IV, PKCS#7 runs to 32 bytes.
///
/// Alone it decrypts the media of a 企业微信 AI bot (wecom.md 6.7).
#[derive(Debug)]
pub struct Cipher {
    key: SecretBox<[u8; 32]>,
}

impl Cipher {
    /// Takes an `EncodingAESKey` of 43 characters, or a media `aeskey` that still has its padding sign.
    pub fn new(encoding_aes_key: &str) -> Result<Self, BadKey> {
        let bare = encoding_aes_key.strip_suffix('=').unwrap_or(encoding_aes_key);
        if bare.len() != KEY_CHARS {
            return Err(BadKey);
        }
        let bytes = SecretBox::new(Box::new(LENIENT.decode(bare).map_err(|_| BadKey)?));
        let key = <[u8; 32]>::try_from(bytes.expose_secret().as_slice()).map_err(|_| BadKey)?;
        Ok(Self { key: SecretBox::new(Box::new(key)) })
    }

    /// Pads and encrypts; the result is a multiple of 32 bytes and longer than `plain`.
    pub fn encrypt(&self, mut plain: Vec<u8>) -> Vec<u8> {
        let pad = PAD_TO - plain.len() % PAD_TO;
        let pad_byte = u8::try_from(pad).expect("a pad is at most 32");
        plain.resize(plain.len() + pad, pad_byte);
        let len = plain.len();
        let (key, iv) = self.key_and_iv();
        cbc::Encryptor::<aes::Aes256>::new(key.into(), iv.into())
            .encrypt_padded::<NoPadding>(&mut plain, len)
            .expect("padded to whole blocks");
        plain
    }

    /// Decrypts and takes the padding off. Fails with `BlockSize` or `Pad`.
    pub fn decrypt(&self, mut sealed: Vec<u8>) -> Result<Vec<u8>, EnvelopeError> {
        if sealed.is_empty() {
            return Err(EnvelopeError::BlockSize);
        }
        let (key, iv) = self.key_and_iv();
        cbc::Decryptor::<aes::Aes256>::new(key.into(), iv.into())
            .decrypt_padded::<NoPadding>(&mut sealed)
            .map_err(|_| EnvelopeError::BlockSize)?;
        let kept = unpadded_len(&sealed).ok_or(EnvelopeError::Pad)?;
        sealed.truncate(kept);
        Ok(sealed)
    }

    fn key_and_iv(&self) -> (&[u8; 32], &[u8; BLOCK]) {
        let key = self.key.expose_secret();
        (key, key.first_chunk().expect("a key is 32 bytes"))
    }
}

/// How much of `plain` is left without its padding, if the padding is right.
fn unpadded_len(plain: &[u8]) -> Option<usize> {
    let pad_byte = *plain.last()?;
    let pad = usize::from(pad_byte);
    let kept = plain.len().checked_sub(pad)?;
    ((1..=PAD_TO).contains(&pad) && plain[kept..].iter().all(|&byte| byte == pad_byte)).then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq";

    #[test]
    fn sealed_envelope_opens_to_what_was_put_in() {
        let envelope = Envelope::new("T0kenForSim1", KEY).unwrap();
        let sealed = envelope.seal(*b"0123456789abcdef", "客户要报价".as_bytes(), "ww1");
        let opened = envelope.open(&sealed).unwrap();
        assert_eq!(
            (opened.message.as_slice(), opened.owner.as_slice()),
            ("客户要报价".as_bytes(), &b"ww1"[..])
        );
    }

    #[test]
    fn key_of_wrong_length_or_alphabet_is_refused() {
        for key in
            ["", "short", &KEY[1..], &format!("{KEY}A"), &KEY.replace('A', "@"), &KEY.replace('A', "=")]
        {
            assert_eq!(Envelope::new("t", key).err(), Some(BadKey), "{key}");
        }
    }

    #[test]
    fn debug_shows_neither_token_nor_key() {
        let envelope = Envelope::new("T0kenForSim1", KEY).unwrap();
        let shown = format!("{envelope:?}");
        assert!(!shown.contains("T0ken") && !shown.contains("16, 131"), "{shown}");
    }
}
