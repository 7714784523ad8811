//! Whose data are to go, named without a word of theirs: what the list of erasures keeps.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Contact, CustomerId, MemberId};

/// Whose data are erased.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErasureSubject {
    /// A customer with its deals, meetings and contacts.
    Customer(CustomerId),
    /// A person at a customer. People there have no numbers, so a mark stands for the name.
    Contact {
        /// The customer.
        customer: CustomerId,
        /// Whom it means.
        mark: NameMark,
    },
    /// A member who left.
    Member(MemberId),
}

/// Tells whether a name is meant without saying it: a salted hash.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct NameMark {
    salt: u64,
    hash: u128,
}

impl NameMark {
    /// The mark of a contact; `salt` is a random number.
    pub fn of(contact: &Contact, salt: u64) -> Self {
        let mut hash = Sha256::new();
        hash.update(salt.to_be_bytes());
        for part in [&contact.name, &contact.call] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let whole: [u8; 32] = hash.finalize().into();
        let mut half = [0; 16];
        half.copy_from_slice(&whole[..16]);
        Self { salt, hash: u128::from_be_bytes(half) }
    }

    /// Whether it means this contact.
    pub fn means(&self, contact: &Contact) -> bool {
        *self == Self::of(contact, self.salt)
    }
}

impl From<NameMark> for String {
    fn from(mark: NameMark) -> Self {
        format!("{:016x}{:032x}", mark.salt, mark.hash)
    }
}

impl TryFrom<String> for NameMark {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let parts = text.split_at_checked(16).filter(|_| text.len() == 48);
        let read = |(salt, hash): (&str, &str)| {
            Some(Self {
                salt: u64::from_str_radix(salt, 16).ok()?,
                hash: u128::from_str_radix(hash, 16).ok()?,
            })
        };
        parts.and_then(read).ok_or("a mark is 48 hex digits")
    }
}

impl fmt::Display for ErasureSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Customer(id) => write!(f, "customer {id}"),
            Self::Contact { customer, .. } => write!(f, "a contact of {customer}"),
            Self::Member(id) => write!(f, "member {id}"),
        }
    }
}
