//! Joins the parts that speak to the world: the web front of all workspaces, and one outbox a workspace.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use metrics_exporter_prometheus::PrometheusBuilder;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::ServeOptions;
use super::pages::Pages;
use super::rules::InForce;
use super::service::Workspace;
use super::versions::Versions;
use crate::clock::Clock;
use crate::config::{self, App, AppKind, Config, DingTalkApp, MaterialFile, WeComApp};
use crate::messages::Templates;
use crate::outbox::{self, Courier, Document, Meanings, Robot};
use crate::platform::dingtalk::wire::RegisterCallback;
use crate::platform::embeddings::Embeddings;
use crate::platform::envelope::Envelope;
use crate::platform::http::{http_client, http_client_within};
use crate::platform::wecom::api::AppChat;
use crate::platform::{dingtalk, wecom};
use crate::sales::{AppKey, Platform};
use crate::web::links::Links;
use crate::web::{self, Callbacks, DingTalkCallbacks, Front};

/// So many old versions of the templates stay in memory.
const VERSIONS_READ: usize = 8;

/// The web front.
pub(super) fn front(
    workspaces: &[Workspace],
    options: &ServeOptions,
    clock: &Clock,
    pages: Option<String>,
    links: Arc<Links>,
    tasks: &mut JoinSet<anyhow::Result<()>>,
) -> anyhow::Result<axum::Router> {
    let mut apps = BTreeMap::new();
    for workspace in workspaces {
        let (config, templates) = split(workspace.in_force.clone(), tasks);
        for app in workspace.in_force.borrow().config.apps.clone() {
            let callbacks = callbacks(&app).with_context(|| format!("apps.toml, app `{}`", app.key))?;
            let (config, templates, engine) = (config.clone(), templates.clone(), workspace.engine.clone());
            let pages = Pages { url: pages.clone(), links: links.clone(), config: config.clone() };
            let link = pages.for_answers(app.key.clone());
            let media = workspace.media.clone();
            let see: web::See = Arc::new(move |name| media.read(name));
            let app_of = web::App { engine, config, templates, see, callbacks, link };
            let known = apps.insert(app.key.clone(), app_of);
            anyhow::ensure!(
                known.is_none(),
                "two workspaces have an app `{}`: give one another key",
                app.key
            );
        }
    }
    let front = Front {
        apps: Arc::new(apps),
        engines: Arc::new(workspaces.iter().map(|workspace| workspace.engine.clone()).collect()),
        clock: clock.clone(),
        under_sim: options.sim.is_some(),
        links,
        metrics: recorder(),
    };
    Ok(web::router(front))
}

/// The process's one metrics recorder: made by the first service, shown by all.
fn recorder() -> metrics_exporter_prometheus::PrometheusHandle {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    // A second service in one process (tests) counts into the first one's.
    let _installed = metrics::set_global_recorder(recorder);
    handle
}

fn callbacks(app: &App) -> anyhow::Result<Callbacks> {
    let envelope = |token: &SecretString, key: &SecretString| {
        Envelope::new(token.expose_secret(), key.expose_secret())
            .context("aes_key must be the 43 letters and digits that the platform's console shows")
    };
    Ok(match &app.kind {
        AppKind::WeCom(app) => Callbacks::WeCom(wecom::callback::Callback::new(
            envelope(&app.token, &app.aes_key)?,
            app.corp_id.clone(),
        )),
        AppKind::DingTalk(app) => {
            let secret = app.app_secret.clone();
            Callbacks::DingTalk(Box::new(DingTalkCallbacks {
                robot: dingtalk::callback::Robot::new(secret.clone(), &app.robot_code, &app.corp_id),
                events: dingtalk::callback::Events::new(
                    envelope(&app.token, &app.aes_key)?,
                    &app.app_key,
                    &app.corp_id,
                ),
                cards: dingtalk::callback::Cards::new(secret, &app.corp_id),
            }))
        }
    })
}

/// What is in force as two views, each for whom it concerns.
fn split(
    mut in_force: watch::Receiver<InForce>,
    tasks: &mut JoinSet<anyhow::Result<()>>,
) -> (watch::Receiver<Arc<Config>>, watch::Receiver<Arc<Templates>>) {
    let now = in_force.borrow().clone();
    let (tell_config, config) = watch::channel(now.config);
    let (tell_templates, templates) = watch::channel(now.templates);
    tasks.spawn(async move {
        while in_force.changed().await.is_ok() {
            let now = in_force.borrow_and_update().clone();
            tell_config.send_replace(now.config);
            tell_templates.send_replace(now.templates);
        }
        Ok(())
    });
    (config, templates)
}

/// Starts a workspace's outbox; DingTalk's card callback is registered first. `pages` is where phones reach this
/// service's pages, if they do.
pub(super) fn send(
    workspace: &Workspace,
    clock: &Clock,
    url: &str,
    pages: Option<String>,
    links: Arc<Links>,
    shutdown: CancellationToken,
    tasks: &mut JoinSet<anyhow::Result<()>>,
) -> anyhow::Result<()> {
    let config = workspace.in_force.borrow().config.clone();
    let mut courier = Courier {
        apps: BTreeMap::new(),
        robots: BTreeMap::new(),
        templates: find_templates(workspace.in_force.clone(), workspace.versions.clone()),
        link: Pages { url: pages, links, config: split(workspace.in_force.clone(), tasks).0 }.for_rows(),
        keep: Arc::new({
            let media = workspace.media.clone();
            move |bytes| media.keep(bytes)
        }),
        give: Arc::new({
            let media = workspace.media.clone();
            move |name| media.read(name)
        }),
        meanings: config.embeddings.as_ref().map(|own| meanings(own, clock)).transpose()?,
        chat: Arc::new({
            let (config, workspace) = (split(workspace.in_force.clone(), tasks).0, workspace.name.clone());
            move |team| app_chat(&config.borrow(), &workspace, team)
        }),
        document: Arc::new({
            let config = split(workspace.in_force.clone(), tasks).0;
            move |key| document(&config.borrow(), key)
        }),
        epoch: workspace.epoch.clone(),
    };
    let mut registrations = Vec::new();
    for app in &config.apps {
        for robot in &app.robots {
            let (webhook, secret) = (robot.webhook.clone(), robot.secret.clone());
            courier.robots.insert(robot.key.as_str().into(), Robot { webhook, secret });
        }
        let speaks = match &app.kind {
            AppKind::WeCom(own) => outbox::App::WeCom(wecom_api(app, own, clock)?),
            AppKind::DingTalk(own) => {
                let route_key = format!("genjin-{}", app.key);
                registrations.push((
                    app.key.clone(),
                    RegisterCallback {
                        callback_route_key: route_key.clone(),
                        callback_url: format!("{url}/callback/dingtalk/{}/cards", app.key),
                        api_secret: Some(own.app_secret.expose_secret().to_owned()),
                        force_update: true,
                    },
                ));
                let (robot_code, card_template) = (own.robot_code.clone(), own.card_template.clone());
                outbox::App::DingTalk {
                    api: dingtalk_api(app, own, clock)?,
                    robot_code,
                    card_template,
                    route_key,
                }
            }
        };
        courier.apps.insert(app.key.clone(), speaks);
    }
    let (engine, clock) = (workspace.engine.clone(), clock.clone());
    tasks.spawn(async move {
        let courier = Arc::new(courier);
        for (app, registration) in registrations {
            register_cards(&courier, &app, &registration).await;
        }
        outbox::run(courier, engine, clock, shutdown).await;
        Ok(())
    });
    Ok(())
}

/// The endpoint that ranks scripts, as it was configured at the start.
fn meanings(own: &config::Embeddings, clock: &Clock) -> anyhow::Result<Meanings> {
    let timeout = own.timeout.to_std().context("apps.toml, timeout_ms")?;
    Ok(Meanings::new(Embeddings {
        url: own.url.clone(),
        model: own.model.clone(),
        key: own.key.clone(),
        timeout,
        http: http_client_within(None, timeout)?,
        clock: clock.clone(),
    }))
}

/// A team's own group: those of the team and who leads it, who owns it where they are in WeCom.
fn app_chat(config: &Config, workspace: &str, team: &str) -> Option<AppChat> {
    let team = config.people.teams.iter().find(|known| known.key.as_str() == team && known.wecom_chat)?;
    let manager = config.people.find(&team.manager)?;
    let mates = config.people.members_of(&team.key).filter(|mate| mate.id != manager.id);
    let users = std::iter::once(manager).chain(mates).filter_map(|member| member.user_on(Platform::WeCom));
    let userlist: Vec<String> = users.map(str::to_owned).collect();
    let hash = Sha256::digest(format!("genjin app chat {workspace}/{}", team.key.as_str()));
    let hash: String = hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    let owner = userlist.first()?.clone();
    Some(AppChat { chatid: format!("gj{hash}"), name: team.name.clone(), owner, userlist })
}

/// A material's own document, as it lies in the folder now.
fn document(config: &Config, key: &str) -> std::io::Result<Option<Document>> {
    let material = config.materials.iter().find(|material| material.key.as_str() == key);
    let file = material.and_then(|material| material.file.as_ref());
    let read =
        |file: &MaterialFile| Ok(Document { name: file.name.clone(), bytes: std::fs::read(&file.path)? });
    file.map(read).transpose()
}

async fn register_cards(courier: &Courier, app: &AppKey, registration: &RegisterCallback) {
    let Some(outbox::App::DingTalk { api, .. }) = courier.apps.get(app) else { return };
    if let Err(error) = api.register_card_callback(registration).await {
        tracing::error!(
            %error, app = %app,
            "DingTalk did not take the card callback's address: taps will not arrive; check the app's card permission"
        );
    }
}

fn wecom_api(app: &App, own: &WeComApp, clock: &Clock) -> anyhow::Result<wecom::api::WeCom> {
    let parts = wecom::api::WeComApp {
        base_url: own.base_url.clone(),
        corp_id: own.corp_id.clone(),
        secret: own.secret.clone(),
        agent_id: own.agent_id.into(),
    };
    Ok(wecom::api::WeCom::new(parts, http_client(app.proxy.as_deref())?, clock.clone(), own.limits.clone()))
}

fn dingtalk_api(app: &App, own: &DingTalkApp, clock: &Clock) -> anyhow::Result<dingtalk::api::DingTalk> {
    let parts = dingtalk::api::DingTalkApp {
        base_url_new: own.api_url.clone(),
        base_url_old: own.oapi_url.clone(),
        app_key: own.app_key.clone(),
        app_secret: own.app_secret.clone(),
        robot_code: own.robot_code.clone(),
        agent_id: own.agent_id.and_then(|id| id.try_into().ok()),
    };
    let http = http_client(app.proxy.as_deref())?;
    Ok(dingtalk::api::DingTalk::new(parts, http, clock.clone(), own.limits.clone()))
}

/// The templates of a row's version: the live ones, or those that the store's folder keeps; the live ones again for a
/// version that is not kept.
fn find_templates(in_force: watch::Receiver<InForce>, versions: Versions) -> outbox::FindTemplates {
    let read = std::sync::Mutex::new(BTreeMap::<String, Option<Arc<Templates>>>::new());
    Arc::new(move |version| {
        let live = in_force.borrow().templates.clone();
        if version.is_empty() || version == live.version() {
            return live;
        }
        let mut read = read.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if read.len() > VERSIONS_READ && !read.contains_key(version) {
            read.clear();
        }
        let found = read.entry(version.to_owned()).or_insert_with(|| {
            let found = versions.templates(version).map(Arc::new);
            if found.is_none() {
                tracing::warn!(
                    version,
                    "These templates are not kept: messages made under them use the live ones"
                );
            }
            found
        });
        found.clone().unwrap_or(live)
    })
}

/// The secret that links are signed with, kept beside the stores, so that links outlive a restart.
pub(super) fn links(data: &Path) -> anyhow::Result<Links> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let file = data.join("links.key");
    if let Ok(secret) = std::fs::read(&file) {
        let secret = secret.try_into().map_err(|_| {
            anyhow::anyhow!("{} is damaged: remove it; links sent before will not open", file.display())
        })?;
        return Ok(Links::new(secret));
    }
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| anyhow::anyhow!("no random numbers: {error}"))?;
    let mut options = std::fs::OpenOptions::new();
    let made = options.write(true).create_new(true).mode(0o600).open(&file);
    std::io::Write::write_all(&mut made.with_context(|| format!("making {}", file.display()))?, &secret)?;
    Ok(Links::new(secret))
}
