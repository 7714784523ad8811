//! Cards of the card platform: create, update, the answer to a tap, and the built-in markdown-and-buttons template
//! (reference 7).
//!
//! All values of a card are strings: numbers and booleans too, objects as JSON text. One `outTrackId` is one card
//! for ever, which makes creating one safe to repeat.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// DingTalk's ready-made card of markdown and buttons; its variables are `markdown`, `tips`, `title`, `logo` and
/// `sys_full_json_obj` (reference 7.7).
pub const MARKDOWN_BUTTONS_TEMPLATE: &str = "1366a1eb-bc54-4859-ac88-517c56a9acb1.schema";

/// The variables of a card, all strings.
pub type CardParams = BTreeMap<String, String>;

/// `POST /v1.0/card/instances/createAndDeliver` (reference 7.2). Idempotent by `outTrackId`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateCard {
    /// `<uuid>.schema`.
    pub card_template_id: String,
    /// At most [`CreateCard::OUT_TRACK_ID_MAX`] characters, never used twice.
    pub out_track_id: String,
    /// Where taps go; without it they go nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback_type: Option<CallbackType>,
    /// With [`CallbackType::Http`]: the key given to `callbacks/register`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback_route_key: Option<String>,
    /// What everyone sees.
    pub card_data: CardData,
    /// What only one viewer sees, by userId; private variables of the template.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub private_data: BTreeMap<String, CardData>,
    /// Where it goes: [`robot_space`] or [`group_space`].
    pub open_space_id: String,
    /// Required beside a group space.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub im_group_open_space_model: Option<SpaceModel>,
    /// Required beside a group space.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub im_group_open_deliver_model: Option<GroupDeliver>,
    /// Required beside a robot space.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub im_robot_open_space_model: Option<SpaceModel>,
    /// Required beside a robot space.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub im_robot_open_deliver_model: Option<RobotDeliver>,
    /// 1 userId, 2 unionId: for all ids here and in the callback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id_type: Option<u8>,
}

impl CreateCard {
    /// Longest `outTrackId`, in characters.
    pub const OUT_TRACK_ID_MAX: usize = 100;
    /// The length that the platform advises.
    pub const OUT_TRACK_ID_ADVISED: usize = 64;
    /// Longest name of a variable.
    pub const PARAM_KEY_MAX_BYTES: usize = 100;
    /// Longest value that is documented; longer markdown works in practice up to several KB.
    pub const PARAM_VALUE_ADVISED_BYTES: usize = 1024;

    /// A card in one person's chat with the robot, from the template, that calls back over HTTP by `route_key`.
    /// `preview` is what the conversation list and the push show.
    pub fn to_person(
        robot_code: &str,
        user_id: &str,
        out_track_id: &str,
        route_key: &str,
        preview: &str,
    ) -> Self {
        Self {
            card_template_id: MARKDOWN_BUTTONS_TEMPLATE.into(),
            out_track_id: out_track_id.into(),
            callback_type: Some(CallbackType::Http),
            callback_route_key: Some(route_key.into()),
            card_data: CardData::default(),
            private_data: BTreeMap::new(),
            open_space_id: robot_space(user_id),
            im_group_open_space_model: None,
            im_group_open_deliver_model: None,
            im_robot_open_space_model: Some(SpaceModel::with_preview(preview)),
            im_robot_open_deliver_model: Some(RobotDeliver {
                space_type: "IM_ROBOT".into(),
                robot_code: robot_code.into(),
            }),
            user_id_type: Some(1),
        }
    }
}

/// `openSpaceId` of one person's chat with the robot.
pub fn robot_space(user_id: &str) -> String {
    format!("dtv1.card//IM_ROBOT.{user_id}")
}

/// `openSpaceId` of a group.
pub fn group_space(open_conversation_id: &str) -> String {
    format!("dtv1.card//IM_GROUP.{open_conversation_id}")
}

/// How taps reach us; upper case on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum CallbackType {
    /// Over the stream connection.
    Stream,
    /// To the URL registered under `callbackRouteKey`.
    Http,
}

/// `{"cardParamMap": …}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CardData {
    /// The variables.
    pub card_param_map: CardParams,
}

/// How the card looks from outside: forwarding, conversation list, push.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SpaceModel {
    /// Whether people may forward it.
    pub support_forward: bool,
    /// The line in the conversation list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message_i18n: Option<I18n>,
    /// The push.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification: Option<Notification>,
}

impl SpaceModel {
    /// Not to be forwarded; `preview` in the conversation list and in the push.
    pub fn with_preview(preview: &str) -> Self {
        Self {
            support_forward: false,
            last_message_i18n: Some(I18n { zh_cn: preview.into() }),
            notification: Some(Notification { alert_content: preview.into(), notification_off: false }),
        }
    }
}

/// A text by language; ours is Chinese.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct I18n {
    /// Simplified Chinese.
    #[serde(rename = "ZH_CN")]
    pub zh_cn: String,
}

/// The push of a card.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// Its words.
    pub alert_content: String,
    /// Whether it is silent.
    #[serde(default)]
    pub notification_off: bool,
}

/// `imRobotOpenDeliverModel`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RobotDeliver {
    /// `IM_ROBOT`.
    pub space_type: String,
    /// The robot that speaks.
    pub robot_code: String,
}

/// `imGroupOpenDeliverModel`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupDeliver {
    /// The robot that speaks.
    pub robot_code: String,
    /// Only these see it; empty is everyone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<String>,
}

/// The answer to every card call: `success`, and a `result` of the call's own (reference 7).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardAnswer<R> {
    /// True also when a delivery inside failed.
    #[serde(default)]
    pub success: bool,
    /// What came of it.
    pub result: Option<R>,
}

/// The `result` of `createAndDeliver`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Delivered {
    /// As sent.
    pub out_track_id: String,
    /// One for each space; look at each `success`.
    pub deliver_results: Vec<DeliverResult>,
}

/// What came of one space.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeliverResult {
    /// `IM_ROBOT`, `IM_GROUP`.
    pub space_type: String,
    /// userId or conversation.
    pub space_id: String,
    /// False hides behind HTTP 200.
    pub success: bool,
    /// The processQueryKey.
    pub carrier_id: String,
    /// Why not.
    pub error_msg: String,
}

/// `PUT /v1.0/card/instances` (reference 7.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateCard {
    /// The card.
    pub out_track_id: String,
    /// New public variables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_data: Option<CardData>,
    /// New private variables by userId.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub private_data: BTreeMap<String, CardData>,
    /// Without it, all variables not sent are cleared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_update_options: Option<CardUpdateOptions>,
    /// 1 userId, 2 unionId.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id_type: Option<u8>,
}

impl UpdateCard {
    /// Changes the given public variables and keeps all others.
    pub fn changing(out_track_id: &str, params: CardParams) -> Self {
        Self {
            out_track_id: out_track_id.into(),
            card_data: Some(CardData { card_param_map: params }),
            private_data: BTreeMap::new(),
            card_update_options: Some(CardUpdateOptions::BY_KEY),
            user_id_type: Some(1),
        }
    }
}

/// Whether an update keeps what it does not name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CardUpdateOptions {
    /// Keep public variables not named.
    pub update_card_data_by_key: bool,
    /// Keep private variables not named.
    pub update_private_data_by_key: bool,
}

impl CardUpdateOptions {
    /// Keep all that is not named.
    pub const BY_KEY: Self = Self { update_card_data_by_key: true, update_private_data_by_key: true };
}

/// The answer to a tap, within 2 s (reference 7.5); all empty is `{}`, no change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CardReply {
    /// See [`CardUpdateOptions::BY_KEY`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_update_options: Option<CardUpdateOptions>,
    /// New public variables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_data: Option<CardData>,
    /// New private variables of the person who tapped; not keyed by userId.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_private_data: Option<CardData>,
}

impl CardReply {
    /// Changes the given public variables and keeps all others.
    pub fn changing(params: CardParams) -> Self {
        Self {
            card_update_options: Some(CardUpdateOptions::BY_KEY),
            card_data: Some(CardData { card_param_map: params }),
            user_private_data: None,
        }
    }
}

/// `POST /v1.0/card/callbacks/register` (reference 7.6). No `Debug`: it holds a secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegisterCallback {
    /// The name that cards refer to.
    pub callback_route_key: String,
    /// Where taps go.
    pub callback_url: String,
    /// Signs the taps; without it they are not signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_secret: Option<String>,
    /// Overwrites what the key stood for.
    #[serde(default)]
    pub force_update: bool,
}

/// The `result` of a registration; the secret in it is not read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Registered {
    /// Where taps go now.
    pub callback_url: String,
}

/// A button of [`MARKDOWN_BUTTONS_TEMPLATE`] (reference 7.7).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MsgButton {
    /// Its words.
    pub text: String,
    /// `blue`, `gray`, `red`…
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// Comes back in `actionIds`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// True: a tap calls back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub request: bool,
    /// The page it opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The same for iPhones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ios_url: Option<String>,
}

impl MsgButton {
    /// A button that calls back with `id`.
    pub fn callback(text: impl Into<String>, id: impl Into<String>) -> Self {
        Self { text: text.into(), id: Some(id.into()), request: true, ..Self::default() }
    }

    /// A button that opens a page.
    pub fn link(text: impl Into<String>, url: impl Into<String>) -> Self {
        let url = url.into();
        Self { text: text.into(), ios_url: Some(url.clone()), url: Some(url), ..Self::default() }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FullJson<'a> {
    msg_buttons: &'a [MsgButton],
}

/// The value of `sys_full_json_obj` that shows these buttons; an empty list takes all buttons away.
pub fn sys_full_json_obj(buttons: &[MsgButton]) -> String {
    serde_json::to_string(&FullJson { msg_buttons: buttons }).expect("strings and booleans are always JSON")
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json, to_value};

    use super::*;

    #[test]
    fn documented_card_reads_and_writes_back_the_same() {
        let wire = json!({"cardTemplateId":"8aa1.schema","outTrackId":"deal-42","callbackType":"STREAM",
            "cardData":{"cardParamMap":{"title":"跟进 A 客户","done":"false"}},
            "privateData":{"zhangsan":{"cardParamMap":{"canEdit":"true"}}},
            "openSpaceId":"dtv1.card//IM_ROBOT.zhangsan",
            "imRobotOpenSpaceModel":{"supportForward":false,"lastMessageI18n":{"ZH_CN":"跟进提醒"},
                "notification":{"alertContent":"跟进提醒","notificationOff":false}},
            "imRobotOpenDeliverModel":{"spaceType":"IM_ROBOT","robotCode":"dingsimappkey00001"},"userIdType":1});
        let card: CreateCard = from_value(wire.clone()).unwrap();
        assert_eq!(to_value(&card).unwrap(), wire);
    }

    #[test]
    fn card_values_that_are_not_strings_are_refused() {
        assert!(from_value::<CardData>(json!({"cardParamMap":{"done":false}})).is_err());
    }

    #[test]
    fn buttons_are_json_in_a_string() {
        let buttons = [MsgButton::callback("已联系", "done"), MsgButton::link("查看", "https://crm.example")];
        assert_eq!(
            sys_full_json_obj(&buttons),
            concat!(
                r#"{"msgButtons":[{"text":"已联系","id":"done","request":true},"#,
                r#"{"text":"查看","url":"https://crm.example","iosUrl":"https://crm.example"}]}"#
            )
        );
    }

    #[test]
    fn empty_reply_to_a_tap_is_an_empty_object() {
        assert_eq!(to_value(CardReply::default()).unwrap(), json!({}));
    }
}
