//! Asking for an estimate, and the figures that a model's names find in a text.

use genjin::language::{Measured, Measures, measures};

use super::*;

fn asked(text: &str) -> Option<(Vec<u64>, String)> {
    match heard(text) {
        Understanding::Command(Command::Estimate { customers, said }) => {
            Some((customers.into_iter().map(|id| id.0).collect(), said))
        }
        _ => None,
    }
}

#[test]
fn estimates_are_asked_for_in_many_words() {
    for (text, customers, said) in [
        ("测算 宏远", vec![1], ""),
        ("测算宏远", vec![1], ""),
        ("ROI 宏远", vec![1], ""),
        ("宏远 roi", vec![1], ""),
        ("宏远的投资回报", vec![1], ""),
        ("帮我测算一下宏远", vec![1], ""),
        ("测算", vec![], ""),
        ("投资回报 宏远 每天省 3 个人", vec![1], "每天省 3 个人"),
        ("测算 宏远 人工 8000 夜班 2", vec![1], "人工 8000 夜班 2"),
        ("ROI：宏远，投入 60 万", vec![1], "投入 60 万"),
        ("测算 恒大", vec![], "恒大"),
    ] {
        assert_eq!(asked(text), Some((customers, said.to_owned())), "{text}");
    }
}

#[test]
fn sentences_about_an_estimate_ask_for_none() {
    for text in [
        "测算表发给张总了",
        "宏远 ROI 测算表张总看过了",
        "张总问 ROI 怎么算",
        "宏远 ROI 客户认可",
        "宏远 ROI 算出来 11 个月回本，老板认可",
        "宏远要我们做个测算，周五前给",
        "heroin 宏远",
        "宏远投资回报太慢，张总要 12 个月内",
    ] {
        assert_eq!(asked(text), None, "{text}");
    }
}

fn figures(said: &str) -> (Vec<(usize, i64)>, String) {
    let asked = [
        Measured { names: vec!["投入", "总价"], unit: "元" },
        Measured { names: vec!["省人", "省"], unit: "人" },
        Measured { names: vec!["人工", "工资"], unit: "元/月" },
        Measured { names: vec!["夜班"], unit: "人" },
        Measured { names: vec!["减损"], unit: "%" },
        Measured { names: vec!["停线", "一条线停"], unit: "小时/年" },
    ];
    let Measures { found, rest } = measures(said, &asked);
    (found.into_iter().map(|(place, value)| (place, value / 10_000)).collect(), rest)
}

#[test]
fn figures_are_found_by_their_names_or_by_their_units() {
    for (said, found) in [
        ("人工 8000 夜班 2", vec![(2, 8000), (3, 2)]),
        ("每天省 3 个人", vec![(1, 3)]),
        ("3 个人", vec![(1, 3)]),
        ("投入五十万，减损四成", vec![(0, 500_000), (4, 40)]),
        ("总价60w 减损 40%", vec![(0, 600_000), (4, 40)]),
        ("工资改成 7,500 元/月", vec![(2, 7500)]),
        ("一条线停 12 小时", vec![(5, 12)]),
        ("人工 8000，不对，人工 9000", vec![(2, 9000)]),
    ] {
        assert_eq!(figures(said).0, found, "{said}");
    }
}

#[test]
fn what_is_no_known_figure_is_left_as_it_was_written() {
    assert_eq!(figures("人工 8000 电费 20"), (vec![(2, 8000)], "电费 20".into()));
    assert_eq!(figures("人工"), (vec![], "人工".into()));
    assert_eq!(figures("夜班 40%"), (vec![], "夜班 40%".into()));
    assert_eq!(figures("张总约了周二 3 点"), (vec![], "张总约周二 3 点".into()));
    assert_eq!(figures(""), (vec![], String::new()));
}

proptest! {
    #[test]
    fn nothing_written_breaks_the_reading(text in ".{0,60}", word in "测算|ROI|投资回报") {
        heard(&format!("{word} {text}"));
        figures(&text);
    }
}
