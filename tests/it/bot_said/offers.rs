//! 投稿: a rep's words are kept, decided once, and stand in the library like any script.

use genjin::event::{Erase, EraseStep};
use genjin::sales::{ErasureSubject, OfferState, ScriptOffer};
use genjin::state::{Record, RecordKey};

use super::scripts::names;
use super::*;

const WORDS: &str = "您比的是哪一项？咱们一项一项拆开看，贵的那项我给您讲明白值在哪，您看先拆哪项？";

fn only(company: &Company) -> &ScriptOffer {
    let offers: Vec<_> = company.state().offers().collect();
    let [offer] = &offers[..] else { panic!("{offers:?}") };
    offer
}

/// A rep offers the words; gives what the rep and the admin got.
#[track_caller]
fn offers(company: &mut Company, who: Who) -> (Out, Out) {
    let mut out = company.hears(who, &format!("投稿话术 价格：{WORDS}"));
    assert_eq!(out.len(), 2, "{out:#?}");
    let rep = out.iter().position(|each| each.to == Recipient::Person { user: who.1.into() }).unwrap();
    let rep = out.remove(rep);
    (rep, out.remove(0))
}

#[test]
fn offer_is_kept_and_each_admin_gets_one_card_with_words_author_and_kind() {
    let mut company = Company::open();
    let (rep, admin) = offers(&mut company, WANG_LEI);
    assert_eq!(
        (rep.template.as_str(), rep.var("kind"), rep.var("admin")),
        ("script_offer_kept", "价格", "小林")
    );
    assert_eq!((admin.template.as_str(), admin.card), ("script_offer", true));
    assert_eq!((admin.var("who"), admin.var("kind"), admin.var("say")), ("小王", "价格", WORDS));
    let offer = only(&company);
    assert!(offer.is_open() && &*offer.say == WORDS && offer.by.as_str() == "wang-lei", "{offer:?}");
    let lines = company.lines(Deed::ScriptOffered);
    assert_eq!(lines.iter().map(|line| line.text.as_deref()).collect::<Vec<_>>(), [Some(WORDS)]);
    let again = company.answers(WANG_LEI, &format!("投稿话术 价格：{WORDS}"), "script_offer_kept");
    assert!(again.vars.get("known").is_none());
    assert_eq!(company.state().offers().count(), 1, "the same words wait once");
}

#[test]
fn taken_words_are_in_the_library_at_once_and_their_author_hears_it() {
    let mut company = Company::open();
    offers(&mut company, WANG_LEI);
    let told = company.taps(ADMIN, "take");
    assert_eq!((told.len(), told[0].template.as_str(), told[0].var("by")), (1, "script_taken", "小林"));
    assert_eq!(told[0].to, Recipient::Person { user: "WangLei".into() });
    // A second tap shows the card's end and says nothing to anybody.
    assert!(company.taps(ADMIN, "take").is_empty() && company.taps(ADMIN, "decline").is_empty());
    assert!(only(&company).is_taken());
    assert_eq!(company.lines(Deed::ScriptTaken).len(), 1);
    // Everybody finds it, like any script: by its kind, alone, and judged.
    let mut all = Vec::new();
    let mut answer = company.answers(CHEN_HAO, "话术 价格", "script");
    loop {
        all.extend(names(&answer).into_iter().map(str::to_owned));
        answer = company.says(CHEN_HAO, "换一组");
        if answer.template != "script" {
            break;
        }
    }
    assert!(all.contains(&"小王说".to_owned()), "{all:?}");
    let known = company.answers(LI_NA, &format!("投稿话术 价格：{WORDS}"), "script_offer_kept");
    assert_eq!(known.vars["known"], true, "it is there already");
}

#[test]
fn votes_move_offered_words_like_any_script() {
    let mut company = Company::open();
    offers(&mut company, WANG_LEI);
    company.taps(ADMIN, "take");
    let key = only(&company).key();
    for _ in 0..5 {
        let mut answer = company.answers(CHEN_HAO, "话术 价格", "script");
        while !names(&answer).contains(&"小王说") {
            answer = company.answers(CHEN_HAO, "换一组", "script");
        }
        let n = names(&answer).iter().position(|name| *name == "小王说").unwrap() + 1;
        let bare = company.answers(CHEN_HAO, &format!("发{n}"), "script_bare");
        assert_eq!(bare.var("say"), WORDS);
        assert_eq!(company.answers(CHEN_HAO, "有用", "script_judged").var("name"), "小王说");
    }
    assert_eq!(company.state().votes(&key).unwrap().useful, 5);
    let first = company.answers(CHEN_HAO, "话术 价格", "script");
    assert!(names(&first).contains(&"小王说"), "{first:?}");
}

#[test]
fn words_that_are_not_taken_stay_out_and_their_author_is_thanked() {
    let mut company = Company::open();
    offers(&mut company, LI_NA);
    let settled = company.hears(ADMIN, "不收");
    assert_eq!(
        settled.iter().map(|out| out.template.as_str()).collect::<Vec<_>>(),
        ["script_declined", "script_offer_settled"]
    );
    assert_eq!(settled[0].to, Recipient::Person { user: "lina".into() }, "in the app that is theirs");
    assert!(matches!(only(&company).state, OfferState::Declined { .. }));
    assert!(!company.state().scripts().any(|script| script.say == WORDS));
    assert!(company.hears(ADMIN, "通过").iter().all(|out| out.template != "script_taken"));
}

#[test]
fn admins_who_tap_after_each_other_decide_once() {
    let mut company = Company::with(|rules| {
        let boss = rules.people.members.iter_mut().find(|member| member.id.as_str() == "chen-guodong");
        boss.unwrap().admin = true;
    });
    let out = company.hears(WANG_LEI, &format!("这句话术收一下：{WORDS}"));
    let cards = out.iter().filter(|each| each.template == "script_offer");
    assert_eq!(cards.count(), 2, "{out:?}");
    assert_eq!(company.taps((Platform::DingTalk, "chenguodong"), "take").len(), 1);
    assert!(company.taps(ADMIN, "decline").is_empty(), "the other's card has ended");
    assert!(only(&company).is_taken());
    let ends: Vec<_> =
        company.state().cards().filter(|card| card.template.as_ref() == "script_offer").collect();
    assert!(ends.iter().all(|card| card.state != genjin::sales::CardState::Open), "{ends:?}");
}

#[test]
fn an_admins_own_words_go_in_at_once_and_none_or_too_many_are_asked_for_again() {
    let mut company = Company::open();
    let live = company.answers(ADMIN, &format!("投稿话术 锐目：{WORDS}"), "script_offer_kept");
    assert_eq!((&live.vars["live"], live.var("kind")), (&true.into(), "锐目"));
    assert!(names(&company.answers(WANG_LEI, "锐目", "script")).contains(&"小林说"));
    company.answers(WANG_LEI, "投稿话术", "script_offer_how");
    let long = "太长了。".repeat(40);
    let answer = company.answers(WANG_LEI, &format!("投稿话术 价格：{long}"), "script_offer_how");
    assert_eq!(answer.var("chars"), "160");
    let kept = company.lines(Deed::Drafted);
    assert!(
        kept.iter().any(|line| line.text.as_deref().is_some_and(|text| text.contains(&long))),
        "never lost"
    );
}

#[test]
fn stored_offer_reads_as_it_was_written_and_follows_the_rules() {
    let mut company = Company::open();
    offers(&mut company, WANG_LEI);
    company.taps(ADMIN, "take");
    let id = only(&company).id;
    let record = company.state().record(&RecordKey::ScriptOffer(id)).unwrap();
    assert_eq!(Record::from_bytes(b'w', &record.to_bytes()).unwrap(), record);
    let text = String::from_utf8(record.to_bytes()).unwrap();
    assert!(text.starts_with(r#"{"v":1,"r":{"id":"#) && text.contains(r#""by":"wang-lei""#), "{text}");
    let mut rules = company.state().rules().clone();
    rules.people.members.iter_mut().find(|member| member.id.as_str() == "wang-lei").unwrap().call =
        "磊哥".into();
    company.adopts(rules);
    assert!(company.state().scripts().any(|script| script.name == "磊哥说"));
}

#[test]
fn taken_words_come_out_as_a_file_that_loads_and_stands_in_their_place() {
    let mut company = Company::open();
    let odd = "您说的\"贵\"，是和谁比？# 咱们拿 {{ 数 }} 说话，您看行吗？";
    for text in
        [format!("投稿话术 价格：{WORDS}"), format!("投稿话术 锐目：{odd}"), "投稿：您先看哪一项？".into()]
    {
        company.answers(ADMIN, &text, "script_offer_kept");
    }
    let (file, count) = genjin::export::scripts(company.state());
    assert_eq!(count, 3, "{file}");
    let copy = tempfile::tempdir().unwrap();
    crate::stage::copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("bot-config"), copy.path());
    std::fs::write(copy.path().join("scripts/90-offered.md"), &file).unwrap();
    let rules = config::load_with_unset_secrets(copy.path(), &|_| None)
        .unwrap_or_else(|faults| panic!("{faults:#?}\n{file}"));
    let added: Vec<_> =
        rules.scripts.iter().filter(|script| script.key.as_str().starts_with("90-offered/")).collect();
    assert_eq!(added.len(), 3);
    assert!(added.iter().any(|script| script.say == WORDS && script.category.as_deref() == Some("price")));
    company.adopts(rules);
    let twice = company.state().scripts().filter(|script| script.say == WORDS);
    assert_eq!(twice.count(), 1, "the file's stands alone");
}

#[test]
fn words_that_name_a_customer_go_with_that_customer() {
    let mut company = Company::open();
    company.hears(WANG_LEI, "投稿话术 价格：宁波宏远机械制造有限公司的张总就是这么算的，您要不要看看？");
    company.hears(CHEN_HAO, &format!("投稿话术 价格：{WORDS}"));
    let customer = company.deal("宏远机械", "vision").customer;
    let step = EraseStep::Begin { subject: ErasureSubject::Customer(customer), by: "operator".into() };
    company.happens(What::Erase(Erase { id: Identity::of(&[b"erase"]), step }));
    assert_eq!(&*only(&company).say, WORDS);
    let cards = company.cards_of("lin-xiao");
    assert!(cards.iter().all(|card| !card.vars.to_string().contains("宏远")), "{cards:?}");
}
