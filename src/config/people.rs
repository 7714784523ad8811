//! `people.toml`: members, their identity on each platform, teams and who leads them.

use chrono::NaiveDate;

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
