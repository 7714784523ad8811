//! How the demo's scripts and materials read: style/messages.md 1.16 and 3, as far as a rule can tell.

use std::collections::BTreeSet;

use super::demo;

fn is_chinese(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

/// Half-width marks beside Chinese, missing spaces between Chinese and Latin or digits, and other people's quotes.
fn slips(text: &str) -> Vec<String> {
    let mut slips = Vec::new();
    let chars: Vec<char> = text.chars().collect();
    for (i, pair) in chars.windows(2).enumerate() {
        let [a, b] = [pair[0], pair[1]];
        let near: String = chars[i.saturating_sub(6)..(i + 8).min(chars.len())].iter().collect();
        let half = |c: char| ",.:;?!()\"".contains(c);
        if (is_chinese(a) && half(b)) || (half(a) && is_chinese(b)) {
            slips.push(format!("half-width mark: {near}"));
        }
        let dated = |c: char| "年月日号".contains(c);
        let latin = |c: char| c.is_ascii_alphanumeric() || c == '%';
        let date = (a.is_ascii_digit() && dated(b)) || (dated(a) && b.is_ascii_digit());
        if ((is_chinese(a) && latin(b)) || (latin(a) && is_chinese(b))) && !date {
            slips.push(format!("no space: {near}"));
        }
        if a == ' ' && b == ' ' {
            slips.push(format!("two spaces: {near}"));
        }
    }
    slips.extend(text.chars().filter(|c| "“”‘’！".contains(*c)).map(|c| format!("mark {c}")));
    slips
}

#[test]
fn scripts_and_materials_use_full_width_marks_and_one_space() {
    let config = demo();
    let scripts = config.scripts.iter().flat_map(|script| {
        [&script.say, &script.avoid, &script.objection].map(|text| (script.key.to_string(), text.clone()))
    });
    let materials = config.materials.iter().flat_map(|material| {
        let text = material.text.clone().unwrap_or_default();
        [&material.name, &material.hint, &text].map(|text| (material.key.to_string(), text.clone()))
    });
    let slips: Vec<String> = scripts
        .chain(materials)
        .flat_map(|(key, text)| slips(&text).into_iter().map(move |slip| format!("{key}: {slip}")))
        .collect();
    assert!(slips.is_empty(), "{}", slips.join("\n"));
}

#[test]
fn words_of_scripts_are_unique_and_short() {
    let config = demo();
    let words: BTreeSet<&str> = config.scripts.iter().map(|script| script.word.as_str()).collect();
    assert_eq!(words.len(), config.scripts.len());
    assert!(words.iter().all(|word| (2..=4).contains(&word.chars().count())));
}

#[test]
fn every_script_ends_with_a_question_that_moves_the_deal_and_says_what_not_to_say() {
    for script in &demo().scripts {
        assert!(script.say.starts_with("{{ contact }}，"), "{}", script.key);
        assert!(script.say.ends_with('？') || script.say.contains('？'), "{}", script.key);
        assert!(script.say.chars().count() <= 120, "{}: {}", script.key, script.say.chars().count());
        assert!(!script.avoid.is_empty() && !script.avoid.starts_with("别说"), "{}", script.key);
    }
}

#[test]
fn no_two_scripts_begin_alike_or_comfort_instead_of_answering() {
    let config = demo();
    let mut openings = BTreeSet::new();
    for script in &config.scripts {
        let opening: String = script.say.chars().skip("{{ contact }}，".chars().count()).take(4).collect();
        assert!(openings.insert(opening.clone()), "{}: {opening}", script.key);
        for banned in ["非常理解", "请务必", "为了更好地", "温馨提示", "亲，", "加油哦"]
        {
            assert!(!script.say.contains(banned), "{}", script.key);
        }
    }
}

#[test]
fn every_material_is_a_page_with_its_own_heading() {
    let config = demo();
    assert!(config.materials.len() >= 12);
    for material in &config.materials {
        let text = material.text.as_deref().unwrap_or_default();
        assert!(text.starts_with("# "), "{}", material.key);
        assert!((300..=1200).contains(&text.chars().count()), "{}", material.key);
    }
}
