//! The admin's files and the operator's word.

use genjin::event::{Fault, Unpark};

use super::*;

#[test]
fn adopted_schedules_count_from_now_and_those_that_ended_are_forgotten() {
    let mut company = Company::open();
    let mut rules = company.state().rules().clone();
    company.adopts(rules.clone());
    let name = rules.schedules[0].name.clone();
    assert_eq!(company.state().schedule_served(&name), Some(company.now));
    rules.schedules.remove(0);
    company.adopts(rules);
    assert_eq!(company.state().schedule_served(&name), None);
    assert_eq!(company.state().adopted().unwrap().author.as_ref(), "files");
    assert_eq!(company.lines(Deed::Adopted).len(), 2);
}

#[test]
fn faults_reach_each_admin_with_the_first_and_how_many_more() {
    let mut company = Company::open();
    let fault = |line| Fault {
        file: "process.toml".into(),
        line: Some(line),
        what: "时限写成了 0 小时".into(),
        cure: "写成 1 到 720".into(),
    };
    let told = company.happens(What::Faulty(vec![fault(12), fault(20), fault(31)]));
    let [told] = &told[..] else { panic!("one admin: {told:?}") };
    assert_eq!(told.to, Recipient::Person { user: ADMIN.1.into() });
    assert_eq!((told.var("file"), told.var("line"), told.var("more")), ("process.toml", "12", "2"));
}

#[test]
fn refused_rows_go_again_or_are_forgotten_at_the_operators_word() {
    for (again, rows) in [(true, 1), (false, 0)] {
        let mut company = Company::open();
        company.answers(WANG_LEI, "帮助", "help");
        company.refuse_all();
        assert_eq!(company.parked_rows(), 1);
        company.happens(What::Unpark(Unpark { ids: Vec::new(), again }));
        assert_eq!(company.parked_rows(), 0);
        assert_eq!(company.state().rows().count(), rows);
    }
}

#[test]
fn first_data_is_laid_in_without_counting_anything() {
    let company = Company::open();
    assert_eq!(company.state().tallies().count(), 0);
    assert_eq!(company.lines(Deed::Seeded).len(), 1);
    let last = company.state().deals().map(|deal| deal.id.0).max().unwrap();
    assert!(company.state().next_id() > last);
}
