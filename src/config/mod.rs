//! Everything an admin edits, read as one and validated as one. A [`Config`] never changes; a reload makes a new one.
//!
//! This module is the only reader of the environment: secrets stand in the files as `${NAME}` or `file:PATH`.
//! Each file has its own module, which holds its typed values and reads it; [`load()`] reads the folder. What is wrong
//! is told as [`Fault`]s, in Chinese, since an admin reads them. The demo's customers and deals are no rules: [`seed`]
//! reads them.

mod apps;
mod calendar;
mod choose;
mod embeddings;
mod fault;
mod folder;
mod load;
mod materials;
mod names;
mod objections;
mod people;
mod process;
mod roi;
mod schedule;
mod scripts;
mod secret;
pub mod seed;
mod table;
mod workspace;

pub use crate::event::Fault;
pub use apps::{App, AppKind, DingTalkApp, GroupRobot, WeComApp};
pub use choose::{Heard, answers};
pub use embeddings::Embeddings;
pub use fault::near;
pub use folder::{WorkspaceFolder, workspaces};
pub use load::{load, load_with_unset_secrets};
pub use materials::{Material, MaterialFile};
pub use objections::{Category, Competitor, Objections};
pub use people::{Leave, Member, People, Team};
pub use process::{Checkpoint, Named, Process, Stage};
pub use roi::{RoiInput, RoiLine, RoiModel, RoiPart};
pub use schedule::Schedule;
pub use scripts::Script;
pub use secret::environment;
pub use workspace::Workspace;

use crate::calendar::Calendar;

/// One workspace's rules: the whole folder at one moment.
#[derive(Clone, Debug)]
pub struct Config {
    /// SHA-256 over the names and bytes of the files that were read, hex: names the version in the history.
    pub version: String,
    /// `workspace.toml`
    pub workspace: Workspace,
    /// `apps.toml`, in its order.
    pub apps: Vec<App>,
    /// `[embeddings]` of `apps.toml`, where it is written.
    pub embeddings: Option<Embeddings>,
    /// `people.toml`
    pub people: People,
    /// `process.toml`
    pub process: Process,
    /// `schedule.toml`
    pub schedules: Vec<Schedule>,
    /// `calendar.toml`, with the workspace's zone.
    pub calendar: Calendar,
    /// `materials.toml`
    pub materials: Vec<Material>,
    /// `objections.toml`
    pub objections: Objections,
    /// `scripts/*.md`
    pub scripts: Vec<Script>,
    /// `roi.toml`
    pub roi: Vec<RoiModel>,
}
