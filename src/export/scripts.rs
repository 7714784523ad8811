//! What reps brought into the script library, as a file for `bot-config/scripts/`: there an admin gives each its stages
//! and industries. Once the file is in force its scripts stand in the place of those that were taken in the chat.

use std::fmt::Write as _;

use crate::config::Config;
use crate::sales::ScriptOffer;
use crate::state::State;

/// A script's name in a file has two or three characters.
const NAME: usize = 3;
/// And its word at most four.
const WORD: usize = 4;

/// The file; how many scripts are in it.
pub fn scripts(state: &State) -> (String, usize) {
    let rules = state.rules();
    let in_files = |offer: &ScriptOffer| rules.scripts.iter().any(|script| script.say == *offer.say);
    let taken: Vec<&ScriptOffer> =
        state.offers().filter(|offer| offer.is_taken() && !in_files(offer)).collect();
    let mut words: Vec<String> = rules.scripts.iter().map(|script| script.word.clone()).collect();
    let mut file = String::from("# 大家投的话术\n");
    for offer in &taken {
        let word = word(offer, rules, &words);
        section(&mut file, offer, rules, &word);
        words.push(word);
    }
    (file, taken.len())
}

/// A word that no script has yet: 价格2, or 投稿12 where nobody said what it is about.
fn word(offer: &ScriptOffer, rules: &Config, taken: &[String]) -> String {
    let kind = offer.category.as_deref().and_then(|key| rules.objections.category(key));
    let stem: String = kind.map_or("投稿", |kind| &kind.name).chars().take(WORD - 1).collect();
    let free = |word: &String| word.chars().count() <= WORD && !taken.contains(word);
    let numbered = (2..100).map(|n| format!("{stem}{n}")).find(free);
    // A hundred of one kind: letters go on where numbers end.
    let lettered = || {
        let pairs = ('a'..='z').flat_map(|one| ('a'..='z').map(move |other| format!("投{one}{other}")));
        pairs.into_iter().find(free)
    };
    numbered.or_else(lettered).unwrap_or_else(|| stem.clone())
}

fn section(file: &mut String, offer: &ScriptOffer, rules: &Config, word: &str) {
    let author = rules.people.find(&offer.by).map_or("同事", |member| &member.call);
    let name: String = format!("{author}说").chars().take(NAME).collect();
    let kind = offer.category.as_deref().and_then(|key| rules.objections.category(key));
    let ask = if offer.ask.is_empty() { kind.map_or(word, |kind| &kind.name) } else { &offer.ask };
    let _infallible = write!(file, "\n## {word}\n```toml\nname = {name:?}\nobjection = {}\n", quoted(ask));
    if let Some(kind) = kind {
        let _infallible = writeln!(file, "category = {:?}", kind.key);
    }
    if let Some(rival) = offer.competitor.as_deref().and_then(|key| rules.objections.competitor(key)) {
        let _infallible = writeln!(file, "competitors = [{:?}]", rival.key);
    }
    let _infallible = writeln!(file, "```\n{}", plain(&offer.say));
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars().filter(|c| !c.is_control()) {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out + "\""
}

/// Words that make no heading, no block and no variable of the file.
fn plain(say: &str) -> String {
    let lines = say.lines().map(|line| line.trim().trim_start_matches(['#', '>', '`']).trim());
    lines.collect::<Vec<_>>().join("\n").replace("{{", "").replace("}}", "").replace("```", "")
}
