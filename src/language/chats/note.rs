//! A conversation as the note that it makes: what was agreed is read in all of it, promises turn by turn.

use chrono::{DateTime, Utc};

use super::super::deeds::{Tense, deeds};
use super::super::moments::moments;
use super::super::notes::{self, Note, own_contacts_only};
use super::super::promises::{Party, Promise};
use super::super::text::Text;
use super::super::{Context, contacts};
use super::{Turn, turns};

/// The note that `raw` makes, if it is a pasted conversation, and who speaks in it in the order of their first words.
pub(in super::super) fn read(raw: &str, ctx: &Context<'_>) -> Option<(Note, Vec<String>)> {
    let turns = turns(raw, ctx)?;
    let words: Vec<&str> =
        turns.iter().map(|turn| turn.said.as_str()).filter(|said| !said.is_empty()).collect();
    // 明天 counts from the day on which it was said.
    let held = turns.iter().filter_map(|turn| turn.at).next_back().unwrap_or(ctx.now).min(ctx.now);
    let told = notes::read(&words.join("，"), &Context { now: held, ..*ctx }).note;
    let (today, promises) = (ctx.calendar.date(ctx.now), promises(&turns, ctx));
    let ahead = told.when.clone().filter(|moment| moment.day >= today);
    let mut speakers: Vec<String> = Vec::new();
    for turn in &turns {
        if !speakers.iter().any(|known| known == turn.speaker) {
            speakers.push(turn.speaker.to_owned());
        }
    }
    let theirs = turns.iter().find(|turn| !turn.ours).map(|turn| called(turn.speaker));
    let note = Note {
        text: raw.to_owned(),
        gist: Some(format!("聊天：{}", words.join(" / "))),
        mentions: own_contacts_only(ctx.names.customers_in(raw)),
        contact: theirs.or(told.contact.clone()),
        meeting: if told.when.is_some() && ahead.is_none() { notes::Meeting::No } else { told.meeting },
        // What one offers and the other does not refuse is fixed.
        tense: if told.meeting == notes::Meeting::No { told.tense } else { Tense::Agreed },
        when: ahead,
        promises,
        ..told
    };
    Some((note, speakers))
}

/// 张总 of 「宏远 张总」; the whole where nobody is called by a title.
fn called(speaker: &str) -> String {
    let text = Text::new(speaker);
    contacts::contact(&text, text.whole()).map_or(speaker, |span| text.raw(span)).to_owned()
}

/// What each side has promised, what it was asked for and agreed to included.
fn promises(turns: &[Turn<'_>], ctx: &Context<'_>) -> Vec<Promise> {
    let mut found: Vec<Promise> = Vec::new();
    for (place, turn) in turns.iter().enumerate() {
        let text = Text::cut(&turn.said, super::super::READ_AT_MOST);
        let now: DateTime<Utc> = turn.at.unwrap_or(ctx.now);
        let told = moments(&text, Context { now, ..*ctx }.present());
        let answer = turns.iter().skip(place + 1).find(|next| next.ours != turn.ours);
        let agreed = answer.is_some_and(|answer| assents(&answer.said));
        for clause in text.clauses() {
            let clause = text.trim(clause);
            let due = told.iter().find(|told| !told.past && clause.contains(&told.span.start));
            let Some(commits) = commits(&text, clause.clone(), due.is_some()) else { continue };
            let ours = match commits {
                Commits::Speaker => turn.ours,
                Commits::Asked if agreed => !turn.ours,
                Commits::Asked => continue,
            };
            let by = if ours { Party::Us } else { Party::Them };
            let day = due.map(|due| due.end);
            let about = deeds(&text, clause.clone()).first().map(|deed| deed.action);
            found.push(Promise { by, day, text: text.raw(clause.clone()).to_owned(), place: clause, about });
        }
    }
    found
}

/// Who a clause commits.
enum Commits {
    Speaker,
    /// Whom the speaker asks.
    Asked,
}

fn commits(text: &Text<'_>, clause: std::ops::Range<usize>, dated: bool) -> Option<Commits> {
    const DO: &str = "发 给 寄 报 做 出 安排 回复 答复 打款 付款 付 打过 签 盖章 确认 提供 送 带 问下 问一下 落实 改 补 传 回 定 批 汇 开票 下单 整理 弄";
    const PLEDGED: &str = "一定 保证 答应 没问题 放心 我来 我给 我发 马上 尽快";
    const ASKS: &str = "你 您 贵司 麻烦 请 帮我 帮忙 能不能 能否 可不可以 记得";
    let question = text.get(clause.end) == Some('?')
        || text.any_before(clause.end, "吗 呢 么 没 不") && !text.has(clause.clone(), ASKS);
    let done = text.has(clause.clone(), "已经 发了 给了 寄了 付了 签了 收到了 打了") && !dated;
    let does = text.has(clause.clone(), DO);
    if !does || done || question {
        return None;
    }
    let to_you = text.has(
        clause.clone(),
        "给你 给您 发你 发您 寄你 寄您 回您 回你 给贵 跟您 跟你 答复您 回复您 告诉您 带给您",
    );
    let first = text.has(clause.clone(), "我 我们 咱");
    let asks = text.has(clause.clone(), ASKS)
        && !to_you
        && (!first || text.has(clause.clone(), "给我 发我 帮我 寄我 回我"));
    let pledged = text.has(clause, PLEDGED);
    match (asks, dated || pledged) {
        (true, true) => Some(Commits::Asked),
        (false, true) => Some(Commits::Speaker),
        (_, false) => None,
    }
}

/// 好的, 没问题
fn assents(said: &str) -> bool {
    const YES: [&str; 14] =
        ["好", "行", "可以", "没问题", "OK", "ok", "收到", "嗯", "成", "没事", "明白", "放心", "一定", "妥"];
    let said = said.trim_start();
    YES.iter().any(|yes| said.starts_with(yes)) && !said.starts_with("好像") && !said.starts_with("可以吗")
}
