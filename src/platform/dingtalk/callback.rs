//! Proves and reads what 钉钉 sends: robot messages, event pushes and card taps.
//!
//! Each of the three comes to an address of its own with a proof of its own, and each comes over a socket as well,
//! where the connection is the proof: so `receive` is `read` behind a signature. `web` calls the first, the socket
//! the second, and both yield the same [`Inbound`](crate::platform::inbound::Inbound) with the same identity.

mod card;
mod event;
mod fields;
mod robot;

pub use card::Cards;
pub use event::{Events, Pushed};
pub use robot::Robot;
