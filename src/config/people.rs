//! `people.toml`: members, their identity on each platform, teams and who leads them.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::fault::did_you_mean;
use super::names::Names;
use super::table::Table;
use crate::sales::{MemberId, Platform, TeamKey};

/// Everyone, and the teams.
#[derive(Clone, Debug, Default)]
pub struct People {
    /// In the file's order.
    pub members: Vec<Member>,
    /// In the file's order.
    pub teams: Vec<Team>,
}

/// A rep, manager or admin.
#[derive(Clone, Debug)]
pub struct Member {
    /// The key.
    pub id: MemberId,
    /// The name on the door: 王磊.
    pub name: String,
    /// As colleagues call them: 小王.
    pub call: String,
    /// The WeCom userid.
    pub wecom: Option<String>,
    /// The DingTalk userid.
    pub dingtalk: Option<String>,
    /// The one app that pushes go to.
    pub primary: Platform,
    /// Their team.
    pub team: Option<TeamKey>,
    /// Whom their stuck deals go to.
    pub manager: Option<MemberId>,
    /// Whether they sell.
    pub rep: bool,
    /// Whether they lead.
    pub lead: bool,
    /// Whether they keep the files.
    pub admin: bool,
    /// Days away, first to last.
    pub leave: Vec<Leave>,
}

/// Days away.
#[derive(Clone, Copy, Debug)]
pub struct Leave {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
}

/// A team and where its digest goes.
#[derive(Clone, Debug)]
pub struct Team {
    /// The key.
    pub key: TeamKey,
    /// 华东组
    pub name: String,
    /// Who leads it.
    pub manager: MemberId,
    /// The WeCom group robot (a key of `apps.toml`) that its digest goes to.
    pub wecom_robot: Option<String>,
    /// Whether its digest goes to a WeCom group of the app's own, which is made for it.
    pub wecom_chat: bool,
    /// The DingTalk group (`openConversationId`, or `sim` for the one the simulator names) that its digest goes to.
    pub dingtalk_group: Option<String>,
}

impl Member {
    /// Their userid on `platform`.
    pub fn user_on(&self, platform: Platform) -> Option<&str> {
        match platform {
            Platform::WeCom => self.wecom.as_deref(),
            Platform::DingTalk => self.dingtalk.as_deref(),
        }
    }

    /// Whether they are away on `day`.
    pub fn is_away(&self, day: NaiveDate) -> bool {
        self.leave.iter().any(|leave| (leave.from..=leave.to).contains(&day))
    }
}

impl People {
    /// By key.
    pub fn find(&self, id: &MemberId) -> Option<&Member> {
        self.members.iter().find(|member| member.id == *id)
    }

    /// By platform identity. WeCom userids are case-insensitive (reference/wecom.md 0), DingTalk's are not.
    pub fn find_user(&self, platform: Platform, user: &str) -> Option<&Member> {
        self.members.iter().find(|member| match platform {
            Platform::WeCom => member.wecom.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(user)),
            Platform::DingTalk => member.dingtalk.as_deref() == Some(user),
        })
    }

    /// By key.
    pub fn team(&self, key: &TeamKey) -> Option<&Team> {
        self.teams.iter().find(|team| team.key == *key)
    }

    /// A team's members, in the file's order.
    pub fn members_of<'a>(&'a self, team: &'a TeamKey) -> impl Iterator<Item = &'a Member> {
        self.members.iter().filter(move |member| member.team.as_ref() == Some(team))
    }
}

impl People {
    /// `platforms` are those that an app stands for in `apps.toml`; empty when that is not known.
    pub(super) fn read(root: &Table<'_>, names: &Names, platforms: &[Platform]) -> Self {
        root.only(&["teams", "members"]);
        let tables = root.tables("members");
        let teams: Vec<Team> =
            root.tables("teams").iter().filter_map(|table| Team::read(table, names)).collect();
        let mut members: Vec<Member> = tables.iter().map(|table| Member::read(table, names)).collect();
        for member in &mut members {
            let team = teams.iter().find(|team| Some(&team.key) == member.team.as_ref());
            let lead = team.map(|team| team.manager.clone()).filter(|lead| *lead != member.id);
            member.manager = member.manager.take().or(lead);
        }
        let people = Self { members, teams };
        root.needs("members", "成员");
        people.check_accounts(&tables, platforms);
        people.check_leads(root);
        people.check_ladders(&tables);
        people
    }

    /// No two members share an account, and everyone's primary platform has an app.
    fn check_accounts(&self, tables: &[Table<'_>], platforms: &[Platform]) {
        let mut owners: HashMap<(Platform, String), &str> = HashMap::new();
        for (member, table) in self.members.iter().zip(tables) {
            for platform in [Platform::WeCom, Platform::DingTalk] {
                let Some(user) = member.user_on(platform) else { continue };
                let folded =
                    if platform == Platform::WeCom { user.to_ascii_lowercase() } else { user.into() };
                if let Some(other) = owners.insert((platform, folded), &member.name) {
                    let what = format!("账号「{user}」已经是{other}的了");
                    table.fault(platform.as_str(), what, "去通讯录核对，一个账号只能给一个人");
                }
            }
            if member.user_on(member.primary).is_some()
                && !platforms.is_empty()
                && !platforms.contains(&member.primary)
            {
                let what = format!("{}的推送发到{}，可是没有它的应用", member.name, name_of(member.primary));
                table.fault("primary", what, "在 apps.toml 里加上应用，或者换一个平台");
            }
        }
    }

    fn check_leads(&self, root: &Table<'_>) {
        for (team, table) in self.teams.iter().zip(root.tables("teams")) {
            if team.wecom_chat && team.wecom_robot.is_some() {
                let what = format!("{}的群写了两个", team.name);
                table.fault("wecom_chat", what, "wecom_robot 是已有的群，wecom_chat 是新建一个群，留一个");
            }
            if let Some(lead) = self.find(&team.manager).filter(|lead| !lead.lead) {
                let what = format!("{}带{}，身份里却没有 manager", lead.name, team.name);
                table.fault("manager", what, format!("给{}的 roles 加上 \"manager\"", lead.name));
            }
        }
    }

    /// Nobody stands above themselves, so that an escalation ends.
    fn check_ladders(&self, tables: &[Table<'_>]) {
        for (member, table) in self.members.iter().zip(tables) {
            let above = |id: &MemberId| self.find(id).and_then(|member| member.manager.clone());
            let mut ladder = std::iter::successors(member.manager.clone(), above).take(self.members.len());
            if ladder.any(|id| id == member.id) {
                let what = format!("{}的上级绕了一圈又是自己", member.name);
                table.fault("manager", what, "改成真正的上级；最上面的人不写 manager");
            }
        }
    }
}

fn name_of(platform: Platform) -> &'static str {
    match platform {
        Platform::WeCom => "企业微信",
        Platform::DingTalk => "钉钉",
    }
}

impl Team {
    /// Whether there is a group that its digest can go to.
    pub fn has_group(&self) -> bool {
        self.wecom_robot.is_some() || self.wecom_chat || self.dingtalk_group.is_some()
    }

    fn read(table: &Table<'_>, names: &Names) -> Option<Self> {
        table.only(&["key", "name", "manager", "wecom_robot", "wecom_chat", "dingtalk_group"]);
        table.required("manager");
        Some(Self {
            key: table.required("key").into(),
            name: table.required("name").into(),
            wecom_robot: table.reference("wecom_robot", &names.robots),
            wecom_chat: table.flag("wecom_chat", false),
            dingtalk_group: table.text("dingtalk_group").map(Into::into),
            manager: table.reference("manager", &names.members)?,
        })
    }
}

impl Member {
    fn read(table: &Table<'_>, names: &Names) -> Self {
        table.only(&[
            "key", "name", "call", "wecom", "dingtalk", "primary", "team", "manager", "roles", "leave",
        ]);
        let roles = read_roles(table);
        let name = table.required("name");
        Self {
            id: table.required("key").into(),
            name: name.into(),
            call: table.text("call").unwrap_or(name).into(),
            wecom: table.text("wecom").map(Into::into),
            dingtalk: table.text("dingtalk").map(Into::into),
            primary: read_primary(table),
            team: table.reference("team", &names.teams),
            manager: table.reference("manager", &names.members),
            rep: roles.contains(&"rep"),
            lead: roles.contains(&"manager"),
            admin: roles.contains(&"admin"),
            leave: table.tables("leave").iter().filter_map(Leave::read).collect(),
        }
    }
}

fn read_roles<'a>(table: &Table<'a>) -> Vec<&'a str> {
    const ROLES: [&str; 3] = ["rep", "manager", "admin"];
    let words = table.words("roles");
    if words.is_empty() {
        table.fault("roles", "没写身份", "补上 roles = [\"rep\"]，可选 rep、manager、admin");
    }
    for word in &words {
        if !ROLES.contains(&word.text) {
            let cure = did_you_mean(word.text, ROLES, "可选 rep、manager、admin");
            table.source.fault(word.line, format!("没有「{}」这种身份", word.text), cure);
        }
    }
    words.into_iter().map(|word| word.text).collect()
}

fn read_primary(table: &Table<'_>) -> Platform {
    let (wecom, dingtalk) = (table.has("wecom"), table.has("dingtalk"));
    let primary = match table.text("primary") {
        Some("wecom") => Some(Platform::WeCom),
        Some("dingtalk") => Some(Platform::DingTalk),
        Some(other) => {
            let cure = did_you_mean(other, ["wecom", "dingtalk"], "写成「wecom」或「dingtalk」");
            table.fault("primary", format!("没有叫「{other}」的平台"), cure);
            return Platform::WeCom;
        }
        None => None,
    };
    match (primary, wecom, dingtalk) {
        (_, false, false) => {
            table.fault("key", "两个平台的账号都没写", "补上 wecom = \"账号\" 或 dingtalk = \"账号\"");
        }
        (None, true, true) => {
            table.fault(
                "wecom",
                "两个平台都有账号，没说推送发到哪个",
                "补上 primary = \"wecom\" 或 \"dingtalk\"",
            );
        }
        (Some(Platform::WeCom), false, true) | (Some(Platform::DingTalk), true, false) => {
            table.fault("primary", "推送要发去的平台上没有账号", "改成有账号的那个平台，或者补上账号");
        }
        (Some(primary), ..) => return primary,
        (None, false, true) => return Platform::DingTalk,
        (None, true, false) => {}
    }
    Platform::WeCom
}

impl Leave {
    fn read(table: &Table<'_>) -> Option<Self> {
        table.only(&["from", "to"]);
        let leave = Self { from: table.day("from")?, to: table.day("to")? };
        if leave.to < leave.from {
            table.fault("to", "假期的最后一天在第一天之前", "把 from 和 to 对调");
        }
        Some(leave)
    }
}
