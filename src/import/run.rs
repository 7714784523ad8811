//! Drives an import over the road: looks page by page at what is known, plans, lays the rows aside, lets them count with
//! one commit, and waits until the last of them is a record. The same use case beside a running service and alone.

use std::future::Future;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::column::SheetRow;
use super::known::Known;
use super::plan::{Plan, plan};
use super::report::Report;
use crate::clock::Clock;
use crate::engine::{Answer, Ended, Engine, Entry, Handle, Inbox, Looks};
use crate::event::{Event, Identity, ImportStep, Importing};
use crate::sales::ImportRow;
use crate::state::State;
use crate::store::Store;

/// Records of one look between turns: well below a millisecond's worth of copies.
const PAGE: usize = 200;
/// Rows of one chunk: a commit of theirs stays below a hundred kilobytes and holds nobody up.
const CHUNK: usize = 200;

/// What the caller wants.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Options {
    /// Plan, and write nothing.
    #[serde(default)]
    pub dry_run: bool,
    /// Take the good rows though others are faulty.
    #[serde(default)]
    pub partial: bool,
    /// The sheet wins over what is known.
    #[serde(default)]
    pub overwrite: bool,
}

/// How far it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Progress {
    /// Steps done.
    pub done: usize,
    /// Steps in all.
    pub of: usize,
}

/// It could not be finished. Nothing is in, or everything will be: rows that count go on by themselves.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The store did not take it.
    #[error(
        "the store is shut: the log says why; nothing was imported, or the rest follows when it opens again"
    )]
    Unanswered,
    /// An engine of our own ended.
    #[error(transparent)]
    Ended(#[from] Ended),
    /// Another import began meanwhile.
    #[error("another import began meanwhile; nothing of this one was imported: try again")]
    Displaced,
    /// A step was put aside.
    #[error("a step of the import was put aside with an error: `genjin parked list` shows it")]
    Parked,
}

/// Where events go and states are looked at.
pub trait Road {
    /// Commits an event.
    fn submit(&mut self, event: Event) -> impl Future<Output = Result<Answer, Failed>> + Send;

    /// Looks at the committed state.
    fn read<T: Send + 'static>(
        &mut self,
        look: impl FnOnce(&State, DateTime<Utc>) -> T + Send + 'static,
    ) -> impl Future<Output = Result<T, Failed>> + Send;
}

impl Road for Handle {
    async fn submit(&mut self, event: Event) -> Result<Answer, Failed> {
        Handle::submit(self, event).await.map_err(|_| Failed::Unanswered)
    }

    async fn read<T: Send + 'static>(
        &mut self,
        look: impl FnOnce(&State, DateTime<Utc>) -> T + Send + 'static,
    ) -> Result<T, Failed> {
        Handle::read(self, look).await.map_err(|_| Failed::Unanswered)
    }
}

/// A store that no service holds. Only what is submitted is decided; what is due waits for the service.
pub struct Alone<S> {
    engine: Engine<S>,
    clock: Clock,
}

impl<S: Store> Alone<S> {
    /// Takes over an engine.
    pub fn new(mut engine: Engine<S>, clock: Clock) -> Self {
        engine.hold_timers(DateTime::<Utc>::MAX_UTC);
        Self { engine, clock }
    }
}

impl<S: Store> Road for Alone<S> {
    async fn submit(&mut self, event: Event) -> Result<Answer, Failed> {
        let (tell, told) = std::sync::mpsc::channel();
        let mut inbox = Inbox::default();
        inbox.push(Entry::Event(Box::new(event), Box::new(move |answer| drop(tell.send(answer)))));
        self.engine.turn(&mut inbox, self.clock.now(), &mut Looks(1))?;
        told.recv().map_err(|_| Failed::Unanswered)
    }

    async fn read<T: Send + 'static>(
        &mut self,
        look: impl FnOnce(&State, DateTime<Utc>) -> T + Send + 'static,
    ) -> Result<T, Failed> {
        Ok(look(self.engine.state(), self.clock.now()))
    }
}

/// Imports rows, or says what importing them would do.
///
/// # Errors
/// [`Failed`] when it could not be finished.
pub async fn run<R: Road>(
    road: &mut R,
    rows: Vec<SheetRow>,
    options: Options,
    mut progress: impl FnMut(Progress),
) -> Result<Report, Failed> {
    finish_others(road).await?;
    let known = known(road).await?;
    let (rules, now) = road.read(|state, now| (state.rules_shared(), now)).await?;
    // A hundred thousand rows take a second: not on a thread that answers phones.
    let planned = tokio::task::spawn_blocking(move || plan(&rows, &known, &rules, now, options.overwrite));
    let Plan { customers, deals, mut report } = planned.await.map_err(|_| Failed::Parked)?;
    let nothing = customers.is_empty() && deals.is_empty();
    if nothing || options.dry_run || report.faulty > 0 && !options.partial {
        return Ok(report);
    }
    // Deals find their customers by name, so that those must be records by then.
    let chunks: Vec<Vec<ImportRow>> =
        [customers, deals].iter().flat_map(|rows| rows.chunks(CHUNK).map(<[_]>::to_vec)).collect();
    carry(road, chunks, options.overwrite, now, &mut progress).await?;
    report.written = true;
    Ok(report)
}

async fn carry<R: Road>(
    road: &mut R,
    chunks: Vec<Vec<ImportRow>>,
    overwrite: bool,
    now: DateTime<Utc>,
    progress: &mut impl FnMut(Progress),
) -> Result<(), Failed> {
    let count = u32::try_from(chunks.len()).unwrap_or(u32::MAX);
    let of = chunks.len() * 2;
    let first = chunks.first().and_then(|rows| serde_json::to_vec(rows).ok()).unwrap_or_default();
    let import =
        Identity::of(&[b"import", &now.timestamp_micros().to_be_bytes(), &count.to_be_bytes(), &first]);
    step(road, import, ImportStep::Begin { chunks: count, overwrite }).await?;
    for (n, rows) in (0..).zip(chunks) {
        step(road, import, ImportStep::Rows { n, rows }).await?;
        progress(Progress { done: n as usize + 1, of });
    }
    step(road, import, ImportStep::Go).await?;
    let began =
        road.read(move |state, _| state.import(import).is_some_and(|import| import.next.is_some())).await?;
    if !began {
        return Err(Failed::Displaced);
    }
    drive(road, import, |left| progress(Progress { done: of.saturating_sub(left), of })).await
}

/// Goes on with an import that counts until it is over; its own timer may do so as well.
async fn drive<R: Road>(road: &mut R, import: Identity, mut left: impl FnMut(usize)) -> Result<(), Failed> {
    loop {
        let next = move |state: &State, _| {
            state.import(import).and_then(|import| Some((import.next?, import.chunks)))
        };
        let Some((n, chunks)) = road.read(next).await? else { return Ok(()) };
        step(road, import, ImportStep::Next { n }).await?;
        left(chunks.saturating_sub(n + 1) as usize);
    }
}

/// What a killed import left behind and counts comes first.
async fn finish_others<R: Road>(road: &mut R) -> Result<(), Failed> {
    let going = |state: &State, _| {
        let going = state.imports().filter(|import| import.next.is_some());
        going.map(|import| import.id).collect::<Vec<_>>()
    };
    for import in road.read(going).await? {
        drive(road, import, |_| {}).await?;
    }
    Ok(())
}

async fn step<R: Road>(road: &mut R, import: Identity, step: ImportStep) -> Result<(), Failed> {
    match road.submit(Importing::event(import, step)).await? {
        Answer::Parked => Err(Failed::Parked),
        Answer::Done | Answer::Repeat | Answer::Card(_) | Answer::Rows(_) => Ok(()),
    }
}

/// All customers and deals, page by page.
async fn known<R: Road>(road: &mut R) -> Result<Known, Failed> {
    let mut known = Known::default();
    let mut after = None;
    loop {
        let page = move |state: &State, _| state.customers_after(after, PAGE).cloned().collect::<Vec<_>>();
        let page = road.read(page).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        page.into_iter().for_each(|customer| known.add_customer(customer));
    }
    let mut after = None;
    loop {
        let page = move |state: &State, _| state.deals_after(after, PAGE).cloned().collect::<Vec<_>>();
        let page = road.read(page).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        page.into_iter().for_each(|deal| known.add_deal(deal));
    }
    Ok(known)
}
