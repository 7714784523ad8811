//! App chats: groups that the app makes itself and speaks in (reference/wecom.md 5.1). It says what it likes there and
//! hears nothing.

use serde::{Deserialize, Serialize};

use super::WeCom;
use crate::platform::error::DeliverError;
use crate::platform::wecom::wire::{Answer, Content};

/// A chat that there is not, or not of this app.
const NO_CHAT: [&str; 3] = ["86001", "86008", "40050"];
/// The id is taken: the chat is there already.
const CHAT_EXISTS: &str = "86215";

/// A chat as it shall be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppChat {
    /// Ours, at most 32 of `[0-9A-Za-z]`, the same for ever.
    pub chatid: String,
    /// At most 50 characters.
    pub name: String,
    /// Who may dissolve it; one of `userlist`.
    pub owner: String,
    /// 2 to 2000 members.
    pub userlist: Vec<String>,
}

#[derive(Deserialize)]
struct Found {
    chat_info: AppChat,
}

/// What differs; what is empty stays.
#[derive(Debug, Default, PartialEq, Serialize)]
struct Update<'a> {
    chatid: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    owner: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    add_user_list: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    del_user_list: Vec<&'a str>,
}

#[derive(Serialize)]
struct Says<'a> {
    chatid: &'a str,
    msgtype: &'static str,
    markdown: Content,
    safe: u8,
}

impl WeCom {
    /// Says markdown in the chat, which is made first where there is none, and brought in step where its name, owner or
    /// members differ. Everything but the saying may be done again.
    pub async fn say_in_chat(&self, wanted: &AppChat, markdown: String) -> Result<(), DeliverError> {
        match self.chat(&wanted.chatid).await? {
            None => self.make_chat(wanted).await?,
            Some(found) => {
                if let Some(update) = update(wanted, &found) {
                    let path = "/cgi-bin/appchat/update";
                    self.paced(path).await?;
                    self.post::<_, Answer>(path, &update).await.map_err(DeliverError::of_a_read)?;
                }
            }
        }
        let path = "/cgi-bin/appchat/send";
        self.paced(path).await?;
        let markdown = Content { content: markdown };
        let says = Says { chatid: &wanted.chatid, msgtype: "markdown", markdown, safe: 0 };
        self.post::<_, Answer>(path, &says).await.map(drop)
    }

    async fn chat(&self, chatid: &str) -> Result<Option<AppChat>, DeliverError> {
        let path = "/cgi-bin/appchat/get";
        self.paced(path).await?;
        match self.get::<Found>(path, &[("chatid", chatid)]).await {
            Ok(found) => Ok(Some(found.chat_info)),
            Err(DeliverError::Rejected { code, .. } | DeliverError::RecipientGone { code, .. })
                if NO_CHAT.contains(&&*code) =>
            {
                Ok(None)
            }
            Err(error) => Err(error.of_a_read()),
        }
    }

    async fn make_chat(&self, wanted: &AppChat) -> Result<(), DeliverError> {
        let path = "/cgi-bin/appchat/create";
        self.paced(path).await?;
        match self.post::<_, Answer>(path, wanted).await {
            Ok(_) => Ok(()),
            // An earlier attempt made it, and its answer was lost.
            Err(DeliverError::Rejected { code, .. }) if code == CHAT_EXISTS => Ok(()),
            // It says nothing in anybody's chat, so it may be tried again.
            Err(error) => Err(error.of_a_read()),
        }
    }
}

fn update<'a>(wanted: &'a AppChat, found: &'a AppChat) -> Option<Update<'a>> {
    let has = |list: &[String], user: &str| list.iter().any(|other| other.eq_ignore_ascii_case(user));
    let beyond = |of: &'a AppChat, than: &AppChat| -> Vec<&'a str> {
        let users = of.userlist.iter().filter(|user| !has(&than.userlist, user));
        users.map(String::as_str).collect()
    };
    let update = Update {
        chatid: &wanted.chatid,
        name: if wanted.name == found.name { "" } else { &wanted.name },
        owner: if wanted.owner.eq_ignore_ascii_case(&found.owner) { "" } else { &wanted.owner },
        add_user_list: beyond(wanted, found),
        del_user_list: beyond(found, wanted),
    };
    let same = Update { chatid: &wanted.chatid, ..Update::default() };
    (update != same).then_some(update)
}

#[cfg(test)]
mod tests {
    use super::{AppChat, update};

    fn chat(name: &str, owner: &str, users: &[&str]) -> AppChat {
        let userlist = users.iter().map(|user| (*user).to_owned()).collect();
        AppChat { chatid: "gj1".into(), name: name.into(), owner: owner.into(), userlist }
    }

    #[test]
    fn chat_is_changed_by_what_differs_alone() {
        let found = chat("华东组", "LiMing", &["liming", "WangLei", "XuJing"]);
        assert_eq!(update(&chat("华东组", "liming", &["LiMing", "WangLei", "XuJing"]), &found), None);
        let wanted = chat("华东一组", "LiMing", &["LiMing", "WangLei", "SunYue"]);
        let update = serde_json::to_value(update(&wanted, &found).unwrap()).unwrap();
        let expected = serde_json::json!({
            "chatid": "gj1", "name": "华东一组", "add_user_list": ["SunYue"], "del_user_list": ["XuJing"]
        });
        assert_eq!(update, expected);
    }
}
