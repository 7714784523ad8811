//! Promises (product.md 1.14): what a note tells of them is kept on its deal until a later note tells that it was done.

use serde_json::{Value, json};

use super::draft::Draft;
use super::words;
use crate::config::Member;
use crate::event::Sender;
use crate::language::{Note, Party, Tense};
use crate::sales::{Deal, DealId, Promise};

/// A deal keeps so many, the newest.
const KEPT: usize = 6;
/// A list shows so many of either side.
const SHOWN: usize = 3;

/// Keeps what the note promises, and strikes out what it tells as done: the oldest promise of the same kind of deed.
pub fn take(draft: &mut Draft<'_>, id: DealId, note: &Note) {
    let at = draft.now;
    // 「私下记」 is nobody else's.
    if note.private {
        return;
    }
    let Some(deal) = draft.deal_mut(id) else { return };
    if let (Tense::Happened, Some(done)) = (note.tense, note.action) {
        let kept = deal.promises.iter().position(|promise| *promise.deed == *done.key());
        kept.map(|place| deal.promises.remove(place));
    }
    for promise in &note.promises {
        deal.promises.push(Promise {
            ours: promise.by == Party::Us,
            what: words::gist(&promise.text),
            day: promise.day,
            deed: promise.about.map_or("", |deed| deed.key()).into(),
            at,
        });
    }
    let spare = deal.promises.len().saturating_sub(KEPT);
    deal.promises.drain(..spare);
}

/// 「我答应过什么」: the member's promises and their customers', the next due first.
pub fn list(draft: &mut Draft<'_>, member: &Member, from: &Sender) {
    let state = draft.state;
    let mut all: Vec<(&Deal, &Promise)> = state
        .deals_of_owner(&member.id)
        .filter(|deal| deal.is_open())
        .flat_map(|deal| deal.promises.iter().map(move |promise| (deal, promise)))
        .collect();
    all.sort_by_key(|(deal, promise)| (promise.day.is_none(), promise.day, deal.id));
    let side = |ours: bool| -> Vec<Value> {
        let of = all.iter().filter(|(_, promise)| promise.ours == ours);
        of.take(SHOWN).map(|(deal, promise)| item(draft, deal, promise)).collect()
    };
    let (ours, theirs) = (side(true), side(false));
    let more = all.len() - ours.len() - theirs.len();
    let vars = words::vars([
        ("ours", Some(ours.into())),
        ("theirs", Some(theirs.into())),
        ("more", (more > 0).then(|| more.into())),
    ]);
    draft.answer(from, "promises", vars);
}

fn item(draft: &Draft<'_>, deal: &Deal, promise: &Promise) -> Value {
    let rules = draft.state.rules();
    let today = rules.calendar.date(draft.now);
    let late = promise.day.is_some_and(|day| day < today);
    json!({
        "customer": words::customer(draft.state, deal),
        "what": said(promise),
        "day": promise.day.map(|day| words::day(rules, day, draft.now)).unwrap_or_default(),
        "late": late,
    })
}

/// 「答应他们周五前给报价」 stands behind 「你答应宏远机械」: neither the word nor to whom is said twice.
fn said(promise: &Promise) -> &str {
    const LEADS: [&str; 6] = ["我答应", "答应", "我说好", "说好", "我说", "应承"];
    const TO: [&str; 5] = ["他们", "她们", "客户", "他", "她"];
    let what = &*promise.what;
    let Some(bare) = LEADS.iter().find_map(|lead| what.strip_prefix(lead)).filter(|_| promise.ours) else {
        return what;
    };
    let bare = bare.strip_prefix('了').unwrap_or(bare);
    let bare = TO.iter().find_map(|to| bare.strip_prefix(to)).unwrap_or(bare);
    if bare.is_empty() { what } else { bare }
}

/// What both sides said they would do, the agreed next step first, for the pack.
pub fn said_so(deal: &Deal) -> Option<String> {
    const TOLD: usize = 3;
    let mut told: Vec<String> = deal.next_step.iter().map(|step| step.what.to_string()).collect();
    for promise in &deal.promises {
        let same_day = deal.next_step.as_ref().is_some_and(|step| Some(step.day) == promise.day);
        let known = promise.ours && same_day
            || told
                .iter()
                .any(|known| promise.what.contains(known.as_str()) || known.contains(&*promise.what));
        if !known {
            told.push(format!("{}：{}", if promise.ours { "我们" } else { "对方" }, promise.what));
        }
    }
    told.truncate(TOLD);
    (!told.is_empty()).then(|| told.join("；"))
}
