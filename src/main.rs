//! The `genjin` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    genjin::cli::run()
}
