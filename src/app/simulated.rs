//! The simulator's side of the assembly: what its world is made from, and what it replaces in the rules of a service
//! that runs under `--sim`. No other module knows that there is a simulator.

use std::sync::Arc;

use chrono::{DateTime, NaiveTime, Utc};
use secrecy::SecretString;

use crate::clock::{Clock, machine_now};
use crate::config::{AppKind, Config, Member, Team};
use crate::sales::Platform;
use crate::sim::client::WorldInfo;
use crate::sim::{self, SimSetup, Webhook};

/// A fresh world begins at this time of day.
const MORNING: NaiveTime = NaiveTime::from_hms_opt(9, 30, 0).expect("09:30 is a time");

/// What a simulator is made from.
pub(super) fn setup(
    config: &Config,
    folder: std::path::PathBuf,
    fresh: bool,
    base_url: Option<String>,
) -> SimSetup {
    let calendar = config.calendar.clone();
    SimSetup {
        people: config.people.members.iter().flat_map(|member| phones(config, member)).collect(),
        groups: config.people.teams.iter().flat_map(|team| groups(config, team)).collect(),
        zone: config.workspace.timezone,
        is_workday: Arc::new(move |day| calendar.is_workday(day)),
        folder: Some(folder),
        start: first_morning(config, machine_now()),
        clock: Clock::system(),
        fresh,
        base_url,
        card_templates: config.apps.iter().filter_map(card_template).collect(),
    }
}

/// The next working day's morning that two working days follow, so that +48 hours is a working day too.
fn first_morning(config: &Config, now: DateTime<Utc>) -> DateTime<Utc> {
    let calendar = &config.calendar;
    let at = |day: chrono::NaiveDate| calendar.instant(day.and_time(MORNING));
    let is_first = |day: &chrono::NaiveDate| {
        let next = |n| *day + chrono::Days::new(n);
        at(*day) > now && (0..=2).all(|n| calendar.is_workday(next(n)))
    };
    calendar.date(now).iter_days().take(400).find(is_first).map_or(now, at)
}

fn card_template(app: &crate::config::App) -> Option<String> {
    match &app.kind {
        AppKind::DingTalk(app) => Some(app.card_template.clone()),
        AppKind::WeCom(_) => None,
    }
}

fn phones(config: &Config, member: &Member) -> Vec<sim::Person> {
    let team = member.team.as_ref().and_then(|key| config.people.team(key));
    let role = match () {
        () if member.rep => sim::Role::Rep,
        () if member.admin => sim::Role::Admin,
        () => sim::Role::Manager,
    };
    [(Platform::WeCom, sim::Platform::Wecom), (Platform::DingTalk, sim::Platform::Dingtalk)]
        .into_iter()
        .filter_map(|(ours, platform)| {
            Some(sim::Person {
                id: member.user_on(ours)?.to_owned(),
                platform,
                name: member.name.clone(),
                role,
                team: team.map_or_else(String::new, |team| team.name.clone()),
                member: member.id.to_string(),
            })
        })
        .collect()
}

fn groups(config: &Config, team: &Team) -> Vec<sim::Group> {
    let users = |platform| {
        let own = config.people.members_of(&team.key);
        let manager =
            config.people.find(&team.manager).filter(|member| member.team.as_ref() != Some(&team.key));
        own.chain(manager)
            .filter_map(|member| member.user_on(platform).map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let wecom = team.wecom_robot.as_ref().map(|key| sim::Group {
        platform: sim::Platform::Wecom,
        id: key.clone(),
        name: team.name.clone(),
        members: users(Platform::WeCom),
        webhook: Webhook::of(sim::Platform::Wecom, key),
    });
    let dingtalk = team.dingtalk_group.as_ref().map(|_| {
        let id = format!("cid{}==", team.key.as_str().replace(|c: char| !c.is_ascii_alphanumeric(), ""));
        sim::Group {
            platform: sim::Platform::Dingtalk,
            webhook: Webhook::of(sim::Platform::Dingtalk, &id),
            id,
            name: team.name.clone(),
            members: users(Platform::DingTalk),
        }
    });
    wecom.into_iter().chain(dingtalk).collect()
}

/// Puts the world's ids, secrets and addresses in place of those of the files.
pub(super) fn replace(config: &mut Config, world: &WorldInfo) {
    for app in &mut config.apps {
        app.proxy = None;
        for robot in &mut app.robots {
            if let Some(group) = world.wecom.chats.iter().find(|group| group.id == robot.key) {
                robot.webhook = SecretString::from(group.webhook.key.clone());
                robot.secret = group.webhook.secret.clone().map(SecretString::from);
            }
        }
        match &mut app.kind {
            AppKind::WeCom(app) => {
                app.corp_id.clone_from(&world.wecom.corp_id);
                app.agent_id = u32::try_from(world.wecom.agent_id).unwrap_or(app.agent_id);
                app.secret = SecretString::from(world.wecom.secret.clone());
                app.token = SecretString::from(world.wecom.token.clone());
                app.aes_key = SecretString::from(world.wecom.aes_key.clone());
                app.base_url.clone_from(&world.wecom.base_url);
            }
            AppKind::DingTalk(app) => {
                app.corp_id.clone_from(&world.dingtalk.corp_id);
                app.app_key.clone_from(&world.dingtalk.app_key);
                app.app_secret = SecretString::from(world.dingtalk.app_secret.clone());
                app.robot_code.clone_from(&world.dingtalk.robot_code);
                app.agent_id = app.agent_id.and(u64::try_from(world.dingtalk.agent_id).ok());
                app.token = SecretString::from(world.dingtalk.token.clone());
                app.aes_key = SecretString::from(world.dingtalk.aes_key.clone());
                app.api_url.clone_from(&world.dingtalk.base_url);
                app.oapi_url.clone_from(&world.dingtalk.base_url);
            }
        }
    }
    for team in &mut config.people.teams {
        let group = world.dingtalk.groups.iter().find(|group| group.name == team.name);
        if let (Some(own), Some(group)) = (&mut team.dingtalk_group, group) {
            own.clone_from(&group.id);
        }
    }
}
