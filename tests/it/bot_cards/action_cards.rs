//! Action cards as rules: who may give one, every step by words alone, the way back, the day that passes, the figures,
//! and what 撤销 takes back.

use genjin::event::{Attachment, Fate, RowResult, Sent};
use genjin::sales::{ActionAsk, ActionCard, ActionState, Blob, MediaKind, MediaState};

use super::*;

const TASK: &str = "@小王 周五前 给鑫源食品发报价单：1 写明交期 2 写明付款方式";

fn the_card(desk: &Desk) -> ActionCard {
    desk.state().actions().next_back().unwrap().clone()
}

fn state(desk: &Desk) -> ActionState {
    the_card(desk).state()
}

/// The rows' templates and to whom they go.
fn told(rows: &[Row]) -> Vec<(String, String)> {
    let to = |row: &Row| match &row.to {
        Recipient::Person { user } => user.to_string(),
        other => format!("{other:?}"),
    };
    rows.iter().filter(|row| name(row) != "update").map(|row| (name(row).to_owned(), to(row))).collect()
}

fn pairs(told: &[(String, String)]) -> Vec<(&str, &str)> {
    told.iter().map(|(template, to)| (template.as_str(), to.as_str())).collect()
}

#[test]
fn sentence_becomes_a_card_with_its_day_its_deal_and_its_criteria() {
    let mut desk = Desk::open();
    let rows = desk.says("li-ming", TASK);
    assert_eq!(pairs(&told(&rows)), [("action_issued", "LiMing"), ("action_card", "WangLei")]);
    let card = the_card(&desk);
    assert_eq!(
        (&*card.what, &*card.by.to_string(), &*card.to.to_string()),
        ("给鑫源食品发报价单", "li-ming", "wang-lei")
    );
    assert_eq!(card.due.to_string(), "2026-11-27");
    assert_eq!(card.criteria, ["写明交期".into(), "写明付款方式".into()]);
    assert_eq!(card.deal, Some(desk.deal_with("wang-lei", "鑫源食品")));
    assert_eq!(desk.counts("wang-lei").actions, 1);
}

#[test]
fn each_way_of_saying_it_gives_the_same_card() {
    for said in [
        "派小王周五前给鑫源食品发报价单：1、写明交期；2、写明付款方式",
        "@王磊 周五前给鑫源食品发报价单，要求：写明交期；写明付款方式",
        "派给小王：周五前给鑫源食品发报价单\n写明交期\n写明付款方式",
        "@小王 给鑫源食品发报价单 周五前：①写明交期②写明付款方式",
    ] {
        let mut desk = Desk::open();
        desk.says("li-ming", said);
        let card = the_card(&desk);
        assert_eq!(&*card.what, "给鑫源食品发报价单", "{said}");
        assert_eq!(card.due.to_string(), "2026-11-27", "{said}");
        assert_eq!(card.criteria.len(), 2, "{said}: {:?}", card.criteria);
    }
}

#[test]
fn card_without_a_day_has_two_working_days_and_says_so() {
    let mut desk = Desk::open();
    let rows = desk.says("li-ming", "@小王 给鑫源食品发报价单");
    assert_eq!(the_card(&desk).due.to_string(), "2026-11-26");
    assert!(vars(&rows[0])["guessed"].as_str().unwrap().contains("11月26日"));
}

#[test]
fn only_who_leads_somebody_gives_them_a_card() {
    let mut desk = Desk::open();
    let rows = desk.says("li-ming", "@娜姐 周五前发报价单");
    assert_eq!(names(&rows), ["action_nobody"], "she is of another team");
    let rows = desk.says("zhou-jianping", "@小王 周五前发报价单");
    assert_eq!(names(&rows), ["action_issued", "action_card"], "the manager's manager may");
    let cards = desk.state().actions().count();
    desk.says("chen-hao", "@小王 周五前给百谷堂发报价单");
    assert_eq!(desk.state().actions().count(), cards, "from a colleague it is no task");
}

#[test]
fn whole_way_is_gone_by_words_and_digits_alone() {
    let mut desk = Desk::open();
    desk.says("li-ming", TASK);
    assert_eq!(names(&desk.says("wang-lei", "1")), ["action_started"]);
    assert_eq!(state(&desk), ActionState::Doing);
    let rows = desk.says("wang-lei", "报价单发了，交货期 30 天");
    assert_eq!(name(&rows[rows.len() - 1]), "action_evidence");
    assert_eq!(vars(&rows[rows.len() - 1])["unseen"], "写明付款方式");
    let rows = desk.says("wang-lei", "提交");
    assert_eq!(pairs(&told(&rows)), [("action_submitted", "WangLei"), ("action_review", "LiMing")]);
    assert_eq!(state(&desk), ActionState::Reviewing);
    let rows = desk.says("li-ming", "退回 没写付款方式");
    assert_eq!(pairs(&told(&rows)), [("action_sent_back", "LiMing"), ("action_returned", "WangLei")]);
    assert_eq!(
        vars(rows.iter().find(|row| name(row) == "action_returned").unwrap())["reason"],
        "没写付款方式"
    );
    desk.says("wang-lei", "付款方式三七开");
    assert_eq!(the_card(&desk).evidence.len(), 2, "the words behind a return are evidence");
    desk.says("wang-lei", "1");
    let rows = desk.says("li-ming", "1");
    assert_eq!(pairs(&told(&rows)), [("action_closed", "LiMing"), ("action_accepted", "WangLei")]);
    assert_eq!(state(&desk), ActionState::Archived);
    assert_eq!(desk.counts("wang-lei").actions_done, 1);
}

#[test]
fn nothing_is_handed_in_without_evidence() {
    let mut desk = Desk::open();
    desk.says("li-ming", TASK);
    desk.says("wang-lei", "开始");
    assert_eq!(names(&desk.says("wang-lei", "提交")).last(), Some(&"action_empty"));
    assert_eq!(state(&desk), ActionState::Doing);
}

#[test]
fn note_about_another_customer_is_no_evidence() {
    let mut desk = Desk::open();
    desk.says("li-ming", TASK);
    desk.says("wang-lei", "开始");
    let rows = desk.says("wang-lei", "恒泰齿轮等法务");
    assert!(names(&rows).contains(&"noted"), "{:?}", names(&rows));
    assert!(the_card(&desk).evidence.is_empty());
}

#[test]
fn second_tap_and_an_old_card_change_nothing() {
    let mut desk = Desk::open();
    desk.says("li-ming", TASK);
    let offered = desk.newest("wang-lei", |kind| matches!(kind, CardKind::Action(ActionAsk::Offered(_))));
    desk.taps("wang-lei", offered, "start");
    let steps = the_card(&desk).steps.len();
    desk.taps("wang-lei", offered, "start");
    assert_eq!(the_card(&desk).steps.len(), steps);
    assert_eq!(desk.done(offered), "开始了");
    desk.says("wang-lei", "交期 30 天");
    desk.says("wang-lei", "提交");
    let review = desk.newest("li-ming", |kind| matches!(kind, CardKind::Action(ActionAsk::Review(_))));
    desk.taps("li-ming", review, "return");
    let why = desk.newest("li-ming", |kind| matches!(kind, CardKind::Action(ActionAsk::ReturnWhy { .. })));
    desk.taps("li-ming", review, "accept");
    assert_eq!(state(&desk), ActionState::Archived);
    desk.taps("li-ming", why, "1");
    assert_eq!(state(&desk), ActionState::Archived, "the question is answered by the acceptance");
    let other = desk.newest("li-ming", |kind| matches!(kind, CardKind::Action(ActionAsk::Review(_))));
    desk.taps("wang-lei", other, "accept");
    assert_eq!(the_card(&desk).steps.len(), steps + 3);
}

#[test]
fn return_is_one_tap_with_what_was_missing_as_the_reason() {
    let mut desk = Desk::open();
    desk.says("li-ming", TASK);
    desk.says("wang-lei", "开始");
    desk.says("wang-lei", "交期 30 天");
    desk.says("wang-lei", "提交");
    let review = desk.newest("li-ming", |kind| matches!(kind, CardKind::Action(ActionAsk::Review(_))));
    let rows = desk.taps("li-ming", review, "return");
    assert!(vars(&rows[0])["options"][0]["text"].as_str().unwrap().contains("写明付款方式"));
    let why = desk.newest("li-ming", |kind| matches!(kind, CardKind::Action(ActionAsk::ReturnWhy { .. })));
    desk.taps("li-ming", why, "1");
    assert_eq!(state(&desk), ActionState::Doing);
    assert!(the_card(&desk).steps.last().unwrap().reason.contains("付款方式"));
    assert!(desk.done(review).starts_with("退回了"));
}

#[test]
fn trouble_reaches_the_giver_at_once_by_tap_and_by_sentence() {
    let mut desk = Desk::open();
    desk.says("li-ming", TASK);
    desk.says("wang-lei", "2");
    let why = desk.newest("wang-lei", |kind| matches!(kind, CardKind::Action(ActionAsk::TroubleWhy { .. })));
    desk.taps("wang-lei", why, "3");
    assert_eq!(vars(&desk.sent("li-ming", "action_trouble")[0])["reason"], "客户没回");
    desk.says("wang-lei", "有困难");
    desk.says("wang-lei", "财务不给折扣");
    assert_eq!(vars(&desk.sent("li-ming", "action_trouble")[1])["reason"], "财务不给折扣");
    assert_eq!(state(&desk), ActionState::Issued, "the card goes on");
}

#[test]
fn day_that_passes_is_told_once_and_stands_in_the_managers_digest() {
    let mut desk = Desk::open();
    desk.says("li-ming", TASK);
    desk.until(at("11-27T23:00"));
    assert!(desk.sent("wang-lei", "action_overdue").is_empty(), "the day is not over");
    desk.until(at("12-01T19:00"));
    let told = desk.sent("wang-lei", "action_overdue");
    assert_eq!(told.len(), 1, "once for the day that passed");
    let day = desk.state().rules().calendar.date(told[0].at);
    assert_eq!(day.to_string(), "2026-11-30", "not on the weekend");
    assert_eq!(desk.state().counts(&"wang-lei".into(), day).actions_late, 1);
    let digest = desk.sent("li-ming", "manager_digest");
    assert!(vars(digest.last().unwrap())["late"].as_str().unwrap().contains("小王"), "{:?}", digest.last());
    let card = desk.newest("wang-lei", |kind| matches!(kind, CardKind::Action(ActionAsk::Offered(_))));
    desk.taps("wang-lei", card, "start");
    assert_eq!(state(&desk), ActionState::Doing);
}

#[test]
fn card_handed_in_in_time_is_not_warned_of() {
    let mut desk = Desk::open();
    desk.says("li-ming", TASK);
    desk.says("wang-lei", "开始");
    desk.says("wang-lei", "交期 30 天，付款方式三七开");
    desk.says("wang-lei", "提交");
    desk.until(at("12-02T12:00"));
    assert!(desk.sent("wang-lei", "action_overdue").is_empty());
}

#[test]
fn each_state_keeps_its_time_and_the_list_and_the_reasons_show_them() {
    let mut desk = Desk::open();
    desk.says("li-ming", TASK);
    desk.until(desk.now + TimeDelta::hours(1));
    desk.says("wang-lei", "开始");
    desk.until(desk.now + TimeDelta::hours(2));
    desk.says("wang-lei", "交期 30 天");
    desk.says("wang-lei", "提交");
    desk.until(desk.now + TimeDelta::hours(1));
    let rows = desk.says("wang-lei", "任务");
    assert_eq!(names(&rows), ["action_list"]);
    let rows = desk.says("wang-lei", "1");
    assert_eq!(names(&rows), ["action_status"]);
    assert_eq!(vars(&rows[0])["times"], "发起 1 小时 · 执行 2 小时 · 提交 1 分钟 · 验证 1 小时");
    let rows = desk.says("li-ming", "为什么");
    assert_eq!(names(&rows), ["why"]);
    assert!(vars(&rows[0])["facts"].to_string().contains("在验证已经 1 小时"), "{}", vars(&rows[0]));
}

#[test]
fn one_who_is_their_own_manager_reviews_in_their_own_chat() {
    let mut desk = Desk::open();
    let rows = desk.says("li-ming", "@李经理 周五前 给鑫源食品发报价单");
    assert_eq!(pairs(&told(&rows)), [("action_card", "LiMing")]);
    desk.says("li-ming", "开始");
    desk.says("li-ming", "报价单发了");
    let rows = desk.says("li-ming", "提交");
    assert_eq!(pairs(&told(&rows)), [("action_review", "LiMing")]);
    let rows = desk.says("li-ming", "通过");
    assert_eq!(pairs(&told(&rows)), [("action_closed", "LiMing")]);
}

#[test]
fn manager_gives_a_card_from_a_line_of_the_digest_by_taps() {
    let mut desk = Desk::open();
    desk.until(at("12-03T18:30"));
    let digest = desk.newest("li-ming", |kind| matches!(kind, CardKind::Stuck { .. }));
    let rows = desk.taps("li-ming", digest, "1");
    assert_eq!(names(&rows), ["deal_lead"]);
    let lead = desk.newest("li-ming", |kind| matches!(kind, CardKind::Lead { .. }));
    let CardKind::Lead { deal } = desk.card(lead).kind else { unreachable!() };
    let rows = desk.taps("li-ming", lead, "assign");
    assert_eq!(names(&rows), ["action_create"]);
    let create = desk.newest("li-ming", |kind| matches!(kind, CardKind::Action(ActionAsk::Create { .. })));
    desk.taps("li-ming", create, "1");
    let card = the_card(&desk);
    assert_eq!((card.deal, card.to.clone()), (Some(deal), desk.deal(deal).owner.clone()));
    assert!(desk.done(create).starts_with("派了"));
}

#[test]
fn manager_gives_a_card_from_a_line_of_the_digest_by_words() {
    let mut desk = Desk::open();
    desk.until(at("12-03T18:30"));
    let digest = desk.newest("li-ming", |kind| matches!(kind, CardKind::Stuck { .. }));
    let CardKind::Stuck { deals } = desk.card(digest).kind.clone() else { unreachable!() };
    assert_eq!(names(&desk.says("li-ming", "派2")), ["action_create"]);
    desk.says("li-ming", "下周三前 带技术上门一趟：1 有现场照片");
    let card = the_card(&desk);
    assert_eq!((card.deal, &*card.what), (Some(deals[1]), "带技术上门一趟"));
    assert_eq!(card.criteria, ["有现场照片".into()]);
}

#[test]
fn giving_is_taken_back_by_its_button_and_the_doer_hears_it() {
    let mut desk = Desk::open();
    desk.says("li-ming", TASK);
    let offered = desk.newest("wang-lei", |kind| matches!(kind, CardKind::Action(ActionAsk::Offered(_))));
    let issued = desk.newest("li-ming", |kind| matches!(kind, CardKind::Action(ActionAsk::Issued(_))));
    desk.taps("wang-lei", offered, "start");
    let rows = desk.taps("li-ming", issued, "undo");
    assert!(names(&rows).contains(&"undone") && names(&rows).contains(&"action_off"), "{:?}", names(&rows));
    assert_eq!(desk.state().actions().count(), 0);
    assert_eq!(desk.counts("wang-lei").actions, 0);
    assert_eq!(names(&desk.says("wang-lei", "提交")), ["unknown"], "there is nothing to hand in any more");
}

#[test]
fn handing_in_is_taken_back_while_nobody_decided() {
    let mut desk = Desk::open();
    desk.says("li-ming", TASK);
    desk.says("wang-lei", "开始");
    desk.says("wang-lei", "交期 30 天");
    desk.says("wang-lei", "提交");
    let review = desk.newest("li-ming", |kind| matches!(kind, CardKind::Action(ActionAsk::Review(_))));
    desk.says("wang-lei", "撤销");
    assert_eq!((state(&desk), desk.done(review)), (ActionState::Doing, "已撤销"));
    desk.says("wang-lei", "提交");
    desk.says("li-ming", "通过");
    assert_eq!(names(&desk.says("wang-lei", "撤销")), ["stale_card"], "the manager has decided");
    assert_eq!(state(&desk), ActionState::Archived);
    let rows = desk.says("li-ming", "撤销");
    assert!(names(&rows).contains(&"action_review"), "{:?}", names(&rows));
    assert_eq!((state(&desk), desk.counts("wang-lei").actions_done), (ActionState::Reviewing, 0));
}

#[test]
fn line_of_each_step_has_its_before_and_after() {
    let mut desk = Desk::open();
    desk.says("li-ming", TASK);
    desk.says("wang-lei", "开始");
    let line = desk.state().recent().rev().find(|recent| recent.line.what == Deed::ActionStarted).unwrap();
    let change = line.line.changes.iter().find(|change| &*change.field == "steps").unwrap();
    let count = |value: &Value| value.as_array().unwrap().len();
    assert_eq!((count(&change.before), count(&change.after)), (1, 2));
    assert_eq!(line.line.by, Some("wang-lei".into()));
}

fn sends_picture(desk: &mut Desk, member: &str) -> Vec<Row> {
    let before = desk.rows();
    let from = desk.sender(member);
    let media = vec![Attachment { code: "M1".into(), picture: true, name: None }];
    desk.post(What::Said(Said { from, content: Content::Attached { media, words: "".into() } }));
    desk.since(before)
}

/// The outbox tells what became of the newest fetch.
fn fetched(desk: &mut Desk, fate: Fate) -> Vec<Row> {
    let before = desk.rows();
    let fetch = desk.state().rows().filter(|row| name(row) == "fetch").last().unwrap().id;
    desk.events += 1;
    let sent = Sent { results: vec![RowResult { row: fetch, fate }], room: 0 };
    let event = Event { identity: Identity::of(&[&desk.events.to_be_bytes()]), what: What::Sent(sent) };
    let mut inbox = Inbox::default();
    inbox.push(Entry::Results(Box::new(event), Box::new(|_| {})));
    desk.turn(&mut inbox);
    desk.since(before)
}

fn blob(kind: MediaKind) -> Fate {
    Fate::Fetched(Blob { sha256: "0".repeat(64).into(), bytes: 100, kind })
}

#[test]
fn handing_in_waits_until_its_picture_has_come() {
    let mut desk = Desk::open();
    desk.says("li-ming", "@小王 周五前 给鑫源食品发报价单：1 有报价单图片");
    let rows = sends_picture(&mut desk, "wang-lei");
    assert_eq!(state(&desk), ActionState::Doing, "sending evidence begins the work");
    assert!(names(&rows).contains(&"fetch") && names(&rows).contains(&"action_evidence"));
    desk.says("wang-lei", "提交");
    assert_eq!(state(&desk), ActionState::Submitted);
    assert!(desk.sent("li-ming", "action_review").is_empty());
    fetched(&mut desk, blob(MediaKind::Png));
    assert_eq!(state(&desk), ActionState::Reviewing);
    assert_eq!(vars(&desk.sent("li-ming", "action_review")[0])["seen"], "有报价单图片");
}

#[test]
fn picture_that_is_none_is_not_seen_and_one_that_is_lost_comes_back() {
    let mut desk = Desk::open();
    desk.says("li-ming", "@小王 周五前 给鑫源食品发报价单：1 有报价单图片");
    sends_picture(&mut desk, "wang-lei");
    desk.says("wang-lei", "提交");
    fetched(&mut desk, blob(MediaKind::Other));
    assert_eq!(vars(&desk.sent("li-ming", "action_review")[0])["unseen"], "有报价单图片");
    desk.says("li-ming", "退回 不是图");
    sends_picture(&mut desk, "wang-lei");
    desk.says("wang-lei", "提交");
    let rows = fetched(&mut desk, Fate::Refused { why: "40007".into() });
    assert!(names(&rows).contains(&"media_lost"), "{:?}", names(&rows));
    assert_eq!(state(&desk), ActionState::Doing);
    let lost = desk.state().media(the_card(&desk).media().next().unwrap()).unwrap();
    assert!(matches!(lost.state, MediaState::Kept(_)), "the lost one is no evidence any more");
}

#[test]
fn fetch_has_its_platforms_deadline_and_a_lane_of_its_own() {
    let mut desk = Desk::open();
    for (member, keeps) in [("wang-lei", TimeDelta::days(3)), ("li-na", TimeDelta::minutes(10))] {
        let rows = sends_picture(&mut desk, member);
        let fetch = rows.iter().find(|row| name(row) == "fetch").unwrap();
        assert_eq!(fetch.useful_until - fetch.at, keeps);
        assert!(matches!(fetch.to, Recipient::Ourselves { .. }));
    }
}

#[test]
fn several_whose_day_has_passed_are_one_message() {
    let mut desk = Desk::open();
    desk.says("li-ming", TASK);
    desk.says("li-ming", "@小王 周五前 约恒泰齿轮见面");
    desk.says("li-ming", "@小王 周五前 给味之鲜寄样品");
    desk.until(at("11-30T08:20"));
    assert!(desk.sent("wang-lei", "action_overdue").is_empty());
    let told = desk.sent("wang-lei", "action_overdue_list");
    assert_eq!((told.len(), vars(&told[0])["count"].as_u64()), (1, Some(3)));
    desk.says("wang-lei", "任务");
    assert_eq!(names(&desk.says("wang-lei", "2")), ["action_card"]);
}

#[test]
fn private_note_is_never_evidence() {
    let mut desk = Desk::open();
    desk.says("li-ming", TASK);
    desk.says("wang-lei", "开始");
    desk.says("wang-lei", "私下记 鑫源食品底价 60 万");
    assert!(the_card(&desk).evidence.is_empty());
}

#[test]
fn review_goes_up_while_its_giver_is_away() {
    let mut config = demo();
    let giver = config.people.members.iter_mut().find(|member| &*member.id.to_string() == "li-ming").unwrap();
    let day = |text: &str| text.parse().unwrap();
    giver.leave = vec![config::Leave { from: day("2026-11-25"), to: day("2026-11-30") }];
    let mut desk = Desk::with(config);
    desk.says("li-ming", TASK);
    desk.until(at("11-25T10:00"));
    desk.says("wang-lei", "开始");
    desk.says("wang-lei", "交期 30 天");
    desk.says("wang-lei", "提交");
    assert_eq!(desk.sent("zhou-jianping", "action_review").len(), 1);
    desk.says("zhou-jianping", "通过");
    assert_eq!(state(&desk), ActionState::Archived);
}

#[test]
fn small_talk_where_a_task_is_awaited_is_no_task() {
    let mut desk = Desk::open();
    desk.says("li-ming", "商机 鑫源");
    assert_eq!(names(&desk.says("li-ming", "派任务")), ["action_create"]);
    for said in ["好的", "谢谢", "怎么派？", "。"] {
        desk.says("li-ming", said);
        assert_eq!(desk.state().actions().count(), 0, "{said}");
    }
    desk.says("li-ming", "周五前把报价单发过去");
    assert_eq!(&*the_card(&desk).what, "把报价单发过去");
    assert_eq!(the_card(&desk).to, "wang-lei".into());
}

#[test]
fn colleagues_mention_in_a_reps_note_stays_a_note() {
    let mut desk = Desk::open();
    let rows = desk.says("chen-hao", "@小王 帮我跟绿野豆业报了价，客户等比价");
    assert!(names(&rows).contains(&"noted"), "{:?}", names(&rows));
    assert_eq!(desk.state().actions().count(), 0);
}
