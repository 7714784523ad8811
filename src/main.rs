//! The `genjin` command.

fn main() {}
