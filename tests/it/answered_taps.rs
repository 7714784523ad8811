//! A tap changes its card in the one way that its platform takes: DingTalk's in the answer to the tap itself, WeCom's
//! by a call with the code that the tap brought. Both at the callback addresses, on the committed state.

use genjin::config;
use genjin::event::{Event, Identity, Seed, What};
use genjin::sales::{CardId, CardState};
use genjin::state::Saying;
use serde_json::Value;

use crate::front::{
    Answer, Front, NOW, demo, document, now, robot_message, robot_of, tap, tap_of, wecom, wecom_text,
};

/// The epoch of the front's store.
const EPOCH: u64 = 7;

/// The front with the demo's deals.
async fn front() -> Front {
    let front = Front::open().await;
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("bot-config");
    let seed = config::seed::read(&folder, &demo(), now()).unwrap();
    let next_id = seed.last_id() + 1;
    let seed = Seed { customers: seed.customers, deals: seed.deals, meetings: seed.meetings, next_id };
    let event = Event { identity: Identity::of(&[b"seed"]), what: What::Seeded(Box::new(seed)) };
    front.engine.submit(event).await.unwrap();
    front
}

async fn newest_card(front: &Front) -> CardId {
    let newest = front.read(|state| state.cards().next_back().map(|card| card.id)).await;
    newest.expect("a card was made")
}

#[tokio::test]
async fn dingtalk_tap_is_answered_with_the_cards_new_face() {
    let front = front().await;
    front.send(robot_of(robot_message("lina", "m1", "关闭 粤味香").to_string(), NOW)).await;
    let card = newest_card(&front).await;
    let answer = front.send(tap_of(tap(&card.outside(EPOCH), "won").to_string(), NOW)).await;
    assert_eq!(answer.status, 200);
    let told: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(told["cardUpdateOptions"]["updateCardDataByKey"], true, "{told}");
    let face = told["cardData"]["cardParamMap"].to_string();
    assert!(face.contains("粤味香") && face.contains("赢单"), "{face}");
    assert!(!front.read(move |state| state.card(card).unwrap().state == CardState::Open).await);
    let updates =
        front.read(|state| state.rows().filter(|row| matches!(row.says, Saying::Update { .. })).count());
    assert_eq!(updates.await, 0, "what was answered is not called again");

    let again = front.send(tap_of(tap(&card.outside(EPOCH), "lost").to_string(), NOW + 1)).await;
    let told: Value = serde_json::from_str(&again.body).unwrap();
    let face = told["cardData"]["cardParamMap"].to_string();
    assert!(face.contains("赢单") && !face.contains("丢单"), "a second tap shows the end again: {face}");
}

#[tokio::test]
async fn wecom_tap_is_answered_bare_and_its_code_changes_the_card() {
    let front = front().await;
    front.send(wecom_text("WangLei", 1, "关闭 鑫源")).await;
    let card = newest_card(&front).await;
    let what = format!(
        "<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[template_card_event]]></Event>\
         <EventKey><![CDATA[won]]></EventKey><TaskId><![CDATA[{}]]></TaskId>\
         <CardType><![CDATA[button_interaction]]></CardType><ResponseCode><![CDATA[RC1]]></ResponseCode>",
        card.outside(EPOCH)
    );
    assert_eq!(front.send(wecom(&document("WangLei", 2, &what))).await, Answer::of(200, ""));
    let updates = front.read(|state| {
        let updates = state.rows().filter_map(|row| match &row.says {
            Saying::Update { face, code } => Some((face.card, face.done.clone(), code.clone())),
            Saying::Message { .. }
            | Saying::Fetch { .. }
            | Saying::Media { .. }
            | Saying::Document { .. }
            | Saying::Rank { .. } => None,
        });
        updates.collect::<Vec<_>>()
    });
    assert_eq!(updates.await, [(card, Some("赢单".into()), Some("RC1".into()))]);
}
