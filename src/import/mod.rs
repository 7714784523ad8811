//! Sheets of customers, deals and people become records: rows by what their columns mean, a plan against what is known,
//! then events on the road. Planning is pure; [`run`](fn@run) drives it beside a running engine or on one of its own.

mod column;
mod fields;
mod known;
mod people;
mod plan;
mod report;
mod run;
mod value;

pub use column::{Column, Kind, SheetRow, Table};
pub use known::Known;
pub use plan::{Plan, plan};
pub use report::{Report, RowFault, RowKept};
pub use run::{Alone, Failed, Options, Progress, Road, run};
