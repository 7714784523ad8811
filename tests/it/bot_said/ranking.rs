//! Answers that wait for an order by meaning: it comes, or does not, or the process ends in between.

use genjin::config::Embeddings;
use genjin::event::{Erase, EraseStep, Fate, RowResult, Sent};
use genjin::sales::{ErasureSubject, RowId, ScriptKey};

use super::scripts::names;
use super::*;

/// A company that has an endpoint.
fn company() -> Company {
    Company::with(|rules| {
        let (url, model) = ("http://127.0.0.1:9/v1/embeddings".into(), "m".into());
        rules.embeddings = Some(Embeddings { url, model, key: None, timeout: TimeDelta::milliseconds(800) });
    })
}

/// The question that is out, and the scripts in their offline order.
#[track_caller]
fn question(company: &Company) -> (RowId, Vec<ScriptKey>) {
    let ranks = company.state().rows().filter_map(|row| match &row.says {
        Saying::Rank { ranking } => {
            Some((row.id, ranking.options.iter().map(|(key, _)| key.clone()).collect()))
        }
        _ => None,
    });
    let ranks: Vec<_> = ranks.collect();
    let [one] = &ranks[..] else { panic!("{ranks:?}") };
    one.clone()
}

/// The outbox tells what became of it; gives what went out by that.
fn ends(company: &mut Company, row: RowId, fate: Fate) -> Vec<Out> {
    company.told += 1;
    let sent = Sent { results: vec![RowResult { row, fate }], room: 0 };
    let identity = Identity::of(&[b"sent", &company.told.to_be_bytes()]);
    let mut inbox = Inbox::default();
    inbox.push(Entry::Results(Box::new(Event { identity, what: What::Sent(sent) }), Box::new(|_| {})));
    while company.engine.turn(&mut inbox, company.now, &mut Looks(64)).unwrap().more {}
    company.new_rows()
}

#[test]
fn answer_comes_once_with_the_order_and_digits_follow_it() {
    let mut company = company();
    assert!(company.hears(WANG_LEI, "话术 你们比别家贵 鑫源").is_empty(), "it waits for the order");
    let (row, mut order) = question(&company);
    order.reverse();
    let out = ends(&mut company, row, Fate::Ranked(Ok(order.clone())));
    let [answer] = &out[..] else { panic!("{out:?}") };
    let first = company.state().script(&order[0]).unwrap();
    assert_eq!((answer.template.as_str(), names(answer)[0]), ("script", first.name.as_str()));
    assert_eq!(answer.var("customer"), "鑫源食品");
    assert!(ends(&mut company, row, Fate::Ranked(Ok(order))).is_empty(), "told twice is told once");
    assert_eq!(company.taps(WANG_LEI, "1").len(), 1);
}

#[test]
fn without_an_order_the_offline_one_is_the_answer() {
    let offline = Company::open().answers(WANG_LEI, "话术 你们比别家贵 鑫源", "script");
    for fate in [
        Fate::Ranked(Err("the platform did not say whether it was done".into())),
        Fate::Dropped { why: "too late to be of use".into() },
        Fate::Refused { why: "no app".into() },
    ] {
        let mut company = company();
        company.hears(WANG_LEI, "话术 你们比别家贵 鑫源");
        let (row, _) = question(&company);
        let out = ends(&mut company, row, fate);
        assert_eq!(out.iter().map(names).collect::<Vec<_>>(), [names(&offline)]);
        assert_eq!(company.parked_rows(), 0);
    }
}

#[test]
fn short_words_and_names_are_answered_at_once_and_old_questions_not_at_all() {
    let mut company = company();
    for ask in ["话术 价格", "话术 太贵", "锐目"] {
        company.answers(WANG_LEI, ask, "script");
    }
    company.hears(WANG_LEI, "话术 你们比别家贵 鑫源");
    let (row, order) = question(&company);
    company.now += TimeDelta::hours(2);
    assert!(ends(&mut company, row, Fate::Ranked(Ok(order))).is_empty());
}

#[test]
fn whoever_asks_is_told_that_masked_words_leave() {
    let facts = |mut company: Company| company.answers(WANG_LEI, "隐私", "privacy").vars["facts"].to_string();
    assert!(facts(company()).contains("向量模型") && !facts(Company::open()).contains("向量模型"));
}

#[test]
fn question_about_a_customer_goes_with_the_customer() {
    let mut company = company();
    company.hears(WANG_LEI, "话术 你们比别家贵 鑫源");
    let customer = company.deal("鑫源食品", "vision").customer;
    let step = EraseStep::Begin { subject: ErasureSubject::Customer(customer), by: "operator".into() };
    company.happens(What::Erase(Erase { id: Identity::of(&[b"erase"]), step }));
    assert!(company.state().rows().all(|row| !matches!(row.says, Saying::Rank { .. })));
}
