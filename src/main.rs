//! The `genjin` command.

use std::process::ExitCode;

/// Opening a store and closing its settled tree free more memory than a small company's state takes; jemalloc gives it
/// back, where the platform's own allocator keeps it between the small records that stay.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    genjin::cli::run()
}
