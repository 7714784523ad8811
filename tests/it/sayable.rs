//! What every test of the bot looks at beside its own matter: whether what was decided can be said.

use std::sync::LazyLock;

use genjin::messages::Templates;
use genjin::sales::Platform;
use genjin::state::{Row, Saying};

static TEMPLATES: LazyLock<Templates> = LazyLock::new(Templates::shipped);

/// What the bot decides to say has to be a message: a variable that its template needs and does not get is silence.
pub fn assert_can_be_made(row: &Row) {
    if let Saying::Message { template, vars, .. } = &row.says {
        for platform in [Platform::WeCom, Platform::DingTalk] {
            let made = TEMPLATES.render(template, vars, platform);
            assert!(made.is_ok(), "{template} {vars}: {made:?}");
        }
    }
}
