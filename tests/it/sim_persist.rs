//! A phone never forgets: what was answered is there after the simulator was started again.

use genjin::clock::Clock;
use genjin::sim::{Sim, SimError, wecom_ids};
use serde_json::json;

use crate::sim_stage::{Service, Stage, opening, setup};

#[tokio::test]
async fn world_outlives_a_restart_and_its_time_never_goes_back() {
    let folder = tempfile::tempdir().unwrap();
    let clock = || Clock::manual(opening());
    let stage = Stage::with(setup(clock(), Some(folder.path()))).await;
    let service = Service::start(&stage).await;
    let card = json!({"touser": "WangLei", "msgtype": "template_card", "agentid": wecom_ids::AGENT_ID,
        "template_card": {"card_type": "button_interaction", "main_title": {"title": "宏远机械"},
        "button_list": [{"text": "记一笔", "key": "note"}], "task_id": "d1-a"}});
    let code = stage.wecom("message/send", card.clone()).await["response_code"].clone();
    stage.post("/sim/say", json!({"platform": "wecom", "user": "WangLei", "text": "在吗"})).await;
    stage.post("/sim/clock", json!({"advance": "48h"})).await;
    let (inbox, now) = (stage.inbox("wecom", "WangLei").await, stage.sim.clock().now());
    stage.stop().await;

    let stage = Stage::with(setup(clock(), Some(folder.path()))).await;
    assert_eq!(stage.inbox("wecom", "WangLei").await, inbox);
    assert!(stage.sim.clock().now() >= now);
    stage.post("/sim/service", service.registration()).await;
    assert_eq!(stage.wecom("message/send", card).await["errcode"], 42014, "the task_id is known");
    let update = json!({"atall": 1, "agentid": wecom_ids::AGENT_ID, "response_code": code,
        "button": {"replace_name": "记好了"}});
    assert_eq!(stage.wecom("message/update_template_card", update).await["errcode"], 0);
    stage.stop().await;

    let mut fresh = setup(clock(), Some(folder.path()));
    fresh.fresh = true;
    let stage = Stage::with(fresh).await;
    assert!(stage.inbox("wecom", "WangLei").await.is_empty());
    assert_eq!(stage.sim.clock().now(), opening());
    stage.stop().await;
}

#[tokio::test]
async fn what_was_answered_is_on_disk_before_the_simulator_stops() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::with(setup(Clock::manual(opening()), Some(folder.path()))).await;
    let message = json!({"touser": "WangLei", "msgtype": "text", "agentid": wecom_ids::AGENT_ID,
        "text": {"content": "在案"}});
    assert_eq!(stage.wecom("message/send", message).await["errcode"], 0);
    // As after kill -9: another simulator reads what lies there now.
    let copy = tempfile::tempdir().unwrap();
    for file in ["world.json", "world.jsonl"] {
        std::fs::copy(folder.path().join(file), copy.path().join(file)).unwrap();
    }
    let again = Stage::with(setup(Clock::manual(opening()), Some(copy.path()))).await;
    assert_eq!(again.texts("wecom", "WangLei").await, ["在案"]);
    again.stop().await;
    stage.stop().await;
}

#[tokio::test]
async fn folder_belongs_to_one_simulator() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::with(setup(Clock::manual(opening()), Some(folder.path()))).await;
    let second = Sim::new(setup(Clock::manual(opening()), Some(folder.path())));
    assert!(matches!(second, Err(SimError::Folder(_))));
    stage.stop().await;
}

#[tokio::test]
async fn message_of_a_fresh_world_is_no_repeat_of_an_old_one() {
    let mut ids = Vec::new();
    for _ in 0..2 {
        let stage = Stage::new().await;
        let service = Service::start(&stage).await;
        for (platform, user) in [("wecom", "WangLei"), ("dingtalk", "zhaomin")] {
            stage.post("/sim/say", json!({"platform": platform, "user": user, "text": "早"})).await;
        }
        ids.extend(service.heard().into_iter().map(|heard| heard.message_id.unwrap()));
        stage.stop().await;
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4);
}
