//! The service's hands on its stores: what the control socket asks for while the engines hold them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use tokio_util::sync::CancellationToken;

use super::chores::{self, Telling};
use super::erasures::{Behind, Eraser};
use crate::clock::Clock;
use crate::control::{Chore, Chored, Chores, Step};
use crate::engine::Handle;
use crate::store::JournalStores;

/// The service's hands on its stores, for the control socket.
pub(super) struct Hands {
    pub data: PathBuf,
    pub shutdown: CancellationToken,
    pub clock: Clock,
    pub stores: BTreeMap<String, (JournalStores, Handle)>,
}

impl Chores for Hands {
    fn run(
        &self,
        workspace: &str,
        chore: &Chore,
        tell: &(dyn Fn(Step) + Send + Sync),
    ) -> anyhow::Result<Chored> {
        let (stores, engine) = self.stores.get(workspace).context("no such workspace")?;
        let progress = Telling(tell);
        let eraser = || self.eraser(workspace, stores, engine);
        if let Chore::Erase { whose, go } = chore {
            return chores::erase(eraser(), workspace, (whose, *go), &progress);
        }
        if let Chore::Restore { file, replace } = chore {
            let (stores, data, now) = (stores.clone(), self.data.clone(), self.clock.now());
            let (name, file, replace) = (workspace.to_owned(), file.clone(), *replace);
            let restored =
                engine.apart(move || chores::restore(&stores, &data, &name, (&file, replace), now, &()))?;
            // It is done when the workspace serves again, and what was erased is so again.
            tokio::runtime::Handle::current().block_on(engine.read(|_, _| ()))?;
            let restored = restored?;
            let mut eraser = eraser();
            eraser.replay()?;
            eraser.finish(&progress)?;
            return Ok(restored);
        }
        let keeper = stores.keeper(workspace).context("its store is shut: the log says why")?;
        chores::run(&keeper, workspace, chore, &progress)
    }
}

impl Hands {
    fn eraser(&self, workspace: &str, stores: &JournalStores, engine: &Handle) -> Eraser<Behind> {
        let folder = self.data.join(workspace);
        Eraser::new(behind(workspace, stores, engine, &self.shutdown), &folder, self.clock.clone())
    }
}

/// An engine for a thread that may block.
pub(super) fn behind(
    workspace: &str,
    stores: &JournalStores,
    engine: &Handle,
    shutdown: &CancellationToken,
) -> Behind {
    let (stores, name) = (stores.clone(), workspace.to_owned());
    Behind {
        engine: engine.clone(),
        keeper: Arc::new(move || stores.keeper(&name)),
        runtime: tokio::runtime::Handle::current(),
        shutdown: shutdown.clone(),
    }
}
