//! Erasing from end to end: onto the list, through the engine, out of the files; and again after a restore, or where a
//! process died on the way. Beside a running service and without one it is the same.

mod list;
mod plan;
mod versions;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

pub use list::{Entry, List};
pub use plan::{Plan, plan};

use crate::clock::Clock;
use crate::control::Whose;
use crate::engine::{Answer, Engine, Entry as Waiting, Handle, Inbox, Looks};
use crate::event::{Erase, EraseStep, Event, Identity};
use crate::sales::MediaState;
use crate::state::{Erasure, State};
use crate::store::{BackedUp, JournalStore, Keeper, MediaFolder, Progress, StoreError};

/// A busy store is asked again so often, and so much later.
const ATTEMPTS: usize = 60;
const LATER: Duration = Duration::from_secs(1);

const SHUT: &str = "the store is shut: the log says why";
const STOPPING: &str = "the service is stopping: the erasure goes on at its next start";

/// A look at the state.
type Look = Box<dyn FnOnce(&State) + Send>;

/// Who decides: an engine behind its handle, or one in our own hands. May block.
pub trait Desk {
    /// Commits an event.
    ///
    /// # Errors
    /// It did not become durable, as far as anyone knows.
    fn commit(&mut self, event: Event) -> anyhow::Result<Answer>;

    /// Looks at the committed state.
    ///
    /// # Errors
    /// The store is shut.
    fn look(&mut self, look: Look) -> anyhow::Result<()>;

    /// Lets the engine go on with its own work for a while.
    ///
    /// # Errors
    /// It has ended.
    fn wait(&mut self) -> anyhow::Result<()>;

    /// The store's files.
    ///
    /// # Errors
    /// The store is shut.
    fn keeper(&mut self) -> anyhow::Result<Keeper>;
}

/// Erases in one workspace.
pub struct Eraser<D> {
    desk: D,
    folder: PathBuf,
    list: List,
    clock: Clock,
}

impl<D: Desk> Eraser<D> {
    /// In the workspace whose folder this is.
    pub fn new(desk: D, folder: &Path, clock: Clock) -> Self {
        Self { desk, folder: folder.to_owned(), list: List::of(folder), clock }
    }

    /// What erasing this will do.
    ///
    /// # Errors
    /// It cannot be done; in a sentence with the cure.
    pub fn plan(&mut self, whose: &Whose) -> anyhow::Result<Plan> {
        let (whose, salt) = (whose.clone(), super::service::random_epoch()?);
        self.read(move |state| plan(state, &whose, salt))?.map_err(anyhow::Error::msg)
    }

    /// Erases it, whole: nothing is left in the files when this returns.
    ///
    /// # Errors
    /// It cannot be done, or not to the end: then it goes on at the next start.
    pub fn erase(&mut self, whose: &Whose, progress: &dyn Progress) -> anyhow::Result<Vec<String>> {
        let Plan { subject, .. } = self.plan(whose)?;
        let [high, low] = [super::service::random_epoch()?, super::service::random_epoch()?];
        let id = Identity::of(&[b"erase", &high.to_be_bytes(), &low.to_be_bytes()]);
        // The list comes first: whatever happens next, this is erased in the end, also in what is restored later.
        let entry = Entry { id, at: self.clock.now(), subject };
        self.list.add(&entry).context("the list of erasures could not be written: nothing was erased")?;
        self.begin(&entry, "operator")?;
        let backup = self.finish(progress)?;
        let said = format!(
            "{} is erased from the records, the history and the files of this workspace",
            entry.subject
        );
        let file = backup.map_or_else(String::new, |backup| format!(": {}", backup.file.display()));
        let mut said = vec![said, format!("older backups in its folder are gone, there are new ones{file}")];
        said.extend(self.elsewhere().map(|aside| {
            format!("{} was laid aside by a restore and still holds it: remove it", aside.display())
        }));
        Ok(said)
    }

    /// Begins what the list has and the store does not know, and puts on the list what the store knows alone. The live
    /// records are free of it when this returns; [`Eraser::finish`] does the rest.
    ///
    /// # Errors
    /// The list or the store does not do as it should.
    pub fn replay(&mut self) -> anyhow::Result<()> {
        let (entries, unread) = self.list.entries().context("the list of erasures could not be read")?;
        if unread > 0 {
            tracing::error!(unread, folder = %self.folder.display(), "Lines of erasures.jsonl do not read: put back a good copy");
        }
        let known = self.erasures()?;
        for erasure in known.iter().filter(|known| entries.iter().all(|entry| entry.id != known.id)) {
            let (id, at, subject) = (erasure.id, erasure.at, erasure.subject.clone());
            self.list.add(&Entry { id, at, subject })?;
        }
        for entry in entries.iter().filter(|entry| known.iter().all(|known| known.id != entry.id)) {
            tracing::warn!(erasure = %entry.id, "What was erased came back with a restored store: it is erased again");
            self.begin(entry, "restore")?;
        }
        Ok(())
    }

    /// Brings every erasure that began to its end: the history is swept, the files are written anew. `None` where there
    /// is nothing to do.
    ///
    /// # Errors
    /// The store or the disk does not do as it should; it can be called again.
    pub fn finish(&mut self, progress: &dyn Progress) -> anyhow::Result<Option<BackedUp>> {
        let mut pending = self.pending()?;
        if pending.is_empty() {
            return Ok(None);
        }
        while pending.iter().any(|erasure| erasure.scope.is_some()) {
            self.desk.wait()?;
            pending = self.pending()?;
        }
        for erasure in &pending {
            versions::clean(&self.folder.join("versions"), &erasure.subject)
                .context("the kept versions of the files could not be cleaned")?;
        }
        for erasure in &pending {
            self.remove_media(&erasure.media)?;
        }
        self.patiently(|keeper| keeper.renew(progress))?;
        for erasure in &pending {
            self.commit(Erase::event(erasure.id, EraseStep::Gone))?;
        }
        // Two backups are kept, so that one may rot: the second one goes up to here.
        self.patiently(|keeper| keeper.backup(progress)).map(Some)
    }

    /// Removes pictures and files that no record names any more: the same picture may be kept for somebody else.
    fn remove_media(&mut self, names: &[Box<str>]) -> anyhow::Result<()> {
        if names.is_empty() {
            return Ok(());
        }
        let names = names.to_vec();
        let gone = self.read(move |state| {
            let is_kept = |name: &str| {
                state
                    .all_media()
                    .any(|media| matches!(&media.state, MediaState::Kept(blob) if *blob.sha256 == *name))
            };
            names.into_iter().filter(|name| !is_kept(name)).collect::<Vec<_>>()
        })?;
        let media = MediaFolder::of(&self.folder);
        gone.iter().try_for_each(|name| media.remove(name)).context("pictures and files could not be removed")
    }

    fn begin(&mut self, entry: &Entry, by: &str) -> anyhow::Result<()> {
        let step = EraseStep::Begin { subject: entry.subject.clone(), by: by.into() };
        self.commit(Erase::event(entry.id, step))
    }

    fn commit(&mut self, event: Event) -> anyhow::Result<()> {
        match self.desk.commit(event)? {
            Answer::Parked => bail!("the erasure was put aside: `genjin parked list` says why"),
            _ => Ok(()),
        }
    }

    fn erasures(&mut self) -> anyhow::Result<Vec<Erasure>> {
        self.read(|state| state.erasures().cloned().collect())
    }

    fn pending(&mut self) -> anyhow::Result<Vec<Erasure>> {
        self.read(|state| state.erasures().filter(|erasure| erasure.done.is_none()).cloned().collect())
    }

    fn read<T: Send + 'static>(
        &mut self,
        look: impl FnOnce(&State) -> T + Send + 'static,
    ) -> anyhow::Result<T> {
        let (tell, told) = std::sync::mpsc::channel();
        self.desk.look(Box::new(move |state| drop(tell.send(look(state)))))?;
        told.recv().context(SHUT)
    }

    /// Files give way to commits; then it is tried again.
    fn patiently<T>(&mut self, work: impl Fn(&Keeper) -> Result<T, StoreError>) -> anyhow::Result<T> {
        for _attempt in 1..ATTEMPTS {
            match work(&self.desk.keeper()?) {
                Err(StoreError::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    std::thread::sleep(LATER);
                }
                done => return Ok(done?),
            }
        }
        Ok(work(&self.desk.keeper()?)?)
    }

    /// What restores laid aside beside this workspace's folder.
    fn elsewhere(&self) -> impl Iterator<Item = PathBuf> {
        let name = self.folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let begins = format!(".{name}.replaced-");
        let beside = self.folder.parent().and_then(|data| std::fs::read_dir(data).ok());
        let paths = beside.into_iter().flatten().flatten().map(|entry| entry.path());
        paths.filter(move |path| {
            path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(&begins))
        })
    }
}

/// A running service's engine, asked from a thread that may block.
pub struct Behind {
    /// The engine.
    pub engine: Handle,
    /// Its open store.
    pub keeper: Arc<dyn Fn() -> Option<Keeper> + Send + Sync>,
    /// The runtime that the engine's answers come through.
    pub runtime: tokio::runtime::Handle,
    /// Ends the waiting.
    pub shutdown: CancellationToken,
}

impl Desk for Behind {
    fn commit(&mut self, event: Event) -> anyhow::Result<Answer> {
        let committed = self.shutdown.run_until_cancelled(self.engine.submit(event));
        self.runtime.block_on(committed).context(STOPPING)?.context(SHUT)
    }

    fn look(&mut self, look: Look) -> anyhow::Result<()> {
        let read = self.shutdown.run_until_cancelled(self.engine.read(move |state, _| look(state)));
        self.runtime.block_on(read).context(STOPPING)?.context(SHUT)
    }

    fn wait(&mut self) -> anyhow::Result<()> {
        let mut status = self.engine.status();
        let changed = async {
            // A change between two looks is seen by the next look at the latest.
            let _late = tokio::time::timeout(Duration::from_millis(20), status.changed()).await;
        };
        let waited = self.runtime.block_on(self.shutdown.run_until_cancelled(changed));
        waited.context(STOPPING)
    }

    fn keeper(&mut self) -> anyhow::Result<Keeper> {
        (self.keeper)().context(SHUT)
    }
}

/// An engine without a service.
pub struct Alone {
    engine: Engine<JournalStore>,
    clock: Clock,
}

impl Alone {
    /// Takes the engine; what is due waits for the service.
    pub fn new(mut engine: Engine<JournalStore>, clock: Clock) -> Self {
        engine.hold_timers(DateTime::<Utc>::MAX_UTC);
        Self { engine, clock }
    }

    fn turn(&mut self, inbox: &mut Inbox) -> anyhow::Result<()> {
        self.engine.turn(inbox, self.clock.now(), &mut Looks(2))?;
        Ok(())
    }
}

impl Desk for Alone {
    fn commit(&mut self, event: Event) -> anyhow::Result<Answer> {
        let (tell, told) = std::sync::mpsc::channel();
        let mut inbox = Inbox::default();
        inbox.push(Waiting::Event(Box::new(event), Box::new(move |answer| drop(tell.send(answer)))));
        self.turn(&mut inbox)?;
        told.try_recv().context("the event was not committed")
    }

    fn look(&mut self, look: Look) -> anyhow::Result<()> {
        look(self.engine.state());
        Ok(())
    }

    fn wait(&mut self) -> anyhow::Result<()> {
        self.turn(&mut Inbox::default())
    }

    fn keeper(&mut self) -> anyhow::Result<Keeper> {
        Ok(self.engine.store().keeper())
    }
}
