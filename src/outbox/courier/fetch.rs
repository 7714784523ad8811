//! What was fetched is kept before anybody hears of it: a record never names a file that is not there.

use super::{Courier, CourierError};
use crate::outbox::Receipt;
use crate::platform::error::DeliverError;
use crate::sales::{Blob, MediaKind};

/// The largest picture or file that is kept; WeCom gives more only in pieces (reference/wecom.md 7).
pub(super) const MAX_BYTES: usize = 20 << 20;

impl Courier {
    /// Keeps the bytes and says what they are, by how they begin.
    pub(super) async fn fetched(&self, bytes: Vec<u8>) -> Result<Receipt, CourierError> {
        if bytes.is_empty() {
            let (code, hint) = ("empty".into(), "the file has no bytes".into());
            return Err(DeliverError::Rejected { code, hint }.into());
        }
        let (kind, count) = (MediaKind::of(&bytes), bytes.len() as u64);
        let keep = self.keep.clone();
        let kept = tokio::task::spawn_blocking(move || keep(&bytes)).await;
        let sha256 =
            kept.unwrap_or_else(|panic| Err(std::io::Error::other(panic))).map_err(CourierError::Disk)?;
        Ok(Receipt { blob: Some(Blob { sha256: sha256.into(), bytes: count, kind }), ..Receipt::default() })
    }
}
