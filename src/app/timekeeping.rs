//! Whose time a service keeps: the simulator's, which it follows, or the machine's, which it distrusts.

use std::time::Duration;

use anyhow::Context as _;
use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

use super::SIM_ANSWERS_WITHIN;
use super::service::Workspace;
use crate::clock::{Clock, machine_now};
use crate::config;
use crate::engine::Handle;
use crate::sim;
use crate::sim::client::{self, WorldInfo};

/// The machine's clock is compared with monotonic time this often.
const CLOCK_CHECKED_EVERY: Duration = Duration::from_secs(30);
/// A step larger than this holds the timers.
const CLOCK_STEP: TimeDelta = TimeDelta::minutes(5);
/// For this long.
const CLOCK_HELD: TimeDelta = TimeDelta::minutes(2);

pub(super) async fn wait_for_world(sim: &str) -> anyhow::Result<WorldInfo> {
    let asked = async {
        loop {
            match client::world(sim).await {
                Ok(world) => break world,
                Err(error) => {
                    tracing::debug!(%error, "The simulator does not answer yet");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        }
    };
    let world = tokio::time::timeout(SIM_ANSWERS_WITHIN, asked).await;
    world.with_context(|| format!("no simulator answers at {sim}: start `genjin sim` there first"))
}

pub(super) async fn wake_on_jumps(
    engines: Vec<Handle>,
    clock: Clock,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let mut jumps = clock.jumps();
    while let Some(Ok(())) = shutdown.run_until_cancelled(jumps.changed()).await {
        engines.iter().for_each(Handle::wake);
    }
    Ok(())
}

/// A machine whose clock steps by more than five minutes fires nothing for two: a wrong hour must not send a day's
/// warnings at once.
pub(super) async fn hold_on_steps(
    engines: Vec<Handle>,
    clock: Clock,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let tick = || shutdown.run_until_cancelled(tokio::time::sleep(CLOCK_CHECKED_EVERY));
    while tick().await.is_some() {
        let step = machine_now() - clock.now();
        if step.abs() < CLOCK_STEP {
            continue;
        }
        tracing::warn!(
            step_s = step.num_seconds(),
            "The machine's clock stepped: no timer fires for two minutes"
        );
        let until = machine_now() + CLOCK_HELD;
        engines.iter().for_each(|engine| engine.hold_timers(until));
        clock.set(machine_now());
    }
    Ok(())
}

pub(super) async fn follow(
    sim: &str,
    registration: client::Registration,
    engines: Vec<Handle>,
    clock: Clock,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let checks =
        client::register(sim, &registration).await.context("the simulator refused the registration")?;
    for check in checks.iter().filter(|check| !check.ok) {
        tracing::warn!(
            url = check.url,
            error = check.error,
            "The platform would not keep this callback address"
        );
    }
    let status = {
        let clock = clock.clone();
        move || engines.iter().map(|engine| quiet(engine, &clock)).fold(IDLE, both)
    };
    Ok(client::follow_clock(sim, &registration, clock, status, shutdown).await?)
}

const IDLE: sim::client::Status = sim::client::Status { next_due: None, quiet: true };

fn both(a: sim::client::Status, b: sim::client::Status) -> sim::client::Status {
    let next_due = [a.next_due, b.next_due].into_iter().flatten().min();
    sim::client::Status { next_due, quiet: a.quiet && b.quiet }
}

/// Quiet: nothing due, no row out or ready now.
fn quiet(engine: &Handle, clock: &Clock) -> sim::client::Status {
    let (status, now) = (engine.status().borrow().clone(), clock.now());
    let due = status.next_due.is_some_and(|due| due <= now);
    let sending = status.rows_out > 0 || status.next_row.is_some_and(|ready| ready <= now);
    let quiet = status.open && !due && !sending && status.waiting == 0;
    sim::client::Status { next_due: status.next_due.into_iter().chain(status.next_row).min(), quiet }
}

pub(super) fn registration(url: &str, workspaces: &[Workspace]) -> client::Registration {
    let mut registration = client::Registration { url: url.to_owned(), ..client::Registration::default() };
    for app in workspaces.iter().flat_map(|workspace| workspace.in_force.borrow().config.apps.clone()) {
        let path = |end: &str| Some(format!("{url}/callback/{}/{}{end}", app.platform(), app.key));
        match app.kind {
            config::AppKind::WeCom(_) => registration.wecom.callback_url = path(""),
            config::AppKind::DingTalk(_) => {
                registration.dingtalk.callback_url = path("");
                registration.dingtalk.events_url = path("/events");
                registration.dingtalk.cards_url = path("/cards");
            }
        }
    }
    registration
}
