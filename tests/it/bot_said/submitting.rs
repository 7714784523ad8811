//! What a card's one submit button brings: ticks as they were left.

use super::*;

/// The newest card's submit, with these options chosen.
fn submits(company: &mut Company, who: Who, options: &[&str]) -> Vec<Out> {
    let from = company.sender(who);
    let member = company.state().rules().people.find_user(who.0, who.1).unwrap().id.clone();
    let card = company.cards_of(member.as_str()).last().unwrap().id.outside(company.state().epoch());
    let chosen = vec![("choice".into(), options.iter().map(|option| (*option).into()).collect())];
    let button = genjin::event::SUBMIT.into();
    company.happens(What::Tapped(Tapped { from, card: card.into(), button, chosen, code: Some("c".into()) }))
}

#[test]
fn ticks_sent_in_together_are_kept_and_taken_off_as_they_were_left() {
    let mut company = Company::open();
    company.hears(WANG_LEI, "鑫源进入方案演示");
    let given = |company: &Company| {
        let deal = company.deal("鑫源食品", "vision");
        let mut given: Vec<String> = deal.given.iter().map(ToString::to_string).collect();
        given.sort();
        given
    };
    submits(&mut company, WANG_LEI, &["competitor-table", "custom-quote"]);
    assert_eq!(given(&company), ["competitor-table", "custom-quote"]);
    submits(&mut company, WANG_LEI, &["custom-quote"]);
    assert_eq!(given(&company), ["custom-quote"]);
    submits(&mut company, WANG_LEI, &["custom-quote"]);
    assert_eq!(given(&company), ["custom-quote"], "sent in again it changes nothing");
}

#[test]
fn submit_without_a_choice_says_so() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "移交 金利达", "hand_over");
    let out = submits(&mut company, WANG_LEI, &[]);
    assert_eq!(out[0].template, "choose_first");
}
