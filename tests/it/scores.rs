//! How well the understander reads sentences that were labelled before it was written: each set's score is printed and
//! held by a bar. The conventions of the labels stand in `fixtures/language/README.md`.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use genjin::calendar::Calendar;
use genjin::language::{Awaited, Context, Directory, breakdown};
use proptest::prelude::*;
use serde_json::Value;
use sha2::{Digest, Sha256};

const TIMES: &str = include_str!("fixtures/language/times-dev.jsonl");
const UNSEEN_TIMES: &str = include_str!("fixtures/language/times-unseen.jsonl");
const AMOUNTS: &str = include_str!("fixtures/language/amounts-dev.jsonl");
const UNSEEN_AMOUNTS: &str = include_str!("fixtures/language/amounts-unseen.jsonl");

static CALENDAR: LazyLock<Calendar> = LazyLock::new(Calendar::default);
static NOBODY: LazyLock<Directory> = LazyLock::new(Directory::default);

fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read(text: &str, now: DateTime<Utc>) -> Value {
    let ctx = Context { now, calendar: &CALENDAR, names: &*NOBODY, awaiting: Awaited::Nothing };
    serde_json::to_value(breakdown(text, &ctx, &|_| None)).unwrap()
}

/// Whether `got` says all that the label says; alternatives may be more than the label names.
fn fits(got: &Value, label: &Value) -> bool {
    const PARTS: [&str; 15] = [
        "kind",
        "at",
        "date",
        "start",
        "end",
        "window",
        "relation",
        "iso",
        "seconds",
        "value",
        "min",
        "max",
        "currency",
        "qualifier",
        "span",
    ];
    let same = |part: &str| match (got.get(part), label.get(part)) {
        (Some(got), Some(label)) => got == label || got.is_number() && got.as_f64() == label.as_f64(),
        (None, None) => true,
        _ => false,
    };
    let offers = got["alternatives"].as_array();
    let offered = |other: &Value| offers.is_some_and(|offers| offers.iter().any(|offer| fits(offer, other)));
    PARTS.iter().all(|part| same(part))
        && label["alternatives"].as_array().is_none_or(|others| others.iter().all(offered))
}

/// Labels met, of all labels and of all finds beside them; and the sentences that were not read as labelled.
fn score(set: &str, key: &str) -> (usize, usize, Vec<String>) {
    let (mut met, mut all, mut wrong) = (0, 0, Vec::new());
    for line in set.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let text = case["text"].as_str().unwrap();
        let read = read(text, case["now"].as_str().unwrap().parse().unwrap());
        let (got, labels) = (read[key].as_array().unwrap(), case[key].as_array().unwrap());
        let hits = labels.iter().filter(|label| got.iter().any(|got| fits(got, label))).count();
        met += hits;
        all += labels.len() + got.len().saturating_sub(labels.len());
        if hits < labels.len() || got.len() != labels.len() {
            wrong.push(format!("{} {text}\n  meant {}\n  heard {}", case["id"], case[key], read[key]));
        }
    }
    (met, all, wrong)
}

/// `least` in hundredths of a percent. Sentences of an unseen set are told by their ids alone.
#[expect(clippy::print_stdout, reason = "the score is what the test is for")]
#[track_caller]
fn assert_score(name: &str, set: &str, key: &str, least: usize) {
    let (met, all, wrong) = score(set, key);
    let percent = met * 10_000 / all;
    println!("{name}: {met} of {all}, {}.{:02}%", percent / 100, percent % 100);
    let told: Vec<&str> = if name.ends_with("unseen") {
        wrong.iter().filter_map(|wrong| wrong.split(' ').next()).collect()
    } else {
        wrong.iter().map(String::as_str).collect()
    };
    assert!(percent >= least, "{name}: {met} of {all} are too few\n{}", told.join("\n"));
}

#[test]
fn unseen_sentences_are_as_they_were_written() {
    assert_eq!(hash(UNSEEN_TIMES), "12b65c7d49289fa48141ddaaae77d2f382ca293256376d2c9b1bcea77420c754");
    assert_eq!(hash(UNSEEN_AMOUNTS), "e90080db2076489c5f90b37bde59a6571aa03fa7e1afc6adcc1e97fc30565f2b");
}

#[test]
fn times_are_read_as_labelled() {
    assert_score("times, dev", TIMES, "times", 9_900);
    assert_score("times, unseen", UNSEEN_TIMES, "times", 9_700);
}

#[test]
fn amounts_are_read_as_labelled() {
    assert_score("amounts, dev", AMOUNTS, "numbers", 9_900);
    assert_score("amounts, unseen", UNSEEN_AMOUNTS, "numbers", 9_800);
}

/// Pieces of which times and figures are made, in any order.
fn any_text() -> impl Strategy<Value = String> {
    const PIECES: &str = "\
        下 上 周 周二 星期 礼拜天 周末 月 月底 3号 二十八号 十 一 百 万 千 亿 点 半 两 12.3 12/3 2026-12-03 \
        20261203 12月 年 明年 Q4 上半年 季度 后 前 内 起 截止 过 到 - ~ 从 最晚 不是 是 不对 呃 那个 大概 2 \
        99999999999999999999 w k 元 块 ¥ % 折 张总： 王磊： 李工 答应 答应他 给 说 拍板 没批 新客户 有限公司 不是 改成 是 报价 样品 催 寄 要求 今天 成 个点 百分之 千分之 台 吨 （ ） ( ， 。 \n ： : . / 今天 大后天 \
        昨晚 早 晚上 下午 中午 凌晨 三点 三刻 14:30 差五分 国庆 春节 节 除夕 初八 腊月廿三 农历 正月 闰 个工作日 \
        小时 分钟 半个月 一年半 几 多 来 左右 至少 不超过 9999 0 零 壹 🙂 é ａ １２";
    let pieces: Vec<&'static str> = PIECES.split_ascii_whitespace().collect();
    let spoken =
        prop::collection::vec(prop::sample::select(pieces), 0..24).prop_map(|pieces| pieces.concat());
    prop_oneof![any::<String>(), spoken]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_written_finds_lie_in_the_text_in_order(
        text in any_text(),
        now in -4_000_000_000_i64..8_000_000_000,
    ) {
        let read = read(&text, DateTime::from_timestamp(now, 0).unwrap());
        let length = text.chars().count() as u64;
        for key in ["times", "numbers"] {
            let mut last = 0;
            for found in read[key].as_array().unwrap() {
                let (start, end) = (found["span"][0].as_u64().unwrap(), found["span"][1].as_u64().unwrap());
                prop_assert!(last <= start && start < end && end <= length, "{key} of {text:?}: {found}");
                last = end;
            }
        }
    }
}
