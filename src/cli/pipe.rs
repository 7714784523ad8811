//! What happens when nobody reads what a command prints any more: `genjin preview all | head`.

use std::process;

/// What a shell reports of a command that ended so: 128 and the signal's number.
const NOBODY_READS: i32 = 141;

/// Printing to a closed pipe ends the command quietly, as it does everywhere else; other panics are told as before.
pub(super) fn end_quietly_when_nobody_reads() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let said = panic.payload().downcast_ref::<String>();
        let closed =
            |said: &String| said.starts_with("failed printing to stdout") && said.contains("os error 32");
        if said.is_some_and(closed) {
            process::exit(NOBODY_READS);
        }
        usual(panic);
    }));
}
